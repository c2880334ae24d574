/// The mean of each channel over a few frames.
public struct AveragePool: Sendable, Hashable {
  /// Frames that one output sees.
  public var kernel: Int
  /// Frames between two outputs; `nil` stands for the kernel.
  public var stride: Int?

  public init(kernel: Int, stride: Int? = nil) {
    self.kernel = kernel
    self.stride = stride
  }

  /// The stride in frames: as written, else the kernel.
  public var effectiveStride: Int { stride ?? kernel }
}

/// The largest value of each channel over a few frames.
public struct MaxPool: Sendable, Hashable {
  /// Frames that one output sees.
  public var kernel: Int
  /// Frames between two outputs; `nil` stands for the kernel.
  public var stride: Int?

  public init(kernel: Int, stride: Int? = nil) {
    self.kernel = kernel
    self.stride = stride
  }

  /// The stride in frames: as written, else the kernel.
  public var effectiveStride: Int { stride ?? kernel }
}

/// The mean of each channel over all frames.
public struct GlobalAveragePool: Sendable, Hashable {
  public init() {}
}

extension AveragePool: PipelineNode {
  static let schema = NodeSchema(
    "AveragePool", blank: AveragePool(kernel: 1), isRepeatable: true, example: "AveragePool(kernel: 2)",
    "The mean of each channel over a few frames.",
    fields: [
      .required("kernel", \.kernel, unit: "frames", limits: LayerLimits.kernel, "Frames that one output sees."),
      .optional(
        "stride", \.stride, unit: "frames", limits: LayerLimits.kernel,
        "Frames between two outputs; the kernel if left out."),
    ])
}

extension MaxPool: PipelineNode {
  static let schema = NodeSchema(
    "MaxPool", blank: MaxPool(kernel: 1), isRepeatable: true, example: "MaxPool(kernel: 2)",
    "The largest value of each channel over a few frames.",
    fields: [
      .required("kernel", \.kernel, unit: "frames", limits: LayerLimits.kernel, "Frames that one output sees."),
      .optional(
        "stride", \.stride, unit: "frames", limits: LayerLimits.kernel,
        "Frames between two outputs; the kernel if left out."),
    ])
}

extension GlobalAveragePool: PipelineNode {
  static let schema = NodeSchema(
    "GlobalAveragePool", blank: GlobalAveragePool(), isRepeatable: true, "The mean of each channel over all frames.")
}

extension AveragePool: LayerConvertible {
  public var layer: Layer { .averagePool(self) }
}

extension MaxPool: LayerConvertible {
  public var layer: Layer { .maxPool(self) }
}

extension GlobalAveragePool: LayerConvertible {
  public var layer: Layer { .globalAveragePool(self) }
}
