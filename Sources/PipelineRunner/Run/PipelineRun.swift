public import Foundation
public import Learning
public import PipelineModel
import Synchronization
import Tensors
import Training
public import TrainingCompiler

/// Runs a pipeline: ingest, pretrain, quantize, plan, adapt, evaluate.
public struct PipelineRun: Sendable {
  public let pipeline: CheckedPipeline
  /// Threads at most; they change the time, not the result.
  public var threads: Int
  public var environment: [String: String]
  public var observer: RunObserver
  /// Where a search keeps what it has measured; nil keeps nothing.
  public var searchPlace: SearchPlace?

  public init(
    _ pipeline: CheckedPipeline, threads: Int = ProcessInfo.processInfo.activeProcessorCount,
    environment: [String: String] = ProcessInfo.processInfo.environment, observer: RunObserver = RunObserver()
  ) {
    self.pipeline = pipeline
    self.threads = max(1, threads)
    self.environment = environment
    self.observer = observer
  }

  /// Reads the recordings and cuts labelled windows, not yet normalised.
  public func ingest() throws(RunError) -> IngestedWindows {
    try Ingestion(ingest: pipeline.ingest, observer: observer, environment: environment).run()
  }

  public func run() throws(RunError) -> RunOutcome {
    // A search turns recordings in its own way, so it needs them as they are.
    var ingested = try Ingestion(
      ingest: pipeline.ingest, observer: observer, environment: environment, needsTrainingSubjects: true,
      rotates: pipeline.search == nil
    ).run()
    let heldOutSubjects = ingested.heldOut
    let trainingSubjects = Set(ingested.windows.subjectNames.indices).subtracting(heldOutSubjects)
    let trainingIndices = ingested.windows.indices(ofSubjects: trainingSubjects)
    let heldOutIndices = ingested.windows.indices(ofSubjects: heldOutSubjects)
    guard !trainingIndices.isEmpty else {
      throw .noWindows(
        frames: ingested.summary.frames, unlabelledFrames: ingested.summary.unlabelledFrames,
        windowSamples: pipeline.ingest.lengthSamples, firstLoss: ingested.summary.losses.first)
    }
    guard !heldOutIndices.isEmpty else {
      throw .noHeldOutWindows(subjects: heldOutSubjects.sorted().map { ingested.windows.subjectNames[$0] })
    }
    let splits = try splits(of: ingested.windows, heldOut: heldOutSubjects)
    var search: SearchOutcome?
    if pipeline.search != nil {
      search = try PipelineSearch(self).search(ingested)
      try pipeline.ingest.rotate?.apply(
        to: &ingested.windows, channels: ingested.channelNames, heldOut: heldOutSubjects, environment: environment)
    }
    var statistics: Learning.ChannelStatistics?
    if pipeline.ingest.normalize.mode == .perChannel {
      let found = Learning.ChannelStatistics(of: ingested.windows, indices: trainingIndices)
      ingested.windows.normalize(with: found)
      statistics = found
    }
    let training = ingested.windows.subset(trainingIndices)
    let heldOut = ingested.windows.subset(heldOutIndices)
    let graph = try pipeline.model.networkGraph(input: training.shape, classCount: training.classNames.count)
    // What cannot be planned is said before the time for pretraining is spent: a plan never needs weights.
    _ = try PipelineExplanation.plan(pipeline, graph)
    let (network, epochs) = try pretrain(graph, on: training) { .pretraining($0) }
    observer.progress(.evaluating(what: "float32", windows: heldOut.count))
    var outcome = RunOutcome(
      pipelineName: pipeline.name, seed: pipeline.seed, ingest: ingested.summary,
      classNames: training.classNames, channelNames: ingested.channelNames, channelUnits: ingested.channelUnits,
      sampleRateHz: ingested.sampleRateHz, windowSamples: pipeline.ingest.lengthSamples,
      hopSamples: pipeline.ingest.hopSamples,
      trainingSubjects: trainingSubjects.sorted().map { training.subjectNames[$0] },
      heldOutSubjects: heldOutSubjects.sorted().map { training.subjectNames[$0] },
      trainingWindows: training.count, heldOutWindows: heldOut.count, statistics: statistics,
      parameters: graph.foldedParameterCount, multiplyAccumulates: graph.multiplyAccumulates, epochs: epochs,
      pretrained: try learning { () throws(LearningError) in try network.confusion(on: heldOut, threads: threads) },
      quantization: nil, search: search, training: nil)
    guard let quantize = pipeline.quantize else { return outcome }
    let (quantized, scores) = try self.quantize(network, quantize, training: training)
    outcome.quantization = QuantizationOutcome(
      network: quantized, confusion: try evaluate(quantized, on: heldOut))
    guard let train = pipeline.train, let scheme = try scheme(for: quantized, search: search) else { return outcome }
    var adapted = try adapt(
      quantized, scheme: scheme, scores: scores, train: train, windows: ingested.windows, splits: splits)
    if pipeline.report?.preview == true { adapted.previews = adapted.previews(of: ingested, splits, pipeline.ingest) }
    outcome.training = adapted
    return outcome
  }

  /// What training updates: what the pipeline says, or what the search found.
  private func scheme(
    for network: QuantizedNetwork, search: SearchOutcome?
  ) throws(RunError) -> TrainingCompiler.UpdateScheme? {
    guard let found = search?.reports.first?.answer else { return try pipeline.update?.scheme.compiled(for: network) }
    do {
      return try TrainingCompiler.UpdateScheme(tensors: found.tensors, of: network, name: "searched")
    } catch {
      throw .search(error)
    }
  }

  func learning<Value>(_ body: () throws(LearningError) -> Value) throws(RunError) -> Value {
    do {
      return try body()
    } catch {
      throw .learning(error)
    }
  }

  /// The windows of each held-out subject that teach and those that test; empty where the pipeline does not train.
  private func splits(
    of windows: WindowSet, heldOut: Set<Int>
  ) throws(RunError) -> [(subject: Int, split: AdaptationSplit)] {
    guard let train = pipeline.train else { return [] }
    var splits: [(subject: Int, split: AdaptationSplit)] = []
    for subject in heldOut.sorted() {
      let split = AdaptationSplit(
        of: windows, indices: windows.indices(ofSubjects: [subject]), fraction: train.adaptFraction,
        pieces: train.adaptFrom == .eachSeries ? .series : .classes)
      guard !split.adapt.isEmpty, !split.test.isEmpty else {
        throw .subjectCannotAdapt(
          windows.subjectNames[subject], adapting: split.adapt.count, testing: split.test.count)
      }
      try train.checkWarmUp(windows.subjectNames[subject], windows: split.adapt.count)
      splits.append((subject, split))
    }
    return splits
  }

  // MARK: Pretraining

  /// Trains a network in float32 as the pipeline says.
  ///
  /// - Parameters:
  ///   - training: Normalised windows.
  ///   - announce: How an epoch is told.
  public func pretrain(
    _ graph: NetworkGraph, on training: WindowSet,
    announce: (PretrainingProgress) -> RunProgress = { .pretraining($0) }
  ) throws(RunError) -> (FloatNetwork, [EpochSummary]) {
    let configuration = pipeline.pretrain.configuration(seed: pipeline.seed, threads: threads)
    return try learning { () throws(LearningError) in
      try Pretrainer(configuration: configuration).train(
        graph: graph, on: training,
        progress: { epoch in
          observer.progress(
            announce(
              PretrainingProgress(
                epoch: epoch.epoch + 1, epochs: configuration.epochs, loss: epoch.loss, accuracy: epoch.accuracy,
                windowsPerSecond: epoch.windowsPerSecond)))
        }, isCancelled: observer.isCancelled)
    }
  }

  // MARK: Quantisation

  /// A network with its normalisations taken into its weights.
  public func fold(_ network: FloatNetwork) throws(RunError) -> FloatNetwork {
    do {
      return try BatchNormFolding.fold(network)
    } catch {
      throw .folding(error.description)
    }
  }

  /// Quantises a pretrained network as the pipeline says.
  ///
  /// - Parameter training: The windows that the network was pretrained on; some of them calibrate.
  /// - Returns: The network, and by what the channels of a share are chosen, where the pipeline says other than
  ///   magnitudes.
  public func quantize(
    _ network: FloatNetwork, _ stage: Quantize, training: WindowSet
  ) throws(RunError) -> (QuantizedNetwork, ChannelScores?) {
    let folded = try fold(network)
    let count = min(stage.calibration, training.count)
    observer.progress(.calibrating(windows: count))
    let chosen = Calibration.choose(count, of: training.count, seed: pipeline.seed)
    let method: Calibration.Method =
      switch stage.range {
      case .minMax: .minMax
      case .percentile(let percent): .percentile(percent / 100)
      }
    let calibration = training.subset(chosen)
    let ranges = try learning { () throws(LearningError) in
      // Normalised channels have magnitudes alike and a few spikes; recorded ones may lie anywhere.
      try Calibration.ranges(
        of: folded, on: calibration, method: method,
        input: pipeline.ingest.normalize.mode == .perChannel ? .absoluteQuantile(0.9995) : .sameAsOthers,
        threads: threads)
    }
    let quantized: QuantizedNetwork
    do {
      quantized = try QuantizedNetwork(quantizing: folded, ranges: ranges)
    } catch {
      throw .quantization(error)
    }
    guard pipeline.update?.channels == .gradient else { return (quantized, nil) }
    return (
      quantized,
      try learning { () throws(LearningError) in
        try ChannelScores.gradient(of: folded, for: quantized, on: calibration, threads: threads)
      }
    )
  }

  private func evaluate(
    _ network: QuantizedNetwork, on windows: WindowSet
  ) throws(RunError) -> Learning.ConfusionMatrix {
    observer.progress(.evaluating(what: "int8", windows: windows.count))
    do {
      let predictions = try network.predictions(
        for: QuantizedWindows(windows, for: network), threads: threads)
      return Learning.ConfusionMatrix(
        labels: windows.labels, predictions: predictions, classes: windows.classNames.count)
    } catch {
      throw .compilation(error)
    }
  }

  // MARK: Training in the arena

  private func adapt(
    _ network: QuantizedNetwork, scheme: TrainingCompiler.UpdateScheme, scores: ChannelScores?, train: Train,
    windows: WindowSet, splits: [(subject: Int, split: AdaptationSplit)]
  ) throws(RunError) -> TrainingOutcome {
    let rate = try train.checkedLearningRate()
    let plan: TrainingPlan
    do {
      plan = try TrainingPlan.compile(
        network, scheme: scheme, options: train.options, scores: scores, budgetBytes: train.arena.bytes)
    } catch {
      throw .compilation(error)
    }
    observer.progress(.planned(arenaBytes: plan.arenaBytes, budgetBytes: train.arena.bytes))
    let quantized = QuantizedWindows(windows, for: network)
    let jobs = splits.map { subject, split in
      var adaptation = IntegerAdaptation(
        plan: plan, learningRate: rate.rate, schedule: rate.schedule, warmUpSteps: train.warmUp,
        epochs: train.epochs, shuffles: train.shuffle,
        seed: CounterRandom.adaptationSeed(seed: pipeline.seed, subject: subject))
      adaptation.testsEachEpoch = true
      return AdaptationJob(adaptation: adaptation, adapt: split.adapt, test: split.test)
    }
    observer.progress(.adapting(finished: 0, subjects: jobs.count))
    let finished = Atomic<Int>(0)
    let results = AdaptationJob.run(jobs, on: quantized, threads: threads, isCancelled: observer.isCancelled) {
      let count = finished.add(1, ordering: .relaxed).newValue
      observer.progress(.adapting(finished: count, subjects: jobs.count))
    }
    if observer.isCancelled() { throw .cancelled }
    let first = quantized.window(0)
    let measured: Int
    do {
      measured = try plan.measuredPeakBytes(window: Array(first), label: windows.labels[0])
    } catch {
      preconditionFailure("a plan runs in the arena that it asks for: \(error)")
    }
    let classes = windows.classNames.count
    return TrainingOutcome(
      plan: plan, budgetBytes: train.arena.bytes, measuredPeakBytes: measured,
      subjects: zip(splits, results).map { part, result in
        let (subject, split) = part
        let labels = split.test.map { windows.labels[$0] }
        return SubjectOutcome(
          name: windows.subjectNames[subject], adaptedWindows: split.adapt.count, testedWindows: split.test.count,
          before: .init(labels: labels, predictions: result.predictionsBefore, classes: classes),
          after: .init(labels: labels, predictions: result.predictionsAfter, classes: classes), result: result)
      },
      storedRecordingBytes: (splits.map(\.split.adapt.count).max() ?? 0) * windows.shape.elementCount)
  }
}
