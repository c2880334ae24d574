import Synchronization

/// Where everything stands in the memory a ring was given, and the only file that dereferences it.
///
/// The words that threads share stand on cache lines of their own: published and claimed index, status,
/// count of offered frames, and a cursor for each reader. They are machine words, because a
/// microcontroller has no 64-bit atomics; each side widens what it reads to 64 bits with the index it saw
/// last (`widened`), so indices never wrap as long as nobody sleeps through 2³² frames at once.
@safe struct FrameRingMemory: @unchecked Sendable {
  static var lineBytes: Int { 64 }
  static var recordBytes: Int { 24 }

  static func valuesOffset(_ shape: FrameRingShape) -> Int {
    (Word.firstCursor + 2 * shape.readers) * lineBytes + shape.slots * recordBytes
  }

  private enum Word {
    static var published: Int { 0 }
    static var claimed: Int { 1 }
    static var status: Int { 2 }
    static var offered: Int { 3 }
    static var firstCursor: Int { 4 }
  }

  let shape: FrameRingShape
  private let base: UnsafeMutableRawPointer
  #if !hasFeature(Embedded)
    /// Keeps the memory alive on the host.
    var owner: OwnedMemory?
  #endif

  /// - Precondition: `memory` is aligned, has `shape.bytesNeeded` bytes, and lives longer than the ring.
  init(shape: FrameRingShape, unsafeMemory memory: UnsafeMutableRawPointer) {
    self.shape = shape
    unsafe base = memory
  }

  func initialize() {
    let words = Word.firstCursor + 2 * shape.readers
    for line in 0..<words {
      // SAFETY: `bytesNeeded` counts a line for each word, and nobody else has the memory yet.
      let word = unsafe (base + line * Self.lineBytes).assumingMemoryBound(to: Atomic<UInt>.self)
      unsafe word.initialize(to: Atomic<UInt>(0))
    }
    for slot in 0..<shape.slots {
      // SAFETY: `bytesNeeded` counts a record for each slot; `Record` is trivial and aligned to 8 bytes.
      unsafe records.advanced(by: slot).initialize(to: Record(streamIndex: 0, header: FrameHeader(timeNanoseconds: 0)))
    }
    // SAFETY: `bytesNeeded` counts the values of every slot.
    unsafe values.initialize(repeating: 0, count: shape.slots * shape.channels)
  }

  // MARK: Shared words

  func loadPublished() -> UInt { load(Word.published, fenced: true) }
  func storePublished(_ index: UInt) { store(index, at: Word.published) }

  /// Loaded after a fence, so that a reader which saw any value of a claim sees the claim.
  func loadClaimedAfterUse() -> UInt {
    atomicMemoryFence(ordering: .acquiring)
    return load(Word.claimed, fenced: false)
  }

  /// Stored before a fence: no value of the claim can be seen before the claim itself.
  func storeClaimed(_ index: UInt) {
    // SAFETY: as in `load`.
    let word = unsafe (base + Word.claimed * Self.lineBytes).assumingMemoryBound(to: Atomic<UInt>.self)
    unsafe word.pointee.store(index, ordering: .relaxed)
    atomicMemoryFence(ordering: .releasing)
  }

  func loadStatus() -> UInt { load(Word.status, fenced: true) }
  func storeStatus(_ status: UInt) { store(status, at: Word.status) }
  func loadOffered() -> UInt { load(Word.offered, fenced: true) }
  func storeOffered(_ count: UInt) { store(count, at: Word.offered) }
  func loadCursor(of reader: Int) -> UInt { load(Word.firstCursor + 2 * reader, fenced: true) }
  func storeCursor(_ index: UInt, of reader: Int) { store(index, at: Word.firstCursor + 2 * reader) }
  func hasLeft(reader: Int) -> Bool { load(Word.firstCursor + 2 * reader + 1, fenced: true) != 0 }
  func leave(reader: Int) { store(1, at: Word.firstCursor + 2 * reader + 1) }

  private func load(_ line: Int, fenced: Bool) -> UInt {
    // SAFETY: `initialize` made an atomic word at the start of each line; atomics may be shared.
    let word = unsafe (base + line * Self.lineBytes).assumingMemoryBound(to: Atomic<UInt>.self)
    return fenced ? unsafe word.pointee.load(ordering: .acquiring) : unsafe word.pointee.load(ordering: .relaxed)
  }

  private func store(_ value: UInt, at line: Int) {
    // SAFETY: as in `load`.
    let word = unsafe (base + line * Self.lineBytes).assumingMemoryBound(to: Atomic<UInt>.self)
    unsafe word.pointee.store(value, ordering: .releasing)
  }

  // MARK: Frames

  /// A header with its place among all frames the stream offered, lost ones included.
  struct Record: BitwiseCopyable {
    var streamIndex: UInt64
    var header: FrameHeader
  }

  private var records: UnsafeMutablePointer<Record> {
    let lines = Word.firstCursor + 2 * shape.readers
    // SAFETY: the records follow the words; both offsets are multiples of 8.
    return unsafe (base + lines * Self.lineBytes).assumingMemoryBound(to: Record.self)
  }

  private var values: UnsafeMutablePointer<Float> {
    // SAFETY: the values follow the records.
    unsafe (base + Self.valuesOffset(shape)).assumingMemoryBound(to: Float.self)
  }

  func record(at slot: Int) -> Record {
    precondition(slot >= 0 && slot < shape.slots, "slot outside the ring")
    // SAFETY: the precondition keeps the slot inside the records.
    return unsafe records[slot]
  }

  func setRecord(_ record: Record, at slot: Int) {
    precondition(slot >= 0 && slot < shape.capacityFrames, "slot outside the ring")
    // SAFETY: the precondition keeps the slot inside the records; only the producer writes, and only to
    // slots it has claimed.
    unsafe records[slot] = record
    if slot < shape.overlapFrames {
      // SAFETY: `slots` is `capacityFrames + overlapFrames`.
      unsafe records[slot + shape.capacityFrames] = record
    }
  }

  /// Lets `body` fill the values of a slot, then copies them to the overlap if the slot has a twin there.
  func fill<R, E>(slot: Int, _ body: (inout MutableSpan<Float>) throws(E) -> R) throws(E) -> R {
    precondition(slot >= 0 && slot < shape.capacityFrames, "slot outside the ring")
    let channels = shape.channels
    // SAFETY: the precondition keeps the run inside the values; the slot is claimed by the one producer.
    let first = unsafe values + slot * channels
    var span = unsafe UnsafeMutableBufferPointer(start: first, count: channels).mutableSpan
    let result = try body(&span)
    if slot < shape.overlapFrames {
      // SAFETY: the twin lies `capacityFrames` further on, inside `slots`, and does not overlap the original.
      unsafe (first + shape.capacityFrames * channels).update(from: first, count: channels)
    }
    return result
  }

  /// Stores frames in slots that follow each other, and in their twins past the end.
  ///
  /// - Precondition: The slots end at the ring's end at the latest; `values` has a value for each frame and channel.
  func setFrames(at slot: Int, streamIndex: UInt64, _ headers: Span<FrameHeader>, values frames: Span<Float>) {
    let (count, channels) = (headers.count, shape.channels)
    precondition(slot >= 0 && count <= shape.capacityFrames - slot, "slots outside the ring")
    precondition(frames.count == count * channels, "a frame has a value for each channel")
    // SAFETY: the precondition keeps the run inside the records and the values; the slots are claimed by the one
    // producer.
    let firstRecord = unsafe records + slot
    let firstValue = unsafe values + slot * channels
    for index in 0..<count {
      unsafe firstRecord[index] = Record(
        streamIndex: streamIndex &+ UInt64(index.magnitude), header: headers[index])
    }
    for index in 0..<frames.count { unsafe firstValue[index] = frames[index] }
    let twins = min(count, shape.overlapFrames - slot)
    if twins > 0 {
      // SAFETY: the twins lie `capacityFrames` further on, inside `slots`, and do not overlap the originals, which are
      // no more than `capacityFrames`.
      unsafe (firstRecord + shape.capacityFrames).update(from: firstRecord, count: twins)
      unsafe (firstValue + shape.capacityFrames * channels).update(from: firstValue, count: twins * channels)
    }
  }

  /// Values of `count` frames in a row, from `slot` on.
  func read<R, E>(slot: Int, count: Int, _ body: (Span<Float>) throws(E) -> R) throws(E) -> R {
    precondition(slot >= 0 && count >= 0 && slot + count <= shape.slots, "frames outside the ring")
    // SAFETY: the precondition keeps the run inside the values. Under drop-oldest the producer may be writing
    // here: the reader throws away what it computed when the generation check after use says so.
    return try body(
      unsafe UnsafeBufferPointer(start: values + slot * shape.channels, count: count * shape.channels).span)
  }
}

/// Widens a word that another thread published to the 64-bit index it stands for.
///
/// - Parameter base: An index seen earlier; the true one is not smaller, and by less than 2^bits larger.
func widened<Word: FixedWidthInteger & UnsignedInteger>(_ word: Word, from base: UInt64) -> UInt64 {
  base &+ UInt64(truncatingIfNeeded: word &- Word(truncatingIfNeeded: base))
}
