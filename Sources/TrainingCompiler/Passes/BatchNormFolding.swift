/// Why a batch normalisation cannot be folded.
public enum BatchNormFoldingError: Error, Sendable, Hashable {
  /// The normalisation reads something that has no weights to scale.
  case noConvolutionBefore(norm: String, input: String)
  /// Someone else reads the convolution's output before it is normalised.
  case sharedConvolution(norm: String, convolution: String, otherReader: String)
}

extension BatchNormFoldingError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noConvolutionBefore(let norm, let input):
      "batch normalization '\(norm)' cannot be folded: it follows '\(input)', which has no weights; "
        + "put it directly after a convolution or a dense layer"
    case .sharedConvolution(let norm, let convolution, let otherReader):
      "batch normalization '\(norm)' cannot be folded: '\(otherReader)' also reads '\(convolution)' "
        + "before it is normalized; let it read '\(norm)' instead"
    }
  }
}

/// Merges every batch normalisation, with its running statistics, into the convolution or dense layer
/// before it.
///
/// For each output channel `o`, with `f[o] = scale[o] / sqrt(variance[o] + epsilon)`: weights become
/// `w · f[o]` and the bias `(b − mean[o]) · f[o] + shift[o]`, computed in Double and rounded once. The
/// folded node keeps the convolution's name. In the result every convolution and dense layer has a bias,
/// which is zero where there was none.
///
/// After Jacob et al. 2018, "Quantization and Training of Neural Networks for Efficient
/// Integer-Arithmetic-Only Inference", section 3.2.
public enum BatchNormFolding {
  public static func fold(_ network: FloatNetwork) throws(BatchNormFoldingError) -> FloatNetwork {
    let graph = network.graph
    var folded: [NetworkGraph.Node] = []
    var parameters: [NodeParameters] = []
    /// Where the output of an old node stands in the folded graph.
    var newIndex: [Int] = []
    for (index, node) in graph.nodes.enumerated() {
      if case .batchNormalization(let epsilon) = node.operation {
        let target = try foldTarget(ofNorm: index, in: graph)
        let position = newIndex[target]
        scale(&parameters[position], of: folded[position], by: network.parameters[index], epsilon: epsilon)
        newIndex.append(position)
        continue
      }
      var copy = node
      copy.inputs = node.inputs.map { newIndex[$0] }
      copy.operation = withBias(node.operation)
      var numbers = network.parameters[index]
      if graph.weightCount(ofNode: index) > 0 && numbers.bias.isEmpty {
        numbers.bias = Array(repeating: 0, count: node.shape.channels)
      }
      newIndex.append(folded.count)
      folded.append(copy)
      parameters.append(numbers)
    }
    var result = graph
    result.nodes = folded
    return FloatNetwork(graph: result, parameters: parameters)
  }

  private static func foldTarget(
    ofNorm index: Int, in graph: NetworkGraph
  ) throws(BatchNormFoldingError) -> Int {
    let norm = graph.nodes[index]
    let target = norm.inputs[0]
    guard graph.weightCount(ofNode: target) > 0 else {
      throw .noConvolutionBefore(norm: norm.name, input: graph.nodes[target].name)
    }
    for (reader, node) in graph.nodes.enumerated() where reader != index && node.inputs.contains(target) {
      throw .sharedConvolution(norm: norm.name, convolution: graph.nodes[target].name, otherReader: node.name)
    }
    return target
  }

  private static func withBias(_ operation: NetworkGraph.Operation) -> NetworkGraph.Operation {
    switch operation {
    case .convolution(let kernel, _): .convolution(kernel, hasBias: true)
    case .depthwiseConvolution(let kernel, _): .depthwiseConvolution(kernel, hasBias: true)
    case .dense: .dense(hasBias: true)
    default: operation
    }
  }

  private static func scale(
    _ target: inout NodeParameters, of node: NetworkGraph.Node, by norm: NodeParameters, epsilon: Float
  ) {
    let channels = node.shape.channels
    let factors = (0..<channels).map { channel in
      Double(norm.normScale[channel]) / (Double(norm.runningVariance[channel]) + Double(epsilon)).squareRoot()
    }
    var isDepthwise = false
    if case .depthwiseConvolution = node.operation { isDepthwise = true }
    let weightsPerChannel = target.weights.count / channels
    for index in target.weights.indices {
      let channel = isDepthwise ? index % channels : index / weightsPerChannel
      target.weights[index] = Float(Double(target.weights[index]) * factors[channel])
    }
    for channel in 0..<channels {
      let centred = Double(target.bias[channel]) - Double(norm.runningMean[channel])
      target.bias[channel] = Float(centred * factors[channel] + Double(norm.normShift[channel]))
    }
  }
}
