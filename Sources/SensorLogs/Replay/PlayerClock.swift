import Synchronization

/// Says when a frame is due: the time of the stream, as it is played, against a steady clock.
///
/// At each control (a new rate, a pause, a jump) both times are noted once; every conversion starts from that pair, so
/// nothing adds up from frame to frame and the pace does not drift. Stream time is the position in what is played, in
/// nanoseconds from its first frame. Any thread may control the clock.
public final class PlayerClock: Sendable {
  /// Whether a frame may go out.
  public enum Verdict: Sendable, Hashable {
    /// It may, and should have at this time of the reference clock; nil where no pace is kept.
    case due(referenceNanoseconds: Int64?)
    /// Not before this time of the reference clock, as things stand; nil where the clock is paused.
    case early(untilReferenceNanoseconds: Int64?)
    case stopped
  }

  private struct State {
    /// The pair of the last control.
    var reference: Int64
    var stream: Int64
    var rate: PlaybackRate
    var isPaused = false
    /// Frames that may go out although the clock is paused.
    var permits = 0
    var isStopped = false
    var pausedSince: Int64?
    /// Pauses that have ended, from and to; a person makes few.
    var pauses: [(from: Int64, to: Int64)] = []
  }

  public let reference: any ReferenceClock
  private let state: Mutex<State>

  /// How long a paused clock is left alone before it is looked at again.
  private static let pauseStepNanoseconds: Int64 = 20_000_000

  public init(
    reference: any ReferenceClock = SteadyClock(), rate: PlaybackRate = .times(1), isPaused: Bool = false
  ) {
    self.reference = reference
    let now = reference.nowNanoseconds
    state = Mutex(
      State(reference: now, stream: 0, rate: rate, isPaused: isPaused, pausedSince: isPaused ? now : nil))
  }

  // MARK: Looking

  /// The position in the stream. At the maximum rate, and while paused, that of the last frame that went out.
  public var nowNanoseconds: Int64 {
    let now = reference.nowNanoseconds
    return state.withLock { Self.stream($0, at: now) }
  }

  public var rate: PlaybackRate { state.withLock { $0.rate } }
  public var isPaused: Bool { state.withLock { $0.isPaused } }
  public var isStopped: Bool { state.withLock { $0.isStopped } }

  /// How long the clock has been paused since it was made.
  public var pausedNanoseconds: Int64 { pausedNanoseconds(from: .min, to: reference.nowNanoseconds) }

  /// How much of a time of the reference clock, which has passed, the clock was paused.
  func pausedNanoseconds(from start: Int64, to end: Int64) -> Int64 {
    state.withLock { state in
      let pauses = state.pauses + (state.pausedSince.map { [($0, Int64.max)] } ?? [])
      return pauses.reduce(0) { $0 + max(0, min($1.to, end) - max($1.from, start)) }
    }
  }

  // MARK: Control

  public func setRate(_ rate: PlaybackRate) {
    control { $0.rate = rate }
  }

  public func setPaused(_ isPaused: Bool) {
    let now = reference.nowNanoseconds
    control { state in
      guard state.isPaused != isPaused else { return }
      state.isPaused = isPaused
      state.permits = 0
      if let since = state.pausedSince { state.pauses.append((since, now)) }
      state.pausedSince = isPaused ? now : nil
    }
  }

  /// Makes a position the present one: what lies before it is due at once.
  public func jump(toNanoseconds position: Int64) {
    control { $0.stream = position }
  }

  /// Lets the next frame out although the clock is paused; while it runs this does nothing.
  public func playNext() {
    state.withLock { if $0.isPaused { $0.permits += 1 } }
  }

  /// Ends every wait; nothing is due any more.
  public func stop() {
    state.withLock { $0.isStopped = true }
  }

  private func control(_ change: (inout State) -> Void) {
    let now = reference.nowNanoseconds
    state.withLock { state in
      state.stream = Self.stream(state, at: now)
      state.reference = now
      change(&state)
    }
  }

  // MARK: Pace

  /// Whether the frame at a position may go out now. While the clock is paused, a yes uses up one `playNext`.
  public func check(_ position: Int64) -> Verdict {
    let now = reference.nowNanoseconds
    return state.withLock { state in
      if state.isStopped { return .stopped }
      if state.isPaused {
        guard state.permits > 0 else { return .early(untilReferenceNanoseconds: nil) }
        state.permits -= 1
        state.stream = max(state.stream, position)
        return .due(referenceNanoseconds: nil)
      }
      guard case .times(let rate) = state.rate else {
        state.stream = max(state.stream, position)
        state.reference = now
        return .due(referenceNanoseconds: nil)
      }
      let due = Self.reference(state, at: position, rate: rate)
      return due <= now ? .due(referenceNanoseconds: due) : .early(untilReferenceNanoseconds: due)
    }
  }

  /// Waits until the frame at a position is due.
  ///
  /// - Returns: false if the clock was stopped.
  public func sleep(untilNanoseconds position: Int64) -> Bool {
    while true {
      switch check(position) {
      case .due: return true
      case .stopped: return false
      case .early(let time): wait(untilReferenceNanoseconds: time)
      }
    }
  }

  /// Waits as a verdict says, or less long; a pause is waited for in short steps.
  func wait(untilReferenceNanoseconds time: Int64?) {
    reference.wait(untilNanoseconds: time ?? reference.nowNanoseconds + Self.pauseStepNanoseconds)
  }

  private static func stream(_ state: State, at now: Int64) -> Int64 {
    guard !state.isPaused, case .times(let rate) = state.rate else { return state.stream }
    return added(state.stream, (Double(now - state.reference) * rate).rounded(.down))
  }

  private static func reference(_ state: State, at position: Int64, rate: Double) -> Int64 {
    let (ahead, overflow) = position.subtractingReportingOverflow(state.stream)
    let distance = overflow ? (position > state.stream ? Int64.max : .min) : ahead
    // Whole steps stay exact at the recorded pace, however far ahead.
    if rate == 1 { return saturated(state.reference.addingReportingOverflow(distance), towards: distance) }
    return added(state.reference, (Double(distance) / rate).rounded(.up))
  }

  private static func added(_ time: Int64, _ step: Double) -> Int64 {
    let whole = step >= 0x1p63 ? Int64.max : step <= -0x1p63 ? Int64.min : Int64(step)
    return saturated(time.addingReportingOverflow(whole), towards: whole)
  }

  private static func saturated(_ sum: (partialValue: Int64, overflow: Bool), towards step: Int64) -> Int64 {
    sum.overflow ? (step > 0 ? .max : .min) : sum.partialValue
  }
}
