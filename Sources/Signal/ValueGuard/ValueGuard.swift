/// Looks at every value once: numbers that are none, values at the end of a sensor's range, sensors that are stuck.
///
/// Counts are by channel, and exact. What it finds it replaces, drops or flags, as its rules say; a flag means that no
/// window may hold the frame.
@safe public struct ValueGuard: ~Copyable, Sendable {
  /// What becomes of a frame with a value that is infinite or no number.
  public enum NonFiniteRule: Sendable, Hashable {
    case drop
    /// The channel's last good value stands in, for so many frames in a row; then frames are dropped. Range `1...`.
    case hold(upTo: Int32)
    /// The channel's last good value stands in, and the frame is flagged.
    case flag
  }

  public struct Rules: Sendable, Hashable {
    public var nonFinite = NonFiniteRule.drop
    /// Whether frames with a value at full scale are flagged.
    public var flagsSaturated = false
    /// Whether frames of a stuck channel are flagged.
    public var flagsStuck = false

    public init() {}
  }

  public enum Verdict: Sendable, Hashable {
    case good
    case dropped
    /// The frame is not to be used, nor any other of its segment from this time on.
    case flagged(sinceNanoseconds: Int64)
  }

  /// What was found in one channel, in values.
  public struct ChannelCounts: Sendable, Hashable, BitwiseCopyable {
    public var nonFinite: UInt64 = 0
    public var held: UInt64 = 0
    public var saturated: UInt64 = 0
    /// Values of runs of equal ones that were long enough, all of the run's.
    public var stuck: UInt64 = 0
    public var stuckRuns: UInt64 = 0
  }

  public let channels: Int
  public let rules: Rules

  private let states: LentStorage<ChannelState>
  private let found: LentStorage<ChannelCounts>
  private var segment: Int32?

  private struct ChannelState: BitwiseCopyable {
    /// The ends of the channel's range; infinite for none.
    var lowest = -Float.infinity
    var highest = Float.infinity
    /// 0 for no limit.
    var stuckAfter: Int32 = 0
    var last: Float = 0
    var hasLast = false
    var heldRun: Int32 = 0
    var equalRun: Int32 = 0
    var runStart: Int64 = 0
  }

  public static func bytesNeeded(channels: Int) -> Int {
    StorageCutter.bytes(ChannelState.self, count: channels) + StorageCutter.bytes(ChannelCounts.self, count: channels)
  }

  /// - Parameter memory: At least `bytesNeeded`, aligned to 8, alive as long as the value.
  public static func make(
    channels: Int, rules: Rules, unsafeMemory memory: UnsafeMutableRawBufferPointer
  ) -> ValueGuard {
    // SAFETY: the cutter checks size and alignment; the caller promises the lifetime.
    var cutter = unsafe StorageCutter(unsafeMemory: memory)
    return ValueGuard(channels, rules, &cutter)
  }

  #if !hasFeature(Embedded)
    /// On the host, with memory of its own.
    public init(channels: Int, rules: Rules) {
      var cutter = StorageCutter(byteCount: Self.bytesNeeded(channels: channels))
      self.init(channels, rules, &cutter)
    }
  #endif

  private init(_ channels: Int, _ rules: Rules, _ cutter: inout StorageCutter) {
    precondition(channels > 0, "a frame has at least one channel")
    self.channels = channels
    self.rules = rules
    states = cutter.take(channels, ChannelState())
    found = cutter.take(channels, ChannelCounts())
  }

  /// A value at one of these limits, or beyond, is at the end of the channel's range.
  public mutating func setRange(_ lowest: Float, _ highest: Float, of channel: Int) {
    precondition(lowest < highest, "a range has two ends")
    states[channel].lowest = lowest
    states[channel].highest = highest
  }

  /// So many equal values in a row mean that the channel is stuck. At least 2.
  public mutating func setStuckLimit(_ frames: Int32, of channel: Int) {
    precondition(frames >= 2, "two values at least can be equal")
    states[channel].stuckAfter = frames
  }

  public func counts(of channel: Int) -> ChannelCounts { found[channel] }

  /// Takes the next frame, whose values may be replaced.
  public mutating func check(_ header: FrameHeader, _ values: inout MutableSpan<Float>) -> Verdict {
    precondition(values.count == channels, "a frame has a value for each channel")
    if header.segment != segment {
      segment = header.segment
      for channel in 0..<channels { forget(channel) }
    }
    var verdict = Verdict.good
    for channel in 0..<channels {
      var state = states[channel]
      defer { states[channel] = state }
      guard values[channel].isFinite else {
        tally(channel) { $0.nonFinite += 1 }
        state.heldRun &+= state.heldRun < .max ? 1 : 0
        state.equalRun = 0
        if let stand = standIn(for: state) {
          values[channel] = stand
          tally(channel) { $0.held += 1 }
          if rules.nonFinite == .flag { verdict = Self.worse(verdict, since: header.timeNanoseconds) }
        } else {
          verdict = .dropped
        }
        continue
      }
      state.heldRun = 0
      if values[channel] >= state.highest || values[channel] <= state.lowest {
        tally(channel) { $0.saturated += 1 }
        if rules.flagsSaturated { verdict = Self.worse(verdict, since: header.timeNanoseconds) }
      }
      if let start = stuckSince(&state, values[channel], header.timeNanoseconds, channel), rules.flagsStuck {
        verdict = Self.worse(verdict, since: start)
      }
      state.last = values[channel]
      state.hasLast = true
    }
    return verdict
  }

  /// What stands for a value that is no number; nil where the frame is to be dropped.
  private func standIn(for state: ChannelState) -> Float? {
    switch rules.nonFinite {
    case .drop: nil
    case .hold(let limit): state.hasLast && state.heldRun <= limit ? state.last : nil
    case .flag: state.last
    }
  }

  /// When the run of equal values began that this one makes, or keeps, too long.
  private func stuckSince(_ state: inout ChannelState, _ value: Float, _ time: Int64, _ channel: Int) -> Int64? {
    guard state.stuckAfter > 0 else { return nil }
    if state.equalRun > 0 && value == state.last {
      state.equalRun &+= state.equalRun < .max ? 1 : 0
    } else {
      state.equalRun = 1
      state.runStart = time
    }
    guard state.equalRun >= state.stuckAfter else { return nil }
    if state.equalRun == state.stuckAfter {
      tally(channel) {
        $0.stuckRuns += 1
        $0.stuck += UInt64(state.stuckAfter.magnitude)
      }
    } else {
      tally(channel) { $0.stuck += 1 }
    }
    return state.runStart
  }

  /// Counts are touched where there is something to count: nearly all values are good.
  private func tally(_ channel: Int, _ change: (inout ChannelCounts) -> Void) {
    var counts = found[channel]
    change(&counts)
    found[channel] = counts
  }

  private static func worse(_ verdict: Verdict, since time: Int64) -> Verdict {
    switch verdict {
    case .dropped: .dropped
    case .good: .flagged(sinceNanoseconds: time)
    case .flagged(let earlier): .flagged(sinceNanoseconds: min(earlier, time))
    }
  }

  private func forget(_ channel: Int) {
    states[channel].last = 0
    states[channel].hasLast = false
    states[channel].heldRun = 0
    states[channel].equalRun = 0
  }
}
