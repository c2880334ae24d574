import Tensors

@testable import TrainingCompiler

extension IntegerReference {
  /// Nodes whose output's gradient is wanted: those that are updated, and all behind them.
  var needsError: [Bool] {
    var needs: [Bool] = []
    for (n, node) in network.nodes.enumerated() {
      needs.append(!scheme[n].isEmpty || node.inputs.contains { needs[$0] })
    }
    return needs
  }

  /// Computes every error and gradient tensor, and the sums of weight and bias gradients.
  ///
  /// Where paths meet, gradients add in a common unit, and the sum is quantized once for each use. A
  /// convolution read by one join only takes the exact sum; what else a join passes on is int8.
  func backward(_ trace: inout Trace) {
    let needs = needsError
    let last = network.nodes.count - 1
    for n in network.nodes.indices.reversed() where n > 0 && needs[n] && trace.errors[n] == nil {
      let loss = Tensor(values: trace.lossGradient, scale: ReferenceScale(truncating: 1, exponent: -30))
      let meeting = n == last ? Bounded(tensor: loss, bits: 31) : meetingGradients(n, needs: needs, &trace)
      let sum = meeting.tensor
      let node = network.nodes[n]
      switch node.operation {
      case .convolution, .depthwiseConvolution, .dense:
        trace.errors[n] = error(of: n, from: sum, passing: trace.clamped[n].map { !$0 })
      case .averagePool, .maxPool, .globalAveragePool:
        trace.pools[n] = meeting
      case .add:
        let open = trace.clamped[n].map { !$0 }
        for input in node.inputs where needs[input] {
          let readers = network.nodes.flatMap(\.inputs).count { $0 == input }
          if !network.nodes[input].weights.isEmpty && readers == 1 {
            trace.errors[input] = error(
              of: input, from: sum, passing: zip(open, trace.clamped[input]).map { $0 && !$1 })
          } else {
            trace.joins[n] = quantized(sum, factors: nil, passing: open)
          }
        }
      case .input:
        break
      }
    }
    for (n, error) in trace.errors {
      let x = trace.activations[network.nodes[n].inputs[0]]
      let zeroPoint = Int64(network.nodes[network.nodes[n].inputs[0]].output.zeroPoint)
      let g = network.geometry(ofNode: n)
      var weightSums = [Int64](repeating: 0, count: weights[n].count)
      var biasSums = [Int64](repeating: 0, count: g.outputChannels)
      for t in 0..<g.outputLength {
        for o in 0..<g.outputChannels {
          let e = error.values[t * g.outputChannels + o]
          biasSums[o] += e
          forEachTap(of: n, t: t, o: o) { weight, position in weightSums[weight] += e * (x[position] - zeroPoint) }
        }
      }
      trace.weightSums[n] = weightSums
      trace.biasSums[n] = biasSums
    }
  }

  /// The sum of all that a node's readers send back, and the power of two that bounds its integers.
  private func meetingGradients(_ n: Int, needs: [Bool], _ trace: inout Trace) -> Bounded {
    var exact: [Bounded] = []
    var stored: [Tensor] = []
    for (reader, node) in network.nodes.enumerated() where needs[reader] {
      for input in node.inputs where input == n {
        if let join = trace.joins[reader] {
          stored.append(join)
        } else if let pool = trace.pools[reader] {
          exact.append(throughPool(reader, pool, trace))
        } else if let error = trace.errors[reader] {
          exact.append(throughLayer(reader, error, &trace))
        }
      }
    }
    let everything = [Bool](repeating: true, count: network.nodes[n].shape.elementCount)
    // One path is summed as it is made; the others are stored as int8 before.
    while exact.count > 1 {
      stored.append(quantized(exact.removeFirst().tensor, factors: nil, passing: everything))
    }
    while stored.count > 2 {
      let pair = aligned(nil, [stored.removeFirst(), stored.removeFirst()])
      stored.insert(quantized(pair, factors: nil, passing: everything), at: 0)
    }
    guard !stored.isEmpty else { return exact[0] }
    return Bounded(tensor: aligned(exact.first, stored), bits: 26)
  }

  /// Terms of different scales, brought to a power of two in which each is at most 2^24, and added.
  private func aligned(_ exact: Bounded?, _ stored: [Tensor]) -> Tensor {
    let terms = (exact.map { [$0] } ?? []) + stored.map { Bounded(tensor: $0, bits: 7) }
    let tops = terms.filter { !$0.tensor.scale.isZero }.map { $0.bits + 31 + $0.tensor.scale.exponent }
    let unit = (tops.max() ?? 0) - 24
    var sum = [Int64](repeating: 0, count: terms[0].tensor.values.count)
    for tensor in terms.map(\.tensor) where !tensor.scale.isZero {
      for i in sum.indices {
        sum[i] += Int64(
          roundedHalfUp(Int128(tensor.values[i]) * tensor.scale.mantissa, overTwoTo: unit - tensor.scale.exponent))
      }
    }
    return Tensor(values: sum, scale: ReferenceScale(truncating: 1, exponent: unit))
  }

  private func throughLayer(_ n: Int, _ error: Tensor, _ trace: inout Trace) -> Bounded {
    let g = network.geometry(ofNode: n)
    var sums = [Int64](repeating: 0, count: g.inputLength * g.inputChannels)
    for t in 0..<g.outputLength {
      for o in 0..<g.outputChannels {
        let e = error.values[t * g.outputChannels + o]
        forEachTap(of: n, t: t, o: o) { weight, position in sums[position] += e * weights[n][weight] }
      }
    }
    trace.inputSums[n] = sums
    let overlap = (g.kernel + g.stride - 1) / g.stride
    let bound = overlap * (isDepthwise(n) ? 1 : g.outputChannels) * 127 * 127
    return Bounded(tensor: Tensor(values: sums, scale: error.scale), bits: Self.bits(bound))
  }

  private func throughPool(_ n: Int, _ gradient: Bounded, _ trace: Trace) -> Bounded {
    let g = network.geometry(ofNode: n)
    let x = trace.activations[network.nodes[n].inputs[0]]
    var sums = [Int64](repeating: 0, count: x.count)
    var isMax = false
    if case .maxPool = network.nodes[n].operation { isMax = true }
    for t in 0..<g.outputLength {
      for c in 0..<g.inputChannels {
        let window = (0..<g.kernel).map { (t * g.stride + $0) * g.inputChannels + c }
        let value = gradient.tensor.values[t * g.inputChannels + c]
        if isMax {
          let largest = window.map { x[$0] }.max()!
          sums[window.first { x[$0] == largest }!] += value
        } else {
          for position in window { sums[position] += value }
        }
      }
    }
    let overlap = (g.kernel + g.stride - 1) / g.stride
    let divisor = ReferenceScale(nearest: isMax ? 1 : 1 / Double(g.kernel))
    return Bounded(
      tensor: Tensor(values: sums, scale: gradient.tensor.scale * divisor),
      bits: gradient.bits + (overlap > 1 ? Self.bits(overlap - 1) : 0))
  }

  /// The least power of two above a number.
  private static func bits(_ bound: Int) -> Int {
    var bits = 0
    while 1 << bits <= bound { bits += 1 }
    return bits
  }

  // MARK: Quantizing errors

  /// A layer's error: the gradient times the layer's weight scales, in int8.
  private func error(of n: Int, from sum: Tensor, passing: [Bool]) -> Tensor {
    quantized(sum, factors: network.nodes[n].weightScales.map { Double($0) }, passing: passing)
  }

  /// Int8 with the largest magnitude over 127 as its scale, rounded half up; 0 where nothing passes.
  private func quantized(_ sum: Tensor, factors: [Double]?, passing: [Bool]) -> Tensor {
    let channels = factors?.count ?? 1
    // Factors in units of 2^(exponent − 31), the largest just below 2^31.
    let exponent = factors.map { Int($0.max()!.exponent) + 1 } ?? 1
    let table = (factors ?? [1]).map { factor in
      min(Int128(Int32.max), Int128((factor * Double(sign: .plus, exponent: 31 - exponent, significand: 1)).rounded()))
    }
    var top: Int128 = 0
    for (i, value) in sum.values.enumerated() where passing[i] {
      top = max(top, Int128(value.magnitude) * table[i % channels])
    }
    guard top > 0 else { return Tensor(values: sum.values.map { _ in 0 }, scale: .zero) }
    let maximum = ReferenceScale(truncating: top)
    let reciprocal = min(Int128(Int32.max), (Int128(1) << 61) / maximum.mantissa)
    let factorOf = table.map { factor in
      ReferenceScale(
        truncating: ReferenceScale(truncating: factor * reciprocal).mantissa * 127,
        exponent: ReferenceScale(truncating: factor * reciprocal).exponent - 61 - maximum.exponent)
    }
    let values = sum.values.enumerated().map { i, value -> Int64 in
      guard passing[i] else { return 0 }
      let factor = factorOf[i % channels]
      let q = factor.isZero ? 0 : roundedHalfUp(Int128(value) * factor.mantissa, overTwoTo: -factor.exponent)
      return max(-127, min(127, Int64(q)))
    }
    // 1/127 to 31 bits, cut off.
    let over127 = ReferenceScale(truncating: 1, over: 127)
    return Tensor(
      values: values, scale: ReferenceScale(truncating: top, exponent: exponent - 31) * sum.scale * over127)
  }
}
