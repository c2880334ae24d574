/// Some consecutive frames of one recording, in arrays that are reused from batch to batch.
///
/// Shapes: `times`, `labels` and `segments` are `[count]`; `values` is `[count, channelCount]`, frame-major.
public struct FrameBatch: Sendable {
  public internal(set) var channelCount: Int

  /// Nanoseconds; the epoch is the recording's own.
  public internal(set) var times: [Int64]

  /// NaN where the recording has no value.
  public internal(set) var values: [Double]

  /// Index into the reader's `labelNames`, or -1 where the frame has no label.
  public internal(set) var labels: [Int32]

  /// A change of this number breaks a window; 0 throughout where the recording has no segments.
  public internal(set) var segments: [Int32]

  /// How many frames to ask for at once, so that a batch of many channels takes no more memory than one of a few.
  public static func frames(ofChannels channelCount: Int) -> Int {
    max(16, min(4096, (1 << 18) / max(1, channelCount)))
  }

  public var count: Int { times.count }
  public var isEmpty: Bool { times.isEmpty }

  public init(channelCount: Int = 0, capacity: Int = 0) {
    precondition(channelCount >= 0 && capacity >= 0, "counts cannot be negative")
    self.channelCount = channelCount
    times = []
    values = []
    labels = []
    segments = []
    times.reserveCapacity(capacity)
    values.reserveCapacity(capacity * channelCount)
    labels.reserveCapacity(capacity)
    segments.reserveCapacity(capacity)
  }

  /// Forgets the frames and keeps the memory.
  public mutating func removeAll(channelCount: Int? = nil) {
    if let channelCount { self.channelCount = channelCount }
    times.removeAll(keepingCapacity: true)
    values.removeAll(keepingCapacity: true)
    labels.removeAll(keepingCapacity: true)
    segments.removeAll(keepingCapacity: true)
  }

  /// Appends one frame.
  ///
  /// - Precondition: `frame.count == channelCount`.
  public mutating func append(time: Int64, values frame: some Collection<Double>, label: Int32 = -1, segment: Int32 = 0)
  {
    precondition(frame.count == channelCount, "a frame has one value for each channel")
    times.append(time)
    values.append(contentsOf: frame)
    labels.append(label)
    segments.append(segment)
  }

  @inline(__always)
  mutating func append(time: Int64, frame: UnsafePointer<Double>, label: Int32, segment: Int32) {
    times.append(time)
    values.append(contentsOf: UnsafeBufferPointer(start: frame, count: channelCount))
    labels.append(label)
    segments.append(segment)
  }
}
