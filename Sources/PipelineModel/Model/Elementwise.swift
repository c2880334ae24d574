/// Brings each channel to mean 0 and variance 1 over a batch, then scales and shifts it by learned numbers.
///
/// It follows a convolution without batch normalisation and an activation of its own, into which it is folded.
public struct BatchNormalization: Sendable, Hashable {
  public init() {}
}

/// Negative values become 0.
public struct ReLU: Sendable, Hashable {
  public init() {}
}

/// Values are kept between 0 and 6.
public struct ReLU6: Sendable, Hashable {
  public init() {}
}

extension BatchNormalization: PipelineNode {
  static let schema = NodeSchema(
    "BatchNormalization", blank: BatchNormalization(), isRepeatable: true,
    "Brings each channel to mean 0 and variance 1, then scales and shifts it.")
}

extension ReLU: PipelineNode {
  static let schema = NodeSchema("ReLU", blank: ReLU(), isRepeatable: true, "Negative values become 0.")
}

extension ReLU6: PipelineNode {
  static let schema = NodeSchema("ReLU6", blank: ReLU6(), isRepeatable: true, "Values are kept between 0 and 6.")
}

extension BatchNormalization: LayerConvertible {
  public var layer: Layer { .batchNormalization(self) }
}

extension ReLU: LayerConvertible {
  public var layer: Layer { .relu(self) }
}

extension ReLU6: LayerConvertible {
  public var layer: Layer { .relu6(self) }
}
