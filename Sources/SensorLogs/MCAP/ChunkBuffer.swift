/// The decompressed records of one chunk. The memory is kept for the next chunk.
///
/// It grows with the bytes that really arrive, never with the size that a chunk claims.
final class ChunkBuffer {
  private var memory: UnsafeMutableRawPointer
  private var capacity = 64 << 10
  private(set) var count = 0
  private var decompressor: ZstdDecompressor?
  private let windowLogMaximum: Int

  init(windowLogMaximum: Int) {
    memory = .allocate(byteCount: capacity, alignment: 16)
    self.windowLogMaximum = windowLogMaximum
  }

  deinit {
    memory.deallocate()
  }

  var bytes: UnsafeRawBufferPointer { .init(start: memory, count: count) }

  /// Begins a chunk; false where there is no memory for its decompressor.
  func begin(isCompressed: Bool) -> Bool {
    count = 0
    guard isCompressed else { return true }
    if decompressor == nil { decompressor = ZstdDecompressor(windowLogMaximum: windowLogMaximum) }
    guard decompressor != nil else { return false }
    decompressor!.reset()
    return true
  }

  func append(_ piece: UnsafeRawBufferPointer) {
    reserve(count + piece.count)
    (memory + count).copyMemory(from: piece.baseAddress ?? UnsafeRawPointer(memory), byteCount: piece.count)
    count += piece.count
  }

  /// Decompresses a piece of the chunk's data; bytes beyond `limit` decoded ones are padding and left alone.
  ///
  /// - Returns: nil if the data are corrupt.
  func decompress(_ piece: UnsafeRawBufferPointer, limit: Int) -> Void? {
    var rest = piece
    while count < limit {
      if count == capacity { reserve(min(limit, count * 2)) }
      let room = UnsafeMutableRawBufferPointer(start: memory + count, count: min(capacity, limit) - count)
      guard case .progressed(let consumed, let produced, _) = decompressor!.step(rest, into: room) else { return nil }
      count += produced
      rest = .init(rebasing: rest.dropFirst(consumed))
      // Nothing left to take in and room left over: all that this piece gives has been given.
      if rest.isEmpty, produced < room.count { return () }
      if consumed == 0, produced == 0 { return nil }
    }
    return ()
  }

  private func reserve(_ needed: Int) {
    guard needed > capacity else { return }
    let larger = max(needed, capacity * 2)
    let moved = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
    moved.copyMemory(from: memory, byteCount: count)
    memory.deallocate()
    memory = moved
    capacity = larger
  }
}
