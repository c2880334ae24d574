/// A pipeline without mistakes, with everything in reach that is known before reading.
public struct CheckedPipeline: Sendable, Hashable {
  public let pipeline: Pipeline
  public let ingest: CheckedIngest
  public let model: Model
  public let pretrain: Pretrain
  /// `nil` for a pipeline that stays in float32.
  public let quantize: Quantize?
  /// What training updates; `nil` for a pipeline that does not adapt, and where `search` finds it out.
  public let update: Update?
  /// Present if and only if `train` is and `update` is not.
  public let search: Search?
  public let train: Train?
  public let evaluate: Evaluate
  public let report: Report?

  public var name: String { pipeline.name }
  public var seed: UInt64 { UInt64(pipeline.seed) }
}

/// The steps of an `Ingest` without mistakes.
public struct CheckedIngest: Sendable, Hashable {
  /// As written: `resolvingEnvironment(_:in:)` replaces a leading variable.
  public let path: String
  public let reads: [Read]
  public let subjects: Subjects
  public let labels: Labels
  public let segments: Segments?
  public let gaps: Gaps?
  public let resample: Resample?
  public let rotate: Rotate?
  public let window: Window
  public let normalize: Normalize
  public let split: Split
  /// The length of a window.
  public let lengthSamples: Int
  /// From the start of one window to the start of the next.
  public let hopSamples: Int
  /// All steps, in the order in which they stand.
  public let steps: [IngestStep]

  /// The number of channels that windows have, if the pipeline names them.
  public var channelCount: Int? { written.channelCount }
  /// The stage as it was written.
  public var written: Ingest { Ingest(path: path, steps: steps) }
  /// The classes in the order of their numbers, if the pipeline names them.
  public var classNames: [String]? { labels.classNames }
}

/// Why a pipeline cannot run.
public struct InvalidPipeline: Error, Sendable, Hashable {
  /// Never empty.
  public let issues: [PipelineIssue]
}

extension Pipeline {
  public var ingest: Ingest? { first { if case .ingest(let stage) = $0 { stage } else { nil } } }
  public var model: Model? { first { if case .model(let stage) = $0 { stage } else { nil } } }
  public var pretrain: Pretrain? { first { if case .pretrain(let stage) = $0 { stage } else { nil } } }
  public var quantize: Quantize? { first { if case .quantize(let stage) = $0 { stage } else { nil } } }
  public var update: Update? { first { if case .update(let stage) = $0 { stage } else { nil } } }
  public var search: Search? { first { if case .search(let stage) = $0 { stage } else { nil } } }
  public var train: Train? { first { if case .train(let stage) = $0 { stage } else { nil } } }
  public var evaluate: Evaluate? { first { if case .evaluate(let stage) = $0 { stage } else { nil } } }
  public var report: Report? { first { if case .report(let stage) = $0 { stage } else { nil } } }

  private func first<Node>(_ select: (PipelineStage) -> Node?) -> Node? {
    for stage in stages {
      if let node = select(stage) { return node }
    }
    return nil
  }

  /// The pipeline with every stage in reach, once nothing is wrong with it.
  public func checked() throws(InvalidPipeline) -> CheckedPipeline {
    let issues = issues()
    guard issues.isEmpty, let ingest = ingest?.checked, let model, let pretrain, let evaluate else {
      throw InvalidPipeline(issues: issues)
    }
    return CheckedPipeline(
      pipeline: self, ingest: ingest, model: model, pretrain: pretrain, quantize: quantize, update: update,
      search: search, train: train, evaluate: evaluate, report: report)
  }
}

extension Ingest {
  /// The steps, if all that must be there are there and windows have a length in samples.
  var checked: CheckedIngest? {
    guard let subjects, let labels, let window, let split,
      let lengthSamples = window.lengthSamples(atHertz: resample?.hertz),
      let hopSamples = window.hopSamples(atHertz: resample?.hertz)
    else { return nil }
    return CheckedIngest(
      path: path, reads: reads, subjects: subjects, labels: labels, segments: segments, gaps: gaps,
      resample: resample, rotate: rotate, window: window, normalize: normalize ?? Normalize(), split: split,
      lengthSamples: lengthSamples, hopSamples: hopSamples, steps: steps)
  }
}
