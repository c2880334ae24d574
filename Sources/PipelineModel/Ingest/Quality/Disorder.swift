/// Says what becomes of a frame that is earlier than the one before it.
public struct Disorder: Sendable, Hashable {
  public var policy: DisorderPolicy

  public init(_ policy: DisorderPolicy = .newSegment) {
    self.policy = policy
  }
}

public enum DisorderPolicy: Sendable, Hashable {
  /// A step backwards begins a new segment.
  case newSegment
  /// Frames wait for so many seconds of the recording's time for earlier ones; what comes later than that is dropped.
  case reorder(within: Double)
  /// A step backwards ends the run.
  case error
}

extension DisorderPolicy: MemberChoice {
  static let cases: [MemberCase<DisorderPolicy>] = [
    MemberCase("newSegment", .newSegment, "A step backwards begins a new segment."),
    MemberCase(
      "reorder",
      .make(
        "within", Double.self, unit: "seconds", limits: .above(0, to: 60), "How late a frame may be and still be used."),
      "Frames are put in the order of their times.", make: { DisorderPolicy.reorder(within: $0) },
      take: { if case .reorder(let seconds) = $0 { seconds } else { nil } }),
    MemberCase("error", .error, "A step backwards ends the run."),
  ]
}

extension Disorder: PipelineNode {
  static let schema = NodeSchema(
    "Disorder", blank: Disorder(), takes: [.frames], gives: [.frames], phase: 1,
    example: "Disorder(.reorder(within: 0.5))",
    "What becomes of a frame that is earlier than the one before it.",
    fields: [.optional("policy", \.policy, labelled: false, "What is done with it.")])
}

extension Disorder: IngestStepConvertible {
  public var ingestStep: IngestStep { .disorder(self) }
}
