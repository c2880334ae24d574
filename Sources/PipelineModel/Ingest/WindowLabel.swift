/// Which label a window has whose frames differ.
public enum WindowLabel: Sendable, Hashable {
  /// The label of most frames; the first of equals.
  case majority
  /// The label of the last frame.
  case end
  /// This label if any frame has it, else that of most frames.
  case anywhere(String)
  /// This label if at least this share of the frames has it, else that of most other frames.
  case share(String, atLeast: Double)

  /// The label that the rule looks for.
  public var wanted: String? {
    switch self {
    case .majority, .end: nil
    case .anywhere(let label), .share(let label, _): label
    }
  }
}

extension WindowLabel: MemberChoice {
  static let cases: [MemberCase<WindowLabel>] = [
    MemberCase("majority", .majority, "The label of most frames."),
    MemberCase("end", .end, "The label of the last frame."),
    MemberCase(
      "anywhere", .make("name", String.self, labelled: false, "The label."),
      "This label if any frame has it, else that of most frames.", make: WindowLabel.anywhere,
      take: { if case .anywhere(let label) = $0 { label } else { nil } }),
    MemberCase(
      "share", .make("name", String.self, labelled: false, "The label."),
      .make(
        "atLeast", Double.self, limits: .above(0, to: 1), "The share of the window's frames that must have it."),
      "This label if enough frames have it, else that of most others.",
      make: { WindowLabel.share($0, atLeast: $1) },
      take: { if case .share(let label, let share) = $0 { (label, share) } else { nil } }),
  ]
}
