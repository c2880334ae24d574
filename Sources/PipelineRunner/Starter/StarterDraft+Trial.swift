import Learning
import PipelineModel

/// Trying the pipeline on the recordings, so that a run does not refuse it.
extension StarterDraft {
  private static let smallestBatch = 4
  private static let largestBatch = 64

  /// Reads the recordings as the pipeline says, and settles what depends on the windows that come of it.
  mutating func tryOut(environment: [String: String], observer: RunObserver) throws(StarterError) {
    let ingested =
      try nonFiniteValues > 0
      ? ingestHoldingValues(environment, observer) : ingest(environment, observer)
    windowCount = ingested.windows.count
    explainWindows(rejected: ingested.summary.rejectedWindows)
    try settleSubjects(ingested)
    try countTraining(ingested)
    stages.append(Ingest(folder) { return steps }.pipelineStage)
  }

  /// As many windows as a step of pretraining takes: so few that an epoch has some steps, and a search too, which
  /// pretrains on a part of them.
  var batch: Int {
    var batch = Self.largestBatch
    while batch > Self.smallestBatch, batch * 4 > trainingWindows { batch /= 2 }
    return batch
  }

  private func ingest(
    _ environment: [String: String], _ observer: RunObserver
  ) throws(StarterError) -> IngestedWindows {
    let trial = Pipeline(options.name, seed: 1) {
      return [
        Ingest(folder) { return steps }.pipelineStage, Model { Dense(.classes) }.pipelineStage,
        Pretrain().pipelineStage, Evaluate { return [.accuracy] }.pipelineStage,
      ]
    }
    let checked: CheckedPipeline
    do {
      checked = try trial.checked()
    } catch {
      throw .invalid(error.issues.map(\.message).joined(separator: "; "))
    }
    do {
      return try Ingestion(
        ingest: checked.ingest, observer: observer, environment: environment, needsTrainingSubjects: true
      ).run()
    } catch {
      if case .cancelled = error { throw .cancelled }
      throw .wouldNotRun(error.description)
    }
  }

  /// Lets the value before stand in where values are missing now and then, if that saves windows.
  private mutating func ingestHoldingValues(
    _ environment: [String: String], _ observer: RunObserver
  ) throws(StarterError) -> IngestedWindows {
    let rejecting: IngestedWindows?
    var refusal = StarterError.cancelled
    do {
      rejecting = try ingest(environment, observer)
    } catch {
      // Where every window holds such a value, none is left.
      guard case .wouldNotRun = error else { throw error }
      (rejecting, refusal) = (nil, error)
    }
    let rejected = rejecting?.summary.rejectedWindows ?? 0
    let place = steps.firstIndex { if case .nonFinite = $0 { true } else { false } } ?? 0
    if let rejecting, rejected * 20 <= rejected + rejecting.windows.count { return rejecting }
    // A tenth of a second, or half of one.
    for share in [0.1, 0.5] {
      let frames = max(3, Int((share * hertz).rounded()))
      let before = steps[place]
      steps[place] = NonFinite(.hold(upTo: frames)).ingestStep
      do {
        let found = try ingest(environment, observer)
        if found.windows.count > (rejecting?.windows.count ?? 0) + rejected / 4 {
          let cost = rejecting == nil ? "no window" : "\(Self.grouped(rejected)) windows fewer"
          explain(
            "NonFinite",
            because:
              "\(Self.count(nonFiniteValues, "value")) that are no numbers; for up to \(frames) frames the value "
              + "before stands in, for without that there would be \(cost)")
          return found
        }
      } catch {
        guard case .wouldNotRun = error else { throw error }
      }
      steps[place] = before
    }
    guard let rejecting else { throw refusal }
    return rejecting
  }

  // MARK: Subjects

  /// Everybody who is held out has windows to adapt to and others to be tested on.
  private mutating func settleSubjects(_ ingested: IngestedWindows) throws(StarterError) {
    var poor = unadaptable(ingested, .eachSeries)
    if !poor.isEmpty {
      let others = unadaptable(ingested, .eachClass)
      // Where stretches are short, all of a class are one piece.
      if others.count < poor.count { (adaptFrom, poor) = (.eachClass, others) }
    }
    guard let first = poor.first(where: { isHeldOut($0.name, ingested) }) else { return }
    let usable = candidates.filter { name in !poor.contains { $0.name == name } }
    guard options.holdOut == nil, heldOut != nil, usable.count >= 2 else {
      throw .cannotAdapt(
        poor.map(\.name).filter { isHeldOut($0, ingested) }, adapting: first.adapting, testing: first.testing)
    }
    holdOut(Array(usable.suffix(min(usable.count - 1, Self.heldOutCount(of: candidates.count)))))
  }

  private func isHeldOut(_ name: String, _ ingested: IngestedWindows) -> Bool {
    heldOut?.contains(name) ?? ingested.heldOut.contains { ingested.windows.subjectNames[$0] == name }
  }

  /// Subjects of whom nothing would be left to adapt to, or to test on.
  private func unadaptable(
    _ ingested: IngestedWindows, _ source: AdaptationSource
  ) -> [(name: String, adapting: Int, testing: Int)] {
    let windows = ingested.windows
    let all = heldOut == nil ? ingested.heldOut.sorted() : Array(windows.subjectNames.indices)
    return all.compactMap { subject in
      let split = AdaptationSplit(
        of: windows, indices: windows.indices(ofSubjects: [subject]), fraction: Train().adaptFraction,
        pieces: source == .eachSeries ? .series : .classes)
      guard split.adapt.isEmpty || split.test.isEmpty else { return nil }
      return (windows.subjectNames[subject], split.adapt.count, split.test.count)
    }
  }

  /// How many windows pretraining has, and of how many subjects.
  private mutating func countTraining(_ ingested: IngestedWindows) throws(StarterError) {
    let windows = ingested.windows
    let training = windows.subjectNames.indices.filter { index in
      heldOut.map { !$0.contains(windows.subjectNames[index]) } ?? !ingested.heldOut.contains(index)
    }
    let counts = training.map { windows.indices(ofSubjects: [$0]).count }
    trainingWindows = counts.reduce(0, +)
    trainingSubjects = counts.count { $0 > 0 }
    guard trainingWindows >= Self.smallestBatch else {
      throw .tooFewWindows(
        training: trainingWindows, needed: Self.smallestBatch, rejected: ingested.summary.rejectedWindows)
    }
  }
}
