public import TrainingCompiler

/// Measures a contribution table.
public struct ContributionAnalysis: Sendable, Hashable {
  /// The shares of weights to consider; all channels if nothing else is said.
  public var shares: [ChannelShare]
  /// What everything is added to; the last layer if absent.
  public var base: UpdateScheme?

  public init(shares: [ChannelShare] = [.all], base: UpdateScheme? = nil) {
    self.shares = shares
    self.base = base
  }

  /// How many schemes a table takes to measure, the base included.
  public func evaluationCount(of network: QuantizedNetwork) -> Int {
    let items = items(of: network)
    return Set(items.map(\.scheme.updates) + [baseScheme(of: network).updates]).count
  }

  public func table(evaluator: SchemeEvaluator) throws(SearchError) -> ContributionTable {
    guard shares.contains(where: { $0 != .none }) else {
      throw .invalidSetting(name: "the list of shares", value: "\(shares)", allowed: "at least one share above none")
    }
    let network = evaluator.network
    let base = baseScheme(of: network)
    let items = items(of: network)
    let evaluations = try evaluator.evaluate([base] + items.map(\.scheme), phase: .contribution)
    let layers = network.parameterLayers
    var biasDepths = [ContributionTable.Entry](repeating: .init(value: 0), count: layers.count + 1)
    var weights = [[ContributionTable.ShareEntry]](repeating: [], count: layers.count)
    for (item, evaluation) in zip(items, evaluations.dropFirst()) {
      let entry =
        item.scheme.updates == base.updates
        ? ContributionTable.Entry(value: 0)
        : Self.entry(evaluation, over: evaluations[0])
      switch item.kind {
      case .biases(let depth): biasDepths[depth] = entry
      case .weights(let layer, let share): weights[layer].append(.init(share, entry))
      }
    }
    return ContributionTable(
      layers: layers.map { network.nodes[$0].name }, base: base.tensorNames(in: network),
      baseEvaluation: evaluations[0], biasDepths: biasDepths, weights: weights)
  }

  private static func entry(
    _ evaluation: SchemeEvaluation, over base: SchemeEvaluation
  ) -> ContributionTable.Entry {
    let difference = evaluation.difference(from: base)
    return .init(value: difference.mean, standardError: difference.standardError, evaluation: evaluation)
  }

  private struct Item {
    enum Kind {
      case biases(depth: Int)
      case weights(layer: Int, ChannelShare)
    }
    var kind: Kind
    var scheme: UpdateScheme
  }

  private func baseScheme(of network: QuantizedNetwork) -> UpdateScheme { base ?? .lastLayer(network) }

  private func items(of network: QuantizedNetwork) -> [Item] {
    let base = baseScheme(of: network)
    let layers = network.parameterLayers.count
    let nothing = TableChoice(biasDepth: 0, shares: Array(repeating: .none, count: layers))
    let depths = (1...max(1, layers)).map { depth in
      var choice = nothing
      choice.biasDepth = depth
      return Item(kind: .biases(depth: depth), scheme: choice.scheme(over: base, of: network))
    }
    let considered = Set(shares).subtracting([.none]).sorted()
    let weights = network.parameterLayers.enumerated().flatMap { layer, node in
      considered.filter { $0 == .all || network.mayUpdateShare(ofNode: node) }.map { share in
        var choice = nothing
        choice.shares[layer] = share
        return Item(kind: .weights(layer: layer, share), scheme: choice.scheme(over: base, of: network))
      }
    }
    return depths + weights
  }
}
