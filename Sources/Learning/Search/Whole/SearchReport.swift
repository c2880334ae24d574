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
    /// Of a finalist: its accuracies with the seeds of the confirmation.
    public var confirmation: SchemeEvaluation?

    public var tensors: [String] { evaluation.tensors }
    /// With the seeds that all candidates have in common.
    public var accuracy: Double { evaluation.accuracy }
    /// `[seed][subject]` with all seeds that it was measured with.
    public var allAccuracies: [[Double]] { evaluation.accuracies + (confirmation?.accuracies ?? []) }

    /// The mean over all seeds that it was measured with.
    public var confirmedAccuracy: Double {
      SchemeEvaluation(tensors: [], accuracies: allAccuracies, fingerprint: "").accuracy
    }
  }

  /// Schemes measured, each counted where it was asked for first.
  public struct Evaluations: Codable, Sendable, Hashable {
    /// For the table, which all budgets share.
    public var contribution: Int
    public var freezing: Int
    public var candidates: Int
    public var refinement: Int
    /// With other seeds, on top of the others.
    public var confirmation: Int

    public var total: Int { contribution + freezing + candidates + refinement + confirmation }
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
  /// The best of them: largest mean accuracy, of equal ones the fewest bytes. Where there was a confirmation,
  /// the best finalist over all seeds.
  public var answer: Candidate
  public var evaluations: Evaluations

  /// The paired difference of the answer from another candidate over subjects, with all seeds that both were
  /// measured with.
  public func advantage(over candidate: Candidate) -> Summary {
    guard candidate.confirmation != nil else { return answer.evaluation.difference(from: candidate.evaluation) }
    return Summary.pairedDifference(ofRuns: answer.allAccuracies, from: candidate.allAccuracies)
  }

  /// The hand-made candidate that did best, measured as often as the answer; nil if none fits.
  public var bestHandMade: Candidate? {
    candidates.filter { $0.origin == .handMade }.max { ($0.accuracy, -$0.arenaBytes) < ($1.accuracy, -$1.arenaBytes) }
  }
}
