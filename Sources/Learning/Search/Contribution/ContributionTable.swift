public import TrainingCompiler

/// What each bias depth and each share of each weight tensor adds to a base scheme on its own.
///
/// After Lin et al. 2022, "On-Device Training Under 256KB Memory", section 2.2.
public struct ContributionTable: Codable, Sendable, Hashable {
  public struct Entry: Codable, Sendable, Hashable {
    /// Accuracy with it less accuracy of the base; 0.01 is a point.
    public var value: Double
    /// Of the paired difference over subjects.
    public var standardError: Double
    /// Absent where nothing was measured, because the base updates it already.
    public var evaluation: SchemeEvaluation?

    public init(value: Double, standardError: Double = 0, evaluation: SchemeEvaluation? = nil) {
      self.value = value
      self.standardError = standardError
      self.evaluation = evaluation
    }
  }

  /// A share of a layer's weights.
  public struct ShareEntry: Codable, Sendable, Hashable {
    /// 1, 2, 4 or 8 eighths of the channels.
    public var eighths: Int
    public var entry: Entry

    public init(_ share: ChannelShare, _ entry: Entry) {
      eighths = share.rawValue
      self.entry = entry
    }

    public var share: ChannelShare { ChannelShare(rawValue: eighths) ?? .none }
  }

  /// Names of the layers with parameters, in order.
  public var layers: [String]
  /// The tensors that the base updates.
  public var base: [String]
  public var baseEvaluation: SchemeEvaluation?
  /// Element `k`: the biases of the last `k` layers; element 0 is worth 0.
  public var biasDepths: [Entry]
  /// `[layer]`: the shares of its weights that were considered, rising.
  public var weights: [[ShareEntry]]

  /// - Precondition: `biasDepths` has one element more than there are layers, the first of them 0; `weights`
  ///   has an element a layer.
  public init(
    layers: [String], base: [String], baseEvaluation: SchemeEvaluation? = nil, biasDepths: [Entry],
    weights: [[ShareEntry]]
  ) {
    precondition(biasDepths.count == layers.count + 1 && biasDepths[0].value == 0, "every depth has its value")
    precondition(weights.count == layers.count, "every layer has its values")
    self.layers = layers
    self.base = base
    self.baseEvaluation = baseEvaluation
    self.biasDepths = biasDepths
    self.weights = weights
  }

  /// The sum of what a choice adds.
  public func value(of choice: TableChoice) -> Double {
    zip(weights, choice.shares).reduce(biasDepths[choice.biasDepth].value) { sum, layer in
      guard layer.1 != .none else { return sum }
      guard let found = layer.0.first(where: { $0.share == layer.1 }) else {
        preconditionFailure("the table has every share that is chosen")
      }
      return sum + found.entry.value
    }
  }

  /// The value of each tensor by name: of weights at the largest share considered, of a bias what its layer
  /// adds to the depth before it. For the order in which tensors are frozen.
  public var tensorValues: [String: Double] {
    var values: [String: Double] = [:]
    for (index, layer) in layers.enumerated() {
      values["\(layer).weights"] = weights[index].last?.entry.value
      let depth = layers.count - index
      values["\(layer).bias"] = biasDepths[depth].value - biasDepths[depth - 1].value
    }
    // What the base updates was not measured; it is what the others were added to, and goes last.
    for tensor in base { values[tensor] = .greatestFiniteMagnitude }
    return values
  }
}

/// A choice from a contribution table.
public struct TableChoice: Sendable, Hashable {
  /// The biases of so many last layers.
  public var biasDepth: Int
  /// Of the weights, one a layer.
  public var shares: [ChannelShare]

  public init(biasDepth: Int, shares: [ChannelShare]) {
    self.biasDepth = biasDepth
    self.shares = shares
  }

  /// Nothing besides the base.
  public static func none(of table: ContributionTable) -> TableChoice {
    TableChoice(biasDepth: 0, shares: table.layers.map { _ in .none })
  }

  /// The base and what was chosen.
  ///
  /// - Throws: If the base names a tensor that the network does not have.
  public func scheme(
    over table: ContributionTable, of network: QuantizedNetwork, name: String = "chosen"
  ) throws(SearchError) -> UpdateScheme {
    scheme(over: try UpdateScheme(tensors: table.base, of: network), of: network, name: name)
  }

  func scheme(over base: UpdateScheme, of network: QuantizedNetwork, name: String = "chosen") -> UpdateScheme {
    var scheme = base
    scheme.name = name
    let layers = network.parameterLayers
    precondition(layers.count == shares.count, "a choice belongs to its network")
    for (index, layer) in layers.enumerated() {
      scheme.updates[layer].weights = max(scheme.updates[layer].weights, shares[index])
      if layers.count - index <= biasDepth { scheme.updates[layer].bias = true }
    }
    return scheme
  }
}
