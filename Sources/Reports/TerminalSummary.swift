/// The figures that a run prints at its end, as lines of text.
public struct TerminalSummary {
  let metrics: RunMetrics

  public init(_ metrics: RunMetrics) {
    self.metrics = metrics
  }

  /// Lines without colour, at most 79 columns wide where names allow.
  public func lines() -> [String] {
    var facts: [(String, String)] = []
    let ingest = metrics.ingest
    facts.append(
      (
        "read",
        "\(Figures.count(ingest.files)) \(ingest.files == 1 ? "file" : "files"), \(Figures.count(ingest.frames)) frames, "
          + "\(Figures.count(ingest.windows)) windows"
      ))
    if let trouble { facts.append(("not used", trouble)) }
    facts.append(
      (
        "model",
        "\(Figures.count(metrics.model.parameters)) parameters, "
          + "\(Figures.count(metrics.model.multiplyAccumulates)) multiply-accumulates"
      ))
    if let score = metrics.pretraining { facts.append(("float32", Self.text(score))) }
    if let score = metrics.quantization { facts.append(("int8", Self.text(score))) }
    if let search = metrics.search {
      facts.append(
        (
          "search",
          "\(Figures.count(search.evaluations)) schemes, validation accuracy \(Figures.percent(search.accuracyBefore)) → "
            + Figures.percent(search.validationAccuracy)
        ))
    }
    if let training = metrics.training {
      facts.append(
        (
          "training",
          "\(Self.printable(training.scheme)), \(Figures.count(training.steps)) steps, "
            + "\(Figures.decimal(training.microsecondsPerStep, places: 0)) µs each"
        ))
    }
    if let memory = metrics.memory {
      facts.append(
        (
          "arena",
          "\(Figures.count(memory.arenaBytes)) of \(Figures.count(memory.budgetBytes)) bytes, measured peak "
            + Figures.count(memory.measuredPeakBytes)
        ))
    }
    if let cached = metrics.cachedStages {
      facts.append(("cached", cached.map(Self.printable).joined(separator: ", ") + "; times as measured then"))
    }
    let width = facts.map(\.0.count).max() ?? 0
    return facts.map { "\(Self.pad($0.0, width))  \($0.1)" } + evaluationLines
  }

  private var trouble: String? {
    let ingest = metrics.ingest
    let parts = [
      (ingest.droppedFrames, "dropped frame", "dropped frames"),
      (ingest.unlabelledFrames, "unlabelled frame", "unlabelled frames"), (ingest.gaps, "gap", "gaps"),
      (ingest.filledFrames, "made-up frame", "made-up frames"),
      (ingest.stepsBackwards, "step backwards", "steps backwards"),
      (ingest.clockJumpsForward + ingest.clockJumpsBackward, "clock jump", "clock jumps"),
      (ingest.saturatedValues, "value at full scale", "values at full scale"),
      (ingest.stuckValues, "value of a stuck channel", "values of stuck channels"),
      (ingest.rejectedWindows, "rejected window", "rejected windows"),
      (ingest.ambiguousWindows, "ambiguous window", "ambiguous windows"),
      (ingest.losses.count, "loss", "losses"),
    ].filter { $0.0 > 0 }
    return parts.isEmpty
      ? nil : parts.map { "\(Figures.count($0.0)) \($0.0 == 1 ? $0.1 : $0.2)" }.joined(separator: ", ")
  }

  private static func text(_ score: Score) -> String {
    "accuracy \(Figures.percent(score.accuracy)), macro-F1 \(Figures.percent(score.macroF1))"
  }

  private var evaluationLines: [String] {
    guard let evaluation = metrics.evaluation else { return [] }
    var rows = evaluation.perSubject.map {
      Self.row($0.subject, $0.accuracyBefore, $0.accuracyAfter, $0.macroF1Before, $0.macroF1After)
    }
    rows.append(
      Self.row(
        "all", evaluation.accuracyBefore, evaluation.accuracyAfter, evaluation.macroF1Before,
        evaluation.macroF1After))
    let head = ["subject", "accuracy", "adapted", "points", "macro-F1", "adapted"]
    let widths = head.indices.map { column in ([head] + rows).map { $0[column].count }.max() ?? 0 }
    let lines = ([head] + rows).map { row in
      row.enumerated().map { column, text in
        column == 0 ? Self.pad(text, widths[0]) : Self.pad(text, widths[column], right: true)
      }.joined(separator: "  ")
    }
    guard let seeds = evaluation.seeds else { return [""] + lines }
    return [""] + lines + ["", "\(seeds.runs.count) seeds  accuracy \(seeds.accuracy), macro-F1 \(seeds.macroF1)"]
  }

  private static func row(
    _ name: String, _ before: Double, _ after: Double, _ f1Before: Double, _ f1After: Double
  ) -> [String] {
    [
      printable(name), Figures.percent(before), Figures.percent(after), Figures.points(after - before),
      Figures.percent(f1Before), Figures.percent(f1After),
    ]
  }

  /// A name from a file may hold anything; to a terminal no control character may pass.
  private static func printable(_ text: String) -> String {
    String(
      text.map { character in
        character.unicodeScalars.contains { $0.properties.generalCategory == .control } ? "\u{FFFD}" : character
      })
  }

  private static func pad(_ text: String, _ width: Int, right: Bool = false) -> String {
    let space = String(repeating: " ", count: max(0, width - text.count))
    return right ? space + text : text + space
  }
}
