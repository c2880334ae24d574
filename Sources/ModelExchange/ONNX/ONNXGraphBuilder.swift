import TrainingCompiler

/// What a value of the graph is: its name, and whether it still has a time axis.
///
/// Activations are `[windows, channels, frames]`; those of a dense layer `[windows, outputs]`.
struct ONNXValue {
  var name: String
  var hasTime: Bool
}

/// Appends nodes and constants to a model.
struct ONNXGraphBuilder {
  private(set) var nodes: [ONNXModel.Node] = []
  private(set) var constants: [NamedTensor] = []
  private var names: Set<String> = []

  mutating func add(
    _ operation: String, _ inputs: [String], as output: String, _ attributes: [String: ONNXModel.Attribute] = [:]
  ) -> String {
    precondition(names.insert(output).inserted, "a value is computed once")
    nodes.append(ONNXModel.Node(operation: operation, inputs: inputs, output: output, attributes: attributes))
    return output
  }

  /// A constant; one that is there already, under its name and of the same content, is shared.
  mutating func constant(_ tensor: NamedTensor) -> String {
    if names.insert(tensor.name).inserted {
      constants.append(tensor)
    } else {
      precondition(constants.contains(tensor), "a constant has one content")
    }
    return tensor.name
  }

  /// The sensor's values brought to those that the network takes.
  mutating func normalize(_ input: String, as name: String, mean: [Double], deviation: [Double]) -> String {
    let shape = [1, mean.count, 1]
    let centred = add(
      "Sub", [input, constant(NamedTensor("\(input).mean", shape: shape, mean.map { Float($0) }))],
      as: "\(input).centred")
    return add(
      "Div",
      [centred, constant(NamedTensor("\(input).deviation", shape: shape, deviation.map { Float($0) }))], as: name)
  }

  /// A convolution; `weights` and `bias` are names of values.
  mutating func convolution(
    _ input: ONNXValue, weights: String, bias: String?, kernel: NetworkGraph.SlidingKernel, groups: Int, as name: String
  ) -> ONNXValue {
    let output = add(
      "Conv", [withTime(input), weights] + (bias.map { [$0] } ?? []), as: name,
      [
        "group": .integer(groups), "kernel_shape": .integers([kernel.size]), "strides": .integers([kernel.stride]),
        "pads": .integers([kernel.padding, kernel.padding]), "dilations": .integers([1]),
      ])
    return ONNXValue(name: output, hasTime: true)
  }

  /// A dense layer over all elements of its input; weights are `[outputs, inputs]`, inputs channel by channel.
  mutating func dense(_ input: ONNXValue, weights: String, bias: String?, as name: String) -> ONNXValue {
    let flat =
      input.hasTime ? add("Flatten", [input.name], as: "\(name).flat", ["axis": .integer(1)]) : input.name
    let output = add("Gemm", [flat, weights] + (bias.map { [$0] } ?? []), as: name, ["transB": .integer(1)])
    return ONNXValue(name: output, hasTime: false)
  }

  mutating func activation(
    _ function: NetworkGraph.Activation, _ input: ONNXValue, as name: String
  ) -> ONNXValue {
    switch function {
    case .relu: return ONNXValue(name: add("Relu", [input.name], as: name), hasTime: input.hasTime)
    case .relu6:
      let limits = [
        constant(NamedTensor("relu6.low", shape: [], [Float(0)])),
        constant(NamedTensor("relu6.high", shape: [], [Float(6)])),
      ]
      return ONNXValue(name: add("Clip", [input.name] + limits, as: name), hasTime: input.hasTime)
    }
  }

  mutating func sum(_ left: ONNXValue, _ right: ONNXValue, as name: String) -> ONNXValue {
    guard left.hasTime != right.hasTime else {
      return ONNXValue(name: add("Add", [left.name, right.name], as: name), hasTime: left.hasTime)
    }
    let inputs = [withTime(left), withTime(right)]
    return ONNXValue(name: add("Add", inputs, as: name), hasTime: true)
  }

  enum Pool: String {
    case average = "AveragePool"
    case max = "MaxPool"
  }

  mutating func pool(
    _ pool: Pool, _ input: ONNXValue, kernel: NetworkGraph.SlidingKernel, as name: String
  ) -> ONNXValue {
    let output = add(
      pool.rawValue, [withTime(input)], as: name,
      ["kernel_shape": .integers([kernel.size]), "strides": .integers([kernel.stride])])
    return ONNXValue(name: output, hasTime: true)
  }

  mutating func globalAveragePool(_ input: ONNXValue, as name: String) -> ONNXValue {
    ONNXValue(name: add("GlobalAveragePool", [withTime(input)], as: name), hasTime: true)
  }

  /// The name of a value with a time axis: what a dense layer gives gets one of a single frame.
  private mutating func withTime(_ value: ONNXValue) -> String {
    guard !value.hasTime else { return value.name }
    let name = "\(value.name).frame"
    if names.contains(name) { return name }
    let axes = constant(NamedTensor("time.axis", element: .int64, shape: [1], bytes: littleEndianBytes([Int64(2)])))
    return add("Unsqueeze", [value.name, axes], as: name)
  }
}
