/// What happens to a frame for which the ring has no room.
public enum OverrunPolicy: UInt8, Sendable, Hashable {
  /// The producer is told that there is no room, and waits. Nothing is lost: for replay and training.
  case block

  /// The newest frame overwrites the oldest one. A reader finds out, and counts, what it missed.
  case dropOldest

  /// The newest frame is not taken. Every reader sees and counts the hole.
  case dropNewest
}

/// The sizes of a frame ring, from which its bytes follow.
public struct FrameRingShape: Sendable, Hashable {
  public static var maximumReaders: Int { 8 }

  /// Values in a frame.
  public let channels: Int

  /// Frames the ring can hold.
  public let capacityFrames: Int

  /// Any run of this many frames is contiguous in memory, wherever in the ring it starts.
  public let longestWindowFrames: Int

  public let readers: Int
  public let policy: OverrunPolicy

  /// - Parameter longestWindowFrames: Range `1...capacityFrames`. The ring stores that many frames less
  ///   one a second time, past its end.
  public init(
    channels: Int, capacityFrames: Int, longestWindowFrames: Int = 1, readers: Int = 1,
    policy: OverrunPolicy = .block
  ) {
    precondition(channels > 0 && channels <= 4096, "a frame has 1 to 4096 channels")
    precondition(capacityFrames > 0 && capacityFrames <= 1 << 24, "a ring holds 1 to 16,777,216 frames")
    precondition(
      longestWindowFrames > 0 && longestWindowFrames <= capacityFrames, "a window fits into the ring that holds it")
    precondition(readers > 0 && readers <= Self.maximumReaders, "a ring has 1 to 8 readers")
    self.channels = channels
    self.capacityFrames = capacityFrames
    self.longestWindowFrames = longestWindowFrames
    self.readers = readers
    self.policy = policy
  }

  /// Frames stored a second time past the end, so that windows need not wrap.
  var overlapFrames: Int { longestWindowFrames - 1 }

  /// Slots in memory.
  var slots: Int { capacityFrames + overlapFrames }

  /// Bytes of memory the ring needs, start aligned to `FrameRing.alignment`.
  public var bytesNeeded: Int {
    FrameRingMemory.copiesOffset(self) + FrameRingMemory.copiedValues(self) * MemoryLayout<Float>.stride
  }
}
