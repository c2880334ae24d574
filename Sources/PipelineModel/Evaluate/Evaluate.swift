/// Measures the models on windows that no adaptation used.
public struct Evaluate: Sendable, Hashable {
  /// What the report page shows: tables of confusion, subjects and memory appear where they are named. The
  /// summary and `metrics.json` hold every figure of the run in any case.
  public var metrics: [Metric]

  public init(@MetricBuilder _ metrics: () -> [Metric]) {
    self.metrics = metrics()
  }

  init(metrics: [Metric]) {
    self.metrics = metrics
  }
}

/// One figure, or one table of figures.
public enum Metric: Sendable, Hashable, CaseIterable {
  case accuracy
  case macroF1
  case confusionMatrix
  case perSubject
  case memory
  case latency
}

/// A stage that may stand in the braces of `Evaluate`.
public protocol MetricConvertible {
  var metric: Metric { get }
}

@resultBuilder
public enum MetricBuilder {
  public static func buildBlock(_ metrics: any MetricConvertible...) -> [Metric] { metrics.map(\.metric) }
}

extension Metric: NodeChoice {
  static let kinds: [NodeKind<Metric>] = [
    kind(Accuracy.self), kind(MacroF1.self), kind(ConfusionMatrix.self), kind(PerSubject.self), kind(Memory.self),
    kind(Latency.self),
  ]

  private static func kind<Node: MetricNode>(_: Node.Type) -> NodeKind<Metric> {
    NodeKind(wrap: { (node: Node) in node.metric }, unwrap: { $0 == Node().metric ? Node() : nil })
  }
}

/// A metric has no arguments.
protocol MetricNode: PipelineNode, MetricConvertible {
  init()
}

extension Evaluate: PipelineNode {
  static let schema = NodeSchema(
    "Evaluate", blank: Evaluate(metrics: []), takes: [.windows, .pretrainedModel], gives: [.metrics], phase: 6,
    example: "Evaluate { Accuracy() }",
    "Measures the models on windows that no adaptation used.", block: Block(\.metrics))
}
