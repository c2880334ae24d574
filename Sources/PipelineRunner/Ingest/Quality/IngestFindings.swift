/// What was found wrong with the frames of recordings, and what was done about it.
public struct IngestFindings: Sendable, Hashable, Codable {
  /// Places where time jumps or frames are missing, those that were filled left out.
  public var gaps = 0
  public var filledGaps = 0
  /// Frames made up to fill gaps.
  public var filledFrames = 0
  /// Places where time steps back, clock jumps left out.
  public var stepsBackwards = 0
  public var clockJumpsForward = 0
  public var clockJumpsBackward = 0
  /// Frames put back in the order of their times.
  public var reorderedFrames = 0
  /// Frames that came too late to be put in order, and were dropped.
  public var lateFrames = 0
  /// Frames of one time for which another stands.
  public var duplicateFrames = 0
  /// Frames of a burst that were given times of their own.
  public var spreadFrames = 0
  /// Frames dropped because a value was no finite number.
  public var nonFiniteFrames = 0
  /// Values that were no finite numbers, and for which the last good one stands.
  public var heldValues = 0
  public var saturatedValues = 0
  public var stuckValues = 0
  /// What was found in one channel, by name.
  public var channels: [String: ChannelFindings] = [:]
  /// Recordings that lack an optional channel, by its name.
  public var absentChannels: [String: Int] = [:]
  /// Recordings whose values were converted, by channel, from one unit to another.
  public var conversions: [String: Int] = [:]
  /// Recordings whose times are irregular and that a filter took as they came.
  public var irregularlyFiltered = 0
  /// Texts of labels that are none of the classes the pipeline names, with the name that may have been meant.
  public var unknownLabels: [String: String?] = [:]

  public init() {}

  /// Takes in what was found elsewhere.
  mutating func add(_ other: IngestFindings) {
    gaps += other.gaps
    filledGaps += other.filledGaps
    filledFrames += other.filledFrames
    stepsBackwards += other.stepsBackwards
    clockJumpsForward += other.clockJumpsForward
    clockJumpsBackward += other.clockJumpsBackward
    reorderedFrames += other.reorderedFrames
    lateFrames += other.lateFrames
    duplicateFrames += other.duplicateFrames
    spreadFrames += other.spreadFrames
    nonFiniteFrames += other.nonFiniteFrames
    heldValues += other.heldValues
    saturatedValues += other.saturatedValues
    stuckValues += other.stuckValues
    for (name, found) in other.channels { channels[name, default: ChannelFindings()].add(found) }
    absentChannels.merge(other.absentChannels, uniquingKeysWith: +)
    conversions.merge(other.conversions, uniquingKeysWith: +)
    irregularlyFiltered += other.irregularlyFiltered
    unknownLabels.merge(other.unknownLabels) { first, _ in first }
  }

  /// Frames that went no further.
  public var droppedFrames: Int { duplicateFrames + nonFiniteFrames + lateFrames }

  /// A sentence for each channel with which something was wrong, and for what was done to whole recordings.
  public var notes: [String] {
    channels.sorted { $0.key < $1.key }.compactMap { name, found in
      let parts = [
        (found.nonFinite, "no finite number"), (found.saturated, "at full scale"), (found.stuck, "stuck"),
      ].filter { $0.0 > 0 }.map { "\($0.0) \($0.0 == 1 ? "value" : "values") \($0.1)" }
      return parts.isEmpty ? nil : "\(name): \(parts.joined(separator: ", "))"
    }
      + absentChannels.sorted { $0.key < $1.key }.map { "\($0.key): absent from \(Self.recordings($0.value))" }
      + conversions.sorted { $0.key < $1.key }.map { "\($0.key) in \(Self.recordings($0.value))" } + irregularNotes
      + labelNotes
  }

  /// Without them a misspelt name would only show as frames without a label.
  public var labelNotes: [String] {
    unknownLabels.sorted { $0.key < $1.key }.prefix(12).map { text, nearest in
      "the label '\(text)' is none of Labels(names:), and its frames count as unlabelled"
        + (nearest.map { "; did you mean '\($0)'?" } ?? "")
    }
  }

  private var irregularNotes: [String] {
    irregularlyFiltered == 0
      ? []
      : [
        "the times of \(Self.recordings(irregularlyFiltered)) are irregular, and a filter takes frames to be evenly "
          + "spaced; write Resample(hertz:) before it"
      ]
  }

  private static func recordings(_ count: Int) -> String { count == 1 ? "1 recording" : "\(count) recordings" }
}

/// Values of one channel.
public struct ChannelFindings: Sendable, Hashable, Codable {
  public var nonFinite = 0
  public var saturated = 0
  public var stuck = 0

  public init() {}

  mutating func add(_ other: ChannelFindings) {
    nonFinite += other.nonFinite
    saturated += other.saturated
    stuck += other.stuck
  }
}
