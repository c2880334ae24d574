import Tensors

@testable import TrainingCompiler

extension IntegerReference {
  /// Descends along the gradients of all tensors that the scheme updates.
  mutating func update(_ trace: inout Trace) {
    var rateNow = ReferenceScale(nearest: rate)
    if let steps = fallingOver {
      rateNow =
        stepIndex >= steps
        ? .zero
        : ReferenceScale(
          truncating: rateNow.mantissa * Int128(steps - stepIndex), over: Int128(steps), exponent: rateNow.exponent)
    }
    let random = CounterRandom(seed: seed, stream: UInt64(stepIndex))
    for n in network.nodes.indices {
      guard let error = trace.errors[n] else { continue }
      let factor = rateNow * error.scale
      guard !factor.isZero else { continue }
      let node = network.nodes[n]
      let inputScale = Double(network.nodes[node.inputs[0]].output.scale)
      let first = network.nodes[..<n].reduce(0) { $0 + $1.weights.count + $1.bias.count }
      let isScaled = options.scaling == .quantizationAware
      if scheme[n].weights != .none {
        let row = node.weights.count / node.shape.channels
        let channels = network.geometry(ofNode: n).inputChannels
        for i in weights[n].indices where chosenChannels[n]?.contains(i % channels) ?? true {
          let scale = Double(node.weightScales[isDepthwise(n) ? i % node.shape.channels : i / row])
          let constant = ReferenceScale(nearest: isScaled ? inputScale / (scale * scale) : inputScale)
          descend(
            &weights[n][i], by: trace.weightSums[n]![i], factor: factor * constant, limit: 127,
            random: random.word(at: UInt32(first + i)), residual: &weightResiduals[n][i])
        }
      }
      if scheme[n].bias {
        let g = network.geometry(ofNode: n)
        let products = isDepthwise(n) ? g.kernel : g.kernel * g.inputChannels
        for o in biases[n].indices {
          let scale = Double(node.weightScales[o])
          let constant = ReferenceScale(nearest: isScaled ? 1 / (scale * scale * inputScale) : inputScale)
          descend(
            &biases[n][o], by: trace.biasSums[n]![o], factor: factor * constant,
            limit: Int64(Int32.max) - Int64(products) * 127 * 255,
            random: random.word(at: UInt32(first + node.weights.count + o)), residual: &biasResiduals[n][o])
        }
      }
    }
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
