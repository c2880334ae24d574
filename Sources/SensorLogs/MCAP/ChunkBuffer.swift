#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The decompressed records of one chunk. The memory is kept for the next chunk.
///
/// It grows with the bytes that really arrive, never with the size that a chunk claims.
final class ChunkBuffer {
  // Looked at for every message; nothing calls back while they change.
  @exclusivity(unchecked) private var memory: UnsafeMutableRawPointer
  private(set) var capacity: Int
  @exclusivity(unchecked) private(set) var count = 0
  private let codec: ChunkCodec
  /// Bytes of the chunk's data taken in.
  private var storedCount = 0

  /// Memory that an empty buffer takes.
  static let initialCapacity = 64 << 10

  init(_ codec: ChunkCodec) {
    self.codec = codec
    capacity = Self.initialCapacity
    memory = Self.grown(nil, to: capacity)
  }

  deinit {
    free(memory)
  }

  var bytes: UnsafeRawBufferPointer { .init(start: memory, count: count) }

  func removeAll() {
    count = 0
  }

  /// Begins a chunk; false where there is no memory for its decompressor.
  func begin(_ compression: MCAPCompression) -> Bool {
    count = 0
    storedCount = 0
    return codec.begin(compression)
  }

  /// Takes all data of the chunk that has begun, where their decoded bytes fit in memory that earlier chunks have filled.
  ///
  /// - Parameter limit: The decoded bytes.
  /// - Returns: false, with nothing taken, where they are to be added in pieces.
  func addWhole(_ data: UnsafeRawBufferPointer, limit: Int) -> Bool {
    guard count == 0, limit > 0, limit <= capacity,
      codec.decodeWhole(data, into: UnsafeMutableRawBufferPointer(start: memory, count: limit))
    else { return false }
    count = limit
    storedCount = data.count
    return true
  }

  /// Whether `limit` bytes are there and the compression's frame has ended behind them, its checksum included.
  func isComplete(limit: Int) -> Bool { count == limit && (codec.frameHasEnded || storedCount == 0) }

  /// Takes the next piece of the chunk's data; what follows the frame that gives the last of `limit` decoded bytes is
  /// padding and left alone.
  ///
  /// - Returns: nil if the data are corrupt, or decode to more.
  func add(_ piece: UnsafeRawBufferPointer, limit: Int) -> Void? {
    var rest = piece
    storedCount += piece.count
    while count < limit {
      if count == capacity { grow(to: min(limit, count * 2)) }
      let room = UnsafeMutableRawBufferPointer(start: memory + count, count: min(capacity, limit) - count)
      guard let (consumed, produced) = codec.step(rest, into: room) else { return nil }
      count += produced
      rest = .init(rebasing: rest.dropFirst(consumed))
      // Nothing left to take in and room left over: all that this piece gives has been given.
      if rest.isEmpty, produced < room.count { return () }
      if consumed == 0, produced == 0 { return nil }
    }
    // All bytes are there; a checksum may still stand before the frame's end.
    while !codec.frameHasEnded, !rest.isEmpty {
      var beyond: UInt8 = 0
      let step = withUnsafeMutableBytes(of: &beyond) { codec.step(rest, into: $0) }
      guard let step, step.produced == 0, step.consumed > 0 || codec.frameHasEnded else { return nil }
      rest = .init(rebasing: rest.dropFirst(step.consumed))
    }
    return ()
  }

  private func grow(to needed: Int) {
    memory = Self.grown(memory, to: needed)
    capacity = needed
  }

  /// The system moves large memory without copying it, so that old and new never stand beside each other.
  private static func grown(_ memory: UnsafeMutableRawPointer?, to capacity: Int) -> UnsafeMutableRawPointer {
    guard let larger = realloc(memory, capacity) else { fatalError("no memory for a chunk of \(capacity) bytes") }
    return larger
  }
}
