import Tensors

@testable import TrainingCompiler

extension IntegerReference {
  /// What is kept of one tensor's gradients.
  struct Velocity {
    var scales: [ReferenceScale]
    var values: [Int64]

    init(rows: Int, parameters: Int) {
      scales = Array(repeating: .zero, count: rows)
      values = Array(repeating: 0, count: parameters)
    }
  }

  /// Descends along the gradients of all tensors that the scheme updates.
  mutating func update(_ trace: inout Trace) {
    let random = CounterRandom(seed: seed, stream: UInt64(stepIndex))
    for n in network.nodes.indices {
      guard let error = trace.errors[n] else { continue }
      let node = network.nodes[n]
      let inputScale = Double(network.nodes[node.inputs[0]].output.scale)
      let first = network.nodes[..<n].reduce(0) { $0 + $1.weights.count + $1.bias.count }
      let isScaled = options.scaling == .quantizationAware
      if scheme[n].weights != .none {
        let row = isDepthwise(n) ? node.shape.channels : node.weights.count / node.shape.channels
        let channels = network.geometry(ofNode: n).inputChannels
        func isChosen(_ i: Int) -> Bool { chosenChannels[n]?.contains(i % channels) ?? true }
        for start in stride(from: 0, to: weights[n].count, by: row) {
          // What is not updated has neither gradient nor velocity.
          let sums = (start..<start + row).map { isChosen($0) ? trace.weightSums[n]![$0] : 0 }
          guard
            let (steps, factor) = kept(
              sums, error.scale, in: \.weightVelocities[n], row: start / row, start: start, first: first)
          else { continue }
          for i in 0..<row where isChosen(start + i) {
            let scale = Double(node.weightScales[isDepthwise(n) ? i : start / row])
            let constant = ReferenceScale(nearest: isScaled ? inputScale / (scale * scale) : inputScale)
            descend(
              &weights[n][start + i], by: steps[i], factor: factor * constant, limit: 127,
              random: random.word(at: UInt32(first + start + i)), residual: &weightResiduals[n][start + i])
          }
        }
      }
      if scheme[n].bias {
        let firstBias = first + node.weights.count
        guard
          let (steps, factor) = kept(
            trace.biasSums[n]!, error.scale, in: \.biasVelocities[n], row: 0, start: 0, first: firstBias)
        else { continue }
        let g = network.geometry(ofNode: n)
        let products = isDepthwise(n) ? g.kernel : g.kernel * g.inputChannels
        for o in biases[n].indices {
          let scale = Double(node.weightScales[o])
          let constant = ReferenceScale(nearest: isScaled ? 1 / (scale * scale * inputScale) : inputScale)
          descend(
            &biases[n][o], by: steps[o], factor: factor * constant,
            limit: Int64(Int32.max) - Int64(products) * 127 * 255,
            random: random.word(at: UInt32(firstBias + o)), residual: &biasResiduals[n][o])
        }
      }
    }
  }

  private var rateNow: ReferenceScale {
    let full = ReferenceScale(nearest: rate)
    guard let steps = fallingOver else { return full }
    return stepIndex >= steps
      ? .zero
      : ReferenceScale(
        truncating: full.mantissa * Int128(steps - stepIndex), over: Int128(steps), exponent: full.exponent)
  }

  /// What a row descends along in this step and how far for one unit of it; nil if it stays.
  private mutating func kept(
    _ sums: [Int64], _ scale: ReferenceScale, in velocities: WritableKeyPath<IntegerReference, Velocity>, row: Int,
    start: Int, first: Int
  ) -> ([Int64], ReferenceScale)? {
    let decay: ReferenceScale
    var period = 1
    switch options.gradientMemory {
    case .none, .momentum(0), .accumulation(windows: 1):
      return (rateNow * scale).isZero ? nil : (sums, rateNow * scale)
    case .momentum(let share): decay = ReferenceScale(nearest: share)
    case .accumulation(let windows): (decay, period) = (ReferenceScale(nearest: 1), windows)
    }
    let range = start..<start + sums.count
    let old = Array(self[keyPath: velocities].values[range])
    let oldScale = self[keyPath: velocities].scales[row] * decay
    let (values, unit) = Self.added(sums, scale, old, oldScale)
    let applies = stepIndex % period == period - 1
    let stored = applies && period > 1 ? (values.map { _ in 0 }, .zero) : int8(values, unit, first: first + start)
    self[keyPath: velocities].values.replaceSubrange(range, with: stored.0)
    self[keyPath: velocities].scales[row] = stored.1
    guard applies else { return nil }
    let share =
      period == 1
      ? rateNow : ReferenceScale(truncating: rateNow.mantissa, over: Int128(period), exponent: rateNow.exponent)
    return (values, share * unit)
  }

  /// Two terms in a power of two in which each is at most 2^24.
  private static func added(
    _ a: [Int64], _ aScale: ReferenceScale, _ b: [Int64], _ bScale: ReferenceScale
  ) -> ([Int64], ReferenceScale) {
    var bits = 0
    while Int64(1) << bits <= a.map(\.magnitude).max()! { bits += 1 }
    var tops: [Int] = []
    if bits > 0 && !aScale.isZero { tops.append(bits + 31 + aScale.exponent) }
    if !bScale.isZero { tops.append(7 + 31 + bScale.exponent) }
    guard let top = tops.max() else { return (a.map { _ in 0 }, .zero) }
    let unit = top - 24
    func term(_ value: Int64, _ scale: ReferenceScale) -> Int64 {
      scale.isZero ? 0 : Int64(roundedHalfUp(Int128(value) * scale.mantissa, overTwoTo: unit - scale.exponent))
    }
    return (zip(a, b).map { term($0, aScale) + term($1, bScale) }, ReferenceScale(truncating: 1, exponent: unit))
  }

  /// Int8 with the largest magnitude over 127 as the scale, rounded stochastically.
  private func int8(_ values: [Int64], _ unit: ReferenceScale, first: Int) -> ([Int64], ReferenceScale) {
    let largest = Int128(values.map(\.magnitude).max()!)
    guard largest > 0, !unit.isZero else { return (values.map { _ in 0 }, .zero) }
    let top = ReferenceScale(truncating: largest)
    let factor = ReferenceScale(truncating: top.reciprocal.mantissa * 127, exponent: top.reciprocal.exponent)
    let random = CounterRandom(seed: seed, stream: 0xFFFF_FFFF << 32 | UInt64(stepIndex))
    let stored = values.enumerated().map { i, value -> Int64 in
      let fraction = (Int128(random.word(at: UInt32(first + i))) << Int128(-factor.exponent)) >> 32
      return Int64(max(-127, min(127, (Int128(value) * factor.mantissa + fraction) >> Int128(-factor.exponent))))
    }
    return (stored, top * unit * ReferenceScale(truncating: 1, over: 127))
  }

  /// `value ← saturate(round(value − factor · gradient))`, with 24 fraction bits in the step.
  private func descend(
    _ value: inout Int64, by gradient: Int64, factor: ReferenceScale, limit: Int64, random: UInt32,
    residual: inout Int64
  ) {
    let exact = Int128(gradient) * factor.mantissa
    let bits = -(factor.exponent + 24)
    let bound = Int128(1) << 60
    // A step far beyond any range is cut before it could leave 128 bits.
    let step =
      bits < -60 ? exact.signum() * bound : max(-bound, min(bound, roundedHalfUp(exact, overTwoTo: bits)))
    let one = Int128(1) << 24
    switch options.rounding {
    case .stochastic:
      value = clamp((Int128(value) * one - step + Int128(random >> 8)) >> 24, limit)
    case .nearest:
      value = clamp((Int128(value) * one - step + one / 2) >> 24, limit)
    case .errorFeedback:
      let fine = roundedHalfUp(Int128(value) * one + Int128(residual) * (1 << 16) - step, overTwoTo: 16)
      value = clamp(roundedHalfUp(fine, overTwoTo: 8), limit)
      residual = Int64(max(-128, min(127, fine - Int128(value) * 256)))
    }
  }

  private func clamp(_ value: Int128, _ limit: Int64) -> Int64 {
    Int64(max(-Int128(limit), min(Int128(limit), value)))
  }
}
