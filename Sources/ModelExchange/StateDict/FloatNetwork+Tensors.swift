public import TrainingCompiler

extension FloatNetwork {
  /// The network's numbers under the names and in the layouts of a PyTorch `state_dict`.
  ///
  /// A layer's tensors are called after it: `conv1.weight` `[outputs, inputs, kernel]`, `conv1.bias`; a depthwise
  /// convolution's weight is `[channels, 1, kernel]`, a dense layer's `[outputs, inputs]`, its inputs channel by channel
  /// as `flatten` leaves them. A batch normalisation, `conv1.norm`, has `weight`, `bias`, `running_mean` and
  /// `running_var`.
  public var stateDict: [NamedTensor] {
    var tensors: [NamedTensor] = []
    for (index, node) in graph.nodes.enumerated() {
      let numbers = parameters[index]
      if let layout = TensorLayout(graph, node: index) {
        tensors.append(NamedTensor("\(node.name).weight", shape: layout.shape, layout.theirs(numbers.weights)))
      }
      if !numbers.bias.isEmpty { tensors.append(.vector("\(node.name).bias", numbers.bias)) }
      guard case .batchNormalization = node.operation else { continue }
      tensors += [
        .vector("\(node.name).weight", numbers.normScale), .vector("\(node.name).bias", numbers.normShift),
        .vector("\(node.name).running_mean", numbers.runningMean),
        .vector("\(node.name).running_var", numbers.runningVariance),
      ]
    }
    return tensors
  }
}
