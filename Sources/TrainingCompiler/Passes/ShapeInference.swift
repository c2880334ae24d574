public import Tensors

/// Computes the shape of every node's output from the input's, in order.
///
/// The channels of a convolution and the outputs of a dense layer are their own; all other sizes follow.
public enum ShapeInference {
  /// A graph for windows of another shape.
  ///
  /// - Throws: If a kernel no longer fits, or the sides of a join differ.
  public static func run(_ graph: NetworkGraph, input: ActivationShape) throws(NetworkGraphError) -> NetworkGraph {
    var result = graph
    result.nodes[0].shape = input
    for n in result.nodes.indices.dropFirst() {
      let node = result.nodes[n]
      result.nodes[n].shape = try shape(
        of: node.operation, channels: node.shape.channels, inputs: node.inputs.map { result.nodes[$0].shape },
        name: node.name)
    }
    return result
  }

  /// The shape that one node gives.
  ///
  /// - Parameter channels: Of a convolution or a dense layer; ignored elsewhere.
  static func shape(
    of operation: NetworkGraph.Operation, channels: Int, inputs: [ActivationShape], name: String
  ) throws(NetworkGraphError) -> ActivationShape {
    let from = inputs[0]
    switch operation {
    case .input:
      preconditionFailure("a graph has one input")
    case .convolution(let kernel, _):
      return try slide(kernel, over: from, channels: channels, name: name)
    case .depthwiseConvolution(let kernel, _), .averagePool(let kernel), .maxPool(let kernel):
      return try slide(kernel, over: from, channels: from.channels, name: name)
    case .dense:
      return ActivationShape(length: 1, channels: channels)
    case .batchNormalization, .activation:
      return from
    case .add:
      precondition(inputs.count == 2, "a residual join has two inputs")
      guard inputs[1] == from else { throw .shapeMismatch(layer: name, left: from, right: inputs[1]) }
      return from
    case .globalAveragePool:
      return ActivationShape(length: 1, channels: from.channels)
    }
  }

  private static func slide(
    _ kernel: NetworkGraph.SlidingKernel, over shape: ActivationShape, channels: Int, name: String
  ) throws(NetworkGraphError) -> ActivationShape {
    let length = kernel.outputLength(for: shape.length)
    guard length > 0 else { throw .kernelDoesNotFit(layer: name, kernel: kernel.size, length: shape.length) }
    return ActivationShape(length: length, channels: channels)
  }
}
