import Tensors

/// Why a network cannot be quantized.
public enum QuantizationError: Error, Sendable, Hashable {
  /// Batch normalisation must be folded first.
  case normalizationNotFolded(layer: String)
  /// An activation function can be fused into a convolution, a dense layer or a residual join only.
  case activationCannotBeFused(layer: String, after: String)
  /// The last layer must be dense, without an activation.
  case lastLayerIsNotDense(layer: String)
  /// The width of a calibrated range, a weight or a bias is not finite.
  case notFinite(layer: String)
  /// A bias is too large for int32 in units of input scale times weight scale: the input's values are tiny.
  case biasOutOfRange(layer: String)
}

extension QuantizedNetwork {
  /// Quantizes a folded float32 network: per-channel symmetric int8 weights, per-tensor affine int8
  /// activations, int32 biases.
  ///
  /// - Parameters:
  ///   - network: Without batch normalisation.
  ///   - ranges: Of every node's output, parallel to the graph's nodes, from calibration.
  public init(
    quantizing network: FloatNetwork, ranges: [ClosedRange<Float>]
  ) throws(QuantizationError) {
    let graph = network.graph
    precondition(ranges.count == graph.nodes.count, "one range a node")
    var builder = Builder(nodes: [], indexOfSource: Array(repeating: -1, count: graph.nodes.count))
    for index in graph.nodes.indices {
      // The width too: it is what the scale is made of.
      guard (ranges[index].upperBound - ranges[index].lowerBound).isFinite else {
        throw .notFinite(layer: graph.nodes[index].name)
      }
      try builder.append(nodeAt: index, of: network, range: ranges[index])
    }
    // The last node of the graph, not of the builder: there an activation would already be fused away.
    guard case .dense = graph.nodes[graph.nodes.count - 1].operation else {
      throw .lastLayerIsNotDense(layer: builder.nodes.last?.name ?? "input")
    }
    nodes = builder.nodes
  }

  private struct Builder {
    var nodes: [Node]
    /// The quantized node that gives what a source node gives.
    var indexOfSource: [Int]

    mutating func append(
      nodeAt index: Int, of network: FloatNetwork, range: ClosedRange<Float>
    ) throws(QuantizationError) {
      let source = network.graph.nodes[index]
      let inputs = source.inputs.map { indexOfSource[$0] }
      var node = Node(
        name: source.name, operation: .input, inputs: inputs, shape: source.shape,
        output: ActivationQuantization(range: range, activation: nil))
      switch source.operation {
      case .input:
        break
      case .convolution(let kernel, _):
        node.operation = .convolution(kernel)
        try node.quantizeParameters(network.parameters[index], inputScale: nodes[inputs[0]].output.scale)
      case .depthwiseConvolution(let kernel, _):
        node.operation = .depthwiseConvolution(kernel)
        try node.quantizeParameters(network.parameters[index], inputScale: nodes[inputs[0]].output.scale)
      case .dense:
        node.operation = .dense
        try node.quantizeParameters(network.parameters[index], inputScale: nodes[inputs[0]].output.scale)
      case .batchNormalization:
        throw .normalizationNotFolded(layer: source.name)
      case .activation(let activation):
        // What reads the values before the activation could not have them any more.
        let isShared = network.graph.nodes.indices.contains {
          $0 != index && network.graph.nodes[$0].inputs.contains(source.inputs[0])
        }
        guard !isShared else { throw .activationCannotBeFused(layer: source.name, after: nodes[inputs[0]].name) }
        try fuse(activation, range: range, into: inputs[0], named: source.name)
        indexOfSource[index] = inputs[0]
        return
      case .add:
        node.operation = .add
      case .averagePool(let kernel):
        node.operation = .averagePool(kernel)
        node.output = nodes[inputs[0]].output
      case .maxPool(let kernel):
        node.operation = .maxPool(kernel)
        node.output = nodes[inputs[0]].output
      case .globalAveragePool:
        node.operation = .globalAveragePool
        node.output = nodes[inputs[0]].output
      }
      nodes.append(node)
      indexOfSource[index] = nodes.count - 1
    }

    private mutating func fuse(
      _ activation: NetworkGraph.Activation, range: ClosedRange<Float>, into index: Int, named name: String
    ) throws(QuantizationError) {
      switch nodes[index].operation {
      case .convolution, .depthwiseConvolution, .dense, .add:
        nodes[index].output = ActivationQuantization(range: range, activation: activation)
      case .input, .averagePool, .maxPool, .globalAveragePool:
        throw .activationCannotBeFused(layer: name, after: nodes[index].name)
      }
    }
  }
}

extension QuantizedNetwork.Node {
  fileprivate mutating func quantizeParameters(
    _ parameters: NodeParameters, inputScale: Float
  ) throws(QuantizationError) {
    let channels = shape.channels
    var isDepthwise = false
    if case .depthwiseConvolution = operation { isDepthwise = true }
    guard parameters.weights.allSatisfy(\.isFinite), parameters.bias.allSatisfy(\.isFinite) else {
      throw .notFinite(layer: name)
    }
    // Weight i belongs to channel i % channels of a depthwise kernel, else to row i / rowCount.
    let rowCount = parameters.weights.count / channels
    func channel(_ i: Int) -> Int { isDepthwise ? i % channels : i / rowCount }
    var largest = [Float](repeating: 0, count: channels)
    for (i, weight) in parameters.weights.enumerated() {
      largest[channel(i)] = max(largest[channel(i)], abs(weight))
    }
    // A channel that pretraining left without weights would get a step of nearly nothing, and
    // quantisation-aware scaling divides by its square; it shares a share of the largest channel's step.
    let floor = max((largest.max() ?? 0) / 1024, 1e-6)
    weightScales = largest.map { max($0, floor) / 127 }
    weights = parameters.weights.enumerated().map { i, weight in
      Int8(max(-127, min(127, (weight / weightScales[channel(i)]).rounded())))
    }
    let limit = Double(biasLimit(patchCount: rowCount))
    let units = (0..<channels).map { c in
      let value = parameters.bias.isEmpty ? 0 : Double(parameters.bias[c])
      return (value / (Double(inputScale) * Double(weightScales[c]))).rounded()
    }
    guard units.allSatisfy({ abs($0) <= limit }) else { throw .biasOutOfRange(layer: name) }
    bias = units.map { Int32($0) }
  }

  /// The largest bias with which no sum of products leaves int32: `2^31 − 1 − patch · 127 · 255`.
  func biasLimit(patchCount: Int) -> Int32 {
    Int32(max(0, Int(Int32.max) - patchCount * 127 * 255))
  }
}
