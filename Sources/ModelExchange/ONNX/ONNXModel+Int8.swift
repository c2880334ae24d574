public import TrainingCompiler

extension ONNXModel {
  /// An int8 network between pairs of QuantizeLinear and DequantizeLinear, which runtimes turn into integer kernels.
  ///
  /// Weights are int8 with a scale for each output channel, biases int32 in units of input scale times weight scale,
  /// activations int8 with one scale and zero point. The last layer's sums are not brought to int8, as ours are not: the
  /// output is float32. A runtime rounds halves to even and may compute sums in single precision, where our kernels
  /// round halves up on integers, so that an activation may differ by one step now and then.
  ///
  /// - Parameters:
  ///   - network: Its last node is dense and gives the logits.
  ///   - facts: Of the windows and classes that the network is for.
  /// - Precondition: Facts and network agree on channels, frames and classes.
  public init(_ network: QuantizedNetwork, facts: NetworkFacts, input: ONNXInput = .normalized) {
    precondition(
      network.inputShape.channels == facts.channelNames.count && network.inputShape.length == facts.windowSamples
        && network.classCount == facts.classNames.count, "facts are those of the network")
    let port = facts.inputPort(input)
    var builder = ONNXGraphBuilder()
    /// Of each node, brought to real numbers.
    var values: [ONNXValue] = []
    for (index, node) in network.nodes.enumerated() {
      let isLast = index == network.nodes.count - 1
      // What stands before the output is rounded to int8.
      let name = isLast ? "logits" : "\(node.name).real"
      let inputs = node.inputs.map { values[$0] }
      let parameters = TensorLayout(network, node: index).map { layout in
        builder.parameters(of: node, layout, inputScale: network.nodes[node.inputs[0]].output.scale)
      }
      var value: ONNXValue
      switch (node.operation, parameters) {
      case (.input, _): value = builder.networkInput(port, facts, input)
      case (.convolution(let kernel), let parameters?):
        value = builder.convolution(
          inputs[0], weights: parameters.weights, bias: parameters.bias, kernel: kernel, groups: 1, as: name)
      case (.depthwiseConvolution(let kernel), let parameters?):
        value = builder.convolution(
          inputs[0], weights: parameters.weights, bias: parameters.bias, kernel: kernel, groups: node.shape.channels,
          as: name)
      case (.dense, let parameters?):
        value = builder.dense(inputs[0], weights: parameters.weights, bias: parameters.bias, as: name)
      case (.add, _): value = builder.sum(inputs[0], inputs[1], as: name)
      case (.averagePool(let kernel), _): value = builder.pool(.average, inputs[0], kernel: kernel, as: name)
      case (.maxPool(let kernel), _): value = builder.pool(.max, inputs[0], kernel: kernel, as: name)
      case (.globalAveragePool, _): value = builder.globalAveragePool(inputs[0], as: name)
      case (.convolution, nil), (.depthwiseConvolution, nil), (.dense, nil):
        preconditionFailure("a layer with weights has a layout")
      }
      values.append(isLast ? value : builder.quantized(value, node.output, of: node.name))
    }
    self = builder.model(
      named: facts.pipeline, "An int8 network of martlet, quantisation written out (QDQ).", port, facts)
  }
}

extension ONNXGraphBuilder {
  /// Rounds a value to int8 and brings it back: what follows sees what int8 can tell apart.
  fileprivate mutating func quantized(
    _ value: ONNXValue, _ output: ActivationQuantization, of node: String
  ) -> ONNXValue {
    var value = value
    // Limits inside int8 are those of an activation; int8's own need no node, rounding saturates.
    if output.low > -128 || output.high < 127 {
      value = output.high < 127 ? clipped(value, output, of: node) : activation(.relu, value, as: "\(node).relu")
    }
    let parameters = [
      constant(NamedTensor("\(node).scale", shape: [], [output.scale])),
      constant(NamedTensor("\(node).zero_point", shape: [], [Int8(truncatingIfNeeded: output.zeroPoint)])),
    ]
    let rounded = add("QuantizeLinear", [value.name] + parameters, as: "\(node).quantized")
    return ONNXValue(name: add("DequantizeLinear", [rounded] + parameters, as: node), hasTime: value.hasTime)
  }

  private mutating func clipped(_ value: ONNXValue, _ output: ActivationQuantization, of node: String) -> ONNXValue {
    func real(_ limit: Int32) -> Float { Float(limit - output.zeroPoint) * output.scale }
    let limits = [
      constant(NamedTensor("\(node).low", shape: [], [real(output.low)])),
      constant(NamedTensor("\(node).high", shape: [], [real(output.high)])),
    ]
    return ONNXValue(name: add("Clip", [value.name] + limits, as: "\(node).clipped"), hasTime: value.hasTime)
  }

  /// The names of a layer's weights and bias, brought to real numbers.
  fileprivate mutating func parameters(
    of node: QuantizedNetwork.Node, _ layout: TensorLayout, inputScale: Float
  ) -> (weights: String, bias: String) {
    let channels = node.weightScales.count
    let weights = [
      constant(NamedTensor("\(node.name).weight.quantized", shape: layout.shape, layout.theirs(node.weights))),
      constant(.vector("\(node.name).weight.scale", node.weightScales)),
      constant(NamedTensor("\(node.name).weight.zero_point", shape: [channels], [Int8](repeating: 0, count: channels))),
    ]
    let bias = [
      constant(NamedTensor("\(node.name).bias.quantized", shape: [channels], node.bias)),
      constant(.vector("\(node.name).bias.scale", node.weightScales.map { inputScale * $0 })),
      constant(
        NamedTensor("\(node.name).bias.zero_point", shape: [channels], [Int32](repeating: 0, count: channels))),
    ]
    return (
      add("DequantizeLinear", weights, as: "\(node.name).weight", ["axis": .integer(0)]),
      add("DequantizeLinear", bias, as: "\(node.name).bias", ["axis": .integer(0)])
    )
  }
}
