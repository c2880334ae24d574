/// Says what becomes of a frame with a value that is missing, infinite or no number.
public struct NonFinite: Sendable, Hashable {
  public var policy: NonFinitePolicy

  public init(_ policy: NonFinitePolicy = .drop) {
    self.policy = policy
  }
}

public enum NonFinitePolicy: Sendable, Hashable {
  /// The frame is dropped, and the next one follows a gap.
  case drop
  /// The channel's last good value stands in, for so many frames in a row; then frames are dropped.
  case hold(upTo: Int)
  /// No window holds the frame; the windows around it stay where they are.
  case rejectWindow
  /// Such a value ends the run.
  case error
}

extension NonFinitePolicy: MemberChoice {
  static let cases: [MemberCase<NonFinitePolicy>] = [
    MemberCase("drop", .drop, "The frame is dropped, and the next one follows a gap."),
    MemberCase(
      "hold",
      .make("upTo", Int.self, unit: "frames", limits: .within(1...1_000_000), "How many frames in a row."),
      "The channel's last good value stands in.", make: { NonFinitePolicy.hold(upTo: $0) },
      take: { if case .hold(let frames) = $0 { frames } else { nil } }),
    MemberCase("rejectWindow", .rejectWindow, "No window holds the frame."),
    MemberCase("error", .error, "Such a value ends the run."),
  ]
}

extension NonFinite: PipelineNode {
  static let schema = NodeSchema(
    "NonFinite", blank: NonFinite(), takes: [.frames], gives: [.frames], phase: 1,
    example: "NonFinite(.hold(upTo: 3))",
    "What becomes of a frame with a value that is missing, infinite or no number.",
    fields: [.optional("policy", \.policy, labelled: false, "What is done with it.")])
}

extension NonFinite: IngestStepConvertible {
  public var ingestStep: IngestStep { .nonFinite(self) }
}
