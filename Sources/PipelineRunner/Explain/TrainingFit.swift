import Learning
import PipelineModel
public import PipelineText
import Tensors
import TrainingCompiler

extension PipelineFile {
  /// The file with what planning its training step finds: an arena that is too small, with what would fit, or a network
  /// that cannot be trained in int8. Reads no recording.
  public func planned() -> PipelineFile {
    guard let checked = try? pipeline?.checked(), let issue = checked.planningIssue() else { return self }
    return reporting([issue])
  }
}

extension CheckedPipeline {
  /// Networks of more values than this are planned when they are run: no budget of a device has room for them.
  private static let plannedValues = 4 << 20

  /// Whether the training step can be planned within its arena, as far as that is known before reading.
  ///
  /// Channels and classes that only recordings tell are taken to be as few as can be.
  func planningIssue() -> PipelineIssue? {
    guard quantize != nil, let train, let update else { return nil }
    let channels = ingest.channelCount
    let classes = ingest.classNames?.count
    let shape = ActivationShape(length: ingest.lengthSamples, channels: channels ?? 1)
    let facts = model.facts(lengthSamples: shape.length, channels: shape.channels, classCount: classes ?? 2)
    let values = facts.layers.reduce(0) { $0 + $1.parameters + $1.output.length * $1.output.channels }
    guard facts.issue == nil, values <= Self.plannedValues else { return nil }
    do throws(RunError) {
      let graph = try model.networkGraph(input: shape, classCount: classes ?? 2)
      let network = try PipelineExplanation.quantized(try PipelineExplanation.folded(self, graph))
      // What a short search fits is fitted by a longer one too.
      guard try Self.arenaBytes(of: network, update.scheme, train, effort: .quick) > train.arena.bytes else {
        return nil
      }
      let needed = try Self.arenaBytes(of: network, update.scheme, train)
      guard needed > train.arena.bytes else { return nil }
      let changes = try ArenaChanges(update: update.scheme, train: train, blocks: model.blockIndices.count).all.map {
        change throws(RunError) in
        ArenaShortage.Change(
          source: change.source, neededBytes: try Self.arenaBytes(of: network, change.update, change.train))
      }
      return pipeline.issue(
        ArenaShortage(
          neededBytes: needed, isLowerBound: channels == nil || classes == nil, budgetBytes: train.arena.bytes,
          fitting: changes.filter { $0.neededBytes <= train.arena.bytes },
          smallest: changes.min { $0.neededBytes < $1.neededBytes }))
    } catch {
      return pipeline.issue(notTrainable: error.description, layer: error.layer)
    }
  }

  private static func arenaBytes(
    of network: QuantizedNetwork, _ update: PipelineModel.UpdateScheme, _ train: Train,
    effort: Placement.Effort = .thorough
  ) throws(RunError) -> Int {
    let scheme = try update.compiled(for: network)
    do {
      return try TrainingPlan.compile(network, scheme: scheme, options: train.options, effort: effort).arenaBytes
    } catch {
      throw .compilation(error)
    }
  }
}

/// What a pipeline could train instead, one change at a time, those that train most first.
struct ArenaChanges {
  struct Change {
    var source: String
    var update: PipelineModel.UpdateScheme
    var train: Train
  }

  private(set) var all: [Change] = []

  init(update: PipelineModel.UpdateScheme, train: Train, blocks: Int) {
    // First what costs memory beside the scheme and leaves the scheme as it is.
    if train.errors != .int8 { add("Train(errors: .int8)", update, train) { $0.errors = .int8 } }
    if train.rounding == .errorFeedback {
      add("Train(rounding: .stochastic)", update, train) { $0.rounding = .stochastic }
    }
    if train.accumulate > 1 { add("Train(accumulate: 1)", update, train) { $0.accumulate = 1 } }
    if case .sgd(let rate, let momentum) = train.optimizer, momentum > 0 {
      add("Train(optimizer: .sgd(\(rate)))", update, train) { $0.optimizer = .sgd(rate) }
    }
    switch update {
    case .full: addBlocks(upTo: min(3, blocks), train)
    case .lastBlocks(let count): addBlocks(upTo: min(3, count - 1), train)
    case .biasesAndLastLayer, .lastLayer, .tensors: break
    }
    if update != .biasesAndLastLayer, update != .lastLayer { add(".biasesAndLastLayer", .biasesAndLastLayer, train) }
    if update != .lastLayer { add(".lastLayer", .lastLayer, train) }
  }

  private mutating func addBlocks(upTo most: Int, _ train: Train) {
    for count in stride(from: most, to: 0, by: -1) { add(".lastBlocks(\(count))", .lastBlocks(count), train) }
  }

  private mutating func add(_ scheme: String, _ update: PipelineModel.UpdateScheme, _ train: Train) {
    all.append(Change(source: "Update(\(scheme))", update: update, train: train))
  }

  private mutating func add(
    _ source: String, _ update: PipelineModel.UpdateScheme, _ train: Train, change: (inout Train) -> Void
  ) {
    var train = train
    change(&train)
    all.append(Change(source: source, update: update, train: train))
  }
}

extension RunError {
  /// The layer that the error is about, if it is about one.
  fileprivate var layer: String? {
    switch self {
    case .compilation(.sumTooWide(let layer, _)), .compilation(.fixedChannels(let layer)),
      .quantization(.activationCannotBeFused(let layer, _)), .quantization(.normalizationNotFolded(let layer)),
      .quantization(.lastLayerIsNotDense(let layer)), .quantization(.biasOutOfRange(let layer)),
      .quantization(.notFinite(let layer)):
      layer
    default: nil
    }
  }
}
