public import Foundation
import Learning

/// The contents of `search.json`: everything that a search found out, budget by budget.
///
/// Accuracies are shares of 1, sizes bytes; a standard error is over the subjects who validate.
struct SearchRecord: Codable {
  /// Grows when a key changes its meaning or goes away.
  static let currentSchemaVersion = 1

  var schemaVersion = SearchRecord.currentSchemaVersion
  var pipeline: String
  var seed: UInt64
  var method: String
  var validationSubjects: [String]
  /// Others who measured the best schemes again, group by group.
  var confirmationSubjects: [[String]]
  var pretrainingSubjects: [String]
  /// Absent where recordings were as they are.
  var rotation: String?
  var accuracyBefore: Double
  var searches: [Search]

  struct Search: Codable {
    var budgetBytes: Int
    var answer: Candidate
    /// The answer as a line of a pipeline.
    var text: String
    var evaluations: Int
    /// Best first.
    var candidates: [Candidate]
    /// Absent where nothing was frozen.
    var freezePath: [FreezeStep]?
    /// Every accuracy by seed and subject, the contribution table and what was chosen from it.
    var report: SearchReport
  }

  struct Candidate: Codable {
    var name: String
    var origin: SearchReport.Origin
    var tensors: [String]
    var arenaBytes: Int
    var updatedParameters: Int
    var accuracy: Double
    var standardError: Double
    /// From the answer, paired by subject.
    var difference: Double
    var differenceStandardError: Double
    /// Whether it was measured again by others.
    var isConfirmed: Bool
  }

  struct FreezeStep: Codable {
    /// Absent at the start.
    var tensor: String?
    var outcome: FreezePath.Outcome
    var arenaBytes: Int
    var accuracy: Double
  }
}

extension SearchOutcome {
  /// The bytes of `search.json`: keys in order, a final newline.
  public func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    var data = try encoder.encode(record)
    data.append(UInt8(ascii: "\n"))
    return data
  }

  var record: SearchRecord {
    SearchRecord(
      pipeline: pipelineName, seed: seed, method: method, validationSubjects: validationSubjects,
      confirmationSubjects: confirmationSubjects,
      pretrainingSubjects: pretrainingSubjects, rotation: rotation, accuracyBefore: accuracyBefore,
      searches: reports.map { report in
        SearchRecord.Search(
          budgetBytes: report.budgetBytes, answer: SearchRecord.Candidate(report.answer, in: report),
          text: report.answer.pipelineText, evaluations: report.evaluations.total,
          candidates: report.ranking.map { SearchRecord.Candidate($0, in: report) },
          freezePath: report.freezePath?.steps.map { step in
            SearchRecord.FreezeStep(
              tensor: step.frozen, outcome: step.outcome, arenaBytes: step.arenaBytes, accuracy: step.accuracy)
          }, report: report)
      })
  }

  /// Writes `search.json` into a folder that exists.
  public func write(to directory: String) throws(RunError) {
    do {
      try json().write(to: URL(fileURLWithPath: "\(directory)/search.json"), options: .atomic)
    } catch {
      throw .cannotWrite(path: directory, reason: error.localizedDescription)
    }
  }
}

extension SearchRecord.Candidate {
  init(_ candidate: SearchReport.Candidate, in report: SearchReport) {
    let difference = report.difference(of: candidate)
    self.init(
      name: candidate.name, origin: candidate.origin, tensors: candidate.tensors, arenaBytes: candidate.arenaBytes,
      updatedParameters: candidate.updatedParameters, accuracy: candidate.confirmedAccuracy,
      standardError: candidate.standardError, difference: difference.mean,
      differenceStandardError: difference.standardError, isConfirmed: candidate.isConfirmed)
  }
}
