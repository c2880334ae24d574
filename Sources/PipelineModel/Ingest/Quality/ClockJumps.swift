/// Says how large a step in time is a clock that was set, and no gap and no disorder. It begins a new segment and is
/// counted on its own.
public struct ClockJumps: Sendable, Hashable {
  public var policy: ClockJumpPolicy
  /// Seconds. A longer step forwards is a jump.
  public var forwardSeconds: Double
  /// Seconds. A longer step backwards is a jump.
  public var backwardSeconds: Double

  public init(_ policy: ClockJumpPolicy = .split, forward: Double = 3600, backward: Double = 1) {
    self.policy = policy
    forwardSeconds = forward
    backwardSeconds = backward
  }
}

public enum ClockJumpPolicy: Sendable, Hashable, CaseIterable {
  case split
  case error
}

extension ClockJumpPolicy: PlainChoice {
  var summary: String {
    switch self {
    case .split: "A jump begins a new segment."
    case .error: "A jump ends the run."
    }
  }
}

extension ClockJumps: PipelineNode {
  static let schema = NodeSchema(
    "ClockJumps", blank: ClockJumps(), takes: [.frames], gives: [.frames], phase: 1,
    example: "ClockJumps(forward: 600)",
    "How large a step in time is a jump of the clock.",
    fields: [
      .optional("policy", \.policy, labelled: false, "What becomes of a jump."),
      .optional(
        "forward", \.forwardSeconds, unit: "seconds", limits: .above(0, to: 1e9), "A longer step forwards is a jump."),
      .optional(
        "backward", \.backwardSeconds, unit: "seconds", limits: .above(0, to: 1e9),
        "A longer step backwards is a jump."),
    ])
}

extension ClockJumps: IngestStepConvertible {
  public var ingestStep: IngestStep { .clockJumps(self) }
}
