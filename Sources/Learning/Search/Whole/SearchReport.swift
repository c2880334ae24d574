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
    /// Of a finalist: its accuracies in other deployments, in their order.
    public var confirmations: [SchemeEvaluation] = []

    public var tensors: [String] { evaluation.tensors }
    /// In the deployment that all candidates have in common.
    public var accuracy: Double { evaluation.accuracy }
    public var isConfirmed: Bool { !confirmations.isEmpty }
    /// One a subject, those of the confirmations after the others.
    public var confirmedSubjectAccuracies: [Double] {
      evaluation.subjectMeans + confirmations.flatMap(\.subjectMeans)
    }

    /// The mean over all subjects that it was measured on, each of them counting alike.
    public var confirmedAccuracy: Double { Summary(confirmedSubjectAccuracies).mean }
  }

  /// Schemes measured, each counted where it was asked for first.
  public struct Evaluations: Codable, Sendable, Hashable {
    /// For the table, which all budgets share.
    public var contribution: Int
    public var freezing: Int
    public var candidates: Int
    public var refinement: Int
    /// In other deployments, each counted.
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
  /// the best finalist over all subjects.
  public var answer: Candidate
  public var evaluations: Evaluations

  /// The paired difference of the answer from another candidate over the subjects that both were measured on.
  public func advantage(over candidate: Candidate) -> Summary {
    guard candidate.isConfirmed else { return answer.evaluation.difference(from: candidate.evaluation) }
    return Summary.pairedDifference(
      of: answer.confirmedSubjectAccuracies, from: candidate.confirmedSubjectAccuracies)
  }

  /// The hand-made candidate that did best, measured as often as the answer; nil if none fits.
  public var bestHandMade: Candidate? {
    candidates.filter { $0.origin == .handMade }.max { ($0.accuracy, -$0.arenaBytes) < ($1.accuracy, -$1.arenaBytes) }
  }
}
