import Tensors
public import TrainingCompiler

extension FloatNetwork {
  /// A network that knows nothing: random weights, norms that pass their input on.
  ///
  /// A weight is a function of seed, node index and its place in the node, so a layer keeps its first
  /// weights when another one changes.
  public init(
    initializing graph: NetworkGraph, with method: PretrainingConfiguration.Initialization, seed: UInt64
  ) {
    let parameters = graph.nodes.indices.map { index in
      NodeParameters(initializing: index, of: graph, with: method, seed: seed)
    }
    self.init(graph: graph, parameters: parameters)
  }
}

extension NodeParameters {
  fileprivate init(
    initializing index: Int, of graph: NetworkGraph, with method: PretrainingConfiguration.Initialization,
    seed: UInt64
  ) {
    self.init()
    let node = graph.nodes[index]
    let channels = node.shape.channels
    if node.operation.isNorm {
      normScale = Array(repeating: 1, count: channels)
      normShift = Array(repeating: 0, count: channels)
      runningMean = Array(repeating: 0, count: channels)
      runningVariance = Array(repeating: 1, count: channels)
      return
    }
    let count = graph.weightCount(ofNode: index)
    guard count > 0 else { return }
    let random = CounterRandom(seed: seed, purpose: .initialization, sample: index)
    // Both a convolution's [O][K][C] and a depthwise [K][C] have this many weights for each output.
    let fanIn = Double(count / channels)
    func uniform(within bound: Double, at position: Int) -> Float {
      Float((2 * random.uniform(at: position) - 1) * bound)
    }
    let biasCount = node.operation.hasBias ? channels : 0
    bias = Array(repeating: 0, count: biasCount)
    switch method {
    case .fanInUniform:
      let bound = (1 / fanIn).squareRoot()
      weights = (0..<count).map { uniform(within: bound, at: $0) }
      bias = (0..<biasCount).map { uniform(within: bound, at: count + $0) }
    case .kaimingUniform:
      let bound = (6 / fanIn).squareRoot()
      weights = (0..<count).map { uniform(within: bound, at: $0) }
    case .kaimingNormal:
      let deviation = (2 / fanIn).squareRoot()
      weights = (0..<count).map { Float(deviation * random.normalPair(at: $0).0) }
    }
  }
}
