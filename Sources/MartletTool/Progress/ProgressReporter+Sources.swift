import PipelineRunner

extension ProgressReporter {
  /// An observer that shows a run here and passes on the wish to stop.
  func observer() -> RunObserver {
    let start = ContinuousClock.now
    return RunObserver(
      progress: { progress in
        if case .cacheTrouble(let sentence) = progress {
          self.finish()
          Terminal.standardError.say(sentence, as: .warning)
        } else {
          self.report(ProgressUpdate(progress, secondsSinceStart: (ContinuousClock.now - start).seconds))
        }
      },
      isCancelled: { Interruption.isRequested })
  }

  /// For readers that count stored bytes.
  func byteCounter(_ phase: String) -> @Sendable (_ bytesDone: Int, _ bytesTotal: Int?) -> Void {
    let start = ContinuousClock.now
    return { done, total in
      var update = ProgressUpdate.reading(
        done, of: total, seconds: (ContinuousClock.now - start).seconds, phase: phase)
      update.isPassing = true
      self.report(update)
    }
  }
}

extension ProgressUpdate {
  static func reading(_ done: Int, of total: Int?, seconds: Double, phase: String = "reading") -> Self {
    var detail = Readable.bytes(Double(done))
    if let total { detail += " of \(Readable.bytes(Double(total)))" }
    if seconds > 0.05 { detail += ", \(Readable.bytes(Double(done) / seconds))/s" }
    return Self(phase: phase, done: Double(done), total: total.map { Double($0) }, detail: detail)
  }

  private init(_ epoch: PretrainingProgress, phase: String) {
    self.init(
      phase: phase, done: Double(epoch.epoch), total: Double(epoch.epochs),
      detail: "epoch \(epoch.epoch) of \(epoch.epochs), \(Readable.count(Int(epoch.windowsPerSecond))) windows/s, "
        + "loss \(Readable.decimal(epoch.loss, places: 3)), accuracy \(Readable.percent(epoch.accuracy))")
  }

  /// - Parameter secondsSinceStart: Of the run, which begins with reading.
  init(_ progress: RunProgress, secondsSinceStart: Double) {
    switch progress {
    case .reading(_, let done, let total):
      self = .reading(done, of: total, seconds: secondsSinceStart)
    case .pretraining(let epoch): self.init(epoch, phase: "pretraining")
    case .pretrainingForSearch(let epoch): self.init(epoch, phase: "pretraining for the search")
    case .searching(let progress, let budgetBytes):
      let schemes = "\(progress.evaluations) \(progress.evaluations == 1 ? "scheme" : "schemes")"
      self.init(
        phase: "searching", done: 0, total: nil,
        detail: "\(schemes), \(progress.phase.rawValue) for \(Readable.count(budgetBytes)) bytes, "
          + "\(progress.finishedAdaptations) of \(progress.adaptations) adaptations")
    case .calibrating(let windows):
      self.init(phase: "calibrating", done: 0, total: nil, detail: "on \(Readable.count(windows)) windows")
    case .evaluating(let what, let windows):
      self.init(phase: "evaluating \(what)", done: 0, total: nil, detail: "on \(Readable.count(windows)) windows")
    case .planned(let arenaBytes, let budgetBytes):
      self.init(
        phase: "planned", done: 0, total: nil,
        detail: "an arena of \(Readable.count(arenaBytes)) of \(Readable.count(budgetBytes)) bytes")
    case .adapting(let finished, let subjects):
      self.init(
        phase: "adapting", done: Double(finished), total: Double(subjects),
        detail: "\(finished) of \(subjects) subjects")
    case .fromCache(let stage, let part):
      self.init(phase: "cached", done: 0, total: nil, detail: stage.rawValue + (part.map { " \($0)" } ?? ""))
    case .cacheTrouble(let sentence):
      self.init(phase: "cache", done: 0, total: nil, detail: sentence)
    case .wrote(let path):
      self.init(phase: "wrote", done: 0, total: nil, detail: path)
    }
  }
}
