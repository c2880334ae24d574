public import PipelineModel
public import Tensors
public import TrainingCompiler

extension PipelineModel.Model {
  /// The network that the layers describe, for windows of a shape.
  public func networkGraph(
    input: Tensors.ActivationShape, classCount: Int
  ) throws(RunError) -> NetworkGraph {
    var graph = NetworkGraph(input: input)
    var last = 0
    do {
      for (name, layer) in zip(layerNames, layers) {
        last = try Self.append(layer, named: name, to: last, of: &graph, classCount: classCount)
      }
    } catch {
      throw .network(error)
    }
    return graph
  }

  private static func append(
    _ layer: Layer, named name: String, to last: Int, of graph: inout NetworkGraph, classCount: Int
  ) throws(NetworkGraphError) -> Int {
    switch layer {
    case .conv1D(let conv):
      return try graph.appendConvolution(
        named: name, to: last, channels: conv.channels,
        kernel: NetworkGraph.SlidingKernel(size: conv.kernel, stride: conv.stride, padding: conv.effectivePadding),
        batchNormalized: conv.batchNorm, activation: conv.activation.function)
    case .depthwiseConv1D(let conv):
      return try graph.appendConvolution(
        named: name, to: last, channels: 0,
        kernel: NetworkGraph.SlidingKernel(size: conv.kernel, stride: conv.stride, padding: conv.effectivePadding),
        depthwise: true, batchNormalized: conv.batchNorm, activation: conv.activation.function)
    case .pointwise(let conv):
      return try graph.appendConvolution(
        named: name, to: last, channels: conv.channels, kernel: NetworkGraph.SlidingKernel(size: 1),
        batchNormalized: conv.batchNorm, activation: conv.activation.function)
    case .invertedResidual(let block):
      return try graph.appendInvertedResidual(
        named: name, to: last, channels: block.channels, expansion: block.expand,
        kernel: NetworkGraph.SlidingKernel(size: block.kernel, stride: block.stride, padding: block.padding),
        activation: block.activation.function)
    case .batchNormalization:
      return try graph.append(.batchNormalization(epsilon: 1e-5), named: name, to: [last])
    case .relu:
      return try graph.append(.activation(.relu), named: name, to: [last])
    case .relu6:
      return try graph.append(.activation(.relu6), named: name, to: [last])
    case .averagePool(let pool):
      return try graph.append(
        .averagePool(NetworkGraph.SlidingKernel(size: pool.kernel, stride: pool.effectiveStride)), named: name,
        to: [last])
    case .maxPool(let pool):
      return try graph.append(
        .maxPool(NetworkGraph.SlidingKernel(size: pool.kernel, stride: pool.effectiveStride)), named: name, to: [last])
    case .globalAveragePool:
      return try graph.append(.globalAveragePool, named: name, to: [last])
    case .dense(let dense):
      let outputs =
        switch dense.outputs {
        case .classes: classCount
        case .count(let count): count
        }
      let node = try graph.append(.dense(hasBias: true), named: name, to: [last], channels: outputs)
      guard let function = dense.activation.function else { return node }
      return try graph.append(.activation(function), named: "\(name).\(function.rawValue)", to: [node])
    }
  }
}

extension LayerActivation {
  /// The activation function; nil for none.
  var function: NetworkGraph.Activation? {
    switch self {
    case .relu: .relu
    case .relu6: .relu6
    case .none: nil
    }
  }
}
