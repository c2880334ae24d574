/// What stands after a convolution, fused with it on the device.
public enum LayerActivation: Sendable, Hashable, CaseIterable {
  case relu
  case relu6
  case none
}

/// A convolution over time that mixes all channels.
public struct Conv1D: Sendable, Hashable {
  /// Output channels.
  public var channels: Int
  /// Frames that one output sees.
  public var kernel: Int
  /// Frames between two outputs.
  public var stride: Int
  /// Frames of zeros on each side; `nil` stands for half the kernel, rounded down.
  public var padding: Int?
  public var activation: LayerActivation
  /// Whether batch normalisation stands between convolution and activation.
  public var batchNorm: Bool

  public init(
    _ channels: Int, kernel: Int, stride: Int = 1, padding: Int? = nil, activation: LayerActivation = .relu6,
    batchNorm: Bool = true
  ) {
    self.channels = channels
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.activation = activation
    self.batchNorm = batchNorm
  }
}

/// A convolution over time of each channel on its own.
public struct DepthwiseConv1D: Sendable, Hashable {
  /// Frames that one output sees.
  public var kernel: Int
  /// Frames between two outputs.
  public var stride: Int
  /// Frames of zeros on each side; `nil` stands for half the kernel, rounded down.
  public var padding: Int?
  public var activation: LayerActivation
  /// Whether batch normalisation stands between convolution and activation.
  public var batchNorm: Bool

  public init(
    kernel: Int, stride: Int = 1, padding: Int? = nil, activation: LayerActivation = .relu6, batchNorm: Bool = true
  ) {
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.activation = activation
    self.batchNorm = batchNorm
  }
}

/// A convolution of kernel 1: it mixes channels, frame by frame.
public struct Pointwise: Sendable, Hashable {
  /// Output channels.
  public var channels: Int
  public var activation: LayerActivation
  /// Whether batch normalisation stands between convolution and activation.
  public var batchNorm: Bool

  public init(_ channels: Int, activation: LayerActivation = .relu6, batchNorm: Bool = true) {
    self.channels = channels
    self.activation = activation
    self.batchNorm = batchNorm
  }
}

/// Expand, convolve depthwise, project; with a residual join where stride is 1 and the channels agree.
///
/// After Sandler et al. 2018, "MobileNetV2: Inverted Residuals and Linear Bottlenecks". The projection has
/// no activation; all three convolutions are batch-normalised.
public struct InvertedResidual: Sendable, Hashable {
  /// Output channels.
  public var channels: Int
  /// Channels of the middle part for each input channel; 1 leaves the expansion out.
  public var expand: Int
  /// Frames that one output of the depthwise convolution sees.
  public var kernel: Int
  /// Frames between two outputs.
  public var stride: Int
  /// The activation after the expansion and after the depthwise convolution.
  public var activation: LayerActivation

  public init(
    _ channels: Int, expand: Int = 3, kernel: Int = 5, stride: Int = 1, activation: LayerActivation = .relu6
  ) {
    self.channels = channels
    self.expand = expand
    self.kernel = kernel
    self.stride = stride
    self.activation = activation
  }
}

extension Conv1D {
  /// The padding in frames: as written, else half the kernel.
  public var effectivePadding: Int { padding ?? kernel / 2 }
}

extension DepthwiseConv1D {
  /// The padding in frames: as written, else half the kernel.
  public var effectivePadding: Int { padding ?? kernel / 2 }
}

extension InvertedResidual {
  /// The padding of the depthwise convolution in frames: half the kernel.
  public var padding: Int { kernel / 2 }
}

extension LayerActivation: PlainChoice {
  var summary: String {
    switch self {
    case .relu: "Negative values become 0."
    case .relu6: "Values are kept between 0 and 6."
    case .none: "Values pass as they are."
    }
  }
}

extension Conv1D: PipelineNode {
  static let schema = NodeSchema(
    "Conv1D", blank: Conv1D(1, kernel: 1), isRepeatable: true, example: "Conv1D(32, kernel: 5)",
    "A convolution over time that mixes all channels.",
    fields: [
      .required(
        "channels", \.channels, labelled: false, unit: "channels", limits: LayerLimits.channels, "Output channels."),
      .required("kernel", \.kernel, unit: "frames", limits: LayerLimits.kernel, "Frames that one output sees."),
      .optional("stride", \.stride, unit: "frames", limits: LayerLimits.kernel, "Frames between two outputs."),
      .optional(
        "padding", \.padding, unit: "frames", limits: LayerLimits.padding,
        "Frames of zeros on each side; half the kernel if left out."),
      .optional("activation", \.activation, "What follows the convolution."),
      .optional("batchNorm", \.batchNorm, "Whether batch normalisation precedes the activation."),
    ])
}

extension DepthwiseConv1D: PipelineNode {
  static let schema = NodeSchema(
    "DepthwiseConv1D", blank: DepthwiseConv1D(kernel: 1), isRepeatable: true, example: "DepthwiseConv1D(kernel: 5)",
    "A convolution over time of each channel on its own.",
    fields: [
      .required("kernel", \.kernel, unit: "frames", limits: LayerLimits.kernel, "Frames that one output sees."),
      .optional("stride", \.stride, unit: "frames", limits: LayerLimits.kernel, "Frames between two outputs."),
      .optional(
        "padding", \.padding, unit: "frames", limits: LayerLimits.padding,
        "Frames of zeros on each side; half the kernel if left out."),
      .optional("activation", \.activation, "What follows the convolution."),
      .optional("batchNorm", \.batchNorm, "Whether batch normalisation precedes the activation."),
    ])
}

extension Pointwise: PipelineNode {
  static let schema = NodeSchema(
    "Pointwise", blank: Pointwise(1), isRepeatable: true, example: "Pointwise(64)",
    "A convolution of kernel 1: mixes channels frame by frame.",
    fields: [
      .required(
        "channels", \.channels, labelled: false, unit: "channels", limits: LayerLimits.channels, "Output channels."),
      .optional("activation", \.activation, "What follows the convolution."),
      .optional("batchNorm", \.batchNorm, "Whether batch normalisation precedes the activation."),
    ])
}

extension InvertedResidual: PipelineNode {
  static let schema = NodeSchema(
    "InvertedResidual", blank: InvertedResidual(1), isRepeatable: true, example: "InvertedResidual(32)",
    "Expand, convolve depthwise, project; joined with its input where the shapes agree.",
    fields: [
      .required(
        "channels", \.channels, labelled: false, unit: "channels", limits: LayerLimits.channels, "Output channels."),
      .optional(
        "expand", \.expand, unit: "times", limits: .within(1...64), "Middle channels for each input channel."),
      .optional("kernel", \.kernel, unit: "frames", limits: LayerLimits.kernel, "Frames that one output sees."),
      .optional("stride", \.stride, unit: "frames", limits: LayerLimits.kernel, "Frames between two outputs."),
      .optional("activation", \.activation, "What follows expansion and depthwise convolution."),
    ])
}

/// Bounds that keep every product of sizes far from overflow.
enum LayerLimits {
  static let channels = Limits.within(1...65_536)
  static let kernel = Limits.within(1...65_536)
  static let padding = Limits.within(0...65_535)
}

extension Conv1D: LayerConvertible {
  public var layer: Layer { .conv1D(self) }
}

extension DepthwiseConv1D: LayerConvertible {
  public var layer: Layer { .depthwiseConv1D(self) }
}

extension Pointwise: LayerConvertible {
  public var layer: Layer { .pointwise(self) }
}

extension InvertedResidual: LayerConvertible {
  public var layer: Layer { .invertedResidual(self) }
}
