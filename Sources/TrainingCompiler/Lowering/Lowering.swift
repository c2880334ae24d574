import Tensors

/// Lowers a quantized network and an update scheme to a training step: forward operations, the loss, and
/// the gradients and updates that the scheme needs, no others.
struct Lowering {
  let network: QuantizedNetwork
  let scheme: UpdateScheme
  let options: TrainingOptions
  var graph = TrainingGraph()
  /// The buffer of each node's output; logits for the last node.
  var outputs: [Int] = []
  /// The clamp bits of each node whose gradient is wanted.
  var masks: [Int?] = []
  var weights: [Int?] = []
  var biases: [Int?] = []
  var winners: [Int?] = []
  /// Whether the gradient of a node's output is wanted: it or a node before it is updated.
  let needsError: [Bool]
  let consumers: [[Int]]

  init(network: QuantizedNetwork, scheme: UpdateScheme, options: TrainingOptions) {
    precondition(scheme.updates.count == network.nodes.count, "a scheme belongs to its network")
    self.network = network
    self.scheme = scheme
    self.options = options
    var needs = [Bool](repeating: false, count: network.nodes.count)
    var consumers = [[Int]](repeating: [], count: network.nodes.count)
    for (n, node) in network.nodes.enumerated() {
      needs[n] = !scheme[n].isEmpty || node.inputs.contains { needs[$0] }
      for input in node.inputs { consumers[input].append(n) }
    }
    needsError = needs
    self.consumers = consumers
  }

  /// - Throws: If some sum could overflow or the network does not end in logits.
  static func lower(
    _ network: QuantizedNetwork, scheme: UpdateScheme, options: TrainingOptions
  ) throws(CompilationError) -> TrainingGraph {
    var lowering = Lowering(network: network, scheme: scheme, options: options)
    guard network.nodes.count >= 2, network.nodes[network.nodes.count - 1].operation == .dense else { throw .noLogits }
    lowering.graph.state = lowering.graph.addBuffer(
      "engine state", .state, bytes: Plan.State.byteCount, alignment: 4, storage: .persistent)
    for n in network.nodes.indices { try lowering.lowerForward(n) }
    lowering.graph.input = lowering.outputs[0]
    lowering.graph.logits = lowering.outputs[network.nodes.count - 1]
    if lowering.needsError[network.nodes.count - 1] { try lowering.lowerBackward() }
    return lowering.graph
  }

  func node(_ n: Int) -> QuantizedNetwork.Node { network.nodes[n] }

  /// Products in one sum of a convolution: taps times input channels, or taps alone.
  func patchCount(_ n: Int) -> Int {
    let geometry = network.geometry(ofNode: n)
    if case .depthwiseConvolution = node(n).operation { return geometry.kernel }
    return geometry.patchCount
  }
}
