import TrainingCompiler

/// The schemes that differ from one by a single move.
struct SchemeNeighbours {
  struct Neighbour {
    var scheme: UpdateScheme
    /// What was changed, for reports.
    var change: String
  }

  let network: QuantizedNetwork
  let shares: [ChannelShare]

  init(of network: QuantizedNetwork, shares: [ChannelShare]) {
    self.network = network
    self.shares = Set(shares).subtracting([.none]).sorted()
  }

  /// One tensor added, removed or given another share; a layer's weights and bias together; one tensor or
  /// layer for another; all biases of the last layers to any depth. None of them is empty or appears twice.
  func neighbours(of scheme: UpdateScheme) -> [Neighbour] {
    let singles = moves(of: scheme)
    let removals = singles.filter { $0.isRemoval }
    let additions = singles.filter { !$0.isRemoval }
    var found = singles.map { Neighbour(scheme: $0.applied(to: scheme), change: $0.name) }
    for removal in removals {
      for addition in additions where removal.tensors.isDisjoint(with: addition.tensors) {
        found.append(
          Neighbour(
            scheme: addition.applied(to: removal.applied(to: scheme)), change: "\(removal.name), \(addition.name)"))
      }
    }
    found += biasDepths(of: scheme)
    var seen: Set<[UpdateScheme.Update]> = [scheme.updates]
    return found.filter { !$0.scheme.isEmpty && seen.insert($0.scheme.updates).inserted }
  }

  /// New shares of a few tensors.
  private struct Move {
    var changes: [(tensor: ParameterTensor, share: ChannelShare)]
    var name: String
    var isRemoval: Bool

    var tensors: Set<ParameterTensor> { Set(changes.map(\.tensor)) }

    func applied(to scheme: UpdateScheme) -> UpdateScheme {
      var result = scheme
      for change in changes { result[change.tensor] = change.share }
      return result
    }
  }

  private func moves(of scheme: UpdateScheme) -> [Move] {
    network.parameterLayers.flatMap { layer -> [Move] in
      let weights = ParameterTensor(node: layer, part: .weights)
      let bias = ParameterTensor(node: layer, part: .bias)
      let present = scheme[weights]
      let layerName = network.nodes[layer].name
      let shares = self.shares.filter { $0 == .all || network.mayUpdateShare(ofNode: layer) }
      var moves = ([.none] + shares).filter { $0 != present }.map { share in
        Move(
          changes: [(weights, share)], name: Self.text(weights.name(in: network), share), isRemoval: share < present)
      }
      let hasBias = scheme[bias] != .none
      moves.append(
        Move(
          changes: [(bias, hasBias ? .none : .all)], name: Self.text(bias.name(in: network), hasBias ? .none : .all),
          isRemoval: hasBias))
      if present == .none && !hasBias {
        moves += shares.map { share in
          Move(
            changes: [(weights, share), (bias, .all)], name: Self.text(layerName, share), isRemoval: false)
        }
      } else if present != .none && hasBias {
        moves.append(
          Move(changes: [(weights, .none), (bias, .none)], name: Self.text(layerName, .none), isRemoval: true))
      }
      return moves
    }
  }

  private static func text(_ name: String, _ share: ChannelShare) -> String {
    switch share {
    case .none: "without \(name)"
    case .all: "with \(name)"
    default: "with \(name)/\(8 / share.rawValue)"
    }
  }

  private func biasDepths(of scheme: UpdateScheme) -> [Neighbour] {
    let layers = network.parameterLayers
    return (0...layers.count).map { depth in
      var result = scheme
      for (index, layer) in layers.enumerated() { result.updates[layer].bias = layers.count - index <= depth }
      return Neighbour(scheme: result, change: "with the biases of the last \(depth) layers and no others")
    }
  }
}
