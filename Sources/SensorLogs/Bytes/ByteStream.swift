#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The bytes of a recording, decompressed if they are compressed, seen through a window that slides forward.
///
/// The window grows only when a reader asks for more bytes at once than it holds, and only as they arrive.
/// Damage ends the stream early; everything decoded before it stays readable and `damage` says what happened.
final class ByteStream {
  private let stored: StoredBytes
  /// nil: the bytes are plain.
  private let decoder: FrameDecoder?
  private let maximumDecodedBytes: Int
  // Readers move through the window for every line or record. Nothing here calls back into them, so checks of exclusive
  // access are left out.
  @exclusivity(unchecked) private var memory: UnsafeMutableRawPointer
  private var capacity: Int
  @exclusivity(unchecked) private var start = 0
  @exclusivity(unchecked) private var end = 0
  private var ownDamage: LogLoss?

  /// Decoded bytes that have left the window.
  @exclusivity(unchecked) private(set) var position = 0

  private static let initialCapacity = 256 << 10
  /// Readable bytes behind the window, so that a sentinel can be set there and numbers be read by words.
  static let padding = 16

  var path: String { stored.input.path }
  var totalBytes: Int? { stored.input.totalBytes }
  var compression: LogCompression { decoder?.compression ?? .none }
  var isCompressed: Bool { decoder != nil }
  /// nil where the bytes are plain.
  var frames: CompressedFrames? { decoder?.frames }
  var damage: LogLoss? { ownDamage ?? decoder?.damage }

  /// Behind damage: where another compression frame may begin.
  var nextFrame: Int? { decoder?.nextFrame }

  /// Where the compression frame at hand begins.
  var frameStart: Int? { decoder?.frameStart }

  /// Whether the bytes come from a file that has others beside it.
  var isFile: Bool { stored.input is FileInput && totalBytes != nil }

  /// The same bytes from their beginning; nil for a pipe.
  func reopened(windowLogMaximum: Int) throws(LogReadError) -> ByteStream? {
    guard let again = try stored.input.reopened() else { return nil }
    return try ByteStream(again, windowLogMaximum: windowLogMaximum, maximumDecodedBytes: maximumDecodedBytes)
  }

  /// - Parameter maximumDecodedBytes: The stream ends, damaged, before it gives more than these.
  init(
    _ input: any ByteInput, windowLogMaximum: Int, maximumDecodedBytes: Int? = nil
  ) throws(LogReadError) {
    stored = try StoredBytes(input)
    self.maximumDecodedBytes = maximumDecodedBytes ?? .max
    let head = stored.waiting
    if let recognized = LogCompression.recognized(head) {
      decoder = try FrameDecoder(stored, recognized, windowLogMaximum: windowLogMaximum)
    } else if let name = Self.foreignCompression(head) {
      throw LogReadError(.unsupportedCompression(name), path: input.path, byteOffset: 0)
    } else {
      decoder = nil
    }
    capacity = Self.initialCapacity
    memory = .allocate(byteCount: capacity + Self.padding, alignment: 16)
    (memory + capacity).initializeMemory(as: UInt8.self, repeating: 0, count: Self.padding)
  }

  convenience init(_ input: any ByteInput, options: LogReadOptions) throws(LogReadError) {
    try self.init(
      input, windowLogMaximum: options.zstdWindowLogMaximum, maximumDecodedBytes: options.maximumDecodedBytes)
  }

  deinit {
    memory.deallocate()
  }

  /// The unread bytes that are in memory; valid until the next `fill`. Some bytes behind them are readable too.
  var window: UnsafeRawBufferPointer { .init(start: memory + start, count: end - start) }

  var bytesRead: Int { stored.position }

  /// Where the byte `ahead` of the window's start lies in the file as stored; in a compressed file, as far as input
  /// went, or where it was found to be damaged.
  func storedOffset(ahead: Int = 0) -> Int {
    isCompressed ? damage?.byteOffset ?? bytesRead : position + ahead
  }

  func advance(_ count: Int) {
    assert(count <= end - start)
    start &+= count
    position &+= count
  }

  /// Sets a byte behind the window. Only for use when the stream has ended.
  func setSentinel(_ byte: UInt8) {
    memory.storeBytes(of: byte, toByteOffset: end, as: UInt8.self)
  }

  /// Makes the window hold at least `count` bytes.
  ///
  /// - Returns: false if the stream ends before.
  func ensure(_ count: Int) throws(LogReadError) -> Bool {
    while end - start < count {
      if try !fill() { return false }
    }
    return true
  }

  /// Adds bytes to the window.
  ///
  /// - Returns: false at the end.
  func fill() throws(LogReadError) -> Bool {
    if ownDamage != nil { return false }
    makeRoom()
    let room = UnsafeMutableRawBufferPointer(start: memory + end, count: capacity - end)
    let count = if let decoder { try decoder.read(into: room) } else { try stored.read(into: room) }
    let allowed = maximumDecodedBytes - (position + (end - start))
    if count > allowed {
      end += allowed
      ownDamage = LogLoss(
        .decodedTooLarge, byteOffset: isCompressed ? bytesRead : maximumDecodedBytes,
        detail: "after \(maximumDecodedBytes) bytes")
      return allowed > 0
    }
    end += count
    return count > 0
  }

  private func makeRoom() {
    if start == end {
      start = 0
      end = 0
    } else if capacity - end < capacity / 2 {
      if start > 0 {
        memmove(memory, memory + start, end - start)
        end -= start
        start = 0
      }
      if capacity - end < capacity / 4 {
        let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity * 2 + Self.padding, alignment: 16)
        memcpy(larger, memory, end)
        memory.deallocate()
        memory = larger
        capacity *= 2
      }
    }
  }

  private static func foreignCompression(_ head: UnsafeRawBufferPointer) -> String? {
    let table: [(String, [UInt8])] = [
      ("bzip2", [0x42, 0x5A, 0x68]), ("xz", [0xFD, 0x37, 0x7A, 0x58, 0x5A]),
      ("LZ4's legacy", [0x02, 0x21, 0x4C, 0x18]), ("zip", [0x50, 0x4B, 0x03, 0x04]), ("compress", [0x1F, 0x9D]),
    ]
    return table.first { head.starts(with: $0.1) }?.0
  }
}
