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
      unsafe records.advanced(by: slot).initialize(to: Record(streamIndex: 0, header: FrameHeader(timeNanoseconds: 0)))
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

  private var records: UnsafeMutablePointer<Record> {
    let lines = Word.firstCursor + 2 * shape.readers
    // SAFETY: the records follow the words; both offsets are multiples of 8.
    return unsafe (base + lines * Self.lineBytes).assumingMemoryBound(to: Record.self)
  }

  private var values: UnsafeMutablePointer<Float> {
    // SAFETY: the values follow the records.
    unsafe (base + Self.valuesOffset(shape)).assumingMemoryBound(to: Float.self)
  }

  private var isShared: Bool { shape.policy == .dropOldest }

  // Every frame's header is looked at, so the usual way has to be short.
  @inline(__always)
  func record(at slot: Int) -> Record {
    precondition(slot >= 0 && slot < shape.slots, "slot outside the ring")
    if isShared { return sharedRecord(at: slot) }
    // SAFETY: the precondition keeps the slot inside the records.
    return unsafe records[slot]
  }

  @inline(never)
  private func sharedRecord(at slot: Int) -> Record {
    // SAFETY: the caller keeps the slot inside the records; any bits are a record, copied word by word to one of our own.
    var record = Record(streamIndex: 0, header: FrameHeader(timeNanoseconds: 0))
    unsafe withUnsafeMutableBytes(of: &record) {
      unsafe Self.load(records + slot, into: $0.baseAddress!, bytes: $0.count)
    }
    return record
  }

  func setRecord(_ record: Record, at slot: Int) {
    precondition(slot >= 0 && slot < shape.capacityFrames, "slot outside the ring")
    // SAFETY: the precondition keeps the slot inside the records; only the producer writes, and only to
    // slots it has claimed.
    unsafe store(record, at: records + slot)
    if slot < shape.overlapFrames {
      // SAFETY: `slots` is `capacityFrames + overlapFrames`.
      unsafe store(record, at: records + slot + shape.capacityFrames)
    }
  }

  private func store(_ record: Record, at address: UnsafeMutablePointer<Record>) {
    guard isShared else {
      unsafe address.pointee = record
      return
    }
    // SAFETY: the caller's address is inside the records.
    unsafe withUnsafeBytes(of: record) { unsafe Self.store($0.baseAddress!, to: address, bytes: $0.count) }
  }

  /// Lets `body` fill the values of a slot, then copies them to the overlap if the slot has a twin there.
  func fill<R, E>(slot: Int, _ body: (inout MutableSpan<Float>) throws(E) -> R) throws(E) -> R {
    precondition(slot >= 0 && slot < shape.capacityFrames, "slot outside the ring")
    let channels = shape.channels
    // SAFETY: the precondition keeps the run inside the values; the slot is claimed by the one producer.
    let first = unsafe values + slot * channels
    // SAFETY: where readers may look meanwhile, the frame is first filled in the producer's own copy.
    let filled = unsafe isShared ? producerCopy : first
    var span = unsafe UnsafeMutableBufferPointer(start: filled, count: channels).mutableSpan
    let result = try body(&span)
    unsafe storeValues(filled, count: channels, at: first, twins: slot < shape.overlapFrames ? channels : 0)
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
    guard !isShared else {
      return storeFrames(at: slot, streamIndex: streamIndex, headers, values: frames, twins: twins)
    }
    // SAFETY: the precondition keeps the run inside the records and the values; the slots are claimed by the one
    // producer.
    let firstRecord = unsafe records + slot
    let firstValue = unsafe values + slot * channels
    for index in 0..<count {
      unsafe firstRecord[index] = Record(
        streamIndex: streamIndex &+ UInt64(index.magnitude), header: headers[index])
    }
    for index in 0..<frames.count { unsafe firstValue[index] = frames[index] }
    if twins > 0 {
      // SAFETY: the twins lie `capacityFrames` further on, inside `slots`, and do not overlap the originals, which are
      // no more than `capacityFrames`.
      unsafe (firstRecord + shape.capacityFrames).update(from: firstRecord, count: twins)
      unsafe (firstValue + shape.capacityFrames * channels).update(from: firstValue, count: twins * channels)
    }
  }

  /// The same where readers may look meanwhile.
  private func storeFrames(
    at slot: Int, streamIndex: UInt64, _ headers: Span<FrameHeader>, values frames: Span<Float>, twins: Int
  ) {
    for index in 0..<headers.count {
      let record = Record(streamIndex: streamIndex &+ UInt64(index.magnitude), header: headers[index])
      // SAFETY: the caller keeps the run inside the records; its twins lie `capacityFrames` further on, inside `slots`.
      unsafe store(record, at: records + slot + index)
      if index < twins { unsafe store(record, at: records + slot + shape.capacityFrames + index) }
    }
    unsafe frames.withUnsafeBufferPointer { frames in
      guard let source = frames.baseAddress else { return }
      // SAFETY: the caller keeps the run inside the values; its span is not the ring's.
      unsafe storeValues(
        source, count: frames.count, at: values + slot * shape.channels, twins: twins * shape.channels)
    }
  }

  /// Stores values in the ring and the first `twins` of them a second time, a capacity further on.
  private func storeValues(
    _ source: UnsafePointer<Float>, count: Int, at target: UnsafeMutablePointer<Float>, twins: Int
  ) {
    // SAFETY: callers keep the runs inside the values; a run and its twins do not overlap.
    let past = unsafe target + shape.capacityFrames * shape.channels
    if isShared {
      unsafe Self.store(source, to: target, bytes: count * MemoryLayout<Float>.stride)
      unsafe Self.store(source, to: past, bytes: twins * MemoryLayout<Float>.stride)
    } else {
      if unsafe target != source { unsafe target.update(from: source, count: count) }
      if twins > 0 { unsafe past.update(from: source, count: twins) }
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
    let bytes = count * shape.channels * MemoryLayout<Float>.stride
    // SAFETY: the preconditions keep both runs inside the values and the copies; a reader's copy is its own.
    unsafe Self.load(values + slot * shape.channels, into: copy(of: reader), bytes: bytes)
  }

  /// What `copyFrames` copied.
  func readCopy<R, E>(of reader: Int, count: Int, _ body: (Span<Float>) throws(E) -> R) throws(E) -> R {
    precondition(isShared && count >= 0 && count <= shape.longestWindowFrames, "a reader's copy is a window long")
    // SAFETY: the precondition keeps the run inside the copies; a reader's copy is its own.
    return try body(unsafe UnsafeBufferPointer(start: copy(of: reader), count: count * shape.channels).span)
  }

  /// Copies words of 4 bytes out of shared memory. Each comes whole; whether they belong together is for the
  /// generation check to say.
  private static func load(_ shared: UnsafeRawPointer, into target: UnsafeMutableRawPointer, bytes: Int) {
    // SAFETY: callers give aligned memory of that many bytes; an atomic word has the size and place of a plain one.
    let source = unsafe shared.assumingMemoryBound(to: Atomic<UInt32>.self)
    let words = unsafe target.assumingMemoryBound(to: UInt32.self)
    for index in 0..<(bytes / MemoryLayout<UInt32>.stride) {
      unsafe words[index] = source[index].load(ordering: .relaxed)
    }
  }

  /// Copies words of 4 bytes into shared memory.
  private static func store(_ source: UnsafeRawPointer, to shared: UnsafeMutableRawPointer, bytes: Int) {
    // SAFETY: as in `load`.
    let target = unsafe shared.assumingMemoryBound(to: Atomic<UInt32>.self)
    let words = unsafe source.assumingMemoryBound(to: UInt32.self)
    for index in 0..<(bytes / MemoryLayout<UInt32>.stride) {
      unsafe target[index].store(words[index], ordering: .relaxed)
    }
  }
}

/// Widens a word that another thread published to the 64-bit index it stands for.
///
/// - Parameter base: An index seen earlier; the true one is not smaller, and by less than 2^bits larger.
func widened<Word: FixedWidthInteger & UnsignedInteger>(_ word: Word, from base: UInt64) -> UInt64 {
  base &+ UInt64(truncatingIfNeeded: word &- Word(truncatingIfNeeded: base))
}
