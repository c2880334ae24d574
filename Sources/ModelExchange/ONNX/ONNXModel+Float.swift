public import TrainingCompiler

extension ONNXModel {
  /// A float32 network, its batch normalisations as they are: a runtime folds them itself.
  ///
  /// - Parameters:
  ///   - network: Its last node gives the logits.
  ///   - facts: Of the windows and classes that the network is for.
  /// - Precondition: Facts and network agree on channels, frames and classes.
  public init(_ network: FloatNetwork, facts: NetworkFacts, input: ONNXInput = .normalized) {
    let graph = network.graph
    precondition(
      graph.inputShape.channels == facts.channelNames.count && graph.inputShape.length == facts.windowSamples
        && graph.classCount == facts.classNames.count, "facts are those of the network")
    let port = facts.inputPort(input)
    var builder = ONNXGraphBuilder()
    var values: [ONNXValue] = []
    for (index, node) in graph.nodes.enumerated() {
      let numbers = network.parameters[index]
      let name = index == graph.nodes.count - 1 ? "logits" : node.name
      let inputs = node.inputs.map { values[$0] }
      let weights = TensorLayout(graph, node: index).map { layout in
        builder.constant(NamedTensor("\(node.name).weight", shape: layout.shape, layout.theirs(numbers.weights)))
      }
      let bias = numbers.bias.isEmpty ? nil : builder.constant(.vector("\(node.name).bias", numbers.bias))
      switch (node.operation, weights) {
      case (.input, _): values.append(builder.networkInput(port, facts, input))
      case (.convolution(let kernel, _), let weights?):
        values.append(
          builder.convolution(inputs[0], weights: weights, bias: bias, kernel: kernel, groups: 1, as: name))
      case (.depthwiseConvolution(let kernel, _), let weights?):
        values.append(
          builder.convolution(
            inputs[0], weights: weights, bias: bias, kernel: kernel, groups: node.shape.channels, as: name))
      case (.dense, let weights?): values.append(builder.dense(inputs[0], weights: weights, bias: bias, as: name))
      case (.batchNormalization(let epsilon), _):
        values.append(builder.normalization(inputs[0], numbers, epsilon: epsilon, node: node.name, as: name))
      case (.activation(let function), _): values.append(builder.activation(function, inputs[0], as: name))
      case (.add, _): values.append(builder.sum(inputs[0], inputs[1], as: name))
      case (.averagePool(let kernel), _): values.append(builder.pool(.average, inputs[0], kernel: kernel, as: name))
      case (.maxPool(let kernel), _): values.append(builder.pool(.max, inputs[0], kernel: kernel, as: name))
      case (.globalAveragePool, _): values.append(builder.globalAveragePool(inputs[0], as: name))
      case (.convolution, nil), (.depthwiseConvolution, nil), (.dense, nil):
        preconditionFailure("a layer with weights has a layout")
      }
    }
    self = builder.model(named: facts.pipeline, "A float32 network of martlet.", port, facts)
  }
}

extension ONNXGraphBuilder {
  fileprivate mutating func normalization(
    _ input: ONNXValue, _ numbers: NodeParameters, epsilon: Float, node: String, as name: String
  ) -> ONNXValue {
    let constants = [
      constant(.vector("\(node).weight", numbers.normScale)), constant(.vector("\(node).bias", numbers.normShift)),
      constant(.vector("\(node).running_mean", numbers.runningMean)),
      constant(.vector("\(node).running_var", numbers.runningVariance)),
    ]
    let output = add("BatchNormalization", [input.name] + constants, as: name, ["epsilon": .float(epsilon)])
    return ONNXValue(name: output, hasTime: input.hasTime)
  }
}

extension NamedTensor {
  static func vector(_ name: String, _ values: [Float]) -> NamedTensor {
    NamedTensor(name, shape: [values.count], values)
  }
}
