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
  mutating func backward(_ trace: inout Trace) {
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
            if trace.joins[n] == nil { trace.joins[n] = joined(sum, passing: open, key: 1 + n) }
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
  private mutating func meetingGradients(_ n: Int, needs: [Bool], _ trace: inout Trace) -> Bounded {
    var exact: [(gradient: Bounded, reader: Int)] = []
    var stored: [Tensor] = []
    for (reader, node) in network.nodes.enumerated() where needs[reader] {
      for input in node.inputs where input == n {
        if let join = trace.joins[reader] {
          stored.append(join)
        } else if let pool = trace.pools[reader] {
          exact.append((throughPool(reader, pool, trace), reader))
        } else if let error = trace.errors[reader] {
          exact.append((throughLayer(reader, error, &trace), reader))
        }
      }
    }
    let everything = [Bool](repeating: true, count: network.nodes[n].shape.elementCount)
    // One path is summed as it is made; the others are stored as errors are before.
    let nodes = network.nodes.count
    while exact.count > 1 {
      let (gradient, reader) = exact.removeFirst()
      stored.append(joined(gradient.tensor, passing: everything, key: 1 + nodes + reader))
    }
    var sums = 0
    while stored.count > 2 {
      let pair = aligned(nil, [stored.removeFirst(), stored.removeFirst()])
      stored.insert(joined(pair, passing: everything, key: 1 + (2 + sums) * nodes + n), at: 0)
      sums += 1
    }
    guard !stored.isEmpty else { return exact[0].gradient }
    return Bounded(tensor: aligned(exact.first?.gradient, stored), bits: 26)
  }

  /// Terms of different scales, brought to a power of two in which each is at most 2^24, and added.
  private func aligned(_ exact: Bounded?, _ stored: [Tensor]) -> Tensor {
    let terms = (exact.map { [$0] } ?? []) + stored.map { Bounded(tensor: $0, bits: Self.bits(largestElement)) }
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
    let bound = overlap(g) * (isDepthwise(n) ? 1 : g.outputChannels) * 127 * errorLimit(n)
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
    let overlap = overlap(g)
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
}
