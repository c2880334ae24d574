extension ReportPage {
  var learningSection: String? {
    let charts = [
      chart("pretraining-loss", "Pretraining: loss", report.pretrainingHistory.map(\.loss), "c0"),
      accuracyChart("pretraining-accuracy", "Pretraining: accuracy", report.pretrainingHistory),
      chart("adaptation-loss", "Adaptation in the arena: loss", report.adaptationHistory.map(\.loss), "c1"),
      accuracyChart("adaptation-accuracy", "Adaptation in the arena: accuracy", report.adaptationHistory),
    ].compactMap { $0 }
    guard !charts.isEmpty else { return nil }
    let cells = charts.map { "<div>\($0)</div>" }.joined(separator: "\n")
    return HTML.section("learning", "How it learned", "<div class=\"pair\">\n\(cells)\n</div>\n" + historyTables)
  }

  private func chart(_ id: String, _ title: String, _ values: [Double], _ colour: String) -> String? {
    guard values.contains(where: \.isFinite) else { return nil }
    let series = LineChart.Series(name: title, colour: colour, values: values)
    return LineChart(id: id, title: title, series: series) { Figures.decimal($0, places: 3) }.svg()
  }

  private func accuracyChart(_ id: String, _ title: String, _ history: [EpochResult]) -> String? {
    guard history.contains(where: { $0.accuracy != nil }) else { return nil }
    let series = LineChart.Series(name: title, colour: "c2", values: history.map { $0.accuracy ?? .nan })
    return LineChart(id: id, title: title, series: series, range: 0...1) { Figures.percent($0) }.svg()
  }

  private var historyTables: String {
    let tables = [("Pretraining", report.pretrainingHistory), ("Adaptation", report.adaptationHistory)]
      .filter { !$0.1.isEmpty }
      .map { name, history in
        HTML.table(
          caption: "\(name) by epoch", columns: ["epoch", "loss", "accuracy"],
          rows: history.enumerated().map { index, epoch in
            [String(index + 1), Figures.decimal(epoch.loss, places: 4), epoch.accuracy.map(Figures.percent) ?? "–"]
          }, numbers: [1, 2])
      }
    return "<details><summary>The same as tables</summary>\n<div class=\"pair\">\n"
      + tables.map { "<div>\($0)</div>" }.joined(separator: "\n") + "\n</div></details>"
  }
}
