import Tensors

/// Compile-time differentiation: from a quantized network to the operations of a training step.
///
/// Everything is differentiated, whatever the scheme: the errors of all layers and the gradients of all
/// parameters, each as a whole tensor, with a byte for every clamp mark. Only the tensors that the scheme names are
/// updated, at the end of the step. The passes that follow take away what reaches no update and bring the rest into
/// the order and the room of a small arena; none of them changes a bit of the result.
struct Autodiff {
  let network: QuantizedNetwork
  let scheme: UpdateScheme
  let options: TrainingOptions
  var graph = TrainingGraph()
  /// The buffer of each node's output; logits for the last node.
  var outputs: [Int] = []
  /// The clamp marks of each node.
  var masks: [Int?] = []
  /// Of each layer; where only some input channels are updated, their weights, and the others in `frozen`.
  var weights: [Int?] = []
  var frozen: [Int?] = []
  var biases: [Int?] = []
  var winners: [Int?] = []
  /// Whether the gradient of a node's output leads to a parameter: its own or one behind it.
  let hasGradient: [Bool]
  /// Whether the scheme updates a parameter at or behind a node. What an error tensor may hold follows from the sums
  /// that will read it, so differentiation must know.
  let isWanted: [Bool]
  let consumers: [[Int]]
  /// Updates, which stand at the end of the step.
  var updates: [TrainingGraph.Operation] = []

  init(network: QuantizedNetwork, scheme: UpdateScheme, options: TrainingOptions) {
    precondition(scheme.updates.count == network.nodes.count, "a scheme belongs to its network")
    self.network = network
    self.scheme = scheme
    self.options = options
    var hasGradient = [Bool](repeating: false, count: network.nodes.count)
    var isWanted = [Bool](repeating: false, count: network.nodes.count)
    var consumers = [[Int]](repeating: [], count: network.nodes.count)
    for (n, node) in network.nodes.enumerated() {
      hasGradient[n] = !node.weights.isEmpty || node.inputs.contains { hasGradient[$0] }
      isWanted[n] = !scheme[n].isEmpty || node.inputs.contains { isWanted[$0] }
      for input in node.inputs { consumers[input].append(n) }
    }
    self.hasGradient = hasGradient
    self.isWanted = isWanted
    self.consumers = consumers
  }

  /// The step of a network as simple operations.
  ///
  /// - Throws: If the network does not end in logits.
  static func run(
    _ network: QuantizedNetwork, scheme: UpdateScheme, options: TrainingOptions
  ) throws(CompilationError) -> TrainingGraph {
    var autodiff = Autodiff(network: network, scheme: scheme, options: options)
    guard network.nodes.count >= 2, network.nodes[network.nodes.count - 1].operation == .dense else { throw .noLogits }
    autodiff.graph.state = autodiff.graph.addBuffer(
      "engine state", .state, bytes: Plan.State.byteCount, alignment: 4, storage: .persistent)
    for n in network.nodes.indices { autodiff.addForward(n) }
    autodiff.graph.input = autodiff.outputs[0]
    autodiff.graph.logits = autodiff.outputs[network.nodes.count - 1]
    autodiff.addBackward()
    autodiff.graph.backward += autodiff.updates
    autodiff.graph.updatedLayers = UpdatedLayer.layers(of: network, scheme: scheme)
    return autodiff.graph
  }

  func node(_ n: Int) -> QuantizedNetwork.Node { network.nodes[n] }

  func isDepthwise(_ n: Int) -> Bool {
    if case .depthwiseConvolution = node(n).operation { true } else { false }
  }

  /// Products in one sum of a convolution: taps times input channels, or taps alone.
  func patchCount(_ n: Int) -> Int {
    let geometry = network.geometry(ofNode: n)
    return isDepthwise(n) ? geometry.kernel : geometry.patchCount
  }
}
