/// What a search under one budget found, and how.
public struct SearchReport: Codable, Sendable, Hashable {
  /// How a candidate came about.
  public enum Origin: String, Codable, Sendable, Hashable {
    case handMade
    case evolutionary
    case exact
    case freezeUntilDip
    case refinement
  }

  /// A scheme that fits and was measured.
  public struct Candidate: Codable, Sendable, Hashable {
    public var origin: Origin
    /// Such as `first convolution + last layer`, or what a refinement changed in which candidate.
    public var name: String
    public var arenaBytes: Int
    public var updatedParameters: Int
    /// Its tensors, and its accuracies by seed and subject.
    public var evaluation: SchemeEvaluation

    public var tensors: [String] { evaluation.tensors }
    public var accuracy: Double { evaluation.accuracy }
  }

  /// Schemes measured, each counted where it was asked for first.
  public struct Evaluations: Codable, Sendable, Hashable {
    /// For the table, which all budgets share.
    public var contribution: Int
    public var freezing: Int
    public var candidates: Int
    public var refinement: Int

    public var total: Int { contribution + freezing + candidates + refinement }
  }

  /// The choices from the contribution table.
  public struct TableSearch: Codable, Sendable, Hashable {
    public var evolutionary: TableAnswer
    public var exact: ExactSearch.Answer

    /// By how much the evolutionary answer's sum of contributions is below the exact one's.
    public var regret: Double { exact.regret(of: evolutionary) }
  }

  public var budgetBytes: Int
  public var subjects: [String]
  public var seeds: [UInt64]
  /// Of the deployment and the network.
  public var fingerprint: String
  public var contribution: ContributionTable?
  public var tableSearch: TableSearch?
  public var freezePath: FreezePath?
  /// In the order in which they were measured.
  public var candidates: [Candidate]
  /// The best of them: largest mean accuracy, of equal ones the fewest bytes.
  public var answer: Candidate
  public var evaluations: Evaluations
  /// Schemes whose bytes were asked of the planner, in the whole life of the search so far.
  public var plans: Int

  /// The paired difference of the answer from another candidate over subjects.
  public func advantage(over candidate: Candidate) -> Summary {
    answer.evaluation.difference(from: candidate.evaluation)
  }
}
