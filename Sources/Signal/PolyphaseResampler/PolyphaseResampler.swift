/// Changes the rate of a regular stream by a ratio of whole numbers, with a filter against aliasing.
///
/// Output k stands at input place `k · down / up`. It is the sum of the input, `up` times as dense with zeros between,
/// weighted by a symmetric filter of odd length centred there: of the filter's taps only every `up`-th meets a value that
/// is no zero, and only those are multiplied. The filter's delay, half its length, is a wait and no shift: times are
/// those of the places, between the stamps of the input frames around them. Before a segment's first frame and after its
/// last that frame is repeated; nothing is put out past the last frame.
///
/// Equals SciPy's `resample_poly` with `padtype="edge"` and the same taps.
///
/// Push one frame, then pull until nothing comes; `endSegment` and pulling once more gives the last frames.
@safe public struct PolyphaseResampler: ~Copyable, Sendable {
  public let channels: Int
  public let up: Int
  public let down: Int
  /// Taps on either side of the middle one, at `up` times the input's rate.
  public let halfLength: Int
  /// Input frames that come in after a place before it goes out.
  public var delayFrames: Int { halfLength / up }

  private let taps: LentStorage<Float>
  private let headers: LentStorage<FrameHeader>
  private let values: LentStorage<Float>
  private var pushed: Int64 = 0
  /// The next place: input frame, and how many `up`-ths past it.
  private var frame: Int64 = 0
  private var phase = 0
  private var isEnding = false

  private static func capacity(_ halfLength: Int, _ up: Int) -> Int { 2 * (halfLength / up + 1) + 2 }

  public static func bytesNeeded(channels: Int, up: Int, taps: Int) -> Int {
    let frames = capacity(taps / 2, up)
    return StorageCutter.bytes(Float.self, count: taps) + StorageCutter.bytes(FrameHeader.self, count: frames)
      + StorageCutter.bytes(Float.self, count: frames * channels)
  }

  /// - Parameters:
  ///   - up: New frames for every `down` old ones. Range `1...65_536`, as `down`.
  ///   - taps: The filter, of odd length, its gain times `up`.
  ///   - memory: At least `bytesNeeded`, aligned to 8, alive as long as the value.
  public static func make(
    channels: Int, up: Int, down: Int, taps: Span<Float>, unsafeMemory memory: UnsafeMutableRawBufferPointer
  ) -> PolyphaseResampler {
    // SAFETY: the cutter checks size and alignment; the caller promises the lifetime.
    var cutter = unsafe StorageCutter(unsafeMemory: memory)
    return PolyphaseResampler(channels, up, down, taps, &cutter)
  }

  #if !hasFeature(Embedded)
    /// On the host, with memory of its own.
    public init(channels: Int, up: Int, down: Int, taps: [Float]) {
      var cutter = StorageCutter(byteCount: Self.bytesNeeded(channels: channels, up: up, taps: taps.count))
      self.init(channels, up, down, taps.span, &cutter)
    }
  #endif

  private init(_ channels: Int, _ up: Int, _ down: Int, _ given: Span<Float>, _ cutter: inout StorageCutter) {
    precondition(channels > 0, "a frame has at least one channel")
    precondition(up >= 1 && up <= 1 << 16 && down >= 1 && down <= 1 << 16, "a ratio is of numbers from 1 to 65,536")
    precondition(given.count % 2 == 1 && given.count <= 1 << 22, "a filter has an odd number of taps")
    precondition(given.count / 2 >= up - 1, "a filter reaches from one input frame to the next")
    self.channels = channels
    self.up = up
    self.down = down
    halfLength = given.count / 2
    taps = cutter.take(given.count, 0)
    let frames = Self.capacity(given.count / 2, up)
    headers = cutter.take(frames, FrameHeader(timeNanoseconds: 0))
    values = cutter.take(frames * channels, 0)
    taps.copy(given, to: 0)
  }

  /// Takes the next frame of the segment.
  ///
  /// - Precondition: `next` gave everything the frame before led to.
  public mutating func push(_ header: FrameHeader, values input: Span<Float>) {
    precondition(input.count == channels, "a frame has a value for each channel")
    precondition(!isEnding && !isReady, "pull all frames before pushing another")
    let slot = place(of: pushed)
    headers[slot] = header
    values.copy(input, to: slot * channels)
    pushed += 1
  }

  /// Writes the next frame's values and returns its header; nil when another frame has to come first.
  public mutating func next(into output: inout MutableSpan<Float>) -> FrameHeader? {
    precondition(output.count == channels, "a frame has a value for each channel")
    guard isReady else {
      if isEnding { (pushed, frame, phase, isEnding) = (0, 0, 0, false) }
      return nil
    }
    weigh(into: &output)
    let left = headers[place(of: frame)]
    var header = left
    if phase > 0 {
      let right = headers[place(of: frame + 1)]
      let step = elapsedNanoseconds(from: left.timeNanoseconds, to: right.timeNanoseconds)
      let (whole, rest) = step.quotientAndRemainder(dividingBy: Int64(up))
      header.timeNanoseconds = left.timeNanoseconds &+ whole * Int64(phase) &+ rest * Int64(phase) / Int64(up)
    }
    phase += down
    frame += Int64(phase / up)
    phase %= up
    return header
  }

  /// The segment has ended: what is held can be pulled, and then a new segment may begin.
  public mutating func endSegment() {
    isEnding = true
  }

  /// Whether the next place has all it needs; past the last frame there is no place.
  private var isReady: Bool {
    if isEnding { return frame < pushed - (phase > 0 ? 1 : 0) }
    return frame + Int64((phase + halfLength) / up) < pushed
  }

  /// The frame of an index, or the nearest there is, as a slot.
  private func place(of index: Int64) -> Int {
    Int(truncatingIfNeeded: index % Int64(headers.count))
  }

  private func weigh(into output: inout MutableSpan<Float>) {
    for channel in 0..<channels { output[channel] = 0 }
    let first = -((halfLength - phase) / up)
    let last = (phase + halfLength) / up
    for offset in stride(from: first, through: last, by: 1) {
      let tap = taps[phase - offset * up + halfLength]
      let index = min(max(frame + Int64(offset), 0), pushed - 1)
      let base = place(of: index) * channels
      for channel in 0..<channels { output[channel] += values[base + channel] * tap }
    }
  }
}
