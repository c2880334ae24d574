import Learning
import PipelineRunner

/// What a search found, for people.
struct SearchTable {
  let outcome: SearchOutcome
  /// The best schemes shown of each budget; all are in `search.json`.
  private static let shown = 12
  private static let nameColumns = 56

  init(_ outcome: SearchOutcome) { self.outcome = outcome }

  var text: String {
    var lines = [
      "validated on   \(outcome.validationSubjects.joined(separator: ", ")), "
        + "\(Readable.percent(outcome.accuracyBefore)) before they adapt",
      "pretrained on  \(outcome.pretrainingSubjects.joined(separator: ", "))",
      "disturbed by   \(outcome.rotation ?? "nothing")",
    ]
    if !outcome.confirmationSubjects.isEmpty {
      let groups = outcome.confirmationSubjects.map { $0.joined(separator: ", ") }
      lines.append("the best again \(groups.joined(separator: "; ")), each group with a network pretrained without it")
    }
    if outcome.resumedEvaluations > 0 {
      lines.append("taken over     \(outcome.resumedEvaluations) schemes measured before")
    }
    for report in outcome.reports { lines += section(report) }
    return lines.joined(separator: "\n")
  }

  private func section(_ report: SearchReport) -> [String] {
    let ranking = report.ranking
    var rows = [["scheme", "bytes", "accuracy", "difference"]]
    // What was measured on fewer people is no better for having been luckier.
    let confirmed = ranking.filter(\.isConfirmed)
    let rankable = (confirmed.isEmpty ? ranking : confirmed).prefix(Self.shown)
    for candidate in rankable {
      let difference = report.difference(of: candidate)
      rows.append([
        Self.short(candidate.name), Readable.count(candidate.arenaBytes),
        Self.figure(candidate.confirmedAccuracy, candidate.standardError),
        candidate == report.answer ? "" : Self.figure(difference.mean, difference.standardError),
      ])
    }
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    let table = rows.map { row in
      var line = row.enumerated().map { column, cell in
        let space = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + space : space + cell
      }.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line
    }
    let more = ranking.count - rankable.count
    return [
      "", "\(Readable.count(report.budgetBytes)) bytes: \(report.evaluations.total) schemes measured, accuracy and its",
      "standard error over subjects in percent, difference from the first in points",
    ] + table + (more > 0 ? ["and \(more) more in search.json"] : []) + ["", report.answer.pipelineText]
  }

  private static func figure(_ value: Double, _ error: Double) -> String {
    "\(Readable.decimal(value * 100, places: 1)) ± \(Readable.decimal(error * 100, places: 1))"
  }

  /// A refined scheme is named by its whole history, of which the end tells most.
  private static func short(_ name: String) -> String {
    name.count <= nameColumns ? name : "…" + name.suffix(nameColumns - 1)
  }
}
