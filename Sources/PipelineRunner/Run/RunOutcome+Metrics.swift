import Learning
public import Reports

extension RunOutcome {
  /// Every figure of the run, as `metrics.json` states them.
  public var metrics: RunMetrics {
    var ingest = IngestMetrics()
    ingest.files = self.ingest.files
    ingest.frames = self.ingest.frames
    ingest.windows = self.ingest.windows
    ingest.bytesRead = self.ingest.bytesRead
    ingest.bytesDecoded = self.ingest.bytesDecoded
    ingest.unlabelledFrames = self.ingest.unlabelledFrames
    ingest.leftoverFrames = self.ingest.leftoverFrames
    ingest.rejectedWindows = self.ingest.rejectedWindows
    ingest.ambiguousWindows = self.ingest.ambiguousWindows
    let findings = self.ingest.findings
    ingest.gaps = findings.gaps
    ingest.filledGaps = findings.filledGaps
    ingest.filledFrames = findings.filledFrames
    ingest.droppedFrames = findings.droppedFrames
    ingest.duplicateFrames = findings.duplicateFrames
    ingest.spreadFrames = findings.spreadFrames
    ingest.reorderedFrames = findings.reorderedFrames
    ingest.lateFrames = findings.lateFrames
    ingest.stepsBackwards = findings.stepsBackwards
    ingest.clockJumpsForward = findings.clockJumpsForward
    ingest.clockJumpsBackward = findings.clockJumpsBackward
    ingest.nonFiniteFrames = findings.nonFiniteFrames
    ingest.heldValues = findings.heldValues
    ingest.saturatedValues = findings.saturatedValues
    ingest.stuckValues = findings.stuckValues
    ingest.notes = findings.notes
    ingest.losses = self.ingest.losses
    ingest.recordings = self.ingest.recordings
    var metrics = RunMetrics(
      pipeline: pipelineName, seed: seed, ingest: ingest,
      model: ModelMetrics(parameters: parameters, multiplyAccumulates: multiplyAccumulates))
    metrics.pretraining = Score(pretrained)
    metrics.quantization = quantization.map { Score($0.confusion) }
    metrics.search = search?.metrics
    metrics.cachedStages = stages.cachedNames
    guard let training else { return metrics }
    metrics.memory = MemoryMetrics(
      arenaBytes: training.plan.arenaBytes, plannedPeakBytes: training.plan.arenaBytes,
      measuredPeakBytes: training.measuredPeakBytes, constantBytes: training.plan.constantBytes,
      budgetBytes: training.budgetBytes)
    metrics.training = TrainingMetrics(
      scheme: training.plan.scheme.name, steps: training.steps,
      updatedParameters: training.plan.updatedParameterCount, saturatedErrors: training.saturatedErrors,
      microsecondsPerStep: training.microsecondsPerStep)
    metrics.training?.multiplyAccumulatesPerStep = layers.reduce(0) { $0 + $1.multiplyAccumulates }
    metrics.training?.updatedBytes = layers.reduce(0) { $0 + $1.arenaBytes }
    metrics.training?.storedRecordingBytes = training.storedRecordingBytes
    metrics.evaluation = EvaluationMetrics(
      before: Score(training.before), after: Score(training.after),
      perSubject: training.subjects.map { subject in
        SubjectMetrics(
          subject: subject.name, windowsAdapted: subject.adaptedWindows, windowsTested: subject.testedWindows,
          before: Score(subject.before), after: Score(subject.after))
      },
      confusion: ConfusionMetrics(
        classes: classNames, before: training.before.rows, after: training.after.rows))
    if !training.repetitions.isEmpty {
      metrics.evaluation?.seeds = SeedMetrics(
        [SeedScore(seed: seed, Score(training.after))]
          + training.repetitions.map { SeedScore(seed: $0.seed, Score($0.after)) })
    }
    return metrics
  }

  private var layers: [LayerUse] {
    guard let training, let quantization else { return [] }
    return training.layers(of: quantization.network)
  }

  /// The metrics with the histories and the arena map, for the report page.
  public var report: RunReport {
    var report = RunReport(metrics: metrics)
    report.pretrainingHistory = epochs.map { EpochResult(loss: $0.loss, accuracy: $0.accuracy) }
    report.provenance = [
      Fact(
        "channels", zip(channelNames, channelUnits).map { $0 + ($1.map { " (\($0))" } ?? "") }.joined(separator: ", ")),
      Fact("window", "\(windowSamples) samples every \(hopSamples), at \(sampleRateHz.formatted3) Hz"),
      Fact("training subjects", trainingSubjects.joined(separator: ", ")),
      Fact("held-out subjects", heldOutSubjects.joined(separator: ", ")),
      Fact("float32 instruction set", Provenance.instructionSet),
    ]
    report.timelines = ingest.timelines
    report.search = search?.findings
    guard let training else { return report }
    let seeds = [SeedOutcome(seed: seed, subjects: training.subjects)] + training.repetitions
    report.adaptationCurves = seeds.flatMap { outcome in
      outcome.subjects.map { subject in
        LearningCurve(
          subject: subject.name, seed: outcome.seed, losses: subject.result.losses,
          accuracies: subject.result.accuracies)
      }
    }
    report.layers = layers
    report.previews = training.previews
    report.arenaBuffers = training.plan.buffers.map { ArenaBuffer($0) }
    report.stepNames = training.plan.operationNames
    report.forwardSteps = training.plan.forwardCount
    return report
  }
}

extension Score {
  init(_ confusion: Learning.ConfusionMatrix) {
    self.init(accuracy: confusion.accuracy, macroF1: confusion.macroF1)
  }
}

extension Learning.ConfusionMatrix {
  /// A row for each true class.
  var rows: [[Int]] {
    (0..<classes).map { label in (0..<classes).map { self[label: label, prediction: $0] } }
  }
}

extension Double {
  /// At most three decimals, none that are zero at the end.
  fileprivate var formatted3: String {
    let thousandths = (self * 1000).rounded() / 1000
    return thousandths == thousandths.rounded() ? "\(Int(thousandths))" : "\(thousandths)"
  }
}

/// Where figures come from.
enum Provenance {
  /// Float32 results repeat bit for bit on one instruction set; the rest of a run repeats on all.
  static var instructionSet: String {
    #if arch(x86_64)
      "x86-64"
    #elseif arch(arm64)
      "AArch64"
    #else
      "other"
    #endif
  }
}
