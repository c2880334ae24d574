/// Makes one frame, or several at times of their own, of the frames of a burst.
///
/// A burst is a run of frames each of which comes no later than `burstNanoseconds` after the one before; at 0, frames of
/// one time. Drivers that fetch samples in batches stamp a batch with one time, or with times closer than the samples
/// were taken (1, 1, 4, 1, 1, 4 ms).
///
/// Ask whether a frame continues the burst; if not, end it and pull its frames; then push.
@safe public struct DuplicateMerger: ~Copyable, Sendable {
  public enum Rule: Sendable, Hashable {
    /// The first frame of the burst.
    case keepFirst
    /// The last frame of the burst.
    case keepLast
    /// One frame at the first one's time, with the mean of every channel.
    case average
    /// Every frame, spread evenly from the last stamp before the burst to the burst's last stamp. Where the burst is
    /// the first of its segment, or follows a pause longer than its frames could fill, frames stand a nominal period
    /// apart and end at the last stamp.
    case spread
  }

  public let channels: Int
  public let rule: Rule
  public let burstNanoseconds: Int64
  public let periodNanoseconds: Int64
  public let capacityFrames: Int

  /// Frames that another of their burst stands for.
  public private(set) var mergedFrames: UInt64 = 0
  /// Frames that were given a time of their own.
  public private(set) var spreadFrames: UInt64 = 0
  /// Bursts of more than one frame.
  public private(set) var bursts: UInt64 = 0

  private let headers: LentStorage<FrameHeader>
  private let values: LentStorage<Float>
  /// Frames stored, and how many the burst has had.
  private var stored = 0
  private var burstFrames = 0
  private var lastStamp: Int64 = 0
  private var previousStamp: Int64?
  private var isEnding = false
  private var given = 0

  public static func bytesNeeded(channels: Int, capacityFrames: Int) -> Int {
    StorageCutter.bytes(FrameHeader.self, count: capacityFrames)
      + StorageCutter.bytes(Float.self, count: capacityFrames * channels)
  }

  /// - Parameters:
  ///   - periodNanoseconds: The nominal time between two frames.
  ///   - capacityFrames: The longest burst that is spread as one; 1 suffices for the other rules. Range `1...65_536`.
  ///   - memory: At least `bytesNeeded`, aligned to 8, alive as long as the value.
  public static func make(
    channels: Int, rule: Rule, burstNanoseconds: Int64 = 0, periodNanoseconds: Int64, capacityFrames: Int,
    unsafeMemory memory: UnsafeMutableRawBufferPointer
  ) -> DuplicateMerger {
    // SAFETY: the cutter checks size and alignment; the caller promises the lifetime.
    var cutter = unsafe StorageCutter(unsafeMemory: memory)
    return DuplicateMerger(channels, rule, burstNanoseconds, periodNanoseconds, capacityFrames, &cutter)
  }

  #if !hasFeature(Embedded)
    /// On the host, with memory of its own.
    public init(
      channels: Int, rule: Rule, burstNanoseconds: Int64 = 0, periodNanoseconds: Int64, capacityFrames: Int
    ) {
      var cutter = StorageCutter(byteCount: Self.bytesNeeded(channels: channels, capacityFrames: capacityFrames))
      self.init(channels, rule, burstNanoseconds, periodNanoseconds, capacityFrames, &cutter)
    }
  #endif

  private init(
    _ channels: Int, _ rule: Rule, _ burst: Int64, _ period: Int64, _ capacity: Int, _ cutter: inout StorageCutter
  ) {
    precondition(channels > 0, "a frame has at least one channel")
    precondition(burst >= 0 && period > 0, "a burst's limit is no negative time, and a period is a positive one")
    precondition(capacity >= 1 && capacity <= 1 << 16, "a burst has 1 to 65,536 frames")
    self.channels = channels
    self.rule = rule
    burstNanoseconds = burst
    periodNanoseconds = period
    capacityFrames = capacity
    headers = cutter.take(capacity, FrameHeader(timeNanoseconds: 0))
    values = cutter.take(capacity * channels, 0)
  }

  /// Whether a frame belongs to the burst under way.
  public func continuesBurst(_ header: FrameHeader) -> Bool {
    guard stored > 0, !isEnding, header.segment == headers[0].segment else { return false }
    if rule == .spread && stored == capacityFrames { return false }
    let elapsed = elapsedNanoseconds(from: lastStamp, to: header.timeNanoseconds)
    return elapsed >= 0 && elapsed <= burstNanoseconds
  }

  /// Takes a frame of the burst under way, or the first of a new one.
  ///
  /// - Precondition: the frame continues the burst, or the burst before has been ended and pulled.
  public mutating func push(_ header: FrameHeader, values frame: Span<Float>) {
    precondition(frame.count == channels, "a frame has a value for each channel")
    precondition(stored == 0 || continuesBurst(header), "end the burst before a frame that does not belong to it")
    if stored == 0 {
      if let last = previousStamp, header.timeNanoseconds <= last || header.segment != headers[0].segment {
        previousStamp = nil
      }
      store(header, frame)
      burstFrames = 1
    } else {
      burstFrames += 1
      if burstFrames == 2 { bursts += 1 }
      merge(header, frame)
    }
    lastStamp = header.timeNanoseconds
  }

  private mutating func merge(_ header: FrameHeader, _ frame: Span<Float>) {
    switch rule {
    case .spread:
      store(header, frame)
      return
    case .keepFirst:
      break
    case .keepLast:
      headers[0] = header
      values.copy(frame, to: 0)
    case .average:
      let share = 1 / Float(burstFrames)
      for channel in 0..<channels {
        let mean = values[channel]
        values[channel] = mean + (frame[channel] - mean) * share
      }
    }
    mergedFrames += 1
  }

  private mutating func store(_ header: FrameHeader, _ frame: Span<Float>) {
    headers[stored] = header
    values.copy(frame, to: stored * channels)
    stored += 1
  }

  /// The burst is complete: its frames can be pulled.
  public mutating func endBurst() {
    isEnding = stored > 0
    given = 0
  }

  /// Writes the next frame's values and returns its header; nil when the burst has been given.
  public mutating func next(into output: inout MutableSpan<Float>) -> FrameHeader? {
    precondition(output.count == channels, "a frame has a value for each channel")
    guard isEnding else { return nil }
    guard given < stored else {
      previousStamp = lastStamp
      (stored, isEnding) = (0, false)
      return nil
    }
    values.copy(from: given * channels, to: &output)
    var header = headers[given]
    if rule == .spread && stored > 1 {
      header.timeNanoseconds = spreadTime(given)
      spreadFrames += 1
    }
    given += 1
    return header
  }

  /// The time of frame `index` of the burst's.
  private func spreadTime(_ index: Int) -> Int64 {
    let frames = Int64(stored)
    let (nominal, tooLong) = periodNanoseconds.multipliedReportingOverflow(by: frames)
    var span = tooLong ? Int64.max : nominal
    if let previousStamp {
      let since = elapsedNanoseconds(from: previousStamp, to: lastStamp)
      // Half as long again as the frames take still counts as jitter.
      if since <= span || since - span <= span / 2 { span = since }
    }
    let (step, rest) = span.quotientAndRemainder(dividingBy: frames)
    let left = frames - 1 - Int64(index)
    // Counted back from the last stamp, which is exact.
    let back = step * left + rest * left / frames
    let (time, overflow) = lastStamp.subtractingReportingOverflow(back)
    return overflow ? .min : time
  }
}
