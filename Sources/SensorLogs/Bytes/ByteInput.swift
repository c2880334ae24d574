#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Where stored bytes come from.
protocol ByteInput: AnyObject {
  var path: String { get }

  /// The size, where it can be known beforehand.
  var totalBytes: Int? { get }

  /// Reads at least one byte, or gives 0 at the end.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(LogReadError) -> Int

  /// The same bytes from their beginning, where they can be had a second time.
  func reopened() throws(LogReadError) -> (any ByteInput)?
}

/// A file, or standard input where the path is `-`.
final class FileInput: ByteInput {
  let path: String
  let totalBytes: Int?
  private let descriptor: Int32

  /// - Parameter isCompanion: Whether a file names it and not the user: then it has to be a regular file, so that nobody
  ///   waits for a pipe that another's recording points to.
  init(path: String, isCompanion: Bool = false) throws(LogReadError) {
    self.path = path == "-" ? "standard input" : path
    if isCompanion, !Self.isRegular(path) {
      throw LogReadError(.cannotOpen(reason: Self.exists(path) ? "it is no regular file" : "there is none"), path: path)
    }
    if path == "-" {
      descriptor = 0
      totalBytes = nil
      return
    }
    var opened = open(path, O_RDONLY | O_CLOEXEC)
    // A named pipe that nobody writes to.
    while opened < 0, errno == EINTR {
      if InputInterruption.isRequested { throw LogReadError(.cancelled, path: path) }
      opened = open(path, O_RDONLY | O_CLOEXEC)
    }
    guard opened >= 0 else { throw LogReadError(.cannotOpen(reason: Self.lastReason()), path: path) }
    var status = stat()
    guard fstat(opened, &status) == 0 else {
      let reason = Self.lastReason()
      close(opened)
      throw LogReadError(.cannotOpen(reason: reason), path: path)
    }
    if status.st_mode & S_IFMT == S_IFDIR {
      close(opened)
      throw LogReadError(.cannotOpen(reason: "it is a folder"), path: path)
    }
    descriptor = opened
    totalBytes = status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : nil
  }

  deinit {
    if descriptor != 0 { close(descriptor) }
  }

  /// Milliseconds between two looks at the wish to stop; no signal need wake the thread that reads.
  private static let waitMilliseconds: Int32 = 100

  /// Waits until a pipe or a terminal has something to give, or has ended.
  private func waitForBytes() throws(LogReadError) {
    var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    while true {
      if InputInterruption.isRequested { throw LogReadError(.cancelled, path: path) }
      let count = poll(&waiting, 1, Self.waitMilliseconds)
      // Whatever else is wrong, the read will say.
      if count > 0 || count < 0 && errno != EINTR { return }
    }
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(LogReadError) -> Int {
    if totalBytes == nil { try waitForBytes() }
    while true {
      #if canImport(Darwin)
        let count = Darwin.read(descriptor, buffer.baseAddress, buffer.count)
      #elseif canImport(Musl)
        let count = Musl.read(descriptor, buffer.baseAddress, buffer.count)
      #else
        let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      #endif
      if count >= 0 { return count }
      if errno != EINTR { throw LogReadError(.cannotRead(reason: Self.lastReason()), path: path) }
    }
  }

  static func isRegular(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  /// nil where there is no regular file of that name.
  static func size(of path: String) -> Int? {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int(status.st_size)
  }

  /// Whether there is something that can be opened for its bytes, a pipe for one, and is no folder.
  static func exists(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFDIR
  }

  /// A pipe gives its bytes once.
  func reopened() throws(LogReadError) -> (any ByteInput)? {
    totalBytes == nil ? nil : try FileInput(path: path)
  }

  static func lastReason() -> String {
    String(cString: strerror(errno))
  }
}

/// Bytes that are already in memory, handed over in pieces.
final class MemoryInput: ByteInput {
  let path: String
  let totalBytes: Int?
  private let bytes: [UInt8]
  private let pieceBytes: Int
  private var position = 0

  init(_ bytes: [UInt8], pieceBytes: Int = .max, path: String = "memory") {
    precondition(pieceBytes > 0, "a piece has at least one byte")
    self.path = path
    self.bytes = bytes
    self.pieceBytes = pieceBytes
    totalBytes = bytes.count
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(LogReadError) -> Int {
    let count = min(buffer.count, pieceBytes, bytes.count - position)
    bytes.withUnsafeBytes { source in
      buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[position..<(position + count)]))
    }
    position += count
    return count
  }

  func reopened() -> (any ByteInput)? { MemoryInput(bytes, pieceBytes: pieceBytes, path: path) }
}
