import TrainingCompiler

/// In which order tensors are frozen.
public enum FreezeOrder: Sendable, Hashable {
  /// The tensors whose value is least for each byte that their update takes come first. Values by the tensors'
  /// names, in any unit; a tensor without one is worth nothing. Bytes are those of the tensor's numbers and,
  /// for weights, of the layer's input, which is kept for their gradient.
  case leastValuePerByte([String: Double])
  /// The tensors whose update takes most bytes come first.
  case largestFirst
  case lastLayersFirst
  case firstLayersFirst
  /// These tensors and no others.
  case named([String])

  /// For reports.
  public var name: String {
    switch self {
    case .leastValuePerByte: "least value per byte first"
    case .largestFirst: "largest first"
    case .lastLayersFirst: "last layers first"
    case .firstLayersFirst: "first layers first"
    case .named: "as named"
    }
  }

  /// The tensors of a network in this order; equal ones stand as they do in the network.
  func tensors(of network: QuantizedNetwork) throws(SearchError) -> [ParameterTensor] {
    let all = ParameterTensor.all(of: network)
    switch self {
    case .leastValuePerByte(let values):
      try Self.checkNames(values.keys.sorted(), of: network)
      return all.stablySorted { tensor in
        (values[tensor.name(in: network)] ?? 0) / Double(tensor.ownBytes(in: network))
      }
    case .largestFirst:
      return all.stablySorted { -Double($0.ownBytes(in: network)) }
    case .lastLayersFirst:
      return all.stablySorted { -Double($0.node) }
    case .firstLayersFirst:
      return all
    case .named(let names):
      try Self.checkNames(names, of: network)
      guard Set(names).count == names.count else {
        throw .invalidSetting(
          name: "the order of freezing", value: names.joined(separator: ", "), allowed: "every tensor at most once")
      }
      return names.compactMap { name in all.first { $0.name(in: network) == name } }
    }
  }

  private static func checkNames(_ names: [String], of network: QuantizedNetwork) throws(SearchError) {
    let available = ParameterTensor.all(of: network).map { $0.name(in: network) }
    if let unknown = names.first(where: { !available.contains($0) }) {
      throw .scheme(.unknownTensor(unknown, available: available))
    }
  }
}

extension [ParameterTensor] {
  /// By a key, smallest first.
  fileprivate func stablySorted(by key: (Element) -> Double) -> [Element] {
    let keys = map(key)
    return indices.sorted { (keys[$0], $0) < (keys[$1], $1) }.map { self[$0] }
  }
}
