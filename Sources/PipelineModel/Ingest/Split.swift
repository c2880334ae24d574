/// Holds windows out of pretraining, so that adaptation and evaluation are on what was never seen: some subjects, or the
/// last part of what each subject recorded.
public struct Split: Sendable, Hashable {
  public var grouping: Grouping
  /// The subjects that only adaptation and evaluation see; nil where the last part of each is held out.
  public var holdOut: [String]?
  /// The share of each subject's windows of each class, the last in recorded order, that only adaptation and evaluation
  /// see; nil where whole subjects are held out.
  public var holdOutLast: Double?

  /// Holds out whole subjects: a model for people it has never met.
  public init(by grouping: Grouping = .subject, holdOut: [String]) {
    self.grouping = grouping
    self.holdOut = holdOut
  }

  /// Holds out the last part of what each subject recorded, where there is one subject, or where a model is to meet the
  /// same ones later. Windows that share samples with that part teach nothing.
  public init(by grouping: Grouping = .subject, holdOutLast share: Double) {
    self.grouping = grouping
    holdOutLast = share
  }

  private init() {
    grouping = .subject
  }
}

extension Split {
  /// Whether adaptation and evaluation see a subject.
  public func holdsOut(_ subject: String) -> Bool { holdOut?.contains(subject) ?? true }
}

extension Split: PipelineNode {
  static let schema = NodeSchema(
    "Split", blank: Split(), takes: [.windows], gives: [.windows], phase: 5,
    example: #"Split(by: .subject, holdOut: ["s01"])"#,
    "Holds subjects, or the last part of each, out of pretraining.",
    fields: [
      .optional("by", \.grouping, "By what recordings are told apart."),
      .optional("holdOut", \.holdOut, "The subjects that only adaptation and evaluation see."),
      .optional(
        "holdOutLast", \.holdOutLast, unit: "of a subject's windows", limits: .between(0, 1),
        "The share of each subject's windows of each class, the last ones, that only adaptation and evaluation see."),
    ])
}

extension Split: IngestStepConvertible {
  public var ingestStep: IngestStep { .split(self) }
}
