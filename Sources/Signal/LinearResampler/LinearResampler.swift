/// Brings frames, regular or not, onto a grid of a given rate by linear interpolation.
///
/// The grid starts at the first frame and starts again at the first frame after a gap, a new segment or a step
/// backwards in time: nothing is interpolated across those. A frame that lies on the grid, to within a
/// thousandth of a period (one nanosecond at least), passes through bit for bit, its time included; so a
/// recording that already has the rate comes out as it went in. Other grid points lie between two source
/// frames and take the label of the earlier one. Rates fall without a low-pass filter: filter first where the
/// source holds more than half the new rate.
///
/// Push one frame, then pull until nothing comes; state is two frames, in memory that is given. The output's
/// segments are renumbered from 0, a new one each time the grid starts again.
@safe public struct LinearResampler: ~Copyable, Sendable {
  public let channels: Int
  public let rate: SampleRate
  public let gapLimitNanoseconds: Int64
  public let toleranceNanoseconds: Int64

  /// Frames that passed through, grid points that were interpolated, grids started.
  public private(set) var passedFrames: UInt64 = 0
  public private(set) var interpolatedFrames: UInt64 = 0
  public private(set) var grids: UInt64 = 0

  private let storage: LentStorage<Float>
  private var clock: SampleClock
  private var previous = FrameHeader(timeNanoseconds: 0)
  private var current = FrameHeader(timeNanoseconds: 0)
  private var stage = Stage.empty
  private var segment: Int32 = -1
  /// Which half of the storage holds the current frame.
  private var currentHalf = 0

  private enum Stage {
    /// No frame yet.
    case empty
    /// The current frame starts a grid and is still to be given.
    case starting
    /// Grid points up to the current frame are still to be given.
    case between
    /// The current frame has been used up; it is the left neighbour of what comes.
    case spent
  }

  public static func bytesNeeded(channels: Int) -> Int { 2 * channels * MemoryLayout<Float>.stride }

  /// - Parameters:
  ///   - gapLimitNanoseconds: Source frames further apart than this have a gap between them. At least a period.
  ///   - memory: At least `bytesNeeded(channels:)`, aligned to 4, alive as long as the resampler.
  public static func make(
    channels: Int, rate: SampleRate, gapLimitNanoseconds: Int64, unsafeMemory memory: UnsafeMutableRawBufferPointer
  ) -> LinearResampler {
    // SAFETY: `LentStorage` checks size and alignment; the caller promises the lifetime.
    let storage = unsafe LentStorage<Float>(count: 2 * channels, repeating: 0, unsafeMemory: memory)
    return LinearResampler(channels: channels, rate: rate, gapLimit: gapLimitNanoseconds, storage: storage)
  }

  #if !hasFeature(Embedded)
    /// On the host, with memory of its own.
    public init(channels: Int, rate: SampleRate, gapLimitNanoseconds: Int64) {
      let memory = OwnedMemory(byteCount: Self.bytesNeeded(channels: channels))
      self.init(
        channels: channels, rate: rate, gapLimit: gapLimitNanoseconds,
        storage: LentStorage(count: 2 * channels, repeating: 0, owner: memory))
    }
  #endif

  private init(channels: Int, rate: SampleRate, gapLimit: Int64, storage: LentStorage<Float>) {
    precondition(channels > 0, "a frame has at least one channel")
    precondition(gapLimit >= rate.periodNanoseconds, "a gap is longer than the period of the grid")
    self.channels = channels
    self.rate = rate
    self.gapLimitNanoseconds = gapLimit
    self.storage = storage
    clock = SampleClock(rate: rate)
    toleranceNanoseconds = max(1, rate.periodNanoseconds / 1000)
  }

  /// Takes the next source frame.
  ///
  /// - Precondition: `next` gave everything the frame before led to.
  public mutating func push(_ header: FrameHeader, values: Span<Float>) {
    precondition(values.count == channels, "a frame has a value for each channel")
    precondition(stage == .empty || stage == .spent, "pull all frames before pushing another")
    let elapsed = elapsedNanoseconds(from: current.timeNanoseconds, to: header.timeNanoseconds)
    // A saturated time is a gap whatever the limit.
    let continues =
      stage == .spent && header.segment == current.segment && elapsed > 0 && elapsed <= gapLimitNanoseconds
      && elapsed < .max
    previous = current
    current = header
    currentHalf = 1 - currentHalf
    storage.copy(values, to: currentHalf * channels)
    stage = continues ? .between : .starting
  }

  /// Writes the next grid frame's values and returns its header; nil when the next source frame is needed.
  public mutating func next(into output: inout MutableSpan<Float>) -> FrameHeader? {
    precondition(output.count == channels, "a frame has a value for each channel")
    switch stage {
    case .empty, .spent:
      return nil
    case .starting:
      clock.restart(at: current.timeNanoseconds)
      segment &+= 1
      grids += 1
      return passCurrent(into: &output)
    case .between:
      let ahead = elapsedNanoseconds(from: clock.timeNanoseconds, to: current.timeNanoseconds)
      if ahead < -toleranceNanoseconds || clock.isExhausted {
        stage = .spent
        return nil
      }
      return ahead <= toleranceNanoseconds ? passCurrent(into: &output) : interpolate(into: &output)
    }
  }

  private mutating func passCurrent(into output: inout MutableSpan<Float>) -> FrameHeader {
    storage.copy(from: currentHalf * channels, to: &output)
    clock.advance()
    passedFrames += 1
    stage = .spent
    return FrameHeader(timeNanoseconds: current.timeNanoseconds, label: current.label, segment: segment)
  }

  private mutating func interpolate(into output: inout MutableSpan<Float>) -> FrameHeader {
    let time = clock.timeNanoseconds
    let fraction = ratio(
      of: elapsedNanoseconds(from: previous.timeNanoseconds, to: time),
      to: elapsedNanoseconds(from: previous.timeNanoseconds, to: current.timeNanoseconds))
    let left = (1 - currentHalf) * channels
    let right = currentHalf * channels
    for channel in 0..<channels {
      let before = storage[left + channel]
      output[channel] = before + (storage[right + channel] - before) * fraction
    }
    clock.advance()
    interpolatedFrames += 1
    return FrameHeader(timeNanoseconds: time, label: previous.label, segment: segment)
  }
}

/// `part / whole` in single precision, the same bits on 32-bit and 64-bit processors.
///
/// Both are first brought under 2³¹ by equal shifts, because a conversion from 64 bits is a library call on a
/// microcontroller; at more than two seconds between frames the bits lost are below the precision of the result.
///
/// - Precondition: `0 <= part <= whole`, `whole > 0`.
func ratio(of part: Int64, to whole: Int64) -> Float {
  precondition(part >= 0 && part <= whole && whole > 0, "a fraction lies between 0 and 1")
  var (part, whole) = (part, whole)
  while whole > Int64(Int32.max) {
    part >>= 1
    whole >>= 1
  }
  return Float(Int(truncatingIfNeeded: part)) / Float(Int(truncatingIfNeeded: whole))
}
