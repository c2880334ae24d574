public import TrainingCompiler

extension ChannelScores {
  /// Pieces of the windows that are summed apart; it does not depend on threads, so the sums do not either.
  private static var shards: Int { 16 }

  /// How much the loss depends on the weights over each channel: `Σ |∂L/∂w · w|` over windows and weights, to first
  /// order what the loss would change if the channel's weights were taken away.
  ///
  /// The same bits on any number of threads; like all float32 work for one instruction set.
  ///
  /// After Molchanov et al. 2019, "Importance Estimation for Neural Network Pruning", section 3.1, with magnitudes
  /// summed over windows so that opposite windows do not cancel.
  ///
  /// - Parameters:
  ///   - network: Folded; its layers have the names of the quantised network's.
  ///   - quantized: Whose layers are scored.
  /// - Throws: If the windows do not fit, or the network is not folded.
  public static func gradient(
    of network: FloatNetwork, for quantized: QuantizedNetwork, on windows: WindowSet, threads: Int = 1
  ) throws(LearningError) -> ChannelScores {
    let graph = network.graph
    try LearningChecks.windows(windows, fit: graph.inputShape, classes: graph.classCount)
    if let norm = graph.nodes.first(where: { $0.operation.isNorm }) {
      throw .batchNormalizationLeft(node: norm.name)
    }
    let pieces = ParallelShards.ranges(count: windows.count, shards: shards)
    let sums = ScoreRows(rows: max(1, pieces.count), count: graph.scoreStarts.last ?? 0)
    ParallelShards.forEach(pieces.count, threads: threads) { piece in
      addScores(of: network, on: windows, pieces[piece], to: sums.row(piece))
    }
    let totals = sums.totals()
    let nodesByName = Dictionary(graph.nodes.enumerated().map { ($1.name, $0) }) { first, _ in first }
    return ChannelScores(
      layers: quantized.nodes.map { node in
        guard !node.weights.isEmpty, let index = nodesByName[node.name] else { return [] }
        return Array(totals[graph.scoreStarts[index]..<graph.scoreStarts[index + 1]])
      })
  }

  private static func addScores(
    of network: FloatNetwork, on windows: WindowSet, _ piece: Range<Int>, to sums: UnsafeMutablePointer<Double>
  ) {
    let graph = network.graph
    let last = graph.nodes.count - 1
    let learns = graph.nodes.indices.map { graph.weightCount(ofNode: $0) > 0 }
    let executor = FloatExecutor(
      graph: graph, capacity: 1, shardCount: 1, purpose: .training(weights: learns, biases: learns.map { _ in false }))
    executor.load(network)
    let starts = graph.scoreStarts
    for index in piece {
      for (i, value) in windows.window(index).enumerated() { executor.values[0].base[i] = value }
      executor.forward(samples: 0..<1)
      _ = SoftmaxCrossEntropy.loss(
        logits: executor.logits(ofSample: 0), classes: graph.classCount, label: windows.labels[index], smoothing: 0,
        gradients: executor.gradients[last].base)
      for node in graph.nodes.indices.reversed() { executor.backward(node: node, samples: 0..<1, shard: 0) }
      let gradients = executor.shardGradients[0].base
      for node in graph.nodes.indices where learns[node] {
        let channels = starts[node + 1] - starts[node]
        for (i, weight) in executor.layout.entries[node].weights.enumerated() {
          sums[starts[node] + i % channels] +=
            (Double(gradients[weight]) * Double(executor.parameters.base[weight])).magnitude
        }
      }
    }
  }
}

extension NetworkGraph {
  /// Where the scores of each node's input channels begin in one flat vector, and where the last end.
  fileprivate var scoreStarts: [Int] {
    var starts = [0]
    for (index, node) in nodes.enumerated() {
      let channels = weightCount(ofNode: index) > 0 ? nodes[node.inputs[0]].shape.channels : 0
      starts.append((starts.last ?? 0) + channels)
    }
    return starts
  }
}

/// One row of sums a piece, each written by the one thread that has the piece.
private final class ScoreRows: @unchecked Sendable {
  private let storage: UnsafeMutablePointer<Double>
  private let rows: Int
  private let count: Int

  init(rows: Int, count: Int) {
    self.rows = rows
    self.count = count
    storage = .allocate(capacity: rows * count)
    storage.initialize(repeating: 0, count: rows * count)
  }

  deinit { storage.deallocate() }

  func row(_ row: Int) -> UnsafeMutablePointer<Double> { storage + row * count }

  /// Rows added in their order.
  func totals() -> [Double] {
    (0..<count).map { column in (0..<rows).reduce(0) { $0 + storage[$1 * count + column] } }
  }
}
