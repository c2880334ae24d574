/// Where labels stand.
///
/// The name of a file is relative to the folder of the recording that it labels; a `*` in it stands for that
/// recording's name up to its first dot, so that `"*.labels.csv"` is `walk.labels.csv` for `walk.csv.zst`.
public enum LabelOrigin: Sendable, Hashable {
  /// In the recording itself: a column, a field, a topic, annotations.
  case recording
  /// In the recording's file name, up to its first dot.
  case fileName
  /// In a table with the columns `start`, `end` (or `duration`) and `label`.
  case intervals(_ file: String, counting: LabelPosition = .clock)
  /// In a table with the columns `time` and `label`. Each label holds until the next, or, with a tolerance in
  /// seconds, only so long before and behind its time.
  case events(_ file: String, counting: LabelPosition = .clock, tolerance: Double? = nil)
  /// In Edge Impulse's file of structured labels.
  case structured(_ file: String)
}

/// What the positions of labels count.
public enum LabelPosition: Sendable, Hashable, CaseIterable {
  /// Time, on the recording's own clock.
  case clock
  /// Time since the recording's first frame.
  case sinceStart
  /// Frames, from 0.
  case frames
}

extension LabelOrigin {
  /// The file of labels as it is written; nil where there is none.
  public var file: String? {
    switch self {
    case .recording, .fileName: nil
    case .intervals(let file, _), .events(let file, _, _), .structured(let file): file
    }
  }

  /// What is wrong with the name of the file, or `nil`.
  var fileMistake: String? {
    guard let file else { return nil }
    if file.isEmpty { return "it is empty" }
    if file.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) {
      return "it holds a control character"
    }
    if file.hasSuffix("/") { return "it is a folder" }
    return nil
  }
}

extension LabelOrigin: MemberChoice {
  private static let fileSummary = "The file, beside the recording; * stands for the recording's name."

  static let cases: [MemberCase<LabelOrigin>] = [
    MemberCase("recording", .recording, "In the recording itself."),
    MemberCase("fileName", .fileName, "In the recording's file name, up to its first dot."),
    MemberCase(
      "intervals", .make("file", String.self, labelled: false, fileSummary),
      .make("counting", LabelPosition.self, default: .member("clock", []), "What the positions count."),
      "In a table with the columns start, end (or duration) and label.",
      make: { LabelOrigin.intervals($0, counting: $1) },
      take: { if case .intervals(let file, let position) = $0 { (file, position) } else { nil } }),
    MemberCase(
      "events", .make("file", String.self, labelled: false, fileSummary),
      .make("counting", LabelPosition.self, default: .member("clock", []), "What the positions count."),
      .make(
        "tolerance", Double?.self, unit: "seconds", limits: .within(0...86_400), default: .nothing,
        "How long a label holds before and behind its time; until the next if left out."),
      "In a table with the columns time and label.",
      make: { LabelOrigin.events($0, counting: $1, tolerance: $2) },
      take: {
        if case .events(let file, let position, let tolerance) = $0 { (file, position, tolerance) } else { nil }
      }),
    MemberCase(
      "structured", .make("file", String.self, labelled: false, fileSummary),
      "In Edge Impulse's file of structured labels.", make: { LabelOrigin.structured($0) },
      take: { if case .structured(let file) = $0 { file } else { nil } }),
  ]
}

extension LabelPosition: PlainChoice {
  var summary: String {
    switch self {
    case .clock: "Time, on the recording's own clock."
    case .sinceStart: "Time since the recording's first frame."
    case .frames: "Frames, from 0."
    }
  }
}
