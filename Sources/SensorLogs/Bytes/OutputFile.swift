#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file that appears under its name only when it is complete, or a stream: standard output, a pipe, a device.
///
/// Bytes go to a temporary file beside it; `finish` renames that. Without `finish` it is removed. A symbolic link stays
/// one, and the file that it leads to is replaced. What has gone to a stream cannot be taken back.
final class OutputFile {
  let path: String
  /// nil: a stream.
  private let temporaryPath: String?
  /// Where the complete file goes.
  private let destination: String
  private var descriptor: Int32
  private var pending: [UInt8] = []
  private(set) var position = 0

  /// What went wrong. What is incomplete never gets the name.
  private var failure: LogReadError?

  private static let bufferBytes = 256 << 10

  /// Temporary names tried before giving up.
  private static let maximumAttempts = 1_000

  /// - Parameter path: A file, or `-` for standard output.
  init(path: String) throws(LogReadError) {
    self.path = path == "-" ? "standard output" : path
    guard case .file(let destination) = try OutputTarget(path) else {
      temporaryPath = nil
      self.destination = path
      descriptor = try path == "-" ? STDOUT_FILENO : Self.opened(stream: path)
      pending.reserveCapacity(Self.bufferBytes)
      return
    }
    self.destination = destination
    let slash = destination.lastIndex(of: "/")
    let folder = slash.map { String(destination[...$0]) } ?? ""
    let name = slash.map { destination[destination.index(after: $0)...] } ?? destination[...]
    guard !name.isEmpty else { throw LogReadError(.cannotWrite(reason: "the path names no file"), path: path) }
    // Others can guess the name in a folder that they share: a file or link that stands there already is left alone.
    var created = (path: "", descriptor: Int32(-1))
    for number in 0..<Self.maximumAttempts {
      let suffix = number == 0 ? "" : ".\(number)"
      created.path = "\(folder).\(name).\(getpid())\(suffix).partial"
      created.descriptor = open(created.path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
      if created.descriptor >= 0 || errno != EEXIST { break }
    }
    guard created.descriptor >= 0 else {
      throw LogReadError(.cannotWrite(reason: FileInput.lastReason()), path: path)
    }
    // What replaces a file is as open to others as that was.
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG {
      _ = fchmod(created.descriptor, status.st_mode & 0o777)
    }
    temporaryPath = created.path
    descriptor = created.descriptor
    pending.reserveCapacity(Self.bufferBytes)
  }

  /// Waits for the reader of a named pipe, as every writer does.
  private static func opened(stream path: String) throws(LogReadError) -> Int32 {
    while true {
      let descriptor = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC)
      if descriptor >= 0 {
        var status = stat()
        // What has become a file meanwhile would be overwritten in place.
        if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT != S_IFREG { return descriptor }
        close(descriptor)
        throw LogReadError(.cannotWrite(reason: "it was replaced while it was opened"), path: path)
      }
      guard errno == EINTR else { throw LogReadError(.cannotWrite(reason: FileInput.lastReason()), path: path) }
      if InputInterruption.isRequested { throw LogReadError(.cancelled, path: path) }
    }
  }

  deinit { discard() }

  private func discard() {
    guard descriptor >= 0, descriptor != STDOUT_FILENO else { return }
    close(descriptor)
    descriptor = -1
    if let temporaryPath { unlink(temporaryPath) }
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(LogReadError) {
    position += bytes.count
    if pending.count + bytes.count > Self.bufferBytes { try flush() }
    if bytes.count >= Self.bufferBytes {
      try writeOut(bytes)
    } else {
      pending.append(contentsOf: bytes)
    }
  }

  func write(_ bytes: [UInt8]) throws(LogReadError) {
    let result = bytes.withUnsafeBytes { content in Result { () throws(LogReadError) in try write(content) } }
    try result.get()
  }

  private func flush() throws(LogReadError) {
    let result = pending.withUnsafeBytes { content in Result { () throws(LogReadError) in try writeOut(content) } }
    pending.removeAll(keepingCapacity: true)
    try result.get()
  }

  private func writeOut(_ bytes: UnsafeRawBufferPointer) throws(LogReadError) {
    var done = 0
    while done < bytes.count {
      #if canImport(Darwin)
        let count = Darwin.write(descriptor, bytes.baseAddress! + done, bytes.count - done)
      #elseif canImport(Musl)
        let count = Musl.write(descriptor, bytes.baseAddress! + done, bytes.count - done)
      #else
        let count = Glibc.write(descriptor, bytes.baseAddress! + done, bytes.count - done)
      #endif
      if count > 0 {
        done += count
      } else if errno == EINTR {
        // A reader that takes nothing must not keep the process from ending.
        if temporaryPath == nil, InputInterruption.isRequested { throw failed(.cancelled) }
      } else {
        let isGone = temporaryPath == nil && errno == EPIPE
        throw failed(isGone ? .readerGone : .cannotWriteOn(reason: FileInput.lastReason()))
      }
    }
  }

  /// Writes out what is pending.
  ///
  /// - Returns: the name under which the bytes so far can be read.
  /// - Throws: also for a stream, which cannot be read again; nothing is written then.
  func settle() throws(LogReadError) -> String {
    guard let temporaryPath else {
      throw LogReadError(
        .invalidOption("what is written is read again to verify it, so it needs a file; name one"), path: path)
    }
    try flush()
    return temporaryPath
  }

  /// Replaces bytes that were written before.
  ///
  /// - Precondition: They lie before ``position``, and this is no stream.
  func overwrite(_ bytes: [UInt8], at offset: Int) throws(LogReadError) {
    precondition(offset >= 0 && offset + bytes.count <= position, "only what was written can be replaced")
    precondition(temporaryPath != nil, "what has gone to a stream cannot be replaced")
    try flush()
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes {
        pwrite(descriptor, $0.baseAddress! + done, $0.count - done, off_t(offset + done))
      }
      if count > 0 {
        done += count
      } else if errno != EINTR {
        throw failed(.cannotWriteOn(reason: FileInput.lastReason()))
      }
    }
  }

  private func failed(_ code: LogReadError.Code) -> LogReadError {
    let error = failure ?? LogReadError(code, path: path)
    failure = error
    return error
  }

  /// Gives the complete file its name; standard output stays open.
  ///
  /// - Throws: also what a write before has thrown.
  func finish() throws(LogReadError) {
    if failure == nil { try? flush() }
    if let failure {
      discard()
      throw failure
    }
    guard descriptor != STDOUT_FILENO else { return }
    let closed = close(descriptor)
    descriptor = -1
    guard let temporaryPath else {
      guard closed == 0 else { throw LogReadError(.cannotWriteOn(reason: FileInput.lastReason()), path: path) }
      return
    }
    guard closed == 0, rename(temporaryPath, destination) == 0 else {
      let reason = FileInput.lastReason()
      unlink(temporaryPath)
      throw LogReadError(.cannotWrite(reason: reason), path: path)
    }
  }
}
