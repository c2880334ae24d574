import PipelineRunner

extension ProgressReporter {
  /// An observer that shows a run here and passes on the wish to stop.
  func observer() -> RunObserver {
    let start = ContinuousClock.now
    return RunObserver(
      progress: { self.report(ProgressUpdate($0, secondsSinceStart: (ContinuousClock.now - start).seconds)) },
      isCancelled: { Interruption.isRequested })
  }

  /// For readers that count stored bytes.
  func byteCounter(_ phase: String) -> (_ bytesDone: Int, _ bytesTotal: Int?) -> Void {
    let start = ContinuousClock.now
    return { done, total in
      self.report(.reading(done, of: total, seconds: (ContinuousClock.now - start).seconds, phase: phase))
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

  /// - Parameter secondsSinceStart: Of the run, which begins with reading.
  init(_ progress: RunProgress, secondsSinceStart: Double) {
    switch progress {
    case .reading(_, let done, let total):
      self = .reading(done, of: total, seconds: secondsSinceStart)
    case .pretraining(let epoch, let epochs, let loss, let accuracy, let windowsPerSecond):
      self.init(
        phase: "pretraining", done: Double(epoch), total: Double(epochs),
        detail: "epoch \(epoch) of \(epochs), \(Readable.count(Int(windowsPerSecond))) windows/s, "
          + "loss \(Readable.decimal(loss, places: 3)), accuracy \(Readable.percent(accuracy))")
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
    case .wrote(let path):
      self.init(phase: "wrote", done: 0, total: nil, detail: path)
    }
  }
}
