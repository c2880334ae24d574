/// Which messages of a recording are wanted.
public struct MCAPSelection {
  /// nil: every topic.
  public var topic: ((String) -> Bool)?

  /// Log times in nanoseconds; the end is not included.
  public var startTime: UInt64 = 0

  /// nil: to the end of the recording.
  public var endTime: UInt64?

  public init() {}

  var isEverything: Bool { topic == nil && startTime == 0 && endTime == nil }

  @inline(__always)
  func includes(time: UInt64) -> Bool { time >= startTime && (endTime.map { time < $0 } ?? true) }

  func overlaps(_ start: UInt64, _ end: UInt64) -> Bool { end >= startTime && (endTime.map { start < $0 } ?? true) }
}

/// In which order messages are given.
public enum MCAPOrder: Sendable, Hashable {
  /// As they stand in the file.
  case stored
  /// By log time, those of one time as they stand in the file. Needs an index.
  case logTime
}
