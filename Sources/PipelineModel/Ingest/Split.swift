/// Holds subjects out of pretraining, so that evaluation is on wearers never seen.
public struct Split: Sendable, Hashable {
  public var grouping: Grouping
  /// The subjects that only adaptation and evaluation see.
  public var holdOut: [String]

  public init(by grouping: Grouping = .subject, holdOut: [String]) {
    self.grouping = grouping
    self.holdOut = holdOut
  }
}

extension Split: PipelineNode {
  static let schema = NodeSchema(
    "Split", blank: Split(holdOut: []), takes: [.windows], gives: [.windows], phase: 5,
    example: #"Split(by: .subject, holdOut: ["s01"])"#,
    "Holds subjects out of pretraining.",
    fields: [
      .optional("by", \.grouping, "By what recordings are told apart."),
      .required("holdOut", \.holdOut, "The subjects that only adaptation and evaluation see."),
    ])
}

extension Split: IngestStepConvertible {
  public var ingestStep: IngestStep { .split(self) }
}
