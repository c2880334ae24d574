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
    return true
  }

  /// Takes the next piece of the chunk's data; bytes beyond `limit` decoded ones are padding and left alone.
  ///
  /// - Returns: nil if the data are corrupt.
  func add(_ piece: UnsafeRawBufferPointer, limit: Int) -> Void? {
    var rest = piece
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
