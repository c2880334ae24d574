import TrainingCompiler

/// The best choice from a table that a search found under a budget.
public struct TableAnswer: Codable, Sendable, Hashable {
  public var biasDepth: Int
  /// Eighths of each layer's channels.
  public var eighths: [Int]
  /// Everything that is updated, the base included.
  public var tensors: [String]
  /// The sum of contributions.
  public var value: Double
  public var arenaBytes: Int

  init(_ choice: TableChoice, tensors: [String], value: Double, arenaBytes: Int) {
    biasDepth = choice.biasDepth
    eighths = choice.shares.map(\.rawValue)
    self.tensors = tensors
    self.value = value
    self.arenaBytes = arenaBytes
  }

  public var choice: TableChoice {
    TableChoice(biasDepth: biasDepth, shares: eighths.map { ChannelShare(rawValue: $0) ?? .none })
  }
}

/// A table with the network and the planner that a choice from it is judged with.
struct TableProblem {
  let table: ContributionTable
  let network: QuantizedNetwork
  let base: UpdateScheme
  let bytes: PlannedBytes
  let budgetBytes: Int
  /// Bytes of arena that a base takes at least, and each option's own parameters on top of it.
  let baseBound: Int
  let layers: [Int]
  let depthBytes: [Int]

  /// - Throws: `SearchError.nothingFits` if the base alone is too large.
  init(
    table: ContributionTable, network: QuantizedNetwork, bytes: PlannedBytes, budgetBytes: Int
  ) throws(SearchError) {
    self.table = table
    self.network = network
    self.bytes = bytes
    self.budgetBytes = budgetBytes
    let base = try UpdateScheme(tensors: table.base, of: network, name: "base")
    self.base = base
    layers = network.parameterLayers
    precondition(
      table.layers == layers.map { network.nodes[$0].name }, "the table is of the network's layers")
    let footprint = try bytes.footprint(of: base)
    guard footprint.arenaBytes <= budgetBytes else {
      throw .nothingFits(budgetBytes: budgetBytes, smallestBytes: footprint.arenaBytes)
    }
    baseBound = footprint.lowerBoundBytes
    var depths = [0]
    for layer in layers.reversed() {
      depths.append(depths[depths.count - 1] + (base[layer].bias ? 0 : 4 * network.nodes[layer].bias.count))
    }
    depthBytes = depths
  }

  func scheme(_ choice: TableChoice) -> UpdateScheme { choice.scheme(over: base, of: network) }

  /// Bytes that a share of a layer's weights takes for as long as a step lasts, over the base.
  func weightBytes(layer: Int, share: ChannelShare) -> Int {
    guard share > base[layers[layer]].weights else { return 0 }
    var updates = UpdateScheme.predictionOnly(network)
    updates.updates[layers[layer]].weights = share
    var before = updates
    before.updates[layers[layer]].weights = base[layers[layer]].weights
    return updates.updatedWeightCount(ofNode: layers[layer], in: network)
      - before.updatedWeightCount(ofNode: layers[layer], in: network)
  }

  /// No plan of the choice takes less: the base's bound, and the parameters that it updates besides, all of
  /// which stay in the arena throughout.
  func cheapBound(_ choice: TableChoice) -> Int {
    choice.shares.indices.reduce(baseBound + depthBytes[choice.biasDepth]) {
      $0 + weightBytes(layer: $1, share: choice.shares[$1])
    }
  }

  /// With the bytes of a thorough plan.
  func answer(_ choice: TableChoice) throws(SearchError) -> TableAnswer {
    let scheme = scheme(choice)
    return TableAnswer(
      choice, tensors: scheme.tensorNames(in: network), value: table.value(of: choice),
      arenaBytes: try bytes.footprint(of: scheme).arenaBytes)
  }
}
