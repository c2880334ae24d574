/// The running median of an odd number of frames, channel by channel: it takes out single spikes and keeps edges.
///
/// A frame comes out once the frames after it that its median needs are in, with its own time and label: the delay of
/// half the length is a wait, no shift. At the ends of a segment the frames that are missing count as zero, as they do
/// in SciPy's `medfilt`.
///
/// Push one frame, then pull until nothing comes; `endSegment` and pulling once more gives the last frames.
@safe public struct MedianFilter: ~Copyable, Sendable {
  public static var longest: Int { 9 }

  public let channels: Int
  /// Odd. Range `3...9`.
  public let length: Int
  /// Frames that come in before the first goes out.
  public var delayFrames: Int { length / 2 }

  private let headers: LentStorage<FrameHeader>
  private let values: LentStorage<Float>
  /// 1 for a channel that is left as it is.
  private let passes: LentStorage<UInt8>
  private var pushed = 0
  private var given = 0
  private var slot = 0
  private var isEnding = false

  public static func bytesNeeded(channels: Int, length: Int) -> Int {
    StorageCutter.bytes(FrameHeader.self, count: length) + StorageCutter.bytes(Float.self, count: length * channels)
      + StorageCutter.bytes(UInt8.self, count: channels)
  }

  /// - Parameter memory: At least `bytesNeeded`, aligned to 8, alive as long as the value.
  public static func make(
    channels: Int, length: Int, unsafeMemory memory: UnsafeMutableRawBufferPointer
  ) -> MedianFilter {
    // SAFETY: the cutter checks size and alignment; the caller promises the lifetime.
    var cutter = unsafe StorageCutter(unsafeMemory: memory)
    return MedianFilter(channels, length, &cutter)
  }

  #if !hasFeature(Embedded)
    /// On the host, with memory of its own.
    public init(channels: Int, length: Int) {
      var cutter = StorageCutter(byteCount: Self.bytesNeeded(channels: channels, length: length))
      self.init(channels, length, &cutter)
    }
  #endif

  private init(_ channels: Int, _ length: Int, _ cutter: inout StorageCutter) {
    precondition(channels > 0, "a frame has at least one channel")
    precondition(length >= 3 && length <= Self.longest && length % 2 == 1, "a median is of 3, 5, 7 or 9 frames")
    self.channels = channels
    self.length = length
    headers = cutter.take(length, FrameHeader(timeNanoseconds: 0))
    values = cutter.take(length * channels, 0)
    passes = cutter.take(channels, 0)
  }

  /// Leaves a channel as it is; it waits with the others.
  public mutating func pass(_ channel: Int) {
    passes[channel] = 1
  }

  /// Takes the next frame of the segment.
  ///
  /// - Precondition: `next` gave everything the frame before led to.
  public mutating func push(_ header: FrameHeader, values frame: Span<Float>) {
    precondition(frame.count == channels, "a frame has a value for each channel")
    precondition(!isEnding && pushed - given <= delayFrames, "pull all frames before pushing another")
    headers[slot] = header
    values.copy(frame, to: slot * channels)
    slot = slot + 1 == length ? 0 : slot + 1
    pushed += 1
  }

  /// Writes the next frame's values and returns its header; nil when another frame has to come first.
  public mutating func next(into output: inout MutableSpan<Float>) -> FrameHeader? {
    precondition(output.count == channels, "a frame has a value for each channel")
    let waiting = pushed - given
    guard waiting > (isEnding ? 0 : delayFrames) else {
      if isEnding { restart() }
      return nil
    }
    for channel in 0..<channels { output[channel] = median(of: channel, waiting: waiting) }
    given += 1
    return headers[place(back: waiting)]
  }

  /// The segment has ended: what is held can be pulled, and then a new segment may begin.
  public mutating func endSegment() {
    isEnding = true
  }

  private mutating func restart() {
    (pushed, given, slot, isEnding) = (0, 0, 0, false)
  }

  /// The slot of the frame that came `back` pushes before the next one.
  private func place(back: Int) -> Int {
    let place = slot - back
    return place < 0 ? place + length : place
  }

  private func median(of channel: Int, waiting: Int) -> Float {
    if passes[channel] == 1 { return values[place(back: waiting) * channels + channel] }
    var sorted: InlineArray<9, Float> = .init(repeating: 0)
    let half = delayFrames
    for offset in 0..<length {
      let back = waiting + half - offset
      // Frames before the segment's first and after its last are zero.
      let value = back > 0 && back <= pushed ? values[place(back: back) * channels + channel] : 0
      var at = offset
      while at > 0, sorted[at - 1] > value {
        sorted[at] = sorted[at - 1]
        at -= 1
      }
      sorted[at] = value
    }
    return sorted[half]
  }
}
