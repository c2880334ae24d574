/// Looks at every frame of a source once, counts what is wrong with the stream, and says which frames go on.
///
/// * A gap (more than `gapLimitNanoseconds` since the frame before) starts a new segment.
/// * A frame of the same time as the one before is a duplicate: the first is kept, the second dropped.
/// * A step backwards starts a new segment.
/// * A step further than a clock jump's limit, forwards or backwards, is a jump of the clock: a new segment too, but
///   counted as what it is, so that a clock that was set does not look like hours of lost frames.
/// * A frame with a value that is not finite is dropped, and the next good frame follows a gap.
/// * A new segment of the source starts a new segment, and is no gap.
///
/// Segments that go on are numbered from 0. Every count is exact.
public struct StreamQuality: Sendable, Hashable {
  public struct Counts: Sendable, Hashable {
    /// Frames looked at.
    public var frames: UInt64 = 0
    /// Frames that went on.
    public var admittedFrames: UInt64 = 0
    /// Frames missing, by time or because what came was dropped, since the frame before: places, not frames.
    public var gaps: UInt64 = 0
    public var duplicateFrames: UInt64 = 0
    /// Steps back in time that are no clock jumps.
    public var stepsBackwards: UInt64 = 0
    public var clockJumpsForward: UInt64 = 0
    public var clockJumpsBackward: UInt64 = 0
    public var nonFiniteFrames: UInt64 = 0
    /// The longest time between two frames of one source segment.
    public var longestGapNanoseconds: Int64 = 0

    public init() {}

    public var droppedFrames: UInt64 { duplicateFrames + nonFiniteFrames }
  }

  public enum Verdict: Sendable, Hashable {
    /// The frame goes on, as part of this segment.
    case admitted(segment: Int32)
    case duplicate
    case nonFinite
  }

  public let gapLimitNanoseconds: Int64
  public let forwardJumpNanoseconds: Int64
  public let backwardJumpNanoseconds: Int64
  public private(set) var counts = Counts()

  private var last: FrameHeader?
  private var segment: Int32 = -1
  private var droppedSinceLast = false

  /// - Parameters:
  ///   - forwardJumpNanoseconds: A longer step is a jump of the clock and no gap; at least the gap limit. `.max`
  ///     counts every one as a gap.
  ///   - backwardJumpNanoseconds: A longer step back is a jump of the clock; `.max` counts none as one.
  public init(
    gapLimitNanoseconds: Int64, forwardJumpNanoseconds: Int64 = .max, backwardJumpNanoseconds: Int64 = .max
  ) {
    precondition(gapLimitNanoseconds > 0, "a gap limit is a positive time")
    precondition(forwardJumpNanoseconds > 0 && backwardJumpNanoseconds > 0, "a clock jump's limit is a positive time")
    self.gapLimitNanoseconds = gapLimitNanoseconds
    self.forwardJumpNanoseconds = max(forwardJumpNanoseconds, gapLimitNanoseconds)
    self.backwardJumpNanoseconds = backwardJumpNanoseconds
  }

  /// A frame was dropped before it came here: the next one follows a gap.
  public mutating func noteDroppedFrame() {
    droppedSinceLast = true
  }

  public mutating func admit(_ header: FrameHeader, values: Span<Float>) -> Verdict {
    counts.frames += 1
    for index in 0..<values.count where !values[index].isFinite {
      counts.nonFiniteFrames += 1
      droppedSinceLast = true
      return .nonFinite
    }
    if startsSegment(header) {
      segment &+= 1
    } else if header.timeNanoseconds == last?.timeNanoseconds {
      counts.duplicateFrames += 1
      return .duplicate
    }
    last = header
    droppedSinceLast = false
    counts.admittedFrames += 1
    return .admitted(segment: segment)
  }

  /// Admits frames from the front for as long as each simply follows the one before: in the same source segment, later
  /// by no more than a gap, with nothing dropped between and every value finite.
  ///
  /// Does what admitting one after the other does, at a fraction of the cost.
  ///
  /// - Parameter values: Frame-major, as many for each header.
  /// - Returns: How many were admitted, and the segment that they are part of. The next one, if any, is for `admit`.
  public mutating func admitRun(
    _ headers: Span<FrameHeader>, values: Span<Float>
  ) -> (count: Int, segment: Int32) {
    guard var previous = last, !droppedSinceLast, !headers.isEmpty else { return (0, segment) }
    let channels = values.count / headers.count
    precondition(values.count == headers.count * channels, "a frame has a value for each channel")
    var longest = counts.longestGapNanoseconds
    var count = 0
    // So far values are known to be finite. Few frames are looked at ahead, so that a break costs little.
    var finiteFrames = 0
    while count < headers.count {
      let header = headers[count]
      let elapsed = elapsedNanoseconds(from: previous.timeNanoseconds, to: header.timeNanoseconds)
      guard header.segment == previous.segment, elapsed > 0, elapsed <= gapLimitNanoseconds else { break }
      if count == finiteFrames {
        let ahead = min(headers.count, count + Self.framesLookedAhead)
        finiteFrames = Self.areFinite(values.extracting(count * channels..<ahead * channels)) ? ahead : count
      }
      if count >= finiteFrames, !Self.areFinite(values.extracting(count * channels..<(count + 1) * channels)) { break }
      if count >= finiteFrames { finiteFrames = count + 1 }
      longest = max(longest, elapsed)
      previous = header
      count += 1
    }
    last = previous
    counts.longestGapNanoseconds = longest
    counts.frames += UInt64(count.magnitude)
    counts.admittedFrames += UInt64(count.magnitude)
    return (count, segment)
  }

  private static var framesLookedAhead: Int { 64 }

  /// Without a branch for each value, so that several are looked at in one instruction.
  private static func areFinite(_ values: Span<Float>) -> Bool {
    var largest: UInt32 = 0
    for index in values.indices { largest = max(largest, values[index].bitPattern & 0x7FFF_FFFF) }
    return largest < Float.infinity.bitPattern
  }

  private mutating func startsSegment(_ header: FrameHeader) -> Bool {
    guard let last, last.segment == header.segment else { return true }
    let elapsed = elapsedNanoseconds(from: last.timeNanoseconds, to: header.timeNanoseconds)
    if elapsed < 0 {
      // `.max` is no limit, not even for a step that saturates.
      if backwardJumpNanoseconds < .max, elapsed < -backwardJumpNanoseconds {
        counts.clockJumpsBackward += 1
      } else {
        counts.stepsBackwards += 1
      }
      return true
    }
    if elapsed == 0 { return false }
    if forwardJumpNanoseconds < .max, elapsed > forwardJumpNanoseconds {
      counts.clockJumpsForward += 1
      return true
    }
    counts.longestGapNanoseconds = max(counts.longestGapNanoseconds, elapsed)
    guard elapsed > gapLimitNanoseconds || droppedSinceLast else { return false }
    counts.gaps += 1
    return true
  }
}
