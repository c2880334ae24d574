import Reports
import TrainingCompiler

extension TrainingOutcome {
  /// What training changes of each layer that has parameters, and the multiply-accumulates of a step.
  ///
  /// A gradient counts once, though one whose scale is this step's largest error is made twice where the arena has no
  /// room to keep it.
  func layers(of network: QuantizedNetwork) -> [LayerUse] {
    let scheme = plan.scheme
    // Whether anything that a node's output is made of is updated: only then does it pass a gradient on.
    var learns = [Bool](repeating: false, count: network.nodes.count)
    var layers: [LayerUse] = []
    for (n, node) in network.nodes.enumerated() {
      let inputLearns = node.inputs.contains { learns[$0] }
      learns[n] = inputLearns || !scheme[n].isEmpty
      guard !node.weights.isEmpty else { continue }
      let forward = network.multiplyAccumulates(ofNode: n, weights: node.weights.count)
      let updated = scheme.updatedWeightCount(ofNode: n, in: network)
      let parameters = plan.buffers.filter {
        $0.isPersistent && ($0.role == .weights || $0.role == .bias) && $0.name.hasPrefix(node.name + ".")
          && !$0.name.dropFirst(node.name.count + 1).contains(".")
      }
      layers.append(
        LayerUse(
          name: node.name, weights: node.weights.count, updatedWeights: updated, biases: node.bias.count,
          updatedBiases: scheme[n].bias ? node.bias.count : 0,
          arenaBytes: parameters.reduce(0) { $0 + $1.byteCount }, forward: forward,
          inputGradient: inputLearns ? forward : 0,
          weightGradient: network.multiplyAccumulates(ofNode: n, weights: updated)))
    }
    return layers
  }
}

extension QuantizedNetwork {
  /// Each weight meets every frame of the output once; a dense layer has a single one.
  fileprivate func multiplyAccumulates(ofNode n: Int, weights: Int) -> Int {
    if case .dense = nodes[n].operation { return weights }
    return weights * nodes[n].shape.length
  }
}
