/// A part of a recording by time.
public struct LogRange: Sendable, Hashable {
  /// Where it begins; nil is the recording's beginning.
  public var from: ReplayPoint?

  /// Where it ends, this point excluded; nil is the recording's end.
  public var to: ReplayPoint?

  /// How long it is, in nanoseconds; takes the place of `to`.
  public var duration: Int64?

  public init(from: ReplayPoint? = nil, to: ReplayPoint? = nil, duration: Int64? = nil) {
    self.from = from
    self.to = to
    self.duration = duration
  }

  public var isEverything: Bool { from == nil && to == nil && duration == nil }

  /// Whether the recording's first time has to be known.
  var needsFirstTime: Bool {
    if case .offset? = from { return true }
    if case .offset? = to { return true }
    return duration != nil && from == nil
  }

  /// The part in the time of a recording.
  func times(first: Int64) -> LogTimes {
    func instant(_ point: ReplayPoint) -> Int64 {
      switch point {
      case .offset(let offset): saturatedSum(first, offset)
      case .instant(let time): time
      }
    }
    let start = from.map(instant)
    return LogTimes(from: start, to: duration.map { saturatedSum(start ?? first, $0) } ?? to.map(instant))
  }
}

/// A part of a recording in its own time.
struct LogTimes: Equatable {
  /// nil: no limit.
  var from: Int64?
  var to: Int64?

  /// Frames are at most so much out of order; behind a later one no frame of the part is looked for.
  static let disorderNanoseconds: Int64 = 1_000_000_000

  @inline(__always)
  func contains(_ time: Int64) -> Bool { time >= from ?? .min && (to.map { time < $0 } ?? true) }

  @inline(__always)
  func isOver(at time: Int64) -> Bool {
    to.map { saturatedDifference(time, $0) > Self.disorderNanoseconds } ?? false
  }
}
