import TrainingCompiler

/// Where the numbers of every node stand in one flat vector, the form that optimisers work on.
struct ParameterLayout: Sendable {
  struct Entry: Sendable {
    var weights: Range<Int>
    var bias: Range<Int>
    var normScale: Range<Int>
    var normShift: Range<Int>
  }

  /// Parallel to the graph's nodes.
  let entries: [Entry]
  let count: Int

  init(graph: NetworkGraph) {
    var next = 0
    func take(_ count: Int) -> Range<Int> {
      defer { next += count }
      return next..<next + count
    }
    entries = graph.nodes.indices.map { index in
      let node = graph.nodes[index]
      var isNorm = false
      if case .batchNormalization = node.operation { isNorm = true }
      return Entry(
        weights: take(graph.weightCount(ofNode: index)),
        bias: take(node.operation.hasBias ? node.shape.channels : 0),
        normScale: take(isNorm ? node.shape.channels : 0), normShift: take(isNorm ? node.shape.channels : 0))
    }
    count = next
  }

  /// Copies a network's numbers into the flat vector.
  func write(_ parameters: [NodeParameters], to vector: UnsafeMutablePointer<Float>) {
    for (entry, numbers) in zip(entries, parameters) {
      for (range, values) in Self.pairs(entry, numbers) where !range.isEmpty {
        precondition(values.count == range.count, "the network's numbers do not fit its graph")
        (vector + range.lowerBound).update(from: values, count: range.count)
      }
    }
  }

  /// Copies the flat vector back, leaving running statistics as they are.
  func read(_ vector: UnsafePointer<Float>, into parameters: inout [NodeParameters]) {
    func values(_ range: Range<Int>) -> [Float] { range.map { vector[$0] } }
    for (index, entry) in entries.enumerated() {
      parameters[index].weights = values(entry.weights)
      parameters[index].bias = values(entry.bias)
      parameters[index].normScale = values(entry.normScale)
      parameters[index].normShift = values(entry.normShift)
    }
  }

  private static func pairs(_ entry: Entry, _ numbers: NodeParameters) -> [(Range<Int>, [Float])] {
    [
      (entry.weights, numbers.weights), (entry.bias, numbers.bias), (entry.normScale, numbers.normScale),
      (entry.normShift, numbers.normShift),
    ]
  }
}

extension NetworkGraph.Operation {
  var hasBias: Bool {
    switch self {
    case .convolution(_, let hasBias), .depthwiseConvolution(_, let hasBias), .dense(let hasBias): hasBias
    case .input, .batchNormalization, .activation, .add, .averagePool, .maxPool, .globalAveragePool: false
    }
  }

  /// Batch normalisation, whose statistics join all shards of a batch.
  var isNorm: Bool {
    if case .batchNormalization = self { return true }
    return false
  }
}
