/// What freezing one tensor after another found: every scheme on the way, and where it ended.
public struct FreezePath: Codable, Sendable, Hashable {
  public enum Outcome: String, Codable, Sendable, Hashable {
    /// The scheme that the path starts with.
    case start
    /// The tensor stays frozen, accuracy held.
    case kept
    /// Accuracy fell by more than the threshold. The path ends here, or goes on because the budget says so.
    case dipped
    /// Accuracy fell by more than the threshold, so the tensor learns again and the next one is tried.
    case skipped
    /// Every tensor that can be frozen without a dip is; this one went because the budget said so.
    case forced
  }

  public enum End: String, Codable, Sendable, Hashable {
    case dip
    case budgetMet
    /// No tensor is left to freeze.
    case nothingLeft
  }

  public struct Step: Codable, Sendable, Hashable {
    /// The tensor whose freezing was tried; nil at the start.
    public var frozen: String?
    public var outcome: Outcome
    /// Of the scheme with the tensor frozen.
    public var arenaBytes: Int
    public var evaluation: SchemeEvaluation
    /// What accuracy was compared with.
    public var reference: Double

    public var accuracy: Double { evaluation.accuracy }
  }

  public var order: String
  /// In points of accuracy.
  public var threshold: Double
  public var budgetBytes: Int?
  public var steps: [Step]
  public var end: End
  /// The step whose scheme is the answer: the last good one, or with a budget the last of the path.
  public var answer: Int
  /// The last step before any dip.
  public var lastGood: Int
  /// Whether accuracy had dipped by the time the budget was met; false without a budget.
  public var dippedBeforeBudget: Bool

  public var tensors: [String] { steps[answer].evaluation.tensors }
  public var arenaBytes: Int { steps[answer].arenaBytes }
  public var accuracy: Double { steps[answer].accuracy }
  public var fitsBudget: Bool { budgetBytes.map { arenaBytes <= $0 } ?? true }
}
