/// A whole pipeline: what you read is what runs, in order.
///
/// Making one never fails: mistakes are collected by `issues()`, all at once, as in a package manifest.
public struct Pipeline: Sendable, Hashable {
  /// The name of the run.
  public var name: String
  /// Everything drawn at random follows from it.
  public var seed: Int
  public var stages: [PipelineStage]

  public init(_ name: String, seed: Int = 0, @PipelineBuilder _ stages: () -> [PipelineStage]) {
    self.name = name
    self.seed = seed
    self.stages = stages()
  }

  init(name: String, stages: [PipelineStage]) {
    self.name = name
    seed = 0
    self.stages = stages
  }
}

/// One stage of a pipeline.
public enum PipelineStage: Sendable, Hashable {
  case ingest(Ingest)
  case model(Model)
  case pretrain(Pretrain)
  case quantize(Quantize)
  case update(Update)
  case search(Search)
  case train(Train)
  case evaluate(Evaluate)
  case report(Report)
  case test(Test)
}

/// A stage that may stand in the braces of `Pipeline`.
public protocol PipelineStageConvertible {
  var pipelineStage: PipelineStage { get }
}

@resultBuilder
public enum PipelineBuilder {
  public static func buildBlock(_ stages: any PipelineStageConvertible...) -> [PipelineStage] {
    stages.map(\.pipelineStage)
  }
}

extension Pipeline: PipelineNode {
  static let schema = NodeSchema(
    "Pipeline", blank: Pipeline(name: "", stages: []), example: #"Pipeline("name", seed: 7) { … }"#,
    "A whole pipeline: what you read is what runs, in order.",
    fields: [
      .required("name", \.name, labelled: false, "The name of the run."),
      .optional(
        "seed", \.seed, limits: .within(0...9_007_199_254_740_992), "Everything drawn at random follows from it."),
    ],
    block: Block(\.stages, requires: ["Evaluate"]))
}

extension PipelineStage: NodeChoice {
  static let kinds: [NodeKind<PipelineStage>] = [
    NodeKind(wrap: PipelineStage.ingest, unwrap: { if case .ingest(let node) = $0 { node } else { nil } }),
    NodeKind(wrap: PipelineStage.model, unwrap: { if case .model(let node) = $0 { node } else { nil } }),
    NodeKind(wrap: PipelineStage.pretrain, unwrap: { if case .pretrain(let node) = $0 { node } else { nil } }),
    NodeKind(wrap: PipelineStage.quantize, unwrap: { if case .quantize(let node) = $0 { node } else { nil } }),
    NodeKind(wrap: PipelineStage.update, unwrap: { if case .update(let node) = $0 { node } else { nil } }),
    NodeKind(wrap: PipelineStage.search, unwrap: { if case .search(let node) = $0 { node } else { nil } }),
    NodeKind(wrap: PipelineStage.train, unwrap: { if case .train(let node) = $0 { node } else { nil } }),
    NodeKind(wrap: PipelineStage.evaluate, unwrap: { if case .evaluate(let node) = $0 { node } else { nil } }),
    NodeKind(wrap: PipelineStage.report, unwrap: { if case .report(let node) = $0 { node } else { nil } }),
    NodeKind(wrap: PipelineStage.test, unwrap: { if case .test(let node) = $0 { node } else { nil } }),
  ]
}

extension Ingest: PipelineStageConvertible {
  public var pipelineStage: PipelineStage { .ingest(self) }
}

extension Model: PipelineStageConvertible {
  public var pipelineStage: PipelineStage { .model(self) }
}

extension Pretrain: PipelineStageConvertible {
  public var pipelineStage: PipelineStage { .pretrain(self) }
}

extension Quantize: PipelineStageConvertible {
  public var pipelineStage: PipelineStage { .quantize(self) }
}

extension Update: PipelineStageConvertible {
  public var pipelineStage: PipelineStage { .update(self) }
}

extension Train: PipelineStageConvertible {
  public var pipelineStage: PipelineStage { .train(self) }
}

extension Evaluate: PipelineStageConvertible {
  public var pipelineStage: PipelineStage { .evaluate(self) }
}

extension Report: PipelineStageConvertible {
  public var pipelineStage: PipelineStage { .report(self) }
}
