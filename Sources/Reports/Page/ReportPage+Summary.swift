extension ReportPage {
  var summarySection: Markup {
    var body = headline
    body += "<dl class=\"tiles\">\(tiles)</dl>\n"
    if let memory = metrics.memory { body += BudgetBar(memory: memory, report: report, page: self).html }
    body += "<div class=\"pair\">\n<div>\(stageTable)</div>\n<div>\(costTable)</div>\n</div>"
    return HTML.section("summary", "What was learned, and at what cost", body)
  }

  // MARK: In a sentence

  private var headline: Markup {
    guard let evaluation = metrics.evaluation else {
      guard let score = metrics.quantization ?? metrics.pretraining else {
        return "<p class=\"lead\">This run read recordings; nothing was learned.</p>\n"
      }
      let network = metrics.quantization == nil ? "float32" : "int8"
      return """
        <p class="lead">The \(network) network names \(Figures.percent(score.accuracy)) of the held-out windows \
        rightly. Nothing was adapted.</p>

        """
    }
    let (before, after) = (evaluation.accuracyBefore, evaluation.accuracyAfter)
    let subjects = evaluation.perSubject.count
    let whom = subjects == 1 ? "one subject" : "\(Figures.count(subjects)) subjects"
    let known =
      report.holdsOutSubjects
      ? "\(whom) the network had never seen" : "the later windows of \(whom) it had learned from before"
    let change: Markup =
      after == before
      ? "left accuracy at \(Figures.percent(after))"
      : """
      \(after > before ? "raised" : "lowered") accuracy from \(Figures.percent(before)) to \(Figures.percent(after))
      """
    var text: Markup = "<p class=\"lead\">Adapting to \(known) <strong>\(change)</strong>"
    if let memory = metrics.memory {
      let fits = memory.arenaBytes <= memory.budgetBytes ? "within its budget of" : "beyond its budget of"
      text += """
        , in <strong>\(Figures.count(memory.arenaBytes)) bytes</strong> of writable memory, \(fits) \
        \(Figures.count(memory.budgetBytes))
        """
    }
    text += ". Measured on later windows, which share no sample with one learned from.</p>\n"
    if let seeds = evaluation.seeds {
      text += """
        <p>With \(Figures.count(seeds.runs.count)) seeds, of which the first is shown, accuracy after adapting is \
        <strong>\(percent("evaluation.seeds.accuracyMean", seeds.accuracyMean))</strong> \
        ± \(percent("evaluation.seeds.accuracyDeviation", seeds.accuracyDeviation)) and macro-F1 \
        \(percent("evaluation.seeds.macroF1Mean", seeds.macroF1Mean)) ± \
        \(percent("evaluation.seeds.macroF1Deviation", seeds.macroF1Deviation)): mean and standard deviation.</p>

        """
    }
    if let worse = sentence(onWorse: evaluation.perSubject) { text += worse }
    return text
  }

  /// What went wrong belongs on the first screen.
  private func sentence(onWorse subjects: [SubjectMetrics]) -> Markup? {
    let worse = subjects.filter { $0.accuracyAfter < $0.accuracyBefore }
    guard !worse.isEmpty else { return nil }
    let names = worse.prefix(5).map(\.subject).joined(separator: ", ") + (worse.count > 5 ? ", …" : "")
    return """
      <p class="warning"><strong>Worse after adapting:</strong> \(Figures.count(worse.count)) of \
      \(Figures.count(subjects.count)) subjects (\(names)).</p>

      """
  }

  // MARK: In large figures

  private func tile(_ name: String, _ value: Markup, _ note: Markup) -> Markup {
    "<div class=\"tile\"><dt>\(name)</dt><dd><strong>\(value)</strong><span>\(note)</span></dd></div>"
  }

  private var tiles: [Markup] {
    var tiles: [Markup] = []
    if let evaluation = metrics.evaluation {
      let difference = evaluation.accuracyAfter - evaluation.accuracyBefore
      tiles.append(
        tile(
          "Accuracy",
          "\(Figures.decimal(evaluation.accuracyBefore * 100, places: 1)) → \(Figures.percent(evaluation.accuracyAfter))",
          "\(Figures.points(difference)) points by adapting"))
      let (before, after) = (evaluation.confusion.before.wrong, evaluation.confusion.after.wrong)
      tiles.append(
        tile(
          "Wrong windows", "\(Figures.count(before)) → \(Figures.count(after))",
          "of \(Figures.count(evaluation.confusion.after.windows)) tested"))
    } else if let score = metrics.quantization ?? metrics.pretraining {
      tiles.append(tile("Accuracy", "\(Figures.percent(score.accuracy))", "without adaptation"))
      tiles.append(tile("Macro-F1", "\(Figures.percent(score.macroF1))", "mean over classes, each counting alike"))
    }
    if let memory = metrics.memory {
      tiles.append(
        tile(
          "Arena", "\(Figures.bytes(memory.arenaBytes))",
          "of \(Figures.bytes(memory.budgetBytes)): everything writable"))
    }
    if let training = metrics.training {
      tiles.append(
        tile(
          "Training", "\(Figures.duration(training.seconds))",
          "\(Figures.count(training.steps)) steps of \(Figures.microseconds(training.microsecondsPerStep)), this machine"
        ))
    }
    return tiles
  }

  // MARK: In tables

  private var stageTable: Markup {
    var rows: [[Markup]] = []
    if let score = metrics.pretraining {
      rows.append([
        "float32, pretrained", percent("pretraining.accuracy", score.accuracy),
        percent("pretraining.macroF1", score.macroF1),
      ])
    }
    if let score = metrics.quantization {
      rows.append([
        "int8, quantised", percent("quantization.accuracy", score.accuracy),
        percent("quantization.macroF1", score.macroF1),
      ])
    }
    if let evaluation = metrics.evaluation {
      rows.append([
        "int8, test windows, before", percent("evaluation.accuracyBefore", evaluation.accuracyBefore),
        percent("evaluation.macroF1Before", evaluation.macroF1Before),
      ])
      rows.append([
        "int8, test windows, after", percent("evaluation.accuracyAfter", evaluation.accuracyAfter),
        percent("evaluation.macroF1After", evaluation.macroF1After),
      ])
    }
    guard !rows.isEmpty else { return .empty }
    return HTML.table(
      caption: "Scores by stage; the first two on all windows of the held-out subjects",
      columns: ["stage", "accuracy", "macro-F1"], rows: rows, numbers: [1, 2])
  }

  private var costTable: Markup {
    var rows: [[Markup]] = [
      ["operations a window, forward", count("model.multiplyAccumulates", metrics.model.multiplyAccumulates), "MAC"]
    ]
    guard let training = metrics.training else {
      return HTML.table(caption: "What it costs", columns: ["what", "how much", "unit"], rows: rows, numbers: [1])
    }
    if let operations = training.multiplyAccumulatesPerStep {
      rows.append(["operations a step", count("training.multiplyAccumulatesPerStep", operations), "MAC"])
    }
    rows.append(["steps, one window each", count("training.steps", training.steps), "steps"])
    rows.append([
      "time of a step on this machine",
      figure(
        "training.microsecondsPerStep", training.microsecondsPerStep,
        Figures.rounded(training.microsecondsPerStep)), "µs",
    ])
    rows.append([
      "parameters that change", count("training.updatedParameters", training.updatedParameters),
      "of\u{A0}\(Figures.count(metrics.model.parameters))",
    ])
    if let bytes = training.updatedBytes {
      rows.append(["their bytes, written in each step", count("training.updatedBytes", bytes), "bytes"])
    }
    if let bytes = training.storedRecordingBytes {
      rows.append(["stored windows, read again in each epoch", count("training.storedRecordingBytes", bytes), "bytes"])
    }
    rows.append(["errors cut at their scale", count("training.saturatedErrors", training.saturatedErrors), "elements"])
    return HTML.table(caption: "What it cost", columns: ["what", "how much", "unit"], rows: rows, numbers: [1])
  }
}

extension TrainingMetrics {
  /// All steps at the time of one.
  fileprivate var seconds: Double { Double(steps) * microsecondsPerStep / 1e6 }
}

extension [[Int]] {
  /// Counts of a confusion matrix.
  var windows: Int { reduce(0) { $0 + $1.reduce(0, +) } }
  var wrong: Int {
    windows - enumerated().reduce(0) { $0 + ($1.offset < $1.element.count ? $1.element[$1.offset] : 0) }
  }
}
