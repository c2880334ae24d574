/// What an exported graph is fed.
public enum ONNXInput: Sendable, Hashable {
  /// Normalised windows, as the network itself takes them.
  case normalized
  /// Windows in the units of the recording: the graph begins with the normalisation.
  case raw
}

extension NetworkFacts {
  func inputPort(_ input: ONNXInput) -> ONNXModel.Port {
    let what =
      mean.isEmpty || input == .raw
      ? "As recorded." : "Normalised: (x - martlet.mean) / martlet.deviation, channel by channel."
    return ONNXModel.Port(
      name: mean.isEmpty || input == .raw ? "window" : "normalized_window", shape: [channelNames.count, windowSamples],
      documentation:
        "[windows, channels, frames], \(sampleRateHz) Hz, channels \(channelNames.joined(separator: ", ")). "
        + what)
  }

  var outputPort: ONNXModel.Port {
    ONNXModel.Port(
      name: "logits", shape: [classNames.count],
      documentation: "[windows, classes], before softmax; the largest one's class is the prediction: "
        + classNames.joined(separator: ", "))
  }
}

extension ONNXGraphBuilder {
  /// The value that the network takes, of what the graph is fed.
  mutating func networkInput(_ port: ONNXModel.Port, _ facts: NetworkFacts, _ input: ONNXInput) -> ONNXValue {
    guard input == .raw, !facts.mean.isEmpty else { return ONNXValue(name: port.name, hasTime: true) }
    return ONNXValue(
      name: normalize(port.name, as: "normalized_window", mean: facts.mean, deviation: facts.deviation), hasTime: true)
  }

  func model(
    named name: String, _ documentation: String, _ port: ONNXModel.Port, _ facts: NetworkFacts
  ) -> ONNXModel {
    ONNXModel(
      name: name, documentation: documentation, nodes: nodes, constants: constants, input: port,
      output: facts.outputPort, metadata: facts.metadata, producerVersion: facts.version)
  }
}
