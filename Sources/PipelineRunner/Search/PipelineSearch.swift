import Foundation
public import Learning
import PipelineModel
import Tensors
public import TrainingCompiler

/// Searches for what a pipeline's training should update: reads, pretrains without those who validate, and measures
/// schemes on these.
public struct PipelineSearch: Sendable {
  /// Of a pipeline with a stage `Search`.
  public let run: PipelineRun
  /// In bytes, one search each; they share what does not depend on the budget.
  public var budgets: [Int]
  private let stage: Search
  private let train: Train
  private let quantize: Quantize

  /// - Parameter budgets: Empty for the one of the pipeline.
  /// - Precondition: The pipeline has a stage `Search`.
  public init(_ run: PipelineRun, budgets: [Int] = []) {
    guard let stage = run.pipeline.search, let train = run.pipeline.train, let quantize = run.pipeline.quantize else {
      preconditionFailure("a pipeline that searches also quantises and trains")
    }
    self.run = run
    self.stage = stage
    self.train = train
    self.quantize = quantize
    self.budgets = budgets.isEmpty ? [stage.arena?.bytes ?? train.arena.bytes] : budgets
  }

  /// Reads the recordings and searches.
  public func search() throws(RunError) -> SearchOutcome {
    try search(ingest())
  }

  /// What schemes are judged by: the network of the separate pretraining, and those who adapt it.
  public struct Preparation: Sendable {
    /// In float32, folded.
    public var folded: FloatNetwork
    public var network: QuantizedNetwork
    /// Of those who pretrain and those who validate, normalised and turned as the deployment turns them.
    public var windows: WindowSet
    public var deployment: Deployment
    public var ingest: IngestSummary
    let validation: SearchValidation
  }

  /// Reads the recordings and pretrains without those who validate.
  public func prepare() throws(RunError) -> Preparation {
    let ingested = SearchValidation.parted(try ingest(), for: stage, in: run.pipeline.ingest)
    let first = try SearchValidation(of: stage, in: run.pipeline, windows: ingested)
    try check([first], ingested)
    return try prepare(first, number: 1, ingested)
  }

  private func ingest() throws(RunError) -> IngestedWindows {
    try Ingestion(
      ingest: run.pipeline.ingest, observer: run.observer, environment: run.environment,
      needsTrainingSubjects: true, rotates: false
    ).run()
  }

  /// Searches in windows as recorded.
  func search(_ recorded: IngestedWindows) throws(RunError) -> SearchOutcome {
    let ingested = SearchValidation.parted(recorded, for: stage, in: run.pipeline.ingest)
    let first = try SearchValidation(of: stage, in: run.pipeline, windows: ingested)
    let groups = [first] + first.otherGroups(atMost: stage.confirmations)
    try check(groups, ingested)
    var preparations: [Preparation] = []
    for (index, group) in groups.enumerated() {
      preparations.append(try prepare(group, number: index + 1, ingested))
    }
    return try measure(preparations[0], confirmations: Array(preparations.dropFirst()))
  }

  /// - Parameter number: Of the group of those who validate, from 1.
  private func prepare(
    _ validation: SearchValidation, number: Int, _ ingested: IngestedWindows
  ) throws(RunError) -> Preparation {
    var windows = try validation.windows(of: ingested, environment: run.environment)
    let pretraining = windows.indices(ofSubjects: validation.numbers(of: validation.pretraining, in: windows))
    guard !pretraining.isEmpty else { throw .nobodyToPretrainOn(validating: validation.validating) }
    if run.pipeline.ingest.normalize.mode == .perChannel {
      windows.normalize(with: Learning.ChannelStatistics(of: windows, indices: pretraining))
    }
    let graph = try graph(of: windows)
    let (folded, network) = try networks(graph, pretrainedOn: windows.subset(pretraining), number: number)
    let adaptation = try train.searchAdaptation(seeds: (0..<stage.seeds).map { run.pipeline.seed &+ UInt64($0) })
    do {
      return Preparation(
        folded: folded, network: network, windows: windows,
        deployment: try Deployment(
          network: network, windows: windows, subjects: validation.validating,
          pretrainingSubjects: validation.pretraining, testSubjects: validation.tested, adaptation: adaptation),
        ingest: ingested.summary, validation: validation)
    } catch {
      throw .search(error)
    }
  }

  private func graph(of windows: WindowSet) throws(RunError) -> NetworkGraph {
    try run.pipeline.model.networkGraph(input: windows.shape, classCount: windows.classNames.count)
  }

  // MARK: Before time is spent

  private func check(_ groups: [SearchValidation], _ ingested: IngestedWindows) throws(RunError) {
    for group in groups {
      try group.check(environment: run.environment)
      try checkSplits(of: ingested.windows, group)
    }
    try checkBudgets(graph(of: ingested.windows))
    try run.searchPlace?.prepare()
  }

  private func checkSplits(of windows: WindowSet, _ validation: SearchValidation) throws(RunError) {
    let adaptation = try train.searchAdaptation(seeds: [0])
    for name in validation.validating {
      let split = AdaptationSplit(
        of: windows, indices: windows.indices(ofSubjects: validation.numbers(of: [name], in: windows)),
        fraction: adaptation.fraction, pieces: adaptation.pieces)
      guard !split.adapt.isEmpty, !split.test.isEmpty else {
        throw .search(.subjectCannotAdapt(name, adapting: split.adapt.count, testing: split.test.count))
      }
      try train.checkWarmUp(name, windows: split.adapt.count)
    }
  }

  /// A plan never needs weights, so what no scheme can keep to is known without any.
  private func checkBudgets(_ graph: NetworkGraph) throws(RunError) {
    let network = try PipelineExplanation.quantized(PipelineExplanation.folded(run.pipeline, graph))
    let bytes = PlannedBytes(
      network: network, options: train.options, threads: run.threads, isCancelled: run.observer.isCancelled)
    do throws(SearchError) {
      var schemes: [TrainingCompiler.UpdateScheme] = []
      for name in TrainingCompiler.UpdateScheme.full(network).tensorNames(in: network) {
        schemes.append(try TrainingCompiler.UpdateScheme(tensors: [name], of: network))
      }
      let smallest = try bytes.footprints(of: schemes).map(\.arenaBytes).min() ?? 0
      if let budget = budgets.first(where: { $0 < smallest }) {
        throw SearchError.nothingFits(budgetBytes: budget, smallestBytes: smallest)
      }
    } catch {
      throw .search(error)
    }
  }

  // MARK: The separate pretraining

  private func networks(
    _ graph: NetworkGraph, pretrainedOn training: WindowSet, number: Int
  ) throws(RunError) -> (folded: FloatNetwork, QuantizedNetwork) {
    let network = try network(graph, pretrainedOn: training, number: number)
    return (try run.fold(network), try run.quantize(network, quantize, training: training).0)
  }

  private func network(
    _ graph: NetworkGraph, pretrainedOn training: WindowSet, number: Int
  ) throws(RunError) -> FloatNetwork {
    let fingerprint = try fingerprint(of: graph, training)
    let path = run.searchPlace?.networkPath(number)
    if let path, run.searchPlace?.resumes == true, FileManager.default.fileExists(atPath: path) {
      return try FloatNetworkFile.read(
        from: path, fingerprint: fingerprint,
        like: FloatNetwork(initializing: graph, with: .kaimingNormal, seed: 0))
    }
    let (network, _) = try run.pretrain(graph, on: training) { .pretrainingForSearch($0) }
    if let path { try FloatNetworkFile(network, fingerprint: fingerprint).write(to: path) }
    return network
  }

  /// Of all that the network depends on, the machine aside: one pretrained elsewhere may be gone on with.
  private func fingerprint(of graph: NetworkGraph, _ training: WindowSet) throws(RunError) -> String {
    var digest = Fingerprint()
    digest.add(run.pipeline.seed)
    digest.add("\(run.pipeline.pretrain)")
    if let weights = try ImportedWeights(run.pipeline.pretrain, environment: run.environment) {
      for number in try weights.network(graph).parameters.flatMap({ $0.arrays.joined() }) {
        digest.add(number.bitPattern)
      }
    }
    digest.add("\(graph)")
    digest.add(training.labels)
    for value in training.values { digest.add(value.bitPattern) }
    return digest.text
  }

  // MARK: The search

  private func measure(
    _ preparation: Preparation, confirmations: [Preparation]
  ) throws(RunError) -> SearchOutcome {
    let (network, deployment, validation) = (preparation.network, preparation.deployment, preparation.validation)
    do {
      let opened = try openJournal(for: deployment)
      let budget = BudgetInProgress(budgets[0])
      let observer = SearchObserver(
        progress: { [progress = run.observer.progress] in progress(.searching($0, budgetBytes: budget.bytes)) },
        journal: { opened?.journal.append($0) },
        isCancelled: { [isCancelled = run.observer.isCancelled] in isCancelled() || opened?.journal.failure != nil })
      let search = SchemeSearch(
        deployment: deployment, confirmations: confirmations.map(\.deployment), settings: stage.settings,
        threads: run.threads, observer: observer)
      let resumed = search.preload(opened?.evaluations ?? [])
      do {
        let before = try search.evaluator.evaluate(.predictionOnly(network))
        let reports = try search.answers(budgetsBytes: budgets) { budget.bytes = $0 }
        return SearchOutcome(
          pipelineName: run.pipeline.name, seed: run.pipeline.seed, method: stage.settings.method.name,
          validationSubjects: validation.validating,
          confirmationSubjects: confirmations.map(\.validation.validating), pretrainingSubjects: validation.pretraining,
          rotation: validation.rotationText, accuracyBefore: before.accuracy, ingest: preparation.ingest,
          layers: network.nodes.filter { !$0.weights.isEmpty }.map(\.name), reports: reports,
          resumedEvaluations: resumed)
      } catch {
        if let failure = opened?.journal.failure { throw failure }
        throw error
      }
    } catch let error as SearchError {
      throw .search(error)
    } catch let error as RunError {
      throw error
    } catch {
      preconditionFailure("a search throws no other error: \(error)")
    }
  }

  private func openJournal(
    for deployment: Deployment
  ) throws(RunError) -> (journal: SearchJournal, evaluations: [SchemeEvaluation])? {
    guard let place = run.searchPlace else { return nil }
    return try SearchJournal.open(at: place.journalPath, deployment: deployment.fingerprint)
  }
}
