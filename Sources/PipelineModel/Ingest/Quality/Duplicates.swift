/// Says what becomes of frames of one time.
public struct Duplicates: Sendable, Hashable {
  public var policy: DuplicatePolicy
  /// Seconds. Frames no further apart than this belong together; 0 means frames of one time.
  public var withinSeconds: Double

  public init(_ policy: DuplicatePolicy = .keepFirst, within seconds: Double = 0) {
    self.policy = policy
    withinSeconds = seconds
  }
}

public enum DuplicatePolicy: Sendable, Hashable, CaseIterable {
  case keepFirst
  case keepLast
  case average
  /// Spread evenly from the stamp before the burst to the burst's own: for drivers that stamp a batch at once.
  case spread
  case error
}

extension DuplicatePolicy: PlainChoice {
  var summary: String {
    switch self {
    case .keepFirst: "The first of them goes on."
    case .keepLast: "The last of them goes on."
    case .average: "Their mean goes on."
    case .spread: "All go on, spread evenly from the stamp before to theirs."
    case .error: "A second frame of one time ends the run."
    }
  }
}

extension Duplicates: PipelineNode {
  static let schema = NodeSchema(
    "Duplicates", blank: Duplicates(), takes: [.frames], gives: [.frames], phase: 1, example: "Duplicates(.spread)",
    "What becomes of frames of one time.",
    fields: [
      .optional("policy", \.policy, labelled: false, "What is done with them."),
      .optional(
        "within", \.withinSeconds, unit: "seconds", limits: .within(0...60),
        "Frames no further apart belong together; 0 means frames of one time."),
    ])
}

extension Duplicates: IngestStepConvertible {
  public var ingestStep: IngestStep { .duplicates(self) }
}
