/// Says how long a pause between two frames is a gap, and what becomes of it.
public struct Gaps: Sendable, Hashable {
  public var policy: GapPolicy
  /// Seconds; `nil` stands for one and a half sample periods.
  public var longerThanSeconds: Double?

  public init(_ policy: GapPolicy = .split, longerThan seconds: Double? = nil) {
    self.policy = policy
    longerThanSeconds = seconds
  }
}

public enum GapPolicy: Sendable, Hashable {
  /// No window spans a gap.
  case split
  /// Gaps of up to so many seconds are filled with made-up frames, a sample period apart; longer ones split.
  case fill(GapFill, upTo: Double)
  /// A gap ends the run.
  case error
}

public enum GapFill: Sendable, Hashable, CaseIterable {
  /// The values before the gap.
  case hold
  /// On the line between the frames around the gap.
  case linear
}

extension GapFill: PlainChoice {
  var summary: String {
    switch self {
    case .hold: "The values before the gap."
    case .linear: "Values on the line between the frames around the gap."
    }
  }
}

extension GapPolicy: MemberChoice {
  static let cases: [MemberCase<GapPolicy>] = [
    MemberCase("split", .split, "No window spans a gap."),
    MemberCase(
      "fill", .make("with", GapFill.self, labelled: false, "What the made-up frames hold."),
      .make(
        "upTo", Double.self, unit: "seconds", limits: .above(0, to: 86_400), "The longest gap that is filled."),
      "Short gaps are filled with made-up frames, which are counted.", make: { GapPolicy.fill($0, upTo: $1) },
      take: { if case .fill(let fill, let seconds) = $0 { (fill, seconds) } else { nil } }),
    MemberCase("error", .error, "A gap ends the run."),
  ]
}

extension Gaps: PipelineNode {
  static let schema = NodeSchema(
    "Gaps", blank: Gaps(), takes: [.frames], gives: [.frames], phase: 1, example: "Gaps(longerThan: 0.1)",
    "How long a pause is a gap, and what becomes of it.",
    fields: [
      .optional("policy", \.policy, labelled: false, "What becomes of a gap."),
      .optional(
        "longerThan", \.longerThanSeconds, unit: "seconds", limits: .above(0, to: 86_400),
        "The longest pause that is no gap; one and a half sample periods if left out."),
    ])

  func check(in validation: inout Validation, at path: PipelinePath) {
    if case .fill(_, let upTo) = policy, let limit = longerThanSeconds, upTo <= limit {
      validation.report(
        .invalidValue(subject: ".fill(upTo:)", reason: .quality(.nothingToFill(upTo: upTo, longerThan: limit))),
        at: path.parameter("policy").parameter("upTo"))
    }
  }
}

extension Gaps: IngestStepConvertible {
  public var ingestStep: IngestStep { .gaps(self) }
}
