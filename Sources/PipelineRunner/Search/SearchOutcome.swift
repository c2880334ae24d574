public import Learning

/// What a search found out.
public struct SearchOutcome: Sendable, Codable {
  public var pipelineName: String
  public var seed: UInt64
  public var method: String
  /// Who played newcomers.
  public var validationSubjects: [String]
  /// The groups of others who played newcomers to measure the best schemes again.
  public var confirmationSubjects: [[String]]
  /// On whom the network that they adapted was pretrained.
  public var pretrainingSubjects: [String]
  /// How recordings were disturbed, in the words of a pipeline; nil if they were as recorded.
  public var rotation: String?
  /// Of those who validate, before they adapt.
  public var accuracyBefore: Double
  public var ingest: IngestSummary
  /// Names of the layers with parameters, in order.
  public var layers: [String]
  /// One a budget.
  public var reports: [SearchReport]
  /// Schemes that an earlier run had measured.
  public var resumedEvaluations: Int
}

extension SearchReport {
  /// The candidates, best first: those measured again before the others, whose accuracy is partly luck.
  public var ranking: [Candidate] {
    candidates.enumerated().sorted { left, right in
      let (a, b) = (left.element, right.element)
      let (ranksA, ranksB) = (a.isConfirmed ? 1 : 0, b.isConfirmed ? 1 : 0)
      return (ranksA, a.confirmedAccuracy, -a.arenaBytes, -left.offset)
        > (ranksB, b.confirmedAccuracy, -b.arenaBytes, -right.offset)
    }.map(\.element)
  }

  /// The paired difference of a candidate's accuracy from the answer's, over the subjects.
  public func difference(of candidate: Candidate) -> (mean: Double, standardError: Double) {
    let advantage = advantage(over: candidate)
    return (-advantage.mean, advantage.standardError)
  }
}

extension SearchReport.Candidate {
  /// Of the accuracy over the subjects; 0 where there is only one.
  public var standardError: Double {
    Summary(confirmedSubjectAccuracies).standardError
  }

  /// The candidate's tensors as a line of a pipeline.
  public var pipelineText: String {
    "Update(.tensors([\(tensors.map { "\"\($0)\"" }.joined(separator: ", "))]))"
  }
}
