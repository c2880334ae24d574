#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Reads LZ4 frames: blocks that depend on each other or not, stored blocks, all checksums verified, skippable frames.
///
/// Memory: two blocks, of at most 4 MiB each, and 64 KiB that matches reach back to.
final class LZ4Decompressor: Decompressor {
  private enum Stage {
    case magic
    case skippableSize
    case skipping(UInt32)
    case flags
    case descriptor(bytes: Int)
    case blockSize
    case block(bytes: Int, isStored: Bool)
    case contentChecksum
  }

  private var stage = Stage.magic
  private var frame: LZ4Frame?
  private var contentHash = XXHash32()
  private var contentBytes: UInt64 = 0
  private var failure: DecompressionFailure?

  /// Bytes of a field or block that arrived in several pieces.
  private var gathered: UnsafeMutableRawPointer
  private var gatheredCapacity = 64
  private var gatheredCount = 0

  /// Decoded bytes: what matches may reach back to, then what has not been handed out.
  private var decoded: UnsafeMutableRawPointer
  private var decodedCapacity = 0
  private var decodedStart = 0
  private var decodedEnd = 0

  private static let historyBytes = 64 << 10

  init() {
    gathered = .allocate(byteCount: gatheredCapacity, alignment: 16)
    decoded = .allocate(byteCount: LZ4Block.slackBytes, alignment: 16)
  }

  deinit {
    gathered.deallocate()
    decoded.deallocate()
  }

  func reset() {
    stage = .magic
    frame = nil
    failure = nil
    gatheredCount = 0
    decodedStart = 0
    decodedEnd = 0
  }

  func step(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> DecompressionStep {
    if let failure { return .failed(failure) }
    var rest = input
    var produced = 0
    while true {
      let count = min(output.count - produced, decodedEnd - decodedStart)
      if count > 0 {
        memcpy(output.baseAddress! + produced, decoded + decodedStart, count)
        decodedStart += count
        produced += count
      }
      if decodedStart < decodedEnd { break }
      let before = rest
      do {
        switch try advance(&rest) {
        case .moved: continue
        case .frameEnded:
          return .progressed(consumed: input.count - rest.count, produced: produced, frameEnded: true)
        case .needsInput:
          return .progressed(consumed: input.count - rest.count, produced: produced, frameEnded: false)
        }
      } catch {
        failure = error.failure
        // What stands before the failure is handed out first.
        if produced == 0, before.count == input.count { return .failed(error.failure) }
        rest = before
        break
      }
    }
    return .progressed(consumed: input.count - rest.count, produced: produced, frameEnded: false)
  }

  // MARK: Stages

  private enum Advance {
    case moved
    case frameEnded
    case needsInput
  }

  private struct Stop: Error {
    let failure: DecompressionFailure
  }

  private static func corrupt(_ reason: String) -> Stop { Stop(failure: .corrupt(reason: reason)) }

  private func advance(_ rest: inout UnsafeRawBufferPointer) throws(Stop) -> Advance {
    switch stage {
    case .magic:
      guard let bytes = take(4, &rest) else { return .needsInput }
      try begin(magic: word(bytes))
    case .skippableSize:
      guard let bytes = take(4, &rest) else { return .needsInput }
      stage = .skipping(word(bytes))
    case .skipping(let left):
      let count = min(rest.count, Int(left))
      rest = .init(rebasing: rest.dropFirst(count))
      stage = .skipping(left - UInt32(count))
      guard count == Int(left) else { return .needsInput }
      return endFrame()
    case .flags:
      guard let flags = rest.first else { return .needsInput }
      stage = .descriptor(bytes: LZ4Frame.descriptorBytes(flags: flags))
    case .descriptor(let count):
      guard let bytes = take(count, &rest) else { return .needsInput }
      try begin(descriptor: bytes)
    case .blockSize:
      guard let bytes = take(4, &rest) else { return .needsInput }
      return try beginBlock(word(bytes))
    case .block(let count, let isStored):
      let checksumBytes = frame?.hasBlockChecksums == true ? 4 : 0
      guard let bytes = take(count + checksumBytes, &rest) else { return .needsInput }
      try decodeBlock(bytes, count: count, isStored: isStored)
    case .contentChecksum:
      guard let bytes = take(4, &rest) else { return .needsInput }
      guard word(bytes) == contentHash.value else {
        throw Self.corrupt("the frame's content does not match its checksum")
      }
      return endFrame()
    }
    return .moved
  }

  private func begin(magic: UInt32) throws(Stop) {
    if magic & LogCompression.skippableMask == LogCompression.skippableMagic {
      stage = .skippableSize
    } else if magic == LogCompression.lz4Magic {
      stage = .flags
    } else if magic == LZ4Frame.legacyMagic {
      throw Self.corrupt("a frame in LZ4's legacy format, which cannot be read")
    } else {
      throw Stop(failure: .unknownPrefix)
    }
  }

  private func begin(descriptor bytes: UnsafeRawBufferPointer) throws(Stop) {
    let header: LZ4Frame
    do {
      header = try LZ4Frame(descriptor: bytes)
    } catch {
      guard case .corrupt(let reason) = error else { return }
      throw Self.corrupt(reason)
    }
    frame = header
    contentHash = XXHash32()
    contentBytes = 0
    decodedStart = 0
    decodedEnd = 0
    let needed = Self.historyBytes + max(header.largestBlockBytes, 4 * Self.historyBytes)
    if needed > decodedCapacity {
      decoded.deallocate()
      decoded = .allocate(byteCount: needed + LZ4Block.slackBytes, alignment: 16)
      decodedCapacity = needed
    }
    stage = .blockSize
  }

  private func beginBlock(_ size: UInt32) throws(Stop) -> Advance {
    guard let frame else { throw Self.corrupt("a block without a frame") }
    if size == 0 {
      if let stated = frame.contentBytes, stated != contentBytes {
        throw Self.corrupt("the frame states \(stated) bytes and holds \(contentBytes)")
      }
      guard frame.hasContentChecksum else { return endFrame() }
      stage = .contentChecksum
      return .moved
    }
    let count = Int(size & ~LZ4Frame.storedBlock)
    guard count > 0, count <= frame.largestBlockBytes else {
      throw Self.corrupt("a block is longer than its frame allows")
    }
    stage = .block(bytes: count, isStored: size & LZ4Frame.storedBlock != 0)
    return .moved
  }

  private func decodeBlock(_ bytes: UnsafeRawBufferPointer, count: Int, isStored: Bool) throws(Stop) {
    guard let frame else { throw Self.corrupt("a block without a frame") }
    let block = UnsafeRawBufferPointer(rebasing: bytes.prefix(count))
    if frame.hasBlockChecksums, word(.init(rebasing: bytes.dropFirst(count))) != XXHash32.of(block) {
      throw Self.corrupt("a block does not match its checksum")
    }
    makeRoom(keepsHistory: !frame.hasIndependentBlocks, largest: frame.largestBlockBytes)
    let start = decodedEnd
    if isStored {
      memcpy(decoded + start, block.baseAddress!, count)
      decodedEnd += count
    } else {
      let history = frame.hasIndependentBlocks ? 0 : start
      guard let size = LZ4Block.decode(block, to: decoded + start, room: frame.largestBlockBytes, history: history)
      else { throw Self.corrupt("a block cannot be decoded") }
      decodedEnd += size
    }
    contentBytes &+= UInt64(decodedEnd - start)
    if let stated = frame.contentBytes, contentBytes > stated {
      decodedEnd = start
      throw Self.corrupt("the frame holds more than the \(stated) bytes it states")
    }
    if frame.hasContentChecksum { contentHash.add(.init(start: decoded + start, count: decodedEnd - start)) }
    stage = .blockSize
  }

  /// Everything decoded has been handed out when this is called.
  private func makeRoom(keepsHistory: Bool, largest: Int) {
    if !keepsHistory {
      decodedEnd = 0
    } else if decodedCapacity - decodedEnd < largest {
      let kept = min(decodedEnd, Self.historyBytes)
      memmove(decoded, decoded + (decodedEnd - kept), kept)
      decodedEnd = kept
    }
    decodedStart = decodedEnd
  }

  private func endFrame() -> Advance {
    stage = .magic
    frame = nil
    return .frameEnded
  }

  // MARK: Pieces

  private func word(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    UInt32(littleEndian: bytes.loadUnaligned(as: UInt32.self))
  }

  /// The next bytes once all of them are there; valid until the next call.
  private func take(_ count: Int, _ rest: inout UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    if gatheredCount == 0, rest.count >= count {
      let found = UnsafeRawBufferPointer(rebasing: rest.prefix(count))
      rest = .init(rebasing: rest.dropFirst(count))
      return found
    }
    let piece = min(rest.count, count - gatheredCount)
    if gatheredCount + piece > gatheredCapacity { growGathered(to: count) }
    if piece > 0 { memcpy(gathered + gatheredCount, rest.baseAddress!, piece) }
    gatheredCount += piece
    rest = .init(rebasing: rest.dropFirst(piece))
    guard gatheredCount == count else { return nil }
    gatheredCount = 0
    return UnsafeRawBufferPointer(start: gathered, count: count)
  }

  private func growGathered(to count: Int) {
    let larger = UnsafeMutableRawPointer.allocate(byteCount: count, alignment: 16)
    memcpy(larger, gathered, gatheredCount)
    gathered.deallocate()
    gathered = larger
    gatheredCapacity = count
  }
}
