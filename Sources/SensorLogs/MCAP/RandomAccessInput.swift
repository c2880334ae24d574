#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Stored bytes that can be read anywhere.
protocol RandomAccessInput: AnyObject {
  var path: String { get }
  var size: Int { get }

  /// Reads bytes from a place; fewer than asked for only where the file ends.
  func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(LogReadError) -> Int
}

extension RandomAccessInput {
  /// Bytes of a place; fewer than asked for where the file ends.
  func bytes(at offset: Int, count: Int) throws(LogReadError) -> [UInt8] {
    let wanted = offset >= 0 ? max(0, min(count, size - offset)) : 0
    guard wanted > 0 else { return [] }
    var result = Result<Int, LogReadError>.success(0)
    let bytes = [UInt8](unsafeUninitializedCapacity: wanted) { memory, count in
      result = Result { () throws(LogReadError) in try read(at: offset, into: UnsafeMutableRawBufferPointer(memory)) }
      if case .success(let found) = result { count = found }
    }
    _ = try result.get()
    return bytes
  }

  /// The opcode and length of the record at a place; nil where the file ends before.
  func recordPrefix(at offset: Int) throws(LogReadError) -> (opcode: UInt8, length: UInt64)? {
    let head = try bytes(at: offset, count: MCAP.prefixBytes)
    guard head.count == MCAP.prefixBytes else { return nil }
    return head.withUnsafeBytes {
      ($0[0], UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: 1, as: UInt64.self)))
    }
  }
}

/// A regular file, read by position, so that several readers could share it.
final class RandomAccessFile: RandomAccessInput {
  let path: String
  /// Set anew only by who writes to the file.
  var size: Int
  private let descriptor: Int32

  /// nil where the path names something that has no places, such as standard input or a pipe.
  init?(path: String) throws(LogReadError) {
    self.path = path
    // A pipe would be waited for, and its writer be sent away when it is closed.
    guard path != "-", FileInput.isRegular(path) || !FileInput.exists(path) else { return nil }
    let opened = open(path, O_RDONLY | O_CLOEXEC)
    guard opened >= 0 else { throw LogReadError(.cannotOpen(reason: FileInput.lastReason()), path: path) }
    var status = stat()
    guard fstat(opened, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(opened)
      return nil
    }
    descriptor = opened
    size = Int(status.st_size)
  }

  /// Takes over an open file.
  init(descriptor: Int32, size: Int, path: String) {
    self.descriptor = descriptor
    self.size = size
    self.path = path
  }

  deinit {
    close(descriptor)
  }

  func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(LogReadError) -> Int {
    var done = 0
    while done < buffer.count {
      let count = pread(descriptor, buffer.baseAddress! + done, buffer.count - done, off_t(offset + done))
      if count == 0 { break }
      if count > 0 {
        done += count
      } else if errno != EINTR {
        throw LogReadError(.cannotRead(reason: FileInput.lastReason()), path: path, byteOffset: offset + done)
      }
    }
    return done
  }
}

/// Bytes that are already in memory.
final class RandomAccessMemory: RandomAccessInput {
  let path: String
  private let bytes: [UInt8]
  var size: Int { bytes.count }

  init(_ bytes: [UInt8], path: String = "memory") {
    self.bytes = bytes
    self.path = path
  }

  func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(LogReadError) -> Int {
    let count = max(0, min(buffer.count, bytes.count - offset))
    guard count > 0 else { return 0 }
    bytes.withUnsafeBytes { buffer.copyMemory(from: .init(rebasing: $0[offset..<(offset + count)])) }
    return count
  }
}

/// Remembers the part of a file read last, for those who read it in small pieces.
final class RandomAccessCache: RandomAccessInput {
  private let input: any RandomAccessInput
  private var cached: [UInt8] = []
  private var start = 0

  private static let cachedBytes = 1 << 18

  var path: String { input.path }
  var size: Int { input.size }

  init(_ input: any RandomAccessInput) {
    self.input = input
  }

  func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(LogReadError) -> Int {
    guard buffer.count <= Self.cachedBytes / 2 else { return try input.read(at: offset, into: buffer) }
    if offset < start || offset + buffer.count > start + cached.count {
      start = offset
      cached = try input.bytes(at: offset, count: Self.cachedBytes)
    }
    let count = min(buffer.count, start + cached.count - offset)
    guard count > 0 else { return 0 }
    cached.withUnsafeBytes { buffer.copyMemory(from: .init(rebasing: $0[(offset - start)..<(offset - start + count)])) }
    return count
  }
}
