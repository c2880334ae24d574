#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Keeps an attachment until all of it has been read and its checksum is known: small ones in memory, large ones in a
/// temporary file that has no name.
final class AttachmentSpool {
  private var memory: [UInt8] = []
  private var descriptor: Int32 = -1
  private(set) var byteCount: UInt64 = 0
  private var failure: String?

  private static let memoryBytes = 1 << 20

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  func removeAll() {
    memory.removeAll(keepingCapacity: true)
    byteCount = 0
    failure = nil
    if descriptor >= 0 {
      close(descriptor)
      descriptor = -1
    }
  }

  func append(_ bytes: UnsafeRawBufferPointer) {
    byteCount += UInt64(bytes.count)
    if failure != nil { return }
    memory.append(contentsOf: bytes)
    if memory.count > Self.memoryBytes { flush() }
  }

  private func flush() {
    if descriptor < 0 { descriptor = Self.temporaryFile() }
    guard descriptor >= 0 else {
      failure = FileInput.lastReason()
      memory.removeAll()
      return
    }
    memory.withUnsafeBytes { bytes in
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
        } else if errno != EINTR {
          failure = FileInput.lastReason()
          return
        }
      }
    }
    memory.removeAll(keepingCapacity: true)
  }

  /// An open file for reading and writing that is already without a name; -1 where there can be none.
  static func temporaryFile() -> Int32 {
    let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(folder)/martlet.XXXXXX".utf8CString)
    let opened = mkstemp(&template)
    if opened >= 0 { unlink(template) }
    return opened
  }

  /// Writes what was kept as an attachment.
  func write(_ attachment: MCAPAttachment, to writer: MCAPWriter) throws(LogReadError) {
    if let failure {
      let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
      throw LogReadError(
        .cannotWrite(
          reason: "the attachment '\(attachment.name.shortened(to: 60))' has no room in a temporary file: \(failure); "
            + "name a folder with room in TMPDIR"), path: folder)
    }
    guard descriptor >= 0 else { return try writer.add(attachment, data: memory) }
    flush()
    var header = attachment
    header.dataBytes = byteCount
    try writer.beginAttachment(header)
    let file = RandomAccessFile(descriptor: descriptor, size: Int(byteCount), path: "temporary file")
    // The file closes what it took over.
    descriptor = -1
    var position = 0
    while position < file.size {
      let piece = try file.bytes(at: position, count: 256 << 10)
      guard !piece.isEmpty else { break }
      let result = piece.withUnsafeBytes { bytes in
        Result { () throws(LogReadError) in try writer.appendAttachment(bytes) }
      }
      try result.get()
      position += piece.count
    }
    try writer.endAttachment()
  }
}
