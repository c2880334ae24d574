/// Something that goes wrong with a recording. Times count seconds since its first frame, before anything went wrong.
public enum TestFault: Sendable, Hashable {
  /// The frames of so many seconds are missing.
  case gap(at: Double, seconds: Double)
  /// The clock is set forward, or back where the seconds are negative, and goes on from there.
  case jump(at: Double, seconds: Double)
  /// A frame comes again, with the same time, so many times.
  case duplicate(at: Double, frames: Int = 1)
  /// A frame arrives behind so many that are later.
  case late(at: Double, frames: Int)
  /// So many frames of a channel, or of all, are no numbers.
  case nan(at: Double, frames: Int = 1, channel: String? = nil)
  /// So many frames of a channel, or of all, have this value.
  case value(FedValue, at: Double, frames: Int = 1, channel: String? = nil)
  /// A channel, or all, repeats what it showed then.
  case stuck(at: Double, seconds: Double, channel: String? = nil)
  /// The recording says that another take begins, as a change in the column of `Segments` does.
  case segment(at: Double)

  /// When it begins.
  public var seconds: Double {
    switch self {
    case .gap(let at, _), .jump(let at, _), .duplicate(let at, _), .late(let at, _), .nan(let at, _, _),
      .value(_, let at, _, _), .stuck(let at, _, _), .segment(let at):
      at
    }
  }

  /// The channel that it is confined to.
  public var channel: String? {
    switch self {
    case .nan(_, _, let channel), .value(_, _, _, let channel), .stuck(_, _, let channel): channel
    case .gap, .jump, .duplicate, .late, .segment: nil
    }
  }
}

extension TestFault: MemberChoice {
  private static let at = Parameter.make(
    "at", Double.self, unit: "seconds", limits: .within(0...86_400), "When it begins.")
  private static let frames = Parameter.make(
    "frames", Int.self, unit: "frames", limits: .within(1...100_000), default: .integer(1), "How many.")
  private static let channel = Parameter.make(
    "channel", String?.self, default: .nothing, "The only channel it is in; all if left out.")

  static let cases: [MemberCase<TestFault>] = [
    MemberCase(
      "gap", at, .make("seconds", Double.self, unit: "seconds", limits: .above(0, to: 86_400), "How long."),
      "Frames are missing.", make: { TestFault.gap(at: $0, seconds: $1) },
      take: { if case .gap(let at, let seconds) = $0 { (at, seconds) } else { nil } }),
    MemberCase(
      "jump", at,
      .make("seconds", Double.self, unit: "seconds", limits: .within(-1e6...1e6), "How far; negative is back."),
      "The clock is set.", make: { TestFault.jump(at: $0, seconds: $1) },
      take: { if case .jump(let at, let seconds) = $0 { (at, seconds) } else { nil } }),
    MemberCase(
      "duplicate", at, frames, "A frame comes again.", make: { TestFault.duplicate(at: $0, frames: $1) },
      take: { if case .duplicate(let at, let frames) = $0 { (at, frames) } else { nil } }),
    MemberCase(
      "late", at, .make("frames", Int.self, unit: "frames", limits: .within(1...100_000), "Behind how many."),
      "A frame arrives late.", make: { TestFault.late(at: $0, frames: $1) },
      take: { if case .late(let at, let frames) = $0 { (at, frames) } else { nil } }),
    MemberCase(
      "nan", at, frames, channel, "Values are no numbers.",
      make: { TestFault.nan(at: $0, frames: $1, channel: $2) },
      take: { if case .nan(let at, let frames, let channel) = $0 { (at, frames, channel) } else { nil } }),
    MemberCase(
      "value", (.make("value", FedValue.self, labelled: false, "What they show."), at, frames, channel),
      "Values are what they should not be.",
      make: { TestFault.value($0, at: $1, frames: $2, channel: $3) },
      take: {
        if case .value(let value, let at, let frames, let channel) = $0 { (value, at, frames, channel) } else { nil }
      }),
    MemberCase(
      "stuck", at, .make("seconds", Double.self, unit: "seconds", limits: .above(0, to: 86_400), "How long."), channel,
      "Values repeat.", make: { TestFault.stuck(at: $0, seconds: $1, channel: $2) },
      take: { if case .stuck(let at, let seconds, let channel) = $0 { (at, seconds, channel) } else { nil } }),
    MemberCase(
      "segment", at, "Another take begins.", make: { TestFault.segment(at: $0) },
      take: { if case .segment(let at) = $0 { at } else { nil } }),
  ]
}

/// A label that holds from a time on.
public enum LabelChange: Sendable, Hashable {
  /// An empty label means none.
  case from(Double, String)
}

extension LabelChange: MemberChoice {
  static let cases: [MemberCase<LabelChange>] = [
    MemberCase(
      "from",
      .make("seconds", Double.self, labelled: false, unit: "seconds", limits: .within(0...86_400), "Since when."),
      .make("label", String.self, labelled: false, "The label; an empty one means none."),
      "A label that holds until the next.", make: { LabelChange.from($0, $1) },
      take: { if case .from(let seconds, let label) = $0 { (seconds, label) } else { nil } })
  ]
}
