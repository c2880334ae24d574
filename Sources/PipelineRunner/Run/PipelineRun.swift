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
  /// Where results of stages are kept from run to run; nil computes everything anew.
  public var cache: ResultCache?

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
    let results = try StageResults(pipeline, cache: cache, environment: environment, observer: observer)
    // A file that is not there is said before anything is read.
    _ = try ImportedWeights(pipeline.pretrain, environment: environment)
    // Also of a run that fails or is stopped: some of its stages may have come to their end.
    defer { results.remember(pipeline.name) }
    // A search turns recordings in its own way, so it needs them as they are.
    var ingested = try Ingestion(
      ingest: pipeline.ingest, observer: observer, environment: environment, needsTrainingSubjects: true,
      rotates: pipeline.search == nil, results: results
    ).run()
    let heldOutSubjects = ingested.heldOut
    let trainingSubjects = Set(ingested.windows.subjectNames.indices).subtracting(heldOutSubjects)
    let trainingIndices = ingested.windows.indices(ofSubjects: trainingSubjects)
    let heldOutIndices = ingested.windows.indices(ofSubjects: heldOutSubjects)
    guard !trainingIndices.isEmpty else {
      throw .noWindows(
        frames: ingested.summary.frames, unlabelledFrames: ingested.summary.unlabelledFrames,
        windowSamples: pipeline.ingest.lengthSamples, rejected: ingested.summary.rejectedWindows,
        firstLoss: ingested.summary.losses.first)
    }
    guard !heldOutIndices.isEmpty else {
      throw .noHeldOutWindows(subjects: heldOutSubjects.sorted().map { ingested.windows.subjectNames[$0] })
    }
    if pipeline.pretrain.effectiveEpochs > 0, trainingIndices.count < pipeline.pretrain.batch {
      throw .batchTooLarge(
        windows: trainingIndices.count, batch: pipeline.pretrain.batch, rejected: ingested.summary.rejectedWindows)
    }
    let splits = try splits(of: ingested.windows, heldOut: heldOutSubjects)
    var search: SearchOutcome?
    if pipeline.search != nil {
      search = try results.result(of: .search) { () throws(RunError) in
        KeptSearchOutcome(try PipelineSearch(self).search(ingested))
      }.outcome
      try pipeline.ingest.rotate?.apply(
        to: &ingested.windows, channels: ingested.channelNames, heldOut: heldOutSubjects, environment: environment)
    }
    let graph = try pipeline.model.networkGraph(
      input: ingested.windows.shape, classCount: ingested.windows.classNames.count)
    // What cannot be planned is said before the time for pretraining is spent: a plan never needs weights.
    if !results.isKept(.pretrain) { _ = try PipelineExplanation.plan(pipeline, graph) }
    var windows = PreparedWindows(ingested.windows, training: trainingIndices, heldOut: heldOutIndices)
    let pretrained = try results.result(
      of: .pretrain, isUsable: { (kept: KeptNetwork) in kept.network(graph) != nil },
      compute: { () throws(RunError) in
        if pipeline.ingest.normalize.mode == .perChannel { windows.findStatistics() }
        let (network, epochs) = try pretrain(graph, on: windows.training) { .pretraining($0) }
        return KeptNetwork(network, epochs: epochs, statistics: windows.statistics)
      })
    guard let network = pretrained.network(graph) else { preconditionFailure("a kept network is checked") }
    windows.statistics = pretrained.statistics
    let float = try results.result(of: .evaluate, part: "float32") { () throws(RunError) in
      observer.progress(.evaluating(what: "float32", windows: heldOutIndices.count))
      let heldOut = windows.heldOut
      return KeptConfusion(
        try learning { () throws(LearningError) in try network.confusion(on: heldOut, threads: threads) })
    }
    let names = ingested.windows.subjectNames
    var outcome = RunOutcome(
      pipelineName: pipeline.name, seed: pipeline.seed, ingest: ingested.summary,
      classNames: ingested.windows.classNames, channelNames: ingested.channelNames,
      channelUnits: ingested.channelUnits, sampleRateHz: ingested.sampleRateHz,
      windowSamples: pipeline.ingest.lengthSamples, hopSamples: pipeline.ingest.hopSamples,
      trainingSubjects: trainingSubjects.sorted().map { names[$0] },
      heldOutSubjects: heldOutSubjects.sorted().map { names[$0] }, trainingWindows: trainingIndices.count,
      heldOutWindows: heldOutIndices.count, statistics: pretrained.statistics,
      parameters: graph.foldedParameterCount, multiplyAccumulates: graph.multiplyAccumulates,
      epochs: pretrained.epochs, network: network, pretrained: float.confusion, quantization: nil, search: search,
      training: nil,
      inputs: results.declarations.inputs)
    if let quantize = pipeline.quantize {
      let (quantized, scores) = try self.quantize(network, quantize, &windows, results)
      let confusion = try results.result(of: .evaluate, part: "int8") { () throws(RunError) in
        KeptConfusion(try evaluate(quantized, on: windows.heldOut))
      }.confusion
      outcome.quantization = QuantizationOutcome(network: quantized, confusion: confusion)
      if let train = pipeline.train, let scheme = try scheme(for: quantized, search: search) {
        var adapted = try adapt(
          quantized, scheme: scheme, scores: scores, train: train, windows: &windows, splits: splits, results)
        if pipeline.report?.preview == true {
          adapted.previews = adapted.previews(of: ingested, splits, pipeline.ingest)
        }
        outcome.training = adapted
      }
    }
    outcome.ownStages = pipeline.ingest.written.ownStages.map {
      OwnStageRecord(name: $0.name, type: $0.identity, version: $0.version)
    }
    outcome.stages = results.records(parts: ["float32", "int8"] + splits.map { names[$0.subject] })
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

  /// Trains a network in float32 as the pipeline says, from the weights that it names, if any.
  ///
  /// - Parameters:
  ///   - training: Normalised windows.
  ///   - announce: How an epoch is told.
  public func pretrain(
    _ graph: NetworkGraph, on training: WindowSet,
    announce: (PretrainingProgress) -> RunProgress = { .pretraining($0) }
  ) throws(RunError) -> (FloatNetwork, [EpochSummary]) {
    let configuration = pipeline.pretrain.configuration(seed: pipeline.seed, threads: threads)
    let initial = try ImportedWeights(pipeline.pretrain, environment: environment)?.network(graph)
    if let initial, configuration.epochs == 0 { return (initial, []) }
    return try learning { () throws(LearningError) in
      try Pretrainer(configuration: configuration).train(
        graph: graph, from: initial, on: training,
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
    let calibration = try calibrate(folded, stage, training: training)
    return (try quantized(folded, calibration.ranges), calibration.scores)
  }

  private func quantize(
    _ network: FloatNetwork, _ stage: Quantize, _ windows: inout PreparedWindows, _ results: StageResults
  ) throws(RunError) -> (QuantizedNetwork, ChannelScores?) {
    let folded = try fold(network)
    let calibration = try results.result(
      of: .quantize, isUsable: { (kept: KeptCalibration) in kept.ranges.count == folded.graph.nodes.count },
      compute: { () throws(RunError) in try calibrate(folded, stage, training: windows.training) })
    return (try quantized(folded, calibration.ranges), calibration.scores)
  }

  private func calibrate(
    _ folded: FloatNetwork, _ stage: Quantize, training: WindowSet
  ) throws(RunError) -> KeptCalibration {
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
    guard pipeline.update?.channels == .gradient else { return KeptCalibration(ranges: ranges, scores: nil) }
    let network = try quantized(folded, ranges)
    return KeptCalibration(
      ranges: ranges,
      scores: try learning { () throws(LearningError) in
        try ChannelScores.gradient(of: folded, for: network, on: calibration, threads: threads)
      })
  }

  private func quantized(
    _ folded: FloatNetwork, _ ranges: [ClosedRange<Float>]
  ) throws(RunError) -> QuantizedNetwork {
    do {
      return try QuantizedNetwork(quantizing: folded, ranges: ranges)
    } catch {
      throw .quantization(error)
    }
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
}
