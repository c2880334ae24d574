/// A network in float32: its graph and the numbers of every node.
public struct FloatNetwork: Sendable, Hashable {
  public var graph: NetworkGraph
  /// Parallel to `graph.nodes`; empty arrays where a node has none.
  public var parameters: [NodeParameters]

  public init(graph: NetworkGraph, parameters: [NodeParameters]) {
    precondition(graph.nodes.count == parameters.count, "every node has its parameters")
    self.graph = graph
    self.parameters = parameters
  }
}

/// The numbers of one node.
public struct NodeParameters: Sendable, Hashable {
  /// In the layout that `NetworkGraph.Operation` states: convolution `[outputChannels][kernel][inputChannels]`,
  /// depthwise `[kernel][channels]`, dense `[outputs][inputs]`.
  public var weights: [Float] = []
  /// One an output channel.
  public var bias: [Float] = []
  /// Batch normalisation: the learned scale (gamma) and shift (beta), and the running statistics.
  public var normScale: [Float] = []
  public var normShift: [Float] = []
  public var runningMean: [Float] = []
  public var runningVariance: [Float] = []

  public init() {}
}

extension NetworkGraph {
  /// The number of weights of a node.
  public func weightCount(ofNode index: Int) -> Int {
    let node = nodes[index]
    switch node.operation {
    case .convolution(let kernel, _):
      return node.shape.channels * kernel.size * nodes[node.inputs[0]].shape.channels
    case .depthwiseConvolution(let kernel, _):
      return kernel.size * node.shape.channels
    case .dense:
      return node.shape.channels * nodes[node.inputs[0]].shape.elementCount
    case .input, .batchNormalization, .activation, .add, .averagePool, .maxPool, .globalAveragePool:
      return 0
    }
  }

  /// Multiply-accumulates of one forward pass, those of convolutions and dense layers.
  public var multiplyAccumulates: Int {
    nodes.indices.reduce(0) { sum, index in
      switch nodes[index].operation {
      case .convolution, .depthwiseConvolution: sum + weightCount(ofNode: index) * nodes[index].shape.length
      case .dense: sum + weightCount(ofNode: index)
      default: sum
      }
    }
  }

  /// Weights and biases after batch normalisation has been folded: each convolution and dense layer has
  /// a bias for every output channel.
  public var foldedParameterCount: Int {
    nodes.indices.reduce(0) { sum, index in
      let weights = weightCount(ofNode: index)
      return weights == 0 ? sum : sum + weights + nodes[index].shape.channels
    }
  }
}
