/// Puts frames that come a little late back into the order of their times.
///
/// A frame is held until one has come that is later by the horizon, or until the buffer is full; so nothing that is
/// late by less than the horizon is lost while the capacity suffices. A frame earlier than one that has already gone
/// on comes too late: it is counted and dropped, because the order of what went on cannot be mended. Frames of one time
/// stay in the order in which they came.
///
/// Push one frame, then pull until nothing comes; `endSegment` and pulling once more empties the buffer.
@safe public struct ReorderBuffer: ~Copyable, Sendable {
  public enum Verdict: Sendable, Hashable {
    case held
    /// Earlier than a frame that has gone on; dropped.
    case late
  }

  public let channels: Int
  public let capacityFrames: Int
  public let horizonNanoseconds: Int64

  /// Frames that came after a later one and were put before it.
  public private(set) var reorderedFrames: UInt64 = 0
  public private(set) var lateFrames: UInt64 = 0
  /// Frames that had to go on before the horizon had passed, because the buffer was full.
  public private(set) var hurriedFrames: UInt64 = 0

  private let headers: LentStorage<FrameHeader>
  private let values: LentStorage<Float>
  /// Slots in a ring from `head`: first the held ones in order of time, then the free ones.
  private let slots: LentStorage<Int32>
  private var head = 0
  private var count = 0
  private var newest: Int64 = .min
  private var lastReleased: Int64?
  private var isEnding = false

  public static func bytesNeeded(channels: Int, capacityFrames: Int) -> Int {
    StorageCutter.bytes(FrameHeader.self, count: capacityFrames)
      + StorageCutter.bytes(Float.self, count: capacityFrames * channels)
      + StorageCutter.bytes(Int32.self, count: capacityFrames)
  }

  /// - Parameters:
  ///   - capacityFrames: Range `2...65_536`. At least the horizon in frames.
  ///   - memory: At least `bytesNeeded`, aligned to 8, alive as long as the buffer.
  public static func make(
    channels: Int, horizonNanoseconds: Int64, capacityFrames: Int, unsafeMemory memory: UnsafeMutableRawBufferPointer
  ) -> ReorderBuffer {
    // SAFETY: the cutter checks size and alignment; the caller promises the lifetime.
    var cutter = unsafe StorageCutter(unsafeMemory: memory)
    return ReorderBuffer(channels, horizonNanoseconds, capacityFrames, &cutter)
  }

  #if !hasFeature(Embedded)
    /// On the host, with memory of its own.
    public init(channels: Int, horizonNanoseconds: Int64, capacityFrames: Int) {
      var cutter = StorageCutter(byteCount: Self.bytesNeeded(channels: channels, capacityFrames: capacityFrames))
      self.init(channels, horizonNanoseconds, capacityFrames, &cutter)
    }
  #endif

  private init(_ channels: Int, _ horizon: Int64, _ capacity: Int, _ cutter: inout StorageCutter) {
    precondition(channels > 0, "a frame has at least one channel")
    precondition(horizon > 0, "a horizon is a positive time")
    precondition(capacity >= 2 && capacity <= 1 << 16, "a reorder buffer holds 2 to 65,536 frames")
    self.channels = channels
    horizonNanoseconds = horizon
    capacityFrames = capacity
    headers = cutter.take(capacity, FrameHeader(timeNanoseconds: 0))
    values = cutter.take(capacity * channels, 0)
    slots = cutter.take(capacity, 0)
    for slot in 0..<capacity { slots[slot] = Int32(truncatingIfNeeded: slot) }
  }

  /// Takes a frame of the segment that is being put in order.
  ///
  /// - Precondition: everything that could go on has been pulled.
  public mutating func push(_ header: FrameHeader, values frame: Span<Float>) -> Verdict {
    precondition(frame.count == channels, "a frame has a value for each channel")
    precondition(!isEnding && count < capacityFrames, "pull all frames before pushing another")
    if let lastReleased, header.timeNanoseconds < lastReleased {
      lateFrames += 1
      return .late
    }
    let slot = slots[wrapped(count)]
    headers[Int(slot)] = header
    values.copy(frame, to: Int(slot) * channels)
    var place = count
    while place > 0, headers[Int(slots[wrapped(place - 1)])].timeNanoseconds > header.timeNanoseconds {
      slots[wrapped(place)] = slots[wrapped(place - 1)]
      place -= 1
    }
    slots[wrapped(place)] = slot
    if place < count { reorderedFrames += 1 }
    newest = count == 0 ? header.timeNanoseconds : max(newest, header.timeNanoseconds)
    count += 1
    return .held
  }

  /// Writes the next frame's values and returns its header; nil when another frame has to come first.
  public mutating func next(into output: inout MutableSpan<Float>) -> FrameHeader? {
    precondition(output.count == channels, "a frame has a value for each channel")
    guard count > 0 else {
      if isEnding {
        isEnding = false
        lastReleased = nil
      }
      return nil
    }
    let slot = Int(slots[head])
    let header = headers[slot]
    let isDue = elapsedNanoseconds(from: header.timeNanoseconds, to: newest) >= horizonNanoseconds
    guard isEnding || isDue || count == capacityFrames else { return nil }
    if !isEnding && !isDue { hurriedFrames += 1 }
    values.copy(from: slot * channels, to: &output)
    lastReleased = header.timeNanoseconds
    // The freed slot becomes the last of the ring, among the free ones.
    head = head + 1 == capacityFrames ? 0 : head + 1
    count -= 1
    return header
  }

  /// The segment has ended: what is held can be pulled, and then a new segment may begin anywhere in time.
  public mutating func endSegment() {
    isEnding = true
  }

  private func wrapped(_ place: Int) -> Int {
    let slot = head + place
    return slot >= capacityFrames ? slot - capacityFrames : slot
  }
}
