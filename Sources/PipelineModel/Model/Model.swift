/// The network: layers from the window to the classes, in order.
public struct Model: Sendable, Hashable {
  public var layers: [Layer]

  public init(@LayerBuilder _ layers: () -> [Layer]) {
    self.layers = layers()
  }

  init(layers: [Layer]) {
    self.layers = layers
  }
}

/// One line in the braces of `Model`.
public enum Layer: Sendable, Hashable {
  case conv1D(Conv1D)
  case depthwiseConv1D(DepthwiseConv1D)
  case pointwise(Pointwise)
  case invertedResidual(InvertedResidual)
  case batchNormalization(BatchNormalization)
  case relu(ReLU)
  case relu6(ReLU6)
  case averagePool(AveragePool)
  case maxPool(MaxPool)
  case globalAveragePool(GlobalAveragePool)
  case dense(Dense)
}

/// A stage that may stand in the braces of `Model`.
public protocol LayerConvertible {
  var layer: Layer { get }
}

@resultBuilder
public enum LayerBuilder {
  public static func buildBlock(_ layers: any LayerConvertible...) -> [Layer] { layers.map(\.layer) }
}

extension Layer: NodeChoice {
  static let kinds: [NodeKind<Layer>] = [
    NodeKind(wrap: Layer.conv1D, unwrap: { if case .conv1D(let node) = $0 { node } else { nil } }),
    NodeKind(wrap: Layer.depthwiseConv1D, unwrap: { if case .depthwiseConv1D(let node) = $0 { node } else { nil } }),
    NodeKind(wrap: Layer.pointwise, unwrap: { if case .pointwise(let node) = $0 { node } else { nil } }),
    NodeKind(wrap: Layer.invertedResidual, unwrap: { if case .invertedResidual(let node) = $0 { node } else { nil } }),
    NodeKind(
      wrap: Layer.batchNormalization, unwrap: { if case .batchNormalization(let node) = $0 { node } else { nil } }),
    NodeKind(wrap: Layer.relu, unwrap: { if case .relu(let node) = $0 { node } else { nil } }),
    NodeKind(wrap: Layer.relu6, unwrap: { if case .relu6(let node) = $0 { node } else { nil } }),
    NodeKind(wrap: Layer.averagePool, unwrap: { if case .averagePool(let node) = $0 { node } else { nil } }),
    NodeKind(wrap: Layer.maxPool, unwrap: { if case .maxPool(let node) = $0 { node } else { nil } }),
    NodeKind(
      wrap: Layer.globalAveragePool, unwrap: { if case .globalAveragePool(let node) = $0 { node } else { nil } }),
    NodeKind(wrap: Layer.dense, unwrap: { if case .dense(let node) = $0 { node } else { nil } }),
  ]
}

extension Model: PipelineNode {
  static let schema = NodeSchema(
    "Model", blank: Model(layers: []), gives: [.network], phase: 1,
    "The layers of the network, from the window to the classes.", block: Block(\.layers))
}
