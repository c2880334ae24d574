extension ReportPage {
  var learningSection: Markup? {
    let figures = [adaptationAccuracy, adaptationLoss, pretrainingAccuracy, pretrainingLoss].compactMap { $0 }
    guard !figures.isEmpty else { return nil }
    return HTML.section("learning", "How it learned", "<div class=\"pair\">\n\(figures)</div>\n\(seedTable)")
  }

  private var seedTable: Markup {
    guard let seeds = metrics.evaluation?.seeds else { return .empty }
    let rows = seeds.runs.enumerated().map { index, run -> [Markup] in
      let key = "evaluation.seeds.runs[\(index)]"
      let seed = String(run.seed)
      return [
        "<data value=\"\(seed)\" data-key=\"\(key).seed\">\(seed)</data>",
        percent("\(key).accuracyAfter", run.accuracyAfter), percent("\(key).macroF1After", run.macroF1After),
      ]
    }
    return HTML.table(
      caption: "After adapting, by seed", columns: ["seed", "accuracy", "macro-F1"], rows: rows, numbers: [1, 2])
  }

  // MARK: In the arena

  private var adaptationAccuracy: Markup? {
    let curves = report.adaptationCurves.filter { !$0.accuracies.isEmpty }
    guard curves.contains(where: { $0.accuracies.contains(where: \.isFinite) }) else { return nil }
    let before = Self.mean(curves.compactMap { $0.accuracies.first })
    let chart = LineChart(
      id: "adaptation-accuracy", title: "Adapting: accuracy on test windows",
      lines: lines(curves.map { ($0, $0.accuracies) }), limits: 0...1,
      baseline: (before, curves.count > 1 ? "mean before" : "before"), step: "epoch",
      firstStep: 0, tick: Figures.wholePercent
    ) { Figures.percent($0) }
    return figure(
      chart,
      caption: "Test windows after each epoch in the arena; epoch 0 is before adapting. \(linesExplained(curves))",
      csv: curves.map { ($0, $0.accuracies) }, value: "accuracy")
  }

  private var adaptationLoss: Markup? {
    let curves = report.adaptationCurves
    guard curves.contains(where: { $0.losses.contains(where: \.isFinite) }) else { return nil }
    let chart = LineChart(
      id: "adaptation-loss", title: "Adapting: loss", lines: lines(curves.map { ($0, $0.losses) }), startsAtZero: true
    ) { Figures.decimal($0, places: 3) }
    return figure(
      chart, caption: "Mean cross-entropy of each epoch's steps, in nats. \(linesExplained(curves))",
      csv: curves.map { ($0, $0.losses) }, value: "loss")
  }

  private func linesExplained(_ curves: [LearningCurve]) -> Markup {
    if curves.count == 1 { return "One subject, one seed." }
    let seeds = Set(curves.map(\.seed)).count
    return "A thin line a subject\(seeds > 1 ? " and seed" : ""), the mean thick."
  }

  /// A line a curve, and their mean over them.
  private func lines(_ curves: [(curve: LearningCurve, values: [Double])]) -> [LineChart.Line] {
    let seeds = Set(curves.map(\.curve.seed)).count
    let lines = curves.map { curve, values in
      LineChart.Line(
        name: seeds > 1 ? "\(curve.subject), seed \(curve.seed)" : curve.subject, values: values,
        isMain: curves.count == 1)
    }
    guard curves.count > 1 else { return lines }
    let count = curves.map(\.values.count).max() ?? 0
    let mean = (0..<count).map { step in
      Self.mean(curves.compactMap { step < $0.values.count ? $0.values[step] : nil })
    }
    return lines + [LineChart.Line(name: "mean", values: mean)]
  }

  private static func mean(_ values: [Double]) -> Double {
    values.isEmpty ? .nan : values.reduce(0, +) / Double(values.count)
  }

  private func figure(
    _ chart: LineChart, caption: Markup, csv: [(curve: LearningCurve, values: [Double])], value: String
  ) -> Markup {
    let rows = csv.flatMap { curve, values in
      values.enumerated().map { [curve.subject, "\(curve.seed)", "\($0.offset + chart.firstStep)", "\($0.element)"] }
    }
    let head = ["subject", "seed"] + (0..<(csv.map(\.values.count).max() ?? 0)).map { "epoch \($0 + chart.firstStep)" }
    let table = HTML.table(
      caption: chart.title, columns: head,
      rows: csv.map { curve, values in
        ["\(curve.subject)", "\(String(curve.seed))"] + values.map { "\(chart.label($0))" }
      }, numbers: Set(2..<max(3, head.count)))
    return HTML.figure(
      chart.id + "-figure", chart.title, caption: caption, picture: chart.svg(),
      data: CSVTable(name: chart.id, columns: ["subject", "seed", "epoch", value], rows: rows),
      more: HTML.details("As a table", table))
  }

  // MARK: On the host

  private var pretrainingAccuracy: Markup? {
    let values = report.pretrainingHistory.map { $0.accuracy ?? .nan }
    guard values.contains(where: \.isFinite) else { return nil }
    let chart = LineChart(
      id: "pretraining-accuracy", title: "Pretraining in float32: accuracy",
      lines: [LineChart.Line(name: "accuracy", values: values)], limits: 0...1, tick: Figures.wholePercent
    ) { Figures.percent($0) }
    return pretrainingFigure(chart, values, "On the windows learned from, while learning.", value: "accuracy")
  }

  private var pretrainingLoss: Markup? {
    let values = report.pretrainingHistory.map(\.loss)
    guard values.contains(where: \.isFinite) else { return nil }
    let chart = LineChart(
      id: "pretraining-loss", title: "Pretraining in float32: loss",
      lines: [LineChart.Line(name: "loss", values: values)], startsAtZero: true
    ) { Figures.decimal($0, places: 3) }
    return pretrainingFigure(chart, values, "Mean cross-entropy of each epoch, in nats.", value: "loss")
  }

  private func pretrainingFigure(_ chart: LineChart, _ values: [Double], _ caption: Markup, value: String) -> Markup {
    let table = HTML.table(
      caption: chart.title, columns: ["epoch", value],
      rows: values.enumerated().map { ["\($0.offset + 1)", "\(chart.label($0.element))"] }, numbers: [1])
    return HTML.figure(
      chart.id + "-figure", chart.title, caption: caption, picture: chart.svg(),
      data: CSVTable(
        name: chart.id, columns: ["epoch", value],
        rows: values.enumerated().map { ["\($0.offset + 1)", "\($0.element)"] }),
      more: HTML.details("As a table", table))
  }
}
