public import Learning
import Reports

extension SearchOutcome {
  /// Of the first budget, which is a run's only one.
  var metrics: SearchMetrics? {
    reports.first.map { report in
      SearchMetrics(
        tensors: report.answer.tensors, arenaBytes: report.answer.arenaBytes, budgetBytes: report.budgetBytes,
        validationSubjects: validationSubjects, accuracyBefore: accuracyBefore,
        validationAccuracy: report.answer.confirmedAccuracy, evaluations: report.evaluations.total)
    }
  }

  var findings: SearchFindings? {
    reports.first.map { report in
      SearchFindings(
        budgetBytes: report.budgetBytes, accuracyBefore: accuracyBefore,
        candidates: report.ranking.map { candidate in
          SearchFindings.Candidate(
            name: candidate.name, origin: candidate.origin.name, arenaBytes: candidate.arenaBytes,
            accuracy: candidate.confirmedAccuracy, standardError: candidate.standardError)
        },
        freezePath: (report.freezePath?.steps ?? []).map { step in
          SearchFindings.FreezeStep(
            tensor: step.frozen, outcome: step.outcome.rawValue, arenaBytes: step.arenaBytes, accuracy: step.accuracy)
        }, layers: layers.map { Self.layer($0, of: report.answer.tensors) })
    }
  }

  private static func layer(_ name: String, of tensors: [String]) -> SearchFindings.Layer {
    let weights = tensors.first { $0.hasPrefix("\(name).weights") }
    let share = weights?.split(separator: "/").dropFirst().first.map { "1/\($0)" }
    return SearchFindings.Layer(
      name: name, weights: weights == nil ? "–" : share ?? "all", bias: tensors.contains("\(name).bias") ? "all" : "–")
  }
}

extension SearchReport.Origin {
  /// As a legend names it.
  public var name: String {
    switch self {
    case .handMade: "by hand"
    case .evolutionary: "contribution, evolved"
    case .exact: "contribution, exact"
    case .freezeUntilDip: "frozen"
    case .refinement: "refined"
    }
  }
}
