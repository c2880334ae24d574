/// Fills short gaps with made-up frames, a nominal period apart.
///
/// A gap longer than `longestNanoseconds` stays one. The made-up frames lie evenly between the two frames around the gap,
/// carry the label of the earlier one, and are counted: what a sensor did not say is never taken for what it said.
///
/// Push one frame, then pull until nothing comes.
@safe public struct GapFiller: ~Copyable, Sendable {
  public enum Method: Sendable, Hashable {
    /// The values of the frame before the gap.
    case hold
    /// On the line between the frames around the gap.
    case linear
  }

  /// A gap of more frames stays one, however long a gap may be.
  public static var mostFrames: Int64 { 1 << 24 }

  public let channels: Int
  public let method: Method
  public let periodNanoseconds: Int64
  public let gapLimitNanoseconds: Int64
  public let longestNanoseconds: Int64

  public private(set) var filledGaps: UInt64 = 0
  public private(set) var filledFrames: UInt64 = 0

  private let values: LentStorage<Float>
  private var previous = FrameHeader(timeNanoseconds: 0)
  private var current = FrameHeader(timeNanoseconds: 0)
  private var half = 0
  private var hasFrame = false
  /// Made-up frames of the gap under way, those given, and whether the current frame is still to be given.
  private var missing: Int64 = 0
  private var given: Int64 = 0
  private var isWaiting = false

  public static func bytesNeeded(channels: Int) -> Int { StorageCutter.bytes(Float.self, count: 2 * channels) }

  /// - Parameters:
  ///   - gapLimitNanoseconds: A longer step is a gap.
  ///   - longestNanoseconds: A longer gap is not filled.
  ///   - memory: At least `bytesNeeded`, aligned to 8, alive as long as the value.
  public static func make(
    channels: Int, method: Method, periodNanoseconds: Int64, gapLimitNanoseconds: Int64, longestNanoseconds: Int64,
    unsafeMemory memory: UnsafeMutableRawBufferPointer
  ) -> GapFiller {
    // SAFETY: the cutter checks size and alignment; the caller promises the lifetime.
    var cutter = unsafe StorageCutter(unsafeMemory: memory)
    return GapFiller(channels, method, periodNanoseconds, gapLimitNanoseconds, longestNanoseconds, &cutter)
  }

  #if !hasFeature(Embedded)
    /// On the host, with memory of its own.
    public init(
      channels: Int, method: Method, periodNanoseconds: Int64, gapLimitNanoseconds: Int64, longestNanoseconds: Int64
    ) {
      var cutter = StorageCutter(byteCount: Self.bytesNeeded(channels: channels))
      self.init(channels, method, periodNanoseconds, gapLimitNanoseconds, longestNanoseconds, &cutter)
    }
  #endif

  private init(
    _ channels: Int, _ method: Method, _ period: Int64, _ gapLimit: Int64, _ longest: Int64,
    _ cutter: inout StorageCutter
  ) {
    precondition(channels > 0, "a frame has at least one channel")
    precondition(period > 0 && gapLimit > 0 && longest > 0, "a period and a gap are positive times")
    self.channels = channels
    self.method = method
    periodNanoseconds = period
    gapLimitNanoseconds = gapLimit
    longestNanoseconds = longest
    values = cutter.take(2 * channels, 0)
  }

  /// Takes the next frame.
  ///
  /// - Parameter afterDrop: A frame between this one and the one before was dropped, so that any step of more than one and
  ///   a half periods is a gap.
  /// - Precondition: `next` gave everything the frame before led to.
  public mutating func push(_ header: FrameHeader, values frame: Span<Float>, afterDrop: Bool = false) {
    precondition(frame.count == channels, "a frame has a value for each channel")
    precondition(!isWaiting, "pull all frames before pushing another")
    let continues = hasFrame && header.segment == current.segment
    let elapsed = elapsedNanoseconds(from: current.timeNanoseconds, to: header.timeNanoseconds)
    previous = current
    current = header
    half = 1 - half
    values.copy(frame, to: half * channels)
    (missing, given) = (0, 0)
    let limit = afterDrop ? min(gapLimitNanoseconds, periodNanoseconds &+ periodNanoseconds / 2) : gapLimitNanoseconds
    if continues, elapsed > limit, elapsed <= longestNanoseconds, elapsed < .max {
      // Rounded to the nearest number of periods, and as many more as leave no gap between any two.
      missing = max((elapsed - periodNanoseconds / 2 - 1) / periodNanoseconds, (elapsed - 1) / limit)
      // More than anybody would want made up; and products of it stay inside 64 bits.
      if missing > Self.mostFrames { missing = 0 }
      if missing > 0 { filledGaps += 1 }
    }
    hasFrame = true
    isWaiting = true
  }

  /// Writes the next frame's values and returns its header; nil when another frame has to come first.
  public mutating func next(into output: inout MutableSpan<Float>) -> FrameHeader? {
    precondition(output.count == channels, "a frame has a value for each channel")
    guard isWaiting else { return nil }
    guard given < missing else {
      isWaiting = false
      values.copy(from: half * channels, to: &output)
      return current
    }
    given += 1
    filledFrames += 1
    let elapsed = current.timeNanoseconds - previous.timeNanoseconds
    let (step, rest) = elapsed.quotientAndRemainder(dividingBy: missing + 1)
    let into = step * given + rest * given / (missing + 1)
    let fraction = method == .hold ? 0 : ratio(of: into, to: elapsed)
    let (left, right) = ((1 - half) * channels, half * channels)
    for channel in 0..<channels {
      let before = values[left + channel]
      output[channel] = before + (method == .hold ? 0 : (values[right + channel] - before) * fraction)
    }
    return FrameHeader(
      timeNanoseconds: previous.timeNanoseconds + into, label: previous.label, segment: previous.segment)
  }
}
