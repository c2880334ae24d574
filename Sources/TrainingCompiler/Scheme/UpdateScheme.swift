/// Which tensors of a network a training updates.
public struct UpdateScheme: Sendable, Hashable {
  public struct Update: OptionSet, Sendable, Hashable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }
    public static let weights = Update(rawValue: 1)
    public static let bias = Update(rawValue: 2)
  }

  /// As the pipeline says it, for reports.
  public var name: String
  /// Parallel to the network's nodes; empty where a node has no parameters or keeps them.
  public var updates: [Update]

  public init(name: String, updates: [Update]) {
    self.name = name
    self.updates = updates
  }

  /// Updates of a node.
  public subscript(node: Int) -> Update { updates[node] }

  /// How many parameters of a network the scheme updates.
  public func parameterCount(in network: QuantizedNetwork) -> Int {
    network.nodes.indices.reduce(0) { sum, n in
      sum + (updates[n].contains(.weights) ? network.nodes[n].weights.count : 0)
        + (updates[n].contains(.bias) ? network.nodes[n].bias.count : 0)
    }
  }
}

/// Why a scheme does not fit a network.
public enum UpdateSchemeError: Error, Sendable, Hashable {
  /// There are fewer blocks than asked for.
  case tooFewBlocks(asked: Int, available: Int)
  /// No tensor has this name.
  case unknownTensor(String, available: [String])
  /// Nothing would be updated.
  case empty
}

extension UpdateScheme {
  private static func withParameters(_ network: QuantizedNetwork) -> [Int] {
    network.nodes.indices.filter { !network.nodes[$0].weights.isEmpty }
  }

  /// Nothing is updated: the plan predicts only.
  public static func predictionOnly(_ network: QuantizedNetwork) -> UpdateScheme {
    UpdateScheme(name: "none", updates: [Update](repeating: [], count: network.nodes.count))
  }

  /// All weights and biases.
  public static func full(_ network: QuantizedNetwork) -> UpdateScheme {
    UpdateScheme(
      name: "full", updates: network.nodes.map { $0.weights.isEmpty ? [] : [.weights, .bias] })
  }

  /// Weights and bias of the last layer.
  public static func lastLayer(_ network: QuantizedNetwork) -> UpdateScheme {
    var updates = [Update](repeating: [], count: network.nodes.count)
    if let last = withParameters(network).last { updates[last] = [.weights, .bias] }
    return UpdateScheme(name: "lastLayer", updates: updates)
  }

  /// All biases, and the weights of the last layer.
  public static func biasesAndLastLayer(_ network: QuantizedNetwork) -> UpdateScheme {
    var updates = network.nodes.map { $0.weights.isEmpty ? [] : Update.bias }
    if let last = withParameters(network).last { updates[last] = [.weights, .bias] }
    return UpdateScheme(name: "biasesAndLastLayer", updates: updates)
  }

  /// Everything from the `count`-th last block on.
  ///
  /// A block is a group of layers with one name before the dot, such as an inverted residual; a network
  /// without such groups counts its layers.
  public static func lastBlocks(_ count: Int, of network: QuantizedNetwork) throws(UpdateSchemeError) -> UpdateScheme {
    func block(_ n: Int) -> Substring { network.nodes[n].name.prefix { $0 != "." } }
    let layers = withParameters(network)
    var starts: [Int] = []
    for n in layers where network.nodes[n].name.contains(".") {
      if starts.last.map(block) != block(n) { starts.append(n) }
    }
    if starts.isEmpty { starts = layers }
    guard count >= 1, count <= starts.count else { throw .tooFewBlocks(asked: count, available: starts.count) }
    let first = starts[starts.count - count]
    return UpdateScheme(
      name: "lastBlocks(\(count))",
      updates: network.nodes.indices.map { n in
        n >= first && !network.nodes[n].weights.isEmpty ? [.weights, .bias] : []
      })
  }

  /// Named tensors, such as `conv1.weights` or `block2.expand.bias`.
  public static func tensors(_ names: [String], of network: QuantizedNetwork) throws(UpdateSchemeError) -> UpdateScheme
  {
    var updates = [Update](repeating: [], count: network.nodes.count)
    let available = withParameters(network).flatMap { n in
      [("\(network.nodes[n].name).weights", n, Update.weights), ("\(network.nodes[n].name).bias", n, Update.bias)]
    }
    for name in names {
      guard let tensor = available.first(where: { $0.0 == name }) else {
        throw .unknownTensor(name, available: available.map(\.0))
      }
      updates[tensor.1].insert(tensor.2)
    }
    guard updates.contains(where: { !$0.isEmpty }) else { throw .empty }
    return UpdateScheme(name: "tensors", updates: updates)
  }
}
