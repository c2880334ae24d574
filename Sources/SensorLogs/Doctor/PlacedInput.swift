#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The bytes of a file that can be read anywhere, one after the other from a place on.
final class PlacedInput: ByteInput {
  let path: String
  private let file: any RandomAccessInput
  private let start: Int
  private var position: Int

  var totalBytes: Int? { file.size - start }

  init(_ file: any RandomAccessInput, path: String, from start: Int = 0) {
    self.file = file
    self.path = path
    self.start = min(start, file.size)
    position = self.start
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(LogReadError) -> Int {
    let count = try file.read(at: position, into: buffer)
    position += count
    return count
  }

  func reopened() -> (any ByteInput)? { PlacedInput(file, path: path, from: start) }
}

/// Bytes on disk in a file without a name, for what has to be read more than once and can be had only once.
enum TemporaryBytes {
  /// All of what a stream gives, decompressed.
  static func copy(
    _ stream: ByteStream, isCancelled: () -> Bool = { false }
  ) throws(LogReadError) -> RandomAccessFile {
    let file = try begin(stream.path)
    while try stream.fill() {
      if isCancelled() { throw LogReadError(.cancelled, path: stream.path) }
      try append(stream.window, to: file)
      stream.advance(stream.window.count)
    }
    return file.file
  }

  /// All of what an input gives, as stored.
  static func copy(
    _ input: any ByteInput, isCancelled: () -> Bool = { false }
  ) throws(LogReadError) -> RandomAccessFile {
    let file = try begin(input.path)
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
    defer { memory.deallocate() }
    while true {
      let count = try input.read(into: memory)
      if count == 0 { return file.file }
      if isCancelled() { throw LogReadError(.cancelled, path: input.path) }
      try append(UnsafeRawBufferPointer(rebasing: memory.prefix(count)), to: file)
    }
  }

  private static func begin(_ path: String) throws(LogReadError) -> (descriptor: Int32, file: RandomAccessFile) {
    let descriptor = AttachmentSpool.temporaryFile()
    guard descriptor >= 0 else {
      throw LogReadError(.cannotWrite(reason: "no temporary file: \(FileInput.lastReason())"), path: path)
    }
    return (descriptor, RandomAccessFile(descriptor: descriptor, size: 0, path: path))
  }

  private static func append(
    _ bytes: UnsafeRawBufferPointer, to file: (descriptor: Int32, file: RandomAccessFile)
  ) throws(LogReadError) {
    var done = 0
    while done < bytes.count {
      let count = pwrite(file.descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(file.file.size + done))
      if count > 0 {
        done += count
      } else if errno != EINTR {
        throw LogReadError(.cannotWrite(reason: "to a temporary file: \(FileInput.lastReason())"), path: file.file.path)
      }
    }
    file.file.size += bytes.count
  }
}
