/// One reader of a ring, with a cursor of its own.
///
/// Offsets count from the cursor. `availableFrames` looks for new frames; `header(at:)` and `withFrames` look
/// at frames without taking them; `advance` gives them back to the producer.
@safe public struct FrameReader: ~Copyable, Sendable {
  /// Everything the reader knows without looking at shared words.
  struct State: Hashable {
    var cursor: UInt64 = 0
    /// The cursor's slot.
    var slot = 0
    /// Cached: frames below this index are published.
    var published: UInt64 = 0
    /// Cached: the producer has given up every frame that lies a capacity or more before this index.
    var claimed: UInt64 = 0
    /// The stream index that follows the last frame taken.
    var expectedStreamIndex: UInt64 = 0
    var overrun = FrameOverrun()
    var accountedForEnd = false
  }

  let memory: FrameRingMemory
  let number: Int
  var state = State()

  init(memory: FrameRingMemory, number: Int) {
    self.memory = memory
    self.number = number
  }

  public var shape: FrameRingShape { memory.shape }

  /// Frames this reader missed and passed, whichever side dropped them.
  public var overrun: FrameOverrun { state.overrun }

  // MARK: Looking

  /// Published frames from the cursor on. Under `.dropOldest` the cursor first skips what was overwritten.
  public mutating func availableFrames() -> Int {
    refreshPublished()
    if shape.policy == .dropOldest {
      refreshClaimed()
      skipOverwritten()
    }
    return Int(truncatingIfNeeded: state.published - state.cursor)
  }

  /// A frame's header and its index among all frames the stream offered, or nil if it was overwritten.
  ///
  /// - Precondition: `offset` is below what `availableFrames` said.
  public mutating func header(at offset: Int) -> (header: FrameHeader, streamIndex: UInt64)? {
    let record = memory.record(at: slot(at: offset, count: 1))
    guard isIntact(offset: offset) else { return nil }
    return (record.header, record.streamIndex)
  }

  /// Hands out the values of `count` frames in a row, frame-major: a view of the ring, or under `.dropOldest`, where
  /// the producer may write meanwhile, a copy in memory that the ring has for each reader.
  ///
  /// - Parameter count: At most `shape.longestWindowFrames`.
  /// - Returns: Nil, without a call of `body`, if the producer overwrote a frame, which only `.dropOldest` allows.
  public mutating func withFrames<R, E>(
    at offset: Int, count: Int, _ body: (Span<Float>) throws(E) -> R
  ) throws(E) -> R? {
    precondition(count <= shape.longestWindowFrames, "a view is no longer than the longest window")
    let slot = slot(at: offset, count: count)
    guard shape.policy == .dropOldest else { return try memory.read(slot: slot, count: count, body) }
    memory.copyFrames(slot: slot, count: count, for: number)
    guard isIntact(offset: offset) else { return nil }
    return try memory.readCopy(of: number, count: count, body)
  }

  // MARK: Taking

  /// Gives the first `count` frames back and accounts for frames lost before or between them.
  public mutating func advance(by count: Int) {
    _ = slot(at: 0, count: count)
    if shape.policy == .dropNewest { accountForHoles(in: count) }
    move(by: UInt64(count.magnitude))
    memory.storeCursor(UInt(truncatingIfNeeded: state.cursor), of: number)
  }

  /// Stops reading, for good: the producer no longer waits for this reader.
  public mutating func leave() {
    memory.leave(reader: number)
  }

  // MARK: Ending

  /// True when the stream has ended and every frame was taken; frames dropped at the very end are then
  /// accounted for.
  public mutating func isFinished() -> Bool {
    // The status is loaded first: frames published before it are then visible.
    guard RingStatus(word: memory.loadStatus()) != .open, availableFrames() == 0 else { return false }
    if !state.accountedForEnd {
      state.accountedForEnd = true
      account(upTo: widened(memory.loadOffered(), from: state.expectedStreamIndex))
    }
    return true
  }

  /// The code the producer failed with, if it did.
  public var failureCode: UInt16? {
    if case .failed(let code) = RingStatus(word: memory.loadStatus()) { return code }
    return nil
  }

  // MARK: Steps, each with at most one access to shared memory

  mutating func refreshPublished() {
    state.published = widened(memory.loadPublished(), from: state.published)
  }

  mutating func refreshClaimed() {
    state.claimed = widened(memory.loadClaimedAfterUse(), from: state.claimed)
  }

  mutating func skipOverwritten() {
    let capacity = UInt64(shape.capacityFrames.magnitude)
    guard state.claimed > state.cursor + capacity else { return }
    // Frames between the published index and the claimed one are being written: they come later.
    let skipped = min(state.claimed - capacity, state.published) - state.cursor
    guard skipped > 0 else { return }
    state.overrun.lose(from: state.expectedStreamIndex, through: state.expectedStreamIndex + skipped - 1)
    move(by: skipped)
  }

  /// The generation check: is the frame at this offset, and so every later one, still what it was?
  mutating func isIntact(offset: Int) -> Bool {
    guard shape.policy == .dropOldest else { return true }
    refreshClaimed()
    return state.claimed <= state.cursor + UInt64(offset.magnitude) + UInt64(shape.capacityFrames.magnitude)
  }

  func slot(at offset: Int, count: Int) -> Int {
    precondition(offset >= 0 && count >= 0, "offsets and counts of frames are not negative")
    precondition(
      UInt64(offset.magnitude) + UInt64(count.magnitude) <= state.published - state.cursor,
      "frames are looked at only after they are available")
    let slot = state.slot + offset
    return slot >= shape.capacityFrames ? slot - shape.capacityFrames : slot
  }

  private mutating func move(by count: UInt64) {
    state.cursor += count
    state.expectedStreamIndex += count
    // In a machine word: a 64-bit division is a library call on a microcontroller.
    let steps = Int(UInt(truncatingIfNeeded: count) % UInt(shape.capacityFrames))
    state.slot += steps
    if state.slot >= shape.capacityFrames { state.slot -= shape.capacityFrames }
  }

  private mutating func accountForHoles(in count: Int) {
    guard count > 0 else { return }
    let last = memory.record(at: slot(at: count - 1, count: 1)).streamIndex
    // Without a hole the last stream index follows from the first, and no frame is looked at.
    if last == state.expectedStreamIndex + UInt64(count.magnitude) - 1 { return }
    for offset in 0..<count {
      let index = memory.record(at: slot(at: offset, count: 1)).streamIndex
      account(upTo: index - UInt64(offset.magnitude), takenBefore: UInt64(offset.magnitude))
    }
  }

  /// Moves the expected index up to `index` and calls what lies between lost.
  ///
  /// While the holes of a batch are counted, the frames between them are not yet taken: stream indices are
  /// then given less the frames before them, and the lost range is put back in its place.
  mutating func account(upTo index: UInt64, takenBefore taken: UInt64 = 0) {
    guard index > state.expectedStreamIndex else { return }
    state.overrun.lose(from: state.expectedStreamIndex + taken, through: index + taken - 1)
    state.expectedStreamIndex = index
  }
}
