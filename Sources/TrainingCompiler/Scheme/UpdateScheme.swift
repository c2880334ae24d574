/// Which tensors of a network a training updates, whole or by a share of their channels.
public struct UpdateScheme: Sendable, Hashable {
  /// What is updated of one node.
  public struct Update: Sendable, Hashable {
    /// The share of the input channels whose weights are updated; of a depthwise convolution's channels.
    ///
    /// A weight gradient reads no more of the layer's input than these channels, so no more is kept for it.
    public var weights: ChannelShare
    public var bias: Bool

    public init(weights: ChannelShare = .none, bias: Bool = false) {
      self.weights = weights
      self.bias = bias
    }

    public static let none = Update()
    public static let all = Update(weights: .all, bias: true)

    public var isEmpty: Bool { weights == .none && !bias }
  }

  /// As the pipeline says it, for reports.
  public var name: String
  /// Parallel to the network's nodes; none where a node has no parameters or keeps them.
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
      sum + updatedWeightCount(ofNode: n, in: network) + (updates[n].bias ? network.nodes[n].bias.count : 0)
    }
  }

  /// How many weights of a node the scheme updates.
  public func updatedWeightCount(ofNode n: Int, in network: QuantizedNetwork) -> Int {
    let node = network.nodes[n]
    guard updates[n].weights != .none, !node.weights.isEmpty else { return 0 }
    let channels = network.nodes[node.inputs[0]].shape.channels
    return node.weights.count / channels * updates[n].weights.count(of: channels)
  }
}

/// A share of a tensor's channels.
public enum ChannelShare: Int, Sendable, Hashable, CaseIterable, Comparable {
  case none = 0
  case eighth = 1
  case quarter = 2
  case half = 4
  case all = 8

  /// How many of `channels` channels: the share, rounded up.
  public func count(of channels: Int) -> Int { (channels * rawValue + 7) / 8 }

  public static func < (left: ChannelShare, right: ChannelShare) -> Bool { left.rawValue < right.rawValue }

  /// What the share is divided by where it is neither nothing nor all: 8, 4 or 2.
  public var divisor: Int? { self == .none || self == .all ? nil : 8 / rawValue }
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
    UpdateScheme(name: "none", updates: [Update](repeating: .none, count: network.nodes.count))
  }

  /// All weights and biases.
  public static func full(_ network: QuantizedNetwork) -> UpdateScheme {
    UpdateScheme(
      name: "full", updates: network.nodes.map { $0.weights.isEmpty ? .none : .all })
  }

  /// Weights and bias of the last layer.
  public static func lastLayer(_ network: QuantizedNetwork) -> UpdateScheme {
    var updates = [Update](repeating: .none, count: network.nodes.count)
    if let last = withParameters(network).last { updates[last] = .all }
    return UpdateScheme(name: "lastLayer", updates: updates)
  }

  /// All biases, and the weights of the last layer.
  public static func biasesAndLastLayer(_ network: QuantizedNetwork) -> UpdateScheme {
    var updates = network.nodes.map { Update(bias: !$0.weights.isEmpty) }
    if let last = withParameters(network).last { updates[last] = .all }
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
        n >= first && !network.nodes[n].weights.isEmpty ? .all : .none
      })
  }

  /// Named tensors, such as `conv1.weights` or `block2.expand.bias`; `block1.expand.weights/4` is a quarter of a
  /// tensor's input channels, and halves and eighths are said in the same way.
  public static func tensors(_ names: [String], of network: QuantizedNetwork) throws(UpdateSchemeError) -> UpdateScheme
  {
    var updates = [Update](repeating: .none, count: network.nodes.count)
    for name in names {
      guard let (n, update) = tensor(name, of: network) else {
        throw .unknownTensor(
          name,
          available: withParameters(network).flatMap {
            ["\(network.nodes[$0].name).weights", "\(network.nodes[$0].name).bias"]
          })
      }
      updates[n].weights = max(updates[n].weights, update.weights)
      updates[n].bias = updates[n].bias || update.bias
    }
    guard updates.contains(where: { !$0.isEmpty }) else { throw .empty }
    return UpdateScheme(name: "tensors", updates: updates)
  }

  private static func tensor(_ name: String, of network: QuantizedNetwork) -> (node: Int, update: Update)? {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    guard let tensor = parts.first, parts.count <= 2 else { return nil }
    var share = ChannelShare.all
    if parts.count == 2 {
      guard let found = ChannelShare.allCases.first(where: { $0.divisor.map(String.init) == String(parts[1]) }) else {
        return nil
      }
      share = found
    }
    for n in withParameters(network) {
      if tensor == "\(network.nodes[n].name).weights" { return (n, Update(weights: share)) }
      if tensor == "\(network.nodes[n].name).bias" && parts.count == 1 { return (n, Update(bias: true)) }
    }
    return nil
  }

  /// The tensors as `tensors(_:of:)` takes them: in the order of the network, weights before bias.
  public func tensorNames(in network: QuantizedNetwork) -> [String] {
    network.nodes.indices.flatMap { n -> [String] in
      let name = network.nodes[n].name
      let weights = updates[n].weights
      return (weights == .none ? [] : ["\(name).weights" + (weights.divisor.map { "/\($0)" } ?? "")])
        + (updates[n].bias ? ["\(name).bias"] : [])
    }
  }
}
