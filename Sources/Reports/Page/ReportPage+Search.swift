extension ReportPage {
  var searchSection: Markup? {
    guard let search = report.search, let answer = search.candidates.first else { return nil }
    let body =
      HTML.note(
        """
        Training subjects who were left out of a pretraining of their own played newcomers; they started at \
        \(Figures.percent(search.accuracyBefore)). The ring marks what was chosen, \(Figures.percent(answer.accuracy)) in \
        \(Figures.count(answer.arenaBytes)) bytes.
        """) + scatter(search, origins(of: search)) + freezing(search.freezePath) + layersTable(search.layers)
      + keyFigures
    return HTML.section("search", "What was searched for, and found", body)
  }

  private var keyFigures: Markup {
    guard let search = metrics.search else { return .empty }
    return HTML.table(
      caption: "The search", columns: ["what", "how much"],
      rows: [
        ["schemes measured", count("search.evaluations", search.evaluations)],
        ["arena of the chosen scheme, bytes", count("search.arenaBytes", search.arenaBytes)],
        ["allowed, bytes", count("search.budgetBytes", search.budgetBytes)],
        ["accuracy of the newcomers before adapting", percent("search.accuracyBefore", search.accuracyBefore)],
        ["after adapting by the chosen scheme", percent("search.validationAccuracy", search.validationAccuracy)],
        ["newcomers", "\(search.validationSubjects.joined(separator: ", "))"],
        ["updated", "\(search.tensors.joined(separator: ", "))"],
      ], numbers: [1])
  }

  /// In the order of their best candidates.
  private func origins(of search: SearchFindings) -> [String] {
    var origins: [String] = []
    for candidate in search.candidates where !origins.contains(candidate.origin) { origins.append(candidate.origin) }
    return origins
  }

  private func scatter(_ search: SearchFindings, _ origins: [String]) -> Markup {
    let chart = ScatterChart(
      id: "candidates", title: "Schemes: validation accuracy over bytes of arena",
      description: "\(search.candidates.count) schemes; the table has the same figures.",
      points: search.candidates.enumerated().map { index, candidate in
        ScatterChart.Point(
          x: Double(candidate.arenaBytes) / 1024, y: candidate.accuracy,
          kind: origins.firstIndex(of: candidate.origin) ?? 0,
          name:
            "\(candidate.name): \(Figures.percent(candidate.accuracy)), \(Figures.count(candidate.arenaBytes)) bytes",
          isMarked: index == 0)
      }, colours: (0..<8).map { "c\($0)" }, xName: "arena, KiB",
      xLabel: { Figures.decimal($0, places: 1) }, yLabel: { Figures.percent($0) },
      limit: Double(search.budgetBytes) / 1024)
    return HTML.figure(
      "candidates-figure", chart.title,
      caption: "Each point is a scheme that fits \(Figures.bytes(search.budgetBytes)), the dashed line.",
      picture: HTML.legend(origins.enumerated().map { ("c\($0.offset % 8)", $0.element) }) + chart.svg(),
      data: CSVTable(
        name: "schemes", columns: ["scheme", "proposed", "arenaBytes", "accuracy", "standardError"],
        rows: search.candidates.map {
          [$0.name, $0.origin, "\($0.arenaBytes)", "\($0.accuracy)", "\($0.standardError)"]
        }), more: candidatesTable(search))
  }

  private func candidatesTable(_ search: SearchFindings) -> Markup {
    let rows = search.candidates.map { candidate -> [Markup] in
      [
        "\(candidate.name)", "\(candidate.origin)", "\(Figures.count(candidate.arenaBytes))",
        "\(Figures.percent(candidate.accuracy))", "± \(Figures.decimal(candidate.standardError * 100, places: 1))",
      ]
    }
    return HTML.details(
      "All \(rows.count) schemes, best first",
      HTML.table(
        caption: "Schemes that fit, those measured again before the others",
        columns: ["scheme", "proposed", "bytes", "accuracy", "standard error"], rows: rows, numbers: [2, 3, 4]))
  }

  private func freezing(_ path: [SearchFindings.FreezeStep]) -> Markup {
    guard !path.isEmpty else { return .empty }
    let chart = LineChart(
      id: "freeze-path", title: "Freezing one tensor after the other",
      lines: [LineChart.Line(name: "accuracy", values: path.map(\.accuracy))], limits: 0...1, step: "tensors tried",
      firstStep: 0
    ) { Figures.percent($0) }
    let rows = path.enumerated().map { index, step -> [Markup] in
      [
        "\(index)", "\(step.tensor ?? "nothing")", "\(step.outcome)", "\(Figures.count(step.arenaBytes))",
        "\(Figures.percent(step.accuracy))",
      ]
    }
    return HTML.figure(
      "freeze-path-figure", chart.title, caption: "Accuracy of the newcomers with each tensor frozen in turn.",
      picture: chart.svg(),
      data: CSVTable(
        name: "freezing", columns: ["step", "tensor", "outcome", "arenaBytes", "accuracy"],
        rows: path.enumerated().map { index, step in
          ["\(index)", step.tensor ?? "", step.outcome, "\(step.arenaBytes)", "\(step.accuracy)"]
        }),
      more: HTML.details(
        "The \(rows.count) steps as a table",
        HTML.table(
          caption: "Freezing, step by step", columns: ["step", "tensor", "outcome", "bytes", "accuracy"], rows: rows,
          numbers: [3, 4])))
  }

  private func layersTable(_ layers: [SearchFindings.Layer]) -> Markup {
    HTML.details(
      "What the chosen scheme updates",
      HTML.table(
        caption: "What the chosen scheme updates", columns: ["layer", "weights", "biases"],
        rows: layers.map { ["\($0.name)", "\($0.weights)", "\($0.bias)"] }, numbers: []))
  }
}
