/// A ring of frames over memory that it is given: one producer, one or more readers, each with its cursor.
///
/// The producer claims slots, fills them and publishes them all at once; a reader sees frames only after
/// they are published, in order, and gives them back with its cursor. Neither side takes a lock, waits or
/// allocates. Indices are 64-bit and only grow. Under `.block` and `.dropNewest` a slot is not written
/// before every reader has passed it, so that readers look at the frames in place. Under `.dropOldest` it is: a
/// reader copies frames out, word by word, and then checks whether they were overwritten meanwhile (a sequence lock,
/// with the claimed index as its generation; Boehm, "Can seqlocks get along with programming language memory
/// models?", 2012).
///
/// Any run of up to `longestWindowFrames` frames is contiguous, because the first slots are stored a second
/// time past the end.
@safe public struct FrameRing: ~Copyable {
  /// Alignment of the memory in bytes: a cache line.
  public static var alignment: Int { 64 }

  public let shape: FrameRingShape
  private let memory: FrameRingMemory
  private var producerTaken = false
  private var readersTaken = 0

  private init(memory: FrameRingMemory) {
    shape = memory.shape
    self.memory = memory
  }

  /// Prepares the memory and makes a ring of it.
  ///
  /// - Parameter memory: Aligned to `FrameRing.alignment`, not used by anyone else, and alive as long as the
  ///   ring, its producer and its readers.
  /// - Throws: `FrameRingError` when the memory is too small or not aligned.
  public static func make(
    shape: FrameRingShape, unsafeMemory memory: UnsafeMutableRawBufferPointer
  ) throws(FrameRingError) -> FrameRing {
    guard let base = memory.baseAddress, memory.count >= shape.bytesNeeded else {
      throw .memoryTooSmall(neededBytes: shape.bytesNeeded, availableBytes: memory.count)
    }
    guard UInt(bitPattern: base) % UInt(alignment) == 0 else {
      throw .memoryNotAligned(neededAlignment: alignment)
    }
    // SAFETY: size and alignment were checked; the caller promises the lifetime.
    let layout = unsafe FrameRingMemory(shape: shape, unsafeMemory: base)
    layout.initialize()
    return FrameRing(memory: layout)
  }

  #if !hasFeature(Embedded)
    /// On the host, with memory of its own, which lives as long as the ring, its producer or one of its readers.
    public init(shape: FrameRingShape) {
      let owner = OwnedMemory(byteCount: shape.bytesNeeded)
      // SAFETY: the memory has the size and a cache line's alignment, and the layout holds its owner.
      var memory = unsafe FrameRingMemory(shape: shape, unsafeMemory: owner.bytes.baseAddress!)
      memory.owner = owner
      memory.initialize()
      self.init(memory: memory)
    }
  #endif

  /// The producer. There is one, so this is called once.
  public mutating func takeProducer() -> FrameProducer {
    precondition(!producerTaken, "a ring has one producer")
    producerTaken = true
    return FrameProducer(memory: memory)
  }

  /// The next of the `shape.readers` readers. All of them start at the first frame, and under `.block` and
  /// `.dropNewest` each holds the producer back until it reads on or leaves.
  public mutating func takeReader() -> FrameReader {
    precondition(readersTaken < shape.readers, "all readers of this ring are taken")
    defer { readersTaken += 1 }
    return FrameReader(memory: memory, number: readersTaken)
  }
}

/// Why memory cannot be a ring.
public enum FrameRingError: Error, Sendable, Hashable {
  case memoryTooSmall(neededBytes: Int, availableBytes: Int)
  case memoryNotAligned(neededAlignment: Int)
}

/// Frames that a reader of a ring, or the ring itself, did not take in.
public struct FrameOverrun: Sendable, Hashable {
  /// Frames lost altogether.
  public internal(set) var frames: UInt64 = 0

  /// Runs of frames lost in a row.
  public internal(set) var gaps: UInt64 = 0

  /// Stream indices of the first and the last frame lost; meaningless while `frames` is 0.
  public internal(set) var firstIndex: UInt64 = 0
  public internal(set) var lastIndex: UInt64 = 0

  mutating func lose(from first: UInt64, through last: UInt64) {
    if frames == 0 { firstIndex = first }
    // A run that continues the one before it is one gap.
    if frames == 0 || lastIndex &+ 1 != first { gaps += 1 }
    frames += last - first + 1
    lastIndex = last
  }
}
