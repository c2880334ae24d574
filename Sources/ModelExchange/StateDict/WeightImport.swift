public import TrainingCompiler

/// The numbers of a network from the tensors of a PyTorch `state_dict`.
///
/// A module is a layer by name where the file uses the network's own names (`FloatNetwork.stateDict`), behind a common
/// prefix or not. Else shapes tell, and the order that numbers in names give, as in `features.0`, `features.1`; where that
/// leaves a choice, the modules have to be named. A convolution before a batch normalisation may have a bias. Where the
/// file has no normalisation at all, biases take the place of the network's: that is how a folded network is saved.
public struct WeightImport: Sendable, Hashable {
  public let network: FloatNetwork
  /// Which module of the file each layer took its numbers from.
  public let sources: [Source]

  public struct Source: Sendable, Hashable {
    public var layer: String
    public var module: String
  }

  /// - Parameters:
  ///   - bytes: Of a safetensors file.
  ///   - modules: The file's modules in the order of the network's layers; nil where names and shapes are to tell.
  public init(
    _ graph: NetworkGraph, fromFile bytes: [UInt8], modules: [String]? = nil
  ) throws(WeightImportError) {
    let file: SafetensorsFile
    do {
      file = try SafetensorsFile(bytes: bytes)
    } catch {
      throw .file(error)
    }
    let match = WeightMatch(slots: WeightSlot.slots(of: graph), modules: WeightModule.modules(of: file))
    let found = try match.run(names: modules)
    var filler = WeightFiller(graph: graph)
    for (slot, module) in zip(match.slots, found) { try filler.fill(slot, from: module) }
    network = filler.finish()
    sources = zip(match.slots, found).map { Source(layer: $0.name, module: $1.name) }
  }
}

/// Takes the numbers of modules into nodes.
private struct WeightFiller {
  let graph: NetworkGraph
  var parameters: [NodeParameters]
  /// Of convolutions that have none of their own in the network: what follows takes them up.
  var loose: [Int: [Float]] = [:]

  init(graph: NetworkGraph) {
    self.graph = graph
    parameters = graph.nodes.map { _ in NodeParameters() }
  }

  mutating func fill(_ slot: WeightSlot, from module: WeightModule) throws(WeightImportError) {
    let node = slot.node
    let channels = graph.nodes[node].shape.channels
    if slot.kind == .norm {
      parameters[node].runningMean = try numbers("running_mean", of: module, shape: [channels])
      let variance = try numbers("running_var", of: module, shape: [channels])
      guard variance.allSatisfy({ $0 >= 0 }) else {
        throw .negativeVariance(tensor: module.tensors["running_var"]?.name ?? module.name)
      }
      parameters[node].runningVariance = variance
      // Without learned scale and shift a normalisation has neither.
      parameters[node].normScale =
        module.weight == nil
        ? [Float](repeating: 1, count: channels) : try numbers("weight", of: module, shape: [channels])
      parameters[node].normShift =
        module.bias == nil
        ? [Float](repeating: 0, count: channels) : try numbers("bias", of: module, shape: [channels])
      return
    }
    guard let layout = TensorLayout(graph, node: node) else { preconditionFailure("a layer with weights has a layout") }
    parameters[node].weights = layout.ours(try numbers("weight", of: module, shape: layout.shape))
    let bias =
      module.bias == nil
      ? [Float](repeating: 0, count: channels) : try numbers("bias", of: module, shape: [channels])
    if graph.nodes[node].operation.hasOwnBias {
      parameters[node].bias = bias
    } else {
      loose[node] = bias
    }
  }

  private func numbers(
    _ key: String, of module: WeightModule, shape: [Int]
  ) throws(WeightImportError) -> [Float] {
    guard let tensor = module.tensors[key] else { throw .missingTensor(module: module.name, tensor: key) }
    guard tensor.shape == shape else { throw .shape(tensor: tensor.name, expected: shape, found: tensor.shape) }
    guard let values = tensor.floats else { throw .notFloat(tensor: tensor.name, element: tensor.element.rawValue) }
    guard values.allSatisfy(\.isFinite) else { throw .notFinite(tensor: tensor.name) }
    return values
  }

  /// The network, once all modules are in.
  mutating func finish() -> FloatNetwork {
    for (index, node) in graph.nodes.enumerated() {
      guard case .batchNormalization(let epsilon) = node.operation else { continue }
      let bias = loose[node.inputs[0]] ?? []
      if parameters[index].runningMean.isEmpty {
        // Passes its input on, plus the bias.
        let channels = node.shape.channels
        parameters[index].runningMean = [Float](repeating: 0, count: channels)
        parameters[index].runningVariance = [Float](repeating: 1, count: channels)
        parameters[index].normScale = [Float](repeating: (1 + epsilon).squareRoot(), count: channels)
        parameters[index].normShift = bias.isEmpty ? [Float](repeating: 0, count: channels) : bias
      } else if !bias.isEmpty {
        // (x + b − mean) is x − (mean − b).
        parameters[index].runningMean = zip(parameters[index].runningMean, bias).map { $0 - $1 }
      }
    }
    return FloatNetwork(graph: graph, parameters: parameters)
  }
}

extension NetworkGraph.Operation {
  fileprivate var hasOwnBias: Bool {
    switch self {
    case .convolution(_, let hasBias), .depthwiseConvolution(_, let hasBias), .dense(let hasBias): hasBias
    default: false
    }
  }
}
