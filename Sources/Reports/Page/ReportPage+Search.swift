extension ReportPage {
  var searchSection: String? {
    guard let search = report.search, let answer = search.candidates.first else { return nil }
    var body = HTML.paragraph(
      "Training subjects who were left out of a pretraining of their own played newcomers; they started at "
        + "\(Figures.percent(search.accuracyBefore)). Each point is a scheme that fits \(Figures.bytes(search.budgetBytes)): "
        + "the arena that it takes, and how well they did after adapting by it. The ring marks what was chosen, "
        + "\(Figures.percent(answer.accuracy)) in \(Figures.count(answer.arenaBytes)) bytes.", class: "note")
    let origins = origins(of: search)
    body += HTML.legend(origins.enumerated().map { ("c\($0.offset % 8)", $0.element) })
    body += scatter(search, origins) + "\n" + candidatesTable(search)
    if !search.freezePath.isEmpty { body += freezing(search.freezePath) }
    body += layersTable(search.layers)
    return HTML.section("search", "What was searched for, and found", body)
  }

  /// In the order of their best candidates.
  private func origins(of search: SearchFindings) -> [String] {
    var origins: [String] = []
    for candidate in search.candidates where !origins.contains(candidate.origin) { origins.append(candidate.origin) }
    return origins
  }

  private func scatter(_ search: SearchFindings, _ origins: [String]) -> String {
    ScatterChart(
      id: "candidates", title: "Schemes: validation accuracy over bytes of arena",
      description: "\(search.candidates.count) schemes; the table below has the same figures.",
      points: search.candidates.enumerated().map { index, candidate in
        ScatterChart.Point(
          x: Double(candidate.arenaBytes), y: candidate.accuracy,
          kind: origins.firstIndex(of: candidate.origin) ?? 0,
          name:
            "\(candidate.name): \(Figures.percent(candidate.accuracy)), \(Figures.count(candidate.arenaBytes)) bytes",
          isMarked: index == 0)
      }, colours: (0..<8).map { "c\($0)" }, xName: "arena",
      xLabel: { Figures.bytes(Int($0.rounded())) }, yLabel: { Figures.percent($0) }, limit: Double(search.budgetBytes)
    ).svg()
  }

  private func candidatesTable(_ search: SearchFindings) -> String {
    let rows = search.candidates.map { candidate in
      [
        candidate.name, candidate.origin, Figures.count(candidate.arenaBytes), Figures.percent(candidate.accuracy),
        "± " + Figures.decimal(candidate.standardError * 100, places: 1),
      ]
    }
    return "<details><summary>All \(rows.count) schemes, best first</summary>\n"
      + HTML.table(
        caption: "Schemes that fit, those measured again before the others",
        columns: ["scheme", "proposed", "bytes", "accuracy", "standard error"], rows: rows, numbers: [2, 3, 4])
      + "</details>"
  }

  private func freezing(_ path: [SearchFindings.FreezeStep]) -> String {
    let series = LineChart.Series(name: "freezing", colour: "c4", values: path.map(\.accuracy))
    let accuracies = path.map(\.accuracy).filter(\.isFinite)
    let chart = LineChart(
      id: "freeze-path", title: "Freezing one tensor after the other", series: series,
      range: LineChart.rounded(accuracies.min() ?? 0, accuracies.max() ?? 1), step: "tensors tried", firstStep: 0
    ) { Figures.percent($0) }.svg()
    let rows = path.enumerated().map { index, step in
      [
        String(index), step.tensor ?? "nothing", step.outcome, Figures.count(step.arenaBytes),
        Figures.percent(step.accuracy),
      ]
    }
    return chart + "\n<details><summary>The \(rows.count) steps as a table</summary>\n"
      + HTML.table(
        caption: "Freezing, step by step", columns: ["step", "tensor", "outcome", "bytes", "accuracy"], rows: rows,
        numbers: [3, 4]) + "</details>\n"
  }

  private func layersTable(_ layers: [SearchFindings.Layer]) -> String {
    HTML.table(
      caption: "What the chosen scheme updates", columns: ["layer", "weights", "biases"],
      rows: layers.map { [$0.name, $0.weights, $0.bias] }, numbers: [])
  }
}
