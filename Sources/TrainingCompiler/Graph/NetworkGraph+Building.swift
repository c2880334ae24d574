public import Tensors

/// Why a layer cannot be appended to a network.
public enum NetworkGraphError: Error, Sendable, Hashable {
  /// The kernel is longer than the padded activation.
  case kernelDoesNotFit(layer: String, kernel: Int, length: Int)
  /// The two sides of a residual join differ.
  case shapeMismatch(layer: String, left: ActivationShape, right: ActivationShape)
  case duplicateName(String)
}

extension NetworkGraph {
  /// A graph that holds its input only.
  public init(input: ActivationShape) {
    nodes = [Node(name: "input", operation: .input, inputs: [], shape: input)]
  }

  /// Appends a node and returns its index.
  ///
  /// - Parameter channels: The output channels of a convolution or the outputs of a dense layer;
  ///   ignored elsewhere.
  @discardableResult
  public mutating func append(
    _ operation: Operation, named name: String, to inputs: [Int], channels: Int = 0
  ) throws(NetworkGraphError) -> Int {
    precondition(!inputs.isEmpty && inputs.allSatisfy(nodes.indices.contains), "inputs must stand before their node")
    guard !nodes.contains(where: { $0.name == name }) else { throw .duplicateName(name) }
    let shape = try ShapeInference.shape(
      of: operation, channels: channels, inputs: inputs.map { nodes[$0].shape }, name: name)
    nodes.append(Node(name: name, operation: operation, inputs: inputs, shape: shape))
    return nodes.count - 1
  }

  /// Convolution, batch normalisation and activation, as one layer of a standard network.
  ///
  /// With batch normalisation the convolution has no bias of its own.
  @discardableResult
  public mutating func appendConvolution(
    named name: String, to input: Int, channels: Int, kernel: SlidingKernel, depthwise: Bool = false,
    batchNormalized: Bool = true, activation: Activation?
  ) throws(NetworkGraphError) -> Int {
    let operation: Operation =
      depthwise
      ? .depthwiseConvolution(kernel, hasBias: !batchNormalized)
      : .convolution(kernel, hasBias: !batchNormalized)
    var last = try append(operation, named: name, to: [input], channels: channels)
    if batchNormalized {
      last = try append(.batchNormalization(epsilon: 1e-5), named: "\(name).norm", to: [last])
    }
    if let activation {
      last = try append(.activation(activation), named: "\(name).\(activation.rawValue)", to: [last])
    }
    return last
  }

  /// Expand, depthwise, project; with a residual join where stride is 1 and the channels agree.
  ///
  /// After Sandler et al. 2018, "MobileNetV2: Inverted Residuals and Linear Bottlenecks".
  @discardableResult
  public mutating func appendInvertedResidual(
    named name: String, to input: Int, channels: Int, expansion: Int, kernel: SlidingKernel,
    batchNormalized: Bool = true, activation: Activation? = .relu6
  ) throws(NetworkGraphError) -> Int {
    let inputChannels = nodes[input].shape.channels
    var last = input
    if expansion > 1 {
      last = try appendConvolution(
        named: "\(name).expand", to: last, channels: inputChannels * expansion, kernel: SlidingKernel(size: 1),
        batchNormalized: batchNormalized, activation: activation)
    }
    last = try appendConvolution(
      named: "\(name).depthwise", to: last, channels: 0, kernel: kernel, depthwise: true,
      batchNormalized: batchNormalized, activation: activation)
    last = try appendConvolution(
      named: "\(name).project", to: last, channels: channels, kernel: SlidingKernel(size: 1),
      batchNormalized: batchNormalized, activation: nil)
    if kernel.stride == 1 && inputChannels == channels && nodes[last].shape == nodes[input].shape {
      last = try append(.add, named: "\(name).add", to: [last, input])
    }
    return last
  }
}
