import PipelineRunner

/// A comparison of runs, for people.
struct ComparisonTable {
  private let comparison: RunComparison
  private let names: [String]

  init(_ comparison: RunComparison) {
    self.comparison = comparison
    names = Self.names(comparison.runs)
  }

  /// What a run is judged by; other figures are shown where they differ.
  private static let shown: [(key: String, title: String)] = [
    ("evaluation.accuracyAfter", "accuracy, adapted"), ("evaluation.macroF1After", "macro-F1, adapted"),
    ("evaluation.accuracyBefore", "accuracy before"), ("evaluation.macroF1Before", "macro-F1 before"),
    ("quantization.accuracy", "accuracy, int8"), ("pretraining.accuracy", "accuracy, float32"),
    ("memory.arenaBytes", "arena, bytes"), ("memory.constantBytes", "constants, bytes"),
    ("model.parameters", "parameters"), ("model.multiplyAccumulates", "multiply-accumulates"),
    ("training.updatedParameters", "updated parameters"), ("training.steps", "training steps"),
    ("training.microsecondsPerStep", "µs a step"), ("ingest.frames", "frames"), ("ingest.windows", "windows"),
  ]

  var text: String {
    let table = comparison.runs.count > RunComparison.runsInGivenOrder ? runsBelowEachOther : runsSideBySide
    return (table + [""] + differences).joined(separator: "\n")
  }

  // MARK: A column a run

  private var runsSideBySide: [String] {
    var rows = [[""] + names.enumerated().flatMap { $0 == 0 ? [$1] : [$1, ""] }]
    for (key, title) in Self.shown {
      guard let figure = comparison.figures.first(where: { $0.key == key }) else { continue }
      var row = [title]
      for index in names.indices {
        row.append(Self.marked(figure, index))
        if index > 0 { row.append(Self.difference(figure, index)) }
      }
      rows.append(row)
    }
    return TextTable(rows: rows).lines
  }

  // MARK: A row a run, the best first

  private static let columns: [(key: String, title: String)] = [
    ("evaluation.accuracyAfter", "accuracy"), ("evaluation.macroF1After", "macro-F1"),
    ("quantization.accuracy", "int8"), ("pretraining.accuracy", "float32"), ("memory.arenaBytes", "arena"),
    ("training.microsecondsPerStep", "µs a step"),
  ]
  private static let argumentColumns = 3

  private var runsBelowEachOther: [String] {
    let figures = Self.columns.compactMap { column in
      comparison.figures.first { $0.key == column.key }.map { (column.title, $0) }
    }
    let arguments = comparison.differences.filter { $0.kind == .argument }.prefix(Self.argumentColumns)
    var head = ["run"]
    for (index, figure) in figures.enumerated() { head += index == 0 ? [figure.0, "points"] : [figure.0] }
    var rows = [head + arguments.map(\.name)]
    for run in names.indices {
      var row = [names[run]]
      for (index, figure) in figures.enumerated() {
        row.append(Self.marked(figure.1, run))
        if index == 0 { row.append(run == 0 ? "" : Self.difference(figure.1, run)) }
      }
      rows.append(row + arguments.map { Self.short($0.values[run] ?? "–") })
    }
    return TextTable(rows: rows).lines
  }

  // MARK: What differs

  private var differences: [String] {
    guard !comparison.differences.isEmpty else {
      return [comparison.runs.count > 1 ? "nothing differs in pipeline, files and martlet" : ""] + comparison.notes
    }
    guard comparison.runs.count <= RunComparison.runsInGivenOrder else {
      let told = comparison.differences.map { difference in
        let values = difference.values.map { $0 ?? "–" }
        var kinds: [String] = []
        for value in values where !kinds.contains(value) { kinds.append(value) }
        return "\(difference.name)  \(kinds.map { Self.short($0) }.joined(separator: " "))"
      }
      return ["what differs"] + told.map { "  " + $0 } + comparison.notes
    }
    let rows = comparison.differences.map { difference in
      ["  " + difference.name] + difference.values.map { Self.short($0 ?? "–") }
    }
    return ["what differs"] + TextTable(rows: rows).lines + comparison.notes
  }

  /// Long values are told by their beginning; `martlet compare --json` has them whole.
  private static func short(_ value: String) -> String {
    let value = value.isEmpty ? "yes" : value
    return value.count <= 32 ? value : value.prefix(31) + "…"
  }

  // MARK: Figures

  private static func isShare(_ key: String) -> Bool { key.contains("ccuracy") || key.contains("macroF1") }

  private static func marked(_ figure: RunComparison.Figure, _ run: Int) -> String {
    guard let value = figure.values[run] else { return "–" }
    let text =
      isShare(figure.key)
      ? Readable.percent(value) : whole(value)
    return figure.best.contains(run) ? "\(text) *" : "\(text)  "
  }

  private static func difference(_ figure: RunComparison.Figure, _ run: Int) -> String {
    guard let value = figure.differences[run] else { return "" }
    if isShare(figure.key) {
      let points = Readable.decimal(value * 100, places: 1)
      return points.hasPrefix("-") ? points : points == "0.0" ? "" : "+\(points)"
    }
    let text = whole(value)
    return text == "0" ? "" : (text.hasPrefix("-") ? "" : "+") + text
  }

  /// Metrics are read from a file, which may state anything.
  private static func whole(_ value: Double) -> String {
    value.magnitude < 1e15 ? Readable.count(Int(value.rounded())) : "\(value)"
  }

  /// The last part of each path, or the whole where that is not enough.
  private static func names(_ paths: [String]) -> [String] {
    let last = paths.map { path in String(path.split(separator: "/").last ?? Substring(path)) }
    return Set(last).count == paths.count ? last : paths
  }
}
