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

  /// Behind the values, under `.dropOldest` only: a frame that the producer is filling, and a window for each reader.
  /// There the producer writes while a reader looks, so both go through atomic words and nobody is lent the values.
  static func copiesOffset(_ shape: FrameRingShape) -> Int {
    valuesOffset(shape) + shape.slots * shape.channels * MemoryLayout<Float>.stride
  }

  static func copiedValues(_ shape: FrameRingShape) -> Int {
    shape.policy == .dropOldest ? (1 + shape.readers * shape.longestWindowFrames) * shape.channels : 0
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
      unsafe recordAddress(slot).initializeMemory(as: UInt64.self, repeating: 0, count: Self.recordBytes / 8)
      store(Record(streamIndex: 0, header: FrameHeader(timeNanoseconds: 0)), at: slot)
    }
    // SAFETY: `bytesNeeded` counts the values of every slot, and behind them the copies.
    unsafe values.initialize(repeating: 0, count: shape.slots * shape.channels + Self.copiedValues(shape))
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

  /// Where the words of a record stand. They are atomic whatever the policy, because one plain load or store is what a
  /// relaxed one costs.
  private enum RecordOffset {
    static var streamIndex: Int { 0 }
    static var time: Int { 8 }
    static var label: Int { 16 }
    static var segment: Int { 20 }
  }

  private func recordAddress(_ slot: Int) -> UnsafeMutableRawPointer {
    // SAFETY: the records follow the words; callers keep the slot inside them. Both offsets are multiples of 8.
    unsafe base + ((Word.firstCursor + 2 * shape.readers) * Self.lineBytes + slot * Self.recordBytes)
  }

  private var values: UnsafeMutablePointer<Float> {
    // SAFETY: the values follow the records.
    unsafe (base + Self.valuesOffset(shape)).assumingMemoryBound(to: Float.self)
  }

  private var isShared: Bool { shape.policy == .dropOldest }

  func record(at slot: Int) -> Record {
    precondition(slot >= 0 && slot < shape.slots, "slot outside the ring")
    // SAFETY: the precondition keeps the slot inside the records.
    let address = unsafe recordAddress(slot)
    return unsafe Record(
      streamIndex: AtomicWords.load64(address + RecordOffset.streamIndex),
      header: FrameHeader(
        timeNanoseconds: Int64(bitPattern: AtomicWords.load64(address + RecordOffset.time)),
        label: Int32(bitPattern: AtomicWords.load32(address + RecordOffset.label)),
        segment: Int32(bitPattern: AtomicWords.load32(address + RecordOffset.segment))))
  }

  func setRecord(_ record: Record, at slot: Int) {
    precondition(slot >= 0 && slot < shape.capacityFrames, "slot outside the ring")
    store(record, at: slot)
    // `slots` is `capacityFrames + overlapFrames`.
    if slot < shape.overlapFrames { store(record, at: slot + shape.capacityFrames) }
  }

  /// - Precondition: The slot is inside the ring. Only the producer writes, and only to slots it has claimed.
  private func store(_ record: Record, at slot: Int) {
    let (header, address) = unsafe (record.header, recordAddress(slot))
    // SAFETY: callers keep the slot inside the records.
    unsafe AtomicWords.store64(record.streamIndex, address + RecordOffset.streamIndex)
    unsafe AtomicWords.store64(UInt64(bitPattern: header.timeNanoseconds), address + RecordOffset.time)
    unsafe AtomicWords.store32(UInt32(bitPattern: header.label), address + RecordOffset.label)
    unsafe AtomicWords.store32(UInt32(bitPattern: header.segment), address + RecordOffset.segment)
  }

  /// Lets `body` fill the values of a slot, then copies them to the overlap if the slot has a twin there.
  func fill<R, E>(slot: Int, _ body: (inout MutableSpan<Float>) throws(E) -> R) throws(E) -> R {
    precondition(slot >= 0 && slot < shape.capacityFrames, "slot outside the ring")
    let channels = shape.channels
    // SAFETY: the precondition keeps the run inside the values; the slot is claimed by the one producer. Where readers
    // may look meanwhile, the frame is first filled in the producer's own copy.
    let first = unsafe values + slot * channels
    let filled = unsafe isShared ? producerCopy : first
    var span = unsafe UnsafeMutableBufferPointer(start: filled, count: channels).mutableSpan
    let result = try body(&span)
    // SAFETY: the twin lies `capacityFrames` further on, inside `slots`, and does not overlap the original.
    let twin = unsafe slot < shape.overlapFrames ? first + shape.capacityFrames * channels : nil
    if isShared {
      unsafe AtomicWords.store(filled, to: first, count: channels)
      if let twin = unsafe twin { unsafe AtomicWords.store(filled, to: twin, count: channels) }
    } else if let twin = unsafe twin {
      unsafe twin.update(from: first, count: channels)
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
    let twins = max(0, min(count, shape.overlapFrames - slot))
    for index in 0..<count {
      store(Record(streamIndex: streamIndex &+ UInt64(index.magnitude), header: headers[index]), at: slot + index)
    }
    for index in 0..<twins {
      store(
        Record(streamIndex: streamIndex &+ UInt64(index.magnitude), header: headers[index]),
        at: slot + shape.capacityFrames + index)
    }
    // SAFETY: the preconditions keep the run inside the values; the slots are claimed by the one producer. The twins
    // lie `capacityFrames` further on, inside `slots`, and do not overlap the originals, which are no more than that.
    let first = unsafe values + slot * channels
    let past = unsafe first + shape.capacityFrames * channels
    if isShared {
      unsafe frames.withUnsafeBufferPointer { frames in
        guard let source = frames.baseAddress else { return }
        unsafe AtomicWords.store(source, to: first, count: frames.count)
        unsafe AtomicWords.store(source, to: past, count: twins * channels)
      }
    } else {
      for index in 0..<frames.count { unsafe first[index] = frames[index] }
      if twins > 0 { unsafe past.update(from: first, count: twins * channels) }
    }
  }

  /// Values of `count` frames in a row, from `slot` on, where nobody writes: not under `.dropOldest`.
  func read<R, E>(slot: Int, count: Int, _ body: (Span<Float>) throws(E) -> R) throws(E) -> R {
    precondition(!isShared, "what may be overwritten is copied before use")
    precondition(slot >= 0 && count >= 0 && slot + count <= shape.slots, "frames outside the ring")
    // SAFETY: the precondition keeps the run inside the values.
    return try body(
      unsafe UnsafeBufferPointer(start: values + slot * shape.channels, count: count * shape.channels).span)
  }

  // MARK: Frames that may be overwritten while they are read

  private var producerCopy: UnsafeMutablePointer<Float> {
    // SAFETY: the copies follow the values.
    unsafe (base + Self.copiesOffset(shape)).assumingMemoryBound(to: Float.self)
  }

  private func copy(of reader: Int) -> UnsafeMutablePointer<Float> {
    // SAFETY: a window for each reader follows the producer's frame.
    unsafe producerCopy + (1 + reader * shape.longestWindowFrames) * shape.channels
  }

  /// Copies `count` frames in a row, from `slot` on, to the reader's own memory, whoever writes meanwhile.
  func copyFrames(slot: Int, count: Int, for reader: Int) {
    precondition(slot >= 0 && count >= 0 && slot + count <= shape.slots, "frames outside the ring")
    precondition(isShared && count <= shape.longestWindowFrames, "a reader's copy is a window long")
    // SAFETY: the preconditions keep both runs inside the values and the copies; a reader's copy is its own.
    unsafe AtomicWords.load(values + slot * shape.channels, into: copy(of: reader), count: count * shape.channels)
  }

  /// What `copyFrames` copied.
  func readCopy<R, E>(of reader: Int, count: Int, _ body: (Span<Float>) throws(E) -> R) throws(E) -> R {
    precondition(isShared && count >= 0 && count <= shape.longestWindowFrames, "a reader's copy is a window long")
    // SAFETY: the precondition keeps the run inside the copies; a reader's copy is its own.
    return try body(unsafe UnsafeBufferPointer(start: copy(of: reader), count: count * shape.channels).span)
  }
}

/// Widens a word that another thread published to the 64-bit index it stands for.
///
/// - Parameter base: An index seen earlier; the true one is not smaller, and by less than 2^bits larger.
func widened<Word: FixedWidthInteger & UnsignedInteger>(_ word: Word, from base: UInt64) -> UInt64 {
  base &+ UInt64(truncatingIfNeeded: word &- Word(truncatingIfNeeded: base))
}
