/// `report.html`: one file without network, script or font, for light and dark screens, large and small.
public struct ReportPage {
  let report: RunReport
  var metrics: RunMetrics { report.metrics }

  public init(_ report: RunReport) {
    self.report = report
  }

  public func html() -> String {
    let sections = [
      summarySection, learningSection, searchSection, report.sections.contains(.subjects) ? subjectsSection : nil,
      report.sections.contains(.confusion) ? confusionSection : nil,
      report.sections.contains(.arena) ? arenaSection : nil, ingestSection, provenanceSection,
    ]
    return """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <title>\(HTML.escape(metrics.pipeline)) – Martlet report</title>
      <style>
      \(Self.style)
      </style>
      </head>
      <body>
      <header>
      <p class="kind">Martlet report</p>
      <h1>\(HTML.escape(metrics.pipeline))</h1>
      </header>
      <main>
      \(sections.compactMap { $0 }.joined(separator: "\n"))
      </main>
      </body>
      </html>

      """
  }

  // MARK: Summary

  private var summarySection: String {
    var tiles: [(name: String, value: String, note: String)] = []
    if let evaluation = metrics.evaluation {
      let difference = evaluation.accuracyAfter - evaluation.accuracyBefore
      tiles.append(
        (
          "Accuracy",
          "\(Figures.percent(evaluation.accuracyBefore)) → \(Figures.percent(evaluation.accuracyAfter))",
          "\(Figures.points(difference)) points by adapting, on windows not adapted on"
        ))
      tiles.append(
        (
          "Macro-F1",
          "\(Figures.percent(evaluation.macroF1Before)) → \(Figures.percent(evaluation.macroF1After))",
          "mean over classes, each counting alike"
        ))
    } else if let score = metrics.quantization ?? metrics.pretraining {
      tiles.append(("Accuracy", Figures.percent(score.accuracy), "without adaptation"))
      tiles.append(("Macro-F1", Figures.percent(score.macroF1), "mean over classes, each counting alike"))
    }
    if let memory = metrics.memory {
      tiles.append(
        (
          "Arena", "\(Figures.bytes(memory.arenaBytes)) of \(Figures.bytes(memory.budgetBytes))",
          "\(Figures.count(memory.arenaBytes)) bytes, everything writable; measured peak "
            + Figures.count(memory.measuredPeakBytes)
        ))
    }
    if let training = metrics.training {
      tiles.append(
        (
          "Training step", "\(Figures.decimal(training.microsecondsPerStep, places: 0)) µs",
          "\(Figures.count(training.steps)) steps, \(Figures.count(training.updatedParameters)) of "
            + "\(Figures.count(metrics.model.parameters)) parameters updated"
        ))
    }
    let items = tiles.map { tile in
      "<div class=\"tile\"><dt>\(HTML.escape(tile.name))</dt><dd><strong>\(HTML.escape(tile.value))</strong>"
        + "<span>\(HTML.escape(tile.note))</span></dd></div>"
    }
    var body = "<dl class=\"tiles\">\(items.joined(separator: "\n"))</dl>"
    if let memory = metrics.memory { body += "\n" + budgetBar(memory) }
    return HTML.section("summary", "What was learned, and at what cost", body + "\n" + stageTable)
  }

  private func budgetBar(_ memory: MemoryMetrics) -> String {
    guard memory.budgetBytes > 0 else { return "" }
    let share = Double(memory.arenaBytes) / Double(memory.budgetBytes)
    let text = "The arena takes \(Figures.percent(share)) of its budget"
    return HTML.picture(
      id: "budget", title: text,
      description: "\(memory.arenaBytes) of \(memory.budgetBytes) bytes", width: 600, height: 14,
      """
      <rect class="track" width="600" height="14" rx="7"/>
      <rect class="\(share > 1 ? "over" : "fill")" \
      width="\(Figures.coordinate(600 * max(0, min(1, share))))" height="14" rx="7"/>
      """) + HTML.paragraph(text + ".", class: "note")
  }

  private var stageTable: String {
    var rows: [[String]] = []
    func add(_ name: String, _ accuracy: Double, _ macroF1: Double) {
      rows.append([name, Figures.percent(accuracy), Figures.percent(macroF1)])
    }
    if let score = metrics.pretraining { add("float32, pretrained", score.accuracy, score.macroF1) }
    if let score = metrics.quantization { add("int8, quantised", score.accuracy, score.macroF1) }
    if let evaluation = metrics.evaluation {
      add("int8, before adaptation", evaluation.accuracyBefore, evaluation.macroF1Before)
      add("int8, after adaptation", evaluation.accuracyAfter, evaluation.macroF1After)
    }
    if rows.isEmpty { return "" }
    return HTML.table(
      caption: "Scores by stage", columns: ["stage", "accuracy", "macro-F1"], rows: rows, numbers: [1, 2])
  }

  // MARK: Input and provenance

  private var ingestSection: String {
    let ingest = metrics.ingest
    let rows: [(String, String)] = [
      ("files", Figures.count(ingest.files)),
      ("bytes read", Figures.count(ingest.bytesRead)),
      ("bytes after decompression", Figures.count(ingest.bytesDecoded)),
      ("frames", Figures.count(ingest.frames)),
      ("windows", Figures.count(ingest.windows)),
      ("gaps", Figures.count(ingest.gaps)),
      ("gaps filled", Figures.count(ingest.filledGaps)),
      ("frames made up to fill them", Figures.count(ingest.filledFrames)),
      ("dropped frames", Figures.count(ingest.droppedFrames)),
      ("duplicate frames", Figures.count(ingest.duplicateFrames)),
      ("frames of bursts that were spread", Figures.count(ingest.spreadFrames)),
      ("frames put back in order", Figures.count(ingest.reorderedFrames)),
      ("frames too late for that", Figures.count(ingest.lateFrames)),
      ("steps backwards in time", Figures.count(ingest.stepsBackwards)),
      ("clock jumps forwards", Figures.count(ingest.clockJumpsForward)),
      ("clock jumps backwards", Figures.count(ingest.clockJumpsBackward)),
      ("frames with a value that is no finite number", Figures.count(ingest.nonFiniteFrames)),
      ("values held in place of such", Figures.count(ingest.heldValues)),
      ("values at full scale", Figures.count(ingest.saturatedValues)),
      ("values of stuck channels", Figures.count(ingest.stuckValues)),
      ("windows rejected for such values", Figures.count(ingest.rejectedWindows)),
      ("windows with ambiguous labels", Figures.count(ingest.ambiguousWindows)),
      ("unlabelled frames", Figures.count(ingest.unlabelledFrames)),
      ("labelled frames in no window", Figures.count(ingest.leftoverFrames)),
    ]
    var body = HTML.table(
      caption: "What was read", columns: ["what", "how many"], rows: rows.map { [$0.0, $0.1] }, numbers: [1])
    if !ingest.notes.isEmpty {
      let items = ingest.notes.map { "<li>\(HTML.escape($0))</li>" }.joined(separator: "\n")
      body += "<h3>What was found in channels</h3>\n<ul>\(items)</ul>"
    }
    if ingest.losses.isEmpty {
      body += HTML.paragraph("Every part of every recording could be read.", class: "note")
    } else {
      let items = ingest.losses.map { "<li>\(HTML.escape($0))</li>" }.joined(separator: "\n")
      body += "<h3>What could not be read</h3>\n<ul>\(items)</ul>"
    }
    return HTML.section("input", "The recordings", body)
  }

  private var provenanceSection: String {
    let model = [
      Fact("seed", String(metrics.seed)),
      Fact("parameters", Figures.count(metrics.model.parameters)),
      Fact("multiply-accumulates a window", Figures.count(metrics.model.multiplyAccumulates)),
    ]
    let scheme = metrics.training.map { [Fact("update scheme", $0.scheme)] } ?? []
    let rows = (model + scheme + report.provenance).map { [$0.name, $0.value] }
    let table = HTML.table(
      caption: "Model and provenance", columns: ["what", "value"], rows: rows, numbers: [])
    return HTML.section("provenance", "Where the figures come from", table)
  }
}
