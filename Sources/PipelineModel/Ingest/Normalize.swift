/// Brings channels to a common scale, with the statistics of training subjects only.
public struct Normalize: Sendable, Hashable {
  public var mode: Normalization

  public init(_ mode: Normalization = .perChannel) {
    self.mode = mode
  }
}

public enum Normalization: Sendable, Hashable, CaseIterable {
  /// Each channel less its mean, over its standard deviation.
  case perChannel
  case none
}

extension Normalization: PlainChoice {
  var summary: String {
    switch self {
    case .perChannel: "Each channel less its mean, over its standard deviation."
    case .none: "Values as they were recorded."
    }
  }
}

extension Normalize: PipelineNode {
  static let schema = NodeSchema(
    "Normalize", blank: Normalize(), takes: [.windows], gives: [.windows], phase: 5, example: "Normalize(.perChannel)",
    "Brings channels to a common scale, with the statistics of training subjects only.",
    fields: [.optional("mode", \.mode, labelled: false, "How channels are scaled.")])
}

extension Normalize: IngestStepConvertible {
  public var ingestStep: IngestStep { .normalize(self) }
}
