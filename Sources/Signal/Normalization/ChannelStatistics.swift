/// Mean and standard deviation of each channel over a stream, accumulated in single precision without losing it.
///
/// What is summed is each value's distance from the channel's first one, and its square, as pairs of singles
/// (`TwoFloat`, 48 bits), so that neither a long stream nor a mean far from zero spoils the deviation. The order of additions is the order of frames, and the same
/// frames give the same bits everywhere.
@safe public struct ChannelStatistics: ~Copyable, Sendable {
  public let channels: Int
  public private(set) var frames: UInt64 = 0

  private let sums: LentStorage<Moments>

  private struct Moments: BitwiseCopyable {
    var origin: Float = 0
    var sum = TwoFloat(0)
    var squares = TwoFloat(0)
  }

  public static func bytesNeeded(channels: Int) -> Int { LentStorage<Moments>.bytesNeeded(count: channels) }

  /// - Parameter memory: At least `bytesNeeded(channels:)`, aligned to 4, alive as long as the value.
  public static func make(channels: Int, unsafeMemory memory: UnsafeMutableRawBufferPointer) -> ChannelStatistics {
    // SAFETY: `LentStorage` checks size and alignment; the caller promises the lifetime.
    let sums = unsafe LentStorage<Moments>(count: channels, repeating: Moments(), unsafeMemory: memory)
    return ChannelStatistics(channels: channels, sums: sums)
  }

  #if !hasFeature(Embedded)
    /// On the host, with memory of its own.
    public init(channels: Int) {
      let memory = OwnedMemory(byteCount: Self.bytesNeeded(channels: channels))
      self.init(channels: channels, sums: LentStorage(count: channels, repeating: Moments(), owner: memory))
    }
  #endif

  private init(channels: Int, sums: LentStorage<Moments>) {
    self.channels = channels
    self.sums = sums
  }

  /// Adds frames.
  ///
  /// - Parameter values: Whole frames, frame-major, all finite.
  public mutating func add(_ values: Span<Float>) {
    precondition(values.count % channels == 0, "statistics take whole frames")
    if frames == 0 && values.count > 0 {
      for channel in 0..<channels { sums[channel].origin = values[channel] }
    }
    var channel = 0
    for index in 0..<values.count {
      var moments = sums[channel]
      let distance = TwoFloat.sum(values[index], -moments.origin)
      moments.sum = moments.sum + distance
      moments.squares = moments.squares + distance * distance
      sums[channel] = moments
      channel = channel + 1 == channels ? 0 : channel + 1
    }
    frames += UInt64((values.count / channels).magnitude)
  }

  /// 0 before the first frame.
  public func mean(of channel: Int) -> Float {
    guard frames > 0 else { return 0 }
    let moments = sums[channel]
    return (TwoFloat(moments.origin) + moments.sum / TwoFloat(count: frames)).high
  }

  /// The population's standard deviation; 0 before the first frame and for a channel that never changes.
  public func standardDeviation(of channel: Int) -> Float {
    guard frames > 0 else { return 0 }
    let count = TwoFloat(count: frames)
    let moments = sums[channel]
    let distance = moments.sum / count
    return newtonSquareRoot((moments.squares / count - distance * distance).high)
  }

  /// What a normalised value is multiplied by: 1 / deviation, or 1 for a channel that never changes, so that a dead
  /// sensor gives zeros and no infinities.
  ///
  /// A deviation below a millionth of the mean's size is no deviation.
  public func inverseDeviation(of channel: Int) -> Float {
    let deviation = standardDeviation(of: channel)
    let size = mean(of: channel).magnitude
    return deviation > size * 1e-6 && deviation > 1e-12 ? 1 / deviation : 1
  }
}
