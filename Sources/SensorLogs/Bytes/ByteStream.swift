#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The bytes of a recording, decompressed if they are zstd, seen through a window that slides forward.
///
/// The window grows only when a reader asks for more bytes at once than it holds, and only as they arrive.
/// Damage ends the stream early; everything decoded before it stays readable and `damage` says what happened.
final class ByteStream {
  private let input: any ByteInput
  private var memory: UnsafeMutableRawPointer
  private var capacity: Int
  private var start = 0
  private var end = 0

  private var stored: UnsafeMutableRawPointer
  private var storedStart = 0
  private var storedEnd = 0
  private var inputEnded = false
  private var decompressor: ZstdDecompressor?
  private var atFrameBoundary = true
  private var outputWasFull = false

  let isCompressed: Bool

  /// Bytes taken from the input, those that wait to be decompressed included.
  private var bytesTaken = 0

  /// Decoded bytes that have left the window.
  private(set) var position = 0
  private(set) var damage: LogLoss?

  private static let storedCapacity = 128 << 10
  private static let initialCapacity = 256 << 10
  /// Readable bytes behind the window, so that a sentinel can be set there.
  private static let padding = 16

  /// Whether the bytes come from a file that has others beside it.
  var isFile: Bool { input is FileInput && input.totalBytes != nil }

  /// The same bytes from their beginning; nil for a pipe.
  func reopened(windowLogMaximum: Int) throws(LogReadError) -> ByteStream? {
    guard let again = try input.reopened() else { return nil }
    return try ByteStream(again, windowLogMaximum: windowLogMaximum)
  }

  var path: String { input.path }
  var totalBytes: Int? { input.totalBytes }

  init(_ input: any ByteInput, windowLogMaximum: Int) throws(LogReadError) {
    self.input = input
    capacity = Self.initialCapacity
    memory = .allocate(byteCount: capacity + Self.padding, alignment: 16)
    stored = .allocate(byteCount: Self.storedCapacity, alignment: 16)
    // The first bytes tell the compression; they may arrive one by one.
    while storedEnd < 8 {
      let count = try input.read(into: .init(start: stored + storedEnd, count: Self.storedCapacity - storedEnd))
      if count == 0 {
        inputEnded = true
        break
      }
      storedEnd += count
    }
    bytesTaken = storedEnd
    let head = UnsafeRawBufferPointer(start: stored, count: storedEnd)
    if ZstdDecompressor.recognizes(head) {
      guard let created = ZstdDecompressor(windowLogMaximum: windowLogMaximum) else {
        throw LogReadError(
          .invalidOption("a zstd window of 2^\(windowLogMaximum) bytes cannot be had"), path: input.path)
      }
      decompressor = consume created
      isCompressed = true
    } else {
      isCompressed = false
      if let name = Self.foreignCompression(head) {
        throw LogReadError(.unsupportedCompression(name), path: input.path, byteOffset: 0)
      }
    }
  }

  deinit {
    memory.deallocate()
    stored.deallocate()
  }

  /// The unread bytes that are in memory; valid until the next `fill`.
  var window: UnsafeRawBufferPointer { .init(start: memory + start, count: end - start) }

  var bytesRead: Int { bytesTaken - (storedEnd - storedStart) }

  /// Where the byte `ahead` of the window's start lies in the file as stored; under zstd, as far as input went.
  func storedOffset(ahead: Int = 0) -> Int {
    isCompressed ? bytesRead : position + ahead
  }

  func advance(_ count: Int) {
    assert(count <= end - start)
    start += count
    position += count
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
    makeRoom()
    let room = UnsafeMutableRawBufferPointer(start: memory + end, count: capacity - end)
    let count = isCompressed ? try decompress(into: room) : try copy(into: room)
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

  private func copy(into room: UnsafeMutableRawBufferPointer) throws(LogReadError) -> Int {
    if storedStart < storedEnd {
      let count = min(room.count, storedEnd - storedStart)
      room.copyMemory(from: .init(start: stored + storedStart, count: count))
      storedStart += count
      return count
    }
    if inputEnded { return 0 }
    let count = try input.read(into: room)
    bytesTaken += count
    if count == 0 { inputEnded = true }
    return count
  }

  private func decompress(into room: UnsafeMutableRawBufferPointer) throws(LogReadError) -> Int {
    while damage == nil {
      if storedStart == storedEnd, !outputWasFull {
        if !inputEnded {
          storedStart = 0
          storedEnd = try input.read(into: .init(start: stored, count: Self.storedCapacity))
          bytesTaken += storedEnd
          inputEnded = storedEnd == 0
        }
        if inputEnded {
          if !atFrameBoundary { damage = LogLoss(.truncated, byteOffset: bytesRead) }
          return 0
        }
      }
      let source = UnsafeRawBufferPointer(start: stored + storedStart, count: storedEnd - storedStart)
      switch decompressor!.step(source, into: room) {
      case .progressed(let consumed, let produced, let frameEnded):
        storedStart += consumed
        // Without any progress a finished frame would be reported again and again.
        if consumed > 0 || produced > 0 { atFrameBoundary = frameEnded }
        outputWasFull = produced == room.count
        if produced > 0 { return produced }
        if consumed == 0, !outputWasFull, storedStart < storedEnd {
          damage = LogLoss(.corruptCompression, byteOffset: bytesRead, detail: "no progress")
        }
      case .failed(let failure):
        damage = loss(for: failure)
      }
    }
    return 0
  }

  private func loss(for failure: ZstdDecompressor.Failure) -> LogLoss {
    let rest = totalBytes.map { max(1, $0 - bytesRead) } ?? 1
    switch failure {
    case .windowTooLarge: return LogLoss(.windowTooLarge, byteOffset: bytesRead, count: rest)
    case .unknownPrefix where atFrameBoundary && bytesRead > 0:
      return LogLoss(.trailingBytes, byteOffset: bytesRead, count: rest)
    case .unknownPrefix: return LogLoss(.corruptCompression, byteOffset: bytesRead, count: rest)
    case .corrupt(let reason):
      return LogLoss(.corruptCompression, byteOffset: bytesRead, count: rest, detail: reason)
    }
  }

  private static func foreignCompression(_ head: UnsafeRawBufferPointer) -> String? {
    let table: [(String, [UInt8])] = [
      ("gzip", [0x1F, 0x8B]), ("bzip2", [0x42, 0x5A, 0x68]), ("xz", [0xFD, 0x37, 0x7A, 0x58, 0x5A]),
      ("lz4", [0x04, 0x22, 0x4D, 0x18]), ("zip", [0x50, 0x4B, 0x03, 0x04]),
    ]
    return table.first { head.starts(with: $0.1) }?.0
  }
}
