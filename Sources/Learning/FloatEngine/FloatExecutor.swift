import TrainingCompiler

/// The memory of one float32 network at work on a batch: numbers, activations and gradients.
///
/// A batch is cut into shards, a number that does not depend on threads. Everything that sums over the
/// batch (gradients, the statistics of batch normalisation) is summed inside a shard in a fixed order,
/// then over shards in index order, so any number of threads gives the same bits.
///
/// Shared by the threads that run its shards: see `FloatBuffer` for who may write what.
final class FloatExecutor: @unchecked Sendable {
  /// What backward passes need.
  enum Purpose {
    case inference
    /// Gradients of the chosen nodes' weights (or norm scales and shifts) and of their biases; both
    /// parallel to the graph's nodes.
    case training(weights: [Bool], biases: [Bool])
  }

  let graph: NetworkGraph
  let layout: ParameterLayout
  let capacity: Int
  let shardCount: Int
  let parameters: FloatBuffer
  /// Convolution and dense weights transposed; at the same offsets as in `parameters`.
  let packed: FloatBuffer
  /// For each node the activations of the whole batch.
  let values: [FloatBuffer]
  /// For each node the gradients of its activations; empty where nothing before it learns.
  let gradients: [FloatBuffer]
  /// For each shard the gradients of all parameters.
  let shardGradients: [FloatBuffer]
  let norms: [NormState?]
  private let scratch: [FloatBuffer]
  /// Whether a gradient with respect to the node's output is needed.
  let needsGradient: [Bool]
  let updatesWeights: [Bool]
  let updatesBias: [Bool]
  /// For each node and input: whether an earlier step of the backward pass already wrote there.
  let accumulates: [[Bool]]

  /// Batch normalisation: per-channel numbers shared by all shards, and what each shard brings to them.
  struct NormState {
    let mean: FloatBuffer
    let factor: FloatBuffer
    let meanGradient: FloatBuffer
    let slope: FloatBuffer
    /// For each shard: means and squares forward, gradient sums and products backward.
    let firstSums: [FloatBuffer]
    let secondSums: [FloatBuffer]
  }

  init(graph: NetworkGraph, capacity: Int, shardCount: Int, purpose: Purpose) {
    self.graph = graph
    self.capacity = capacity
    self.shardCount = shardCount
    layout = ParameterLayout(graph: graph)
    parameters = FloatBuffer(count: layout.count)
    packed = FloatBuffer(count: layout.count)
    values = graph.nodes.map { FloatBuffer(count: capacity * $0.shape.elementCount) }
    var scratchCount = 0
    for case .convolution(let kernel, _) in graph.nodes.map(\.operation) where kernel.padding > 0 {
      for node in graph.nodes {
        scratchCount = max(scratchCount, (node.shape.length + 2 * kernel.padding) * node.shape.channels)
      }
    }
    scratch = (0..<shardCount).map { _ in FloatBuffer(count: scratchCount) }
    norms = graph.nodes.map { node in
      guard node.operation.isNorm else { return nil }
      func buffer() -> FloatBuffer { FloatBuffer(count: node.shape.channels) }
      return NormState(
        mean: buffer(), factor: buffer(), meanGradient: buffer(), slope: buffer(),
        firstSums: (0..<shardCount).map { _ in buffer() }, secondSums: (0..<shardCount).map { _ in buffer() })
    }
    switch purpose {
    case .inference:
      updatesWeights = graph.nodes.map { _ in false }
      updatesBias = updatesWeights
      needsGradient = updatesWeights
      gradients = graph.nodes.map { _ in FloatBuffer(count: 0) }
      shardGradients = []
      accumulates = graph.nodes.map { $0.inputs.map { _ in false } }
    case .training(let weights, let biases):
      updatesWeights = weights
      updatesBias = biases
      let needs = Self.gradientNeeds(graph: graph, updates: zip(weights, biases).map { $0 || $1 })
      needsGradient = needs
      gradients = graph.nodes.indices.map { index in
        FloatBuffer(count: needs[index] ? capacity * graph.nodes[index].shape.elementCount : 0)
      }
      let count = layout.count
      shardGradients = (0..<shardCount).map { _ in FloatBuffer(count: count) }
      accumulates = Self.accumulationFlags(graph: graph, needsGradient: needs)
    }
  }

  /// A node's output gradient is needed if the logits depend on it, and it or a node before it learns.
  private static func gradientNeeds(graph: NetworkGraph, updates: [Bool]) -> [Bool] {
    var reachesLogits = graph.nodes.map { _ in false }
    reachesLogits[graph.nodes.count - 1] = true
    for (index, node) in graph.nodes.enumerated().reversed() where reachesLogits[index] {
      for input in node.inputs { reachesLogits[input] = true }
    }
    var learns: [Bool] = []
    for (index, node) in graph.nodes.enumerated() {
      learns.append(updates[index] || node.inputs.contains { learns[$0] })
    }
    return zip(learns, reachesLogits).map { $0 && $1 }
  }

  /// In backward order the first reader of an activation overwrites its gradient, the others add.
  private static func accumulationFlags(graph: NetworkGraph, needsGradient: [Bool]) -> [[Bool]] {
    var written = graph.nodes.map { _ in false }
    var flags = graph.nodes.map { $0.inputs.map { _ in false } }
    for index in graph.nodes.indices.reversed() where needsGradient[index] {
      for (position, input) in graph.nodes[index].inputs.enumerated() {
        flags[index][position] = written[input]
        written[input] = true
      }
    }
    return flags
  }

  func scratch(ofShard shard: Int) -> UnsafeMutablePointer<Float> { scratch[shard].base }

  /// Takes a network's numbers, and its running statistics as those of batch normalisation.
  func load(_ network: FloatNetwork) {
    precondition(network.graph == graph, "the numbers belong to another graph")
    layout.write(network.parameters, to: parameters.base)
    useRunningStatistics(network.parameters)
    packWeights()
  }

  /// Normalises with running statistics instead of those of the batch.
  func useRunningStatistics(_ numbers: [NodeParameters]) {
    for (index, node) in graph.nodes.enumerated() {
      guard case .batchNormalization(let epsilon) = node.operation, let norm = norms[index] else { continue }
      norm.meanGradient.fill(with: 0)
      norm.slope.fill(with: 0)
      let scale = parameters.base + layout.entries[index].normScale.lowerBound
      for channel in 0..<node.shape.channels {
        norm.mean.base[channel] = numbers[index].runningMean[channel]
        let deviation = (Double(numbers[index].runningVariance[channel]) + Double(epsilon)).squareRoot()
        norm.factor.base[channel] = Float(Double(scale[channel]) / deviation)
      }
    }
  }

  /// Brings the transposed weights up to date; to be called whenever weights have changed.
  func packWeights(ofNode only: Int? = nil) {
    for (index, node) in graph.nodes.enumerated() where only == nil || only == index {
      let range = layout.entries[index].weights
      switch node.operation {
      case .convolution, .dense:
        let rows = node.shape.channels
        ConvolutionFloat.pack(
          parameters.base + range.lowerBound, rows: rows, columns: range.count / rows,
          into: packed.base + range.lowerBound)
      default: break
      }
    }
  }
}
