/// The one side of a ring that writes.
///
/// Per frame: `append`. Per batch: `publish`. Or, to fill slots in place, `claim`, then `fillClaimed` for each
/// slot in turn, then `publish`.
@safe public struct FrameProducer: ~Copyable, Sendable {
  /// Everything the producer knows without looking at shared words.
  struct State: Hashable {
    /// Frames published.
    var published: UInt64 = 0
    /// Frames claimed beyond the published ones, and how many of them are filled.
    var claimed = 0
    var filled = 0
    /// The slot after the last filled one.
    var slot = 0
    /// Frames offered, dropped ones included.
    var offered: UInt64 = 0
    /// Cached: no reader still in the ring is behind this index.
    var slowestReader: UInt64 = 0
    var highWater = 0
    var overrun = FrameOverrun()
  }

  let memory: FrameRingMemory
  var state = State()

  init(memory: FrameRingMemory) {
    self.memory = memory
  }

  public var shape: FrameRingShape { memory.shape }

  /// Frames offered since the start, dropped ones included.
  public var offeredFrames: UInt64 { state.offered }

  /// Frames the ring itself refused, under `.dropNewest`.
  public var overrun: FrameOverrun { state.overrun }

  /// The largest number of published frames that the slowest reader had before it at a publication.
  public var highWaterFrames: Int { state.highWater }

  /// True when no reader is left, so that a decoder can stop.
  public var allReadersLeft: Bool {
    for reader in 0..<shape.readers where !memory.hasLeft(reader: reader) { return false }
    return true
  }

  // MARK: Claiming

  /// Frames that could be claimed now; under `.block` a host waits until it is enough.
  public mutating func roomFrames() -> Int {
    if shape.policy != .dropOldest { refreshSlowestReader() }
    return room
  }

  /// Claims up to `wanted` slots more and says how many; 0 means that there is no room.
  ///
  /// Under `.dropOldest` a claim gives up the oldest frames at once, so claim what is about to be filled.
  public mutating func claim(_ wanted: Int) -> Int {
    precondition(wanted >= 0, "a claim counts frames")
    if room < wanted, shape.policy != .dropOldest { refreshSlowestReader() }
    return claimWithoutLooking(wanted)
  }

  /// Fills the next claimed slot.
  ///
  /// - Precondition: An earlier claim left a slot unfilled.
  public mutating func fillClaimed<E>(
    _ header: FrameHeader, _ body: (inout MutableSpan<Float>) throws(E) -> Void
  ) throws(E) {
    precondition(state.filled < state.claimed, "no claimed slot is left to fill")
    try memory.fill(slot: state.slot, body)
    finishSlot(header)
  }

  /// Adds a frame to the batch that the next `publish` makes visible.
  ///
  /// - Returns: False when there was no room: under `.block` nothing happened and the producer is to publish,
  ///   wait and try again; under `.dropNewest` the frame was dropped and counted.
  public mutating func append(_ header: FrameHeader, values: Span<Float>) -> Bool {
    precondition(values.count == shape.channels, "a frame has a value for each channel")
    if state.filled == state.claimed {
      // A batch as long as the ring has to go out before more can be claimed.
      if shape.policy == .dropOldest && state.claimed == shape.capacityFrames { publish() }
      if claim(1) == 0 {
        if shape.policy == .dropNewest { drop() }
        return false
      }
    }
    fillClaimed(header) { (slot: inout MutableSpan<Float>) in
      for channel in 0..<values.count { slot[channel] = values[channel] }
    }
    return true
  }

  // MARK: Publishing

  /// Makes all filled frames visible at once. Claimed slots that are not filled stay claimed.
  public mutating func publish() {
    guard state.filled > 0 else { return }
    storePublished()
    noteHighWater()
  }

  /// Publishes what is filled and ends the stream: readers finish after the last frame.
  public mutating func close() {
    end(status: RingStatus.closed.word)
  }

  /// Publishes what is filled and ends the stream with a failure that readers see after the last frame.
  public mutating func fail(code: UInt16) {
    end(status: RingStatus.failed(code).word)
  }

  private mutating func end(status: UInt) {
    publish()
    memory.storeOffered(UInt(truncatingIfNeeded: state.offered))
    memory.storeStatus(status)
  }

  // MARK: Steps, each with at most one access to shared memory

  var room: Int {
    let unread = shape.policy == .dropOldest ? 0 : Int(truncatingIfNeeded: state.published - state.slowestReader)
    return shape.capacityFrames - unread - state.claimed
  }

  mutating func claimWithoutLooking(_ wanted: Int) -> Int {
    let granted = min(wanted, room)
    guard granted > 0 else { return 0 }
    state.claimed += granted
    if shape.policy == .dropOldest {
      memory.storeClaimed(UInt(truncatingIfNeeded: state.published + UInt64(state.claimed.magnitude)))
    }
    return granted
  }

  mutating func finishSlot(_ header: FrameHeader) {
    memory.setRecord(.init(streamIndex: state.offered, header: header), at: state.slot)
    state.offered += 1
    state.filled += 1
    state.slot += 1
    if state.slot == shape.capacityFrames { state.slot = 0 }
  }

  mutating func drop() {
    state.overrun.lose(from: state.offered, through: state.offered)
    state.offered += 1
  }

  mutating func storePublished() {
    state.published += UInt64(state.filled.magnitude)
    state.claimed -= state.filled
    state.filled = 0
    memory.storePublished(UInt(truncatingIfNeeded: state.published))
  }

  /// Where a reader stands, for the producer; nil when it left.
  func position(of reader: Int) -> UInt64? {
    if memory.hasLeft(reader: reader) { return nil }
    return widened(memory.loadCursor(of: reader), from: state.slowestReader)
  }

  /// A minimum of cursors loaded one after the other: readers only move on, so it is never too large.
  mutating func refreshSlowestReader() {
    var slowest = state.published
    for reader in 0..<shape.readers {
      if let position = position(of: reader) { slowest = min(slowest, position) }
    }
    state.slowestReader = slowest
  }

  private mutating func noteHighWater() {
    // Only a stale cursor can look like a new high-water mark, so only then are the cursors read again.
    if Int(truncatingIfNeeded: min(state.published - state.slowestReader, 1 << 25)) > state.highWater {
      refreshSlowestReader()
    }
    let waiting = min(state.published - state.slowestReader, UInt64(shape.capacityFrames.magnitude))
    state.highWater = max(state.highWater, Int(truncatingIfNeeded: waiting))
  }
}

/// How a stream stands: open, closed, or failed with a code that the host gave.
enum RingStatus: Hashable {
  case open
  case closed
  case failed(UInt16)

  init(word: UInt) {
    switch word {
    case 0: self = .open
    case 1: self = .closed
    default: self = .failed(UInt16(truncatingIfNeeded: word >> 1))
    }
  }

  var word: UInt {
    switch self {
    case .open: 0
    case .closed: 1
    case .failed(let code): UInt(code) << 1 | 1 << 31
    }
  }
}
