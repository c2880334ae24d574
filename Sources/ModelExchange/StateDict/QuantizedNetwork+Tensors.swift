public import TrainingCompiler

/// Why the tensors of a file are not those of an int8 network.
public enum QuantizedTensorsError: Error, Sendable, Hashable {
  case missing(tensor: String)
  case unfit(tensor: String)
  case unknownSubject(String, known: [String])
}

extension QuantizedTensorsError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .missing(let tensor): "the file has no tensor '\(tensor)'; run the pipeline again"
    case .unfit(let tensor): "tensor '\(tensor)' is not what the network takes; run the pipeline again"
    case .unknownSubject(let name, let known):
      known.isEmpty
        ? "the run adapted to nobody, so not to '\(name)' either; leave the subject out"
        : "the run has no adapted weights of '\(name)'; it has those of \(known.joined(separator: ", "))"
    }
  }
}

extension QuantizedNetwork {
  /// The network's integers and what they mean, names and layouts as in `FloatNetwork.stateDict`.
  ///
  /// Of a layer: `weight` int8, `weight_scale` float32 for each output channel, `bias` int32 in units of input scale times
  /// weight scale. Of every activation but the last: `output_scale`, `output_zero_point`, and `output_limits`, between
  /// which it is clamped. Of each adapted network what training changed, behind `subjects.` and the subject's name.
  ///
  /// - Parameter adapted: Networks that differ from this one in weights and biases only.
  public func tensors(adapted: [(subject: String, network: QuantizedNetwork)] = []) -> [NamedTensor] {
    var tensors: [NamedTensor] = []
    for (index, node) in nodes.enumerated() {
      tensors += parameterTensors(ofNode: index, before: "")
      if !node.weightScales.isEmpty { tensors.append(.vector("\(node.name).weight_scale", node.weightScales)) }
      // The last layer's sums are never brought to int8.
      guard index < nodes.count - 1 else { continue }
      tensors += [
        NamedTensor("\(node.name).output_scale", shape: [], [node.output.scale]),
        NamedTensor("\(node.name).output_zero_point", shape: [], [node.output.zeroPoint]),
        NamedTensor("\(node.name).output_limits", shape: [2], [node.output.low, node.output.high]),
      ]
    }
    for (subject, network) in adapted {
      for index in nodes.indices {
        let own = parameterTensors(ofNode: index, before: Self.prefix(of: subject))
        tensors += zip(own, network.parameterTensors(ofNode: index, before: Self.prefix(of: subject)))
          .filter { $0 != $1 }.map(\.1)
      }
    }
    return tensors
  }

  private static func prefix(of subject: String) -> String { "subjects.\(subject)." }

  private func parameterTensors(ofNode index: Int, before prefix: String) -> [NamedTensor] {
    let node = nodes[index]
    guard let layout = TensorLayout(self, node: index) else { return [] }
    return [
      NamedTensor("\(prefix)\(node.name).weight", shape: layout.shape, layout.theirs(node.weights)),
      NamedTensor("\(prefix)\(node.name).bias", shape: [node.bias.count], node.bias),
    ]
  }

  /// The network that a file holds.
  ///
  /// - Parameters:
  ///   - structure: A network of the same layers, whose numbers do not matter.
  ///   - subject: Whose adapted weights; nil for the network as quantised. One whom training left as it was has none
  ///     in the file.
  public init(
    _ file: SafetensorsFile, like structure: QuantizedNetwork, subject: String? = nil
  ) throws(QuantizedTensorsError) {
    self = structure
    for index in nodes.indices {
      try nodes[index].takeOutput(from: file, isLast: index == nodes.count - 1)
      guard let layout = TensorLayout(structure, node: index) else { continue }
      try nodes[index].take(layout, from: file, before: "")
      if let subject { try nodes[index].take(layout, from: file, before: Self.prefix(of: subject), mayLack: true) }
    }
  }
}

extension QuantizedNetwork.Node {
  fileprivate mutating func takeOutput(
    from file: SafetensorsFile, isLast: Bool
  ) throws(QuantizedTensorsError) {
    if !weightScales.isEmpty {
      let scales = try file.tensor("\(name).weight_scale", shape: [weightScales.count])
      guard let floats = scales.floats, floats.allSatisfy({ $0.isFinite && $0 > 0 }) else {
        throw .unfit(tensor: scales.name)
      }
      weightScales = floats
    }
    guard !isLast else { return }
    let scale = try file.tensor("\(name).output_scale", shape: [])
    let zeroPoint = try file.tensor("\(name).output_zero_point", shape: [])
    let limits = try file.tensor("\(name).output_limits", shape: [2])
    guard let floats = scale.floats, floats[0].isFinite, floats[0] > 0 else { throw .unfit(tensor: scale.name) }
    guard let zeros = zeroPoint.int32s, -128...127 ~= zeros[0] else { throw .unfit(tensor: zeroPoint.name) }
    guard let ends = limits.int32s, ends[0] <= ends[1], ends[0] >= -128, ends[1] <= 127 else {
      throw .unfit(tensor: limits.name)
    }
    (output.scale, output.zeroPoint, output.low, output.high) = (floats[0], zeros[0], ends[0], ends[1])
  }

  fileprivate mutating func take(
    _ layout: TensorLayout, from file: SafetensorsFile, before prefix: String, mayLack: Bool = false
  ) throws(QuantizedTensorsError) {
    let names = (weight: "\(prefix)\(name).weight", bias: "\(prefix)\(name).bias")
    if !mayLack || file[names.weight] != nil {
      guard let integers = try file.tensor(names.weight, shape: layout.shape).int8s, !integers.contains(-128) else {
        throw .unfit(tensor: names.weight)
      }
      weights = layout.ours(integers)
    }
    if !mayLack || file[names.bias] != nil {
      guard let integers = try file.tensor(names.bias, shape: [bias.count]).int32s else {
        throw .unfit(tensor: names.bias)
      }
      bias = integers
    }
  }
}

extension SafetensorsFile {
  fileprivate func tensor(_ name: String, shape: [Int]) throws(QuantizedTensorsError) -> NamedTensor {
    guard let tensor = self[name] else { throw .missing(tensor: name) }
    guard tensor.shape == shape else { throw .unfit(tensor: name) }
    return tensor
  }
}
