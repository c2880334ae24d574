/// The share of windows whose class is right.
public struct Accuracy: Sendable, Hashable {
  public init() {}
}

/// The mean over the classes of the harmonic mean of precision and recall.
public struct MacroF1: Sendable, Hashable {
  public init() {}
}

/// How many windows of each class were taken for each class.
public struct ConfusionMatrix: Sendable, Hashable {
  public init() {}
}

/// Accuracy of each subject, before and after adaptation.
public struct PerSubject: Sendable, Hashable {
  public init() {}
}

/// The bytes of the arena and of the constants, by owner.
public struct Memory: Sendable, Hashable {
  public init() {}
}

/// The time of a training step.
public struct Latency: Sendable, Hashable {
  public init() {}
}

extension Accuracy: MetricNode {
  static let schema = NodeSchema("Accuracy", blank: Accuracy(), "The share of windows whose class is right.")
  public var metric: Metric { .accuracy }
}

extension MacroF1: MetricNode {
  static let schema = NodeSchema(
    "MacroF1", blank: MacroF1(), "The mean over the classes of the harmonic mean of precision and recall.")
  public var metric: Metric { .macroF1 }
}

extension ConfusionMatrix: MetricNode {
  static let schema = NodeSchema(
    "ConfusionMatrix", blank: ConfusionMatrix(), "How many windows of each class were taken for each class.")
  public var metric: Metric { .confusionMatrix }
}

extension PerSubject: MetricNode {
  static let schema = NodeSchema(
    "PerSubject", blank: PerSubject(), "Accuracy of each subject, before and after adaptation.")
  public var metric: Metric { .perSubject }
}

extension Memory: MetricNode {
  static let schema = NodeSchema("Memory", blank: Memory(), "The bytes of the arena and of the constants, by owner.")
  public var metric: Metric { .memory }
}

extension Latency: MetricNode {
  static let schema = NodeSchema("Latency", blank: Latency(), "The time of a training step.")
  public var metric: Metric { .latency }
}
