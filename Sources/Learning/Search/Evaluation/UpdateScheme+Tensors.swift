public import TrainingCompiler

extension UpdateScheme {
  /// The scheme that updates the named tensors, none of them included: what `tensorNames(in:)` gave.
  public init(tensors: [String], of network: QuantizedNetwork, name: String? = nil) throws(SearchError) {
    if tensors.isEmpty {
      self = .predictionOnly(network)
    } else {
      do {
        self = try .tensors(tensors, of: network)
      } catch {
        throw .scheme(error)
      }
    }
    if let name { self.name = name }
  }

  /// What either of two schemes updates.
  public func union(_ other: UpdateScheme, name: String? = nil) -> UpdateScheme {
    UpdateScheme(
      name: name ?? "\(self.name) + \(other.name)",
      updates: zip(updates, other.updates).map {
        Update(weights: max($0.weights, $1.weights), bias: $0.bias || $1.bias)
      })
  }

  var isEmpty: Bool { updates.allSatisfy(\.isEmpty) }

  /// Whether all that another scheme updates is updated here.
  func contains(_ other: UpdateScheme) -> Bool {
    zip(updates, other.updates).allSatisfy { $0.weights >= $1.weights && ($0.bias || !$1.bias) }
  }
}

/// A tensor that a scheme may update.
struct ParameterTensor: Sendable, Hashable {
  enum Part: Sendable, Hashable {
    case weights
    case bias
  }

  var node: Int
  var part: Part

  /// All of a network: layer by layer, weights before bias.
  static func all(of network: QuantizedNetwork) -> [ParameterTensor] {
    network.parameterLayers.flatMap {
      [ParameterTensor(node: $0, part: .weights), ParameterTensor(node: $0, part: .bias)]
    }
  }

  func name(in network: QuantizedNetwork) -> String {
    "\(network.nodes[node].name).\(part == .weights ? "weights" : "bias")"
  }

  /// Bytes that its update adds to memory by itself, whatever else is updated: its numbers, and of weights
  /// also the layer's input, which must be kept until the gradient has read it.
  func ownBytes(in network: QuantizedNetwork) -> Int {
    let layer = network.nodes[node]
    switch part {
    case .weights: return layer.weights.count + network.nodes[layer.inputs[0]].shape.elementCount
    case .bias: return 4 * layer.bias.count
    }
  }
}

extension QuantizedNetwork {
  /// The nodes that have weights, in order.
  var parameterLayers: [Int] { nodes.indices.filter { !nodes[$0].weights.isEmpty } }
}

extension UpdateScheme {
  /// The share of a tensor that is updated: nothing or all of a bias.
  subscript(tensor: ParameterTensor) -> ChannelShare {
    get {
      switch tensor.part {
      case .weights: updates[tensor.node].weights
      case .bias: updates[tensor.node].bias ? .all : .none
      }
    }
    set {
      switch tensor.part {
      case .weights: updates[tensor.node].weights = newValue
      case .bias: updates[tensor.node].bias = newValue != .none
      }
    }
  }
}
