/// Finds out which tensors training on the device should change: it stands where `Update` stands.
///
/// Training subjects who are left out of a pretraining of their own play newcomers: they adapt as `Train` says,
/// scheme after scheme, and the scheme with the best accuracy under the budget is the one that is trained with.
/// The subjects that `Split` of `Ingest` holds out play no part in it.
public struct Search: Sendable, Hashable {
  /// The arena that a scheme may take; `nil` takes that of `Train`.
  public var arena: MemorySize?
  public var method: SearchMethod
  /// The shares of a tensor's channels to consider.
  public var shares: [SearchedShare]
  /// Schemes to measure for a budget, besides those of the contribution table and of the freeze path.
  public var evaluations: Int
  /// How many times each subject adapts by each scheme, each time with random numbers of its own.
  public var seeds: Int
  /// The best schemes are measured again by so many other groups of training subjects, each of whom adapts a network
  /// that was pretrained without them; fewer where there are not enough people.
  public var confirmations: Int
  /// Who validates and how their recordings are disturbed. What is not said, or all of it where this is `nil`, is
  /// as in the pipeline's own test: every fourth training subject, turned as `Rotate` of `Ingest` says.
  public var validation: [ValidationStep]?

  public init(
    arena: MemorySize? = nil, by method: SearchMethod = .both(threshold: 1), shares: [SearchedShare] = [.all],
    evaluations: Int = 50, seeds: Int = 1, confirmations: Int = 2
  ) {
    self.arena = arena
    self.method = method
    self.shares = shares
    self.evaluations = evaluations
    self.seeds = seeds
    self.confirmations = confirmations
  }

  public init(
    arena: MemorySize? = nil, by method: SearchMethod = .both(threshold: 1), shares: [SearchedShare] = [.all],
    evaluations: Int = 50, seeds: Int = 1, confirmations: Int = 2,
    @ValidationBuilder _ validation: () -> [ValidationStep]
  ) {
    self.init(
      arena: arena, by: method, shares: shares, evaluations: evaluations, seeds: seeds, confirmations: confirmations)
    self.validation = validation()
  }
}

/// A share of a tensor's channels that a search considers.
public enum SearchedShare: Sendable, Hashable, CaseIterable {
  case all
  case half
  case quarter
  case eighth
}

extension SearchedShare: PlainChoice {
  var summary: String {
    switch self {
    case .all: "Every channel."
    case .half: "The half of the channels with the largest weights."
    case .quarter: "The quarter of the channels with the largest weights."
    case .eighth: "The eighth of the channels with the largest weights."
    }
  }
}

extension Search: PipelineNode {
  static let schema = NodeSchema(
    "Search", blank: Search(), takes: [.windows, .network], gives: [.updateScheme], phase: 3,
    example: "Search(by: .contribution)",
    "Finds out which tensors training on the device should change.",
    fields: [
      .optional("arena", \.arena, "What a scheme may take; as much as Train if left out."),
      .optional("by", \.method, "How schemes are proposed."),
      .optional("shares", \.shares, "The shares of a tensor's channels to consider."),
      .optional(
        "evaluations", \.evaluations, unit: "schemes", limits: .within(1...10_000),
        "Schemes to measure besides those of the contribution table and of the freeze path."),
      .optional(
        "seeds", \.seeds, unit: "adaptations", limits: .within(1...100), "How often each subject adapts by a scheme."),
      .optional(
        "confirmations", \.confirmations, unit: "groups", limits: .within(0...100),
        "Other groups of training subjects who measure the best schemes again."),
    ],
    block: Block(optional: \.validation))
}

extension Search: PipelineStageConvertible {
  public var pipelineStage: PipelineStage { .search(self) }
}
