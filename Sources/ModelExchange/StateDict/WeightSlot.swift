import TrainingCompiler

/// A layer of a network that takes numbers from a file.
struct WeightSlot {
  enum Kind: String {
    case convolution = "Conv1d"
    case depthwise = "depthwise Conv1d"
    case dense = "Linear"
    case norm = "BatchNorm1d"
  }

  /// The index of the node.
  var node: Int
  var name: String
  var kind: Kind
  /// Of the weights as PyTorch states it; of a normalisation its channels.
  var shape: [Int]

  /// What the layer looks for, in a few words.
  var sketch: String { "'\(name)' \(kind.rawValue) \(shape)" }

  /// Whether a module can be the layer, by the shape of its tensors.
  func fits(_ module: WeightModule) -> Bool {
    guard kind != .norm else { return module.isNorm && module.tensors["running_mean"]?.shape == shape }
    return !module.isNorm && module.weight?.shape == shape
  }

  /// The layers of a graph that have numbers, in the order in which they run.
  static func slots(of graph: NetworkGraph) -> [WeightSlot] {
    graph.nodes.enumerated().compactMap { index, node in
      let kind: Kind
      switch node.operation {
      case .convolution: kind = .convolution
      case .depthwiseConvolution: kind = .depthwise
      case .dense: kind = .dense
      case .batchNormalization: kind = .norm
      default: return nil
      }
      return WeightSlot(
        node: index, name: node.name, kind: kind,
        shape: TensorLayout(graph, node: index)?.shape ?? [node.shape.channels])
    }
  }
}
