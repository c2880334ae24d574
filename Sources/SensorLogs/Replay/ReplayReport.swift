/// What a replay delivered, how well it kept its pace, and what was lost.
public struct ReplayReport: Sendable, Hashable, Codable {
  public struct Input: Sendable, Hashable, Codable {
    public var path: String
    public var topic: String?
    /// Frames read, whether or not they lay in the part that was played.
    public var framesRead: Int
    public var losses: LogLosses
  }

  /// Between when a frame was due and when the consumer had it.
  public struct Pace: Sendable, Hashable, Codable {
    /// Frames that had a time at which they were due.
    public var frames: Int
    public var medianMilliseconds: Double
    public var p99Milliseconds: Double
    public var maximumMilliseconds: Double
  }

  public struct Overrun: Sendable, Hashable, Codable {
    /// `block`, `drop-oldest` or `drop-newest`.
    public var policy: String
    public var frames: Int
    /// Runs of frames dropped in a row.
    public var gaps: Int
    /// Places in the stream, from 0, of the first and last frame dropped; absent where none was.
    public var firstFrame: Int?
    public var lastFrame: Int?
  }

  /// Grows when a key changes its meaning or goes away.
  public var schemaVersion = 1
  public var inputs: [Input] = []
  /// Frames that the consumer had.
  public var frames = 0
  /// Times of the first and the last of them, in nanoseconds of the recordings' clock, as text.
  public var firstTime: String?
  public var lastTime: String?
  /// From the first to the last frame as played, gaps shortened where that was asked for.
  public var streamSeconds = 0.0
  /// The same on the machine's clock, pauses left out.
  public var wallSeconds = 0.0
  public var pausedSeconds = 0.0
  /// What was asked for last: `×1`, `max`.
  public var rate = ""
  /// Seconds of stream a second; absent where the time was too short to tell.
  public var achievedRate: Double?
  public var framesPerSecond: Double?
  /// Passes through the recordings that were begun.
  public var loops = 0
  /// Absent where no pace was kept.
  public var pace: Pace?
  public var overrun = Overrun(policy: "block", frames: 0, gaps: 0)
  /// Frames that came up to a second later than others of their recording, and went out at once.
  public var disorderedFrames = 0
  /// Places where a recording's clock was set back.
  public var clockJumps = 0
  public var squashedGaps = 0
  public var squashedSeconds = 0.0
  public var interrupted = false

  /// Whether something of the recordings did not reach the consumer, other than by stopping early.
  public var hasLosses: Bool { overrun.frames > 0 || inputs.contains { !$0.losses.isEmpty } }
}

extension ReplayReport {
  /// - Parameters:
  ///   - includesSource: Whether what the source's thread knows belongs in it; only once that thread has ended.
  public init(_ source: ReplaySource, _ stream: ReplayStream, interrupted: Bool, includesSource: Bool = true) {
    self.interrupted = interrupted
    frames = stream.deliveredFrames
    firstTime = stream.firstTime.map { "\($0)" }
    lastTime = stream.lastTime.map { "\($0)" }
    loops = stream.loops
    overrun = Overrun(stream)
    notePace(source.clock, stream)
    if includesSource { note(source.state) }
    if !includesSource { inputs = source.inputs.map { Input(path: $0.path, framesRead: 0, losses: LogLosses()) } }
  }

  private mutating func notePace(_ clock: PlayerClock, _ stream: ReplayStream) {
    rate = clock.rate.description
    streamSeconds = Double(stream.lastPosition - stream.firstPosition) / 1e9
    pausedSeconds = Double(clock.pausedNanoseconds) / 1e9
    let first = stream.firstReference ?? stream.lastReference
    // The clock may have been paused before the first frame, and behind the last.
    let paused = clock.pausedNanoseconds(from: first, to: stream.lastReference)
    wallSeconds = max(0, Double(stream.lastReference - first - paused) / 1e9)
    if wallSeconds > 0 {
      achievedRate = streamSeconds / wallSeconds
      framesPerSecond = Double(max(0, frames - 1)) / wallSeconds
    }
    let errors = stream.paceErrors
    guard let median = errors.quantile(0.5), let p99 = errors.quantile(0.99) else { return }
    pace = Pace(
      frames: Int(errors.frames), medianMilliseconds: Double(median) / 1e6, p99Milliseconds: Double(p99) / 1e6,
      maximumMilliseconds: Double(errors.maximumNanoseconds) / 1e6)
  }

  private mutating func note(_ state: ReplaySource.State) {
    inputs = state.tracks.map { track in
      Input(
        path: track.input.path, topic: track.schema.topic, framesRead: track.counters.frames, losses: track.losses)
    }
    disorderedFrames = state.tracks.reduce(0) { $0 + $1.disorderedFrames }
    clockJumps = state.tracks.reduce(0) { $0 + $1.clockJumps }
    squashedGaps = state.squashedGaps
    squashedSeconds = Double(state.squashedNanoseconds) / 1e9
  }
}

extension ReplayReport.Overrun {
  fileprivate init(_ stream: ReplayStream) {
    let overrun = stream.overrun
    policy =
      switch stream.policy {
      case .block: "block"
      case .dropOldest: "drop-oldest"
      case .dropNewest: "drop-newest"
      }
    frames = Int(clamping: overrun.frames)
    gaps = Int(clamping: overrun.gaps)
    firstFrame = frames > 0 ? Int(clamping: overrun.firstIndex) : nil
    lastFrame = frames > 0 ? Int(clamping: overrun.lastIndex) : nil
  }
}
