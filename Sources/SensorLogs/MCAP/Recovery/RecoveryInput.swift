#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Gives a recovery a file that it can read anywhere in.
enum RecoveryInput {
  /// A compressed file may decode to so many times its size before it counts as hostile, and to so much in any case.
  private static let largestRatio = 1000
  private static let leastLimit = 1 << 30

  /// - Parameter leastLimit: For tests.
  static func open(
    _ path: String, limits: LogReadOptions, leastLimit: Int = RecoveryInput.leastLimit
  ) throws(LogReadError) -> (file: any RandomAccessInput, notes: [String]) {
    if let file = try RandomAccessFile(path: path) {
      let head = try file.bytes(at: 0, count: 8)
      if head.withUnsafeBytes({ LogCompression.recognized($0) }) == nil { return (file, []) }
    }
    let stream = try ByteStream(FileInput(path: path), options: limits)
    let descriptor = AttachmentSpool.temporaryFile()
    guard descriptor >= 0 else {
      throw LogReadError(.cannotWrite(reason: "no temporary file: \(FileInput.lastReason())"), path: path)
    }
    let file = RandomAccessFile(descriptor: descriptor, size: 0, path: path)
    var size = 0
    var isTooLarge = false
    while try stream.fill() {
      let bytes = stream.window
      let limit = stream.bytesRead.multipliedReportingOverflow(by: largestRatio)
      if limits.maximumDecodedBytes == nil, stream.isCompressed, !limit.overflow,
        size + bytes.count > max(leastLimit, limit.partialValue)
      {
        isTooLarge = true
        break
      }
      var done = 0
      while done < bytes.count {
        let count = pwrite(descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(size + done))
        if count > 0 {
          done += count
        } else if errno != EINTR {
          throw LogReadError(.cannotWrite(reason: "to a temporary file: \(FileInput.lastReason())"), path: path)
        }
      }
      size += bytes.count
      stream.advance(bytes.count)
    }
    var notes = stream.damage.map { ["as a whole: \($0)"] } ?? []
    if isTooLarge {
      let loss = LogLoss(
        .decodedTooLarge, byteOffset: stream.bytesRead, detail: "\(size) bytes, a thousand times what is stored")
      notes.append("as a whole: \(loss)")
    }
    file.size = size
    return (file, notes)
  }

  /// How the first chunk that can be found is compressed; zstd where none tells.
  static func compression(of file: any RandomAccessInput) throws(LogReadError) -> MCAPCompression {
    var position = MCAP.magic.count
    for _ in 0..<64 {
      guard let (code, length) = try file.recordPrefix(at: position), length <= UInt64(max(0, file.size - position))
      else { break }
      if code == MCAP.Opcode.chunk.rawValue {
        let head = try file.bytes(at: position + MCAP.prefixBytes, count: MCAPChunk.maximumHeaderBytes)
        let chunk = head.withUnsafeBytes { MCAPChunk.parse($0) }?.header
        return chunk.flatMap { ChunkCodec.readable($0.compression) } ?? .zstd
      }
      position += MCAP.prefixBytes + Int(length)
    }
    return .zstd
  }

  /// What the header names, where it can be read.
  static func profile(of file: any RandomAccessInput, _ limits: MCAPLimits) throws(LogReadError) -> String {
    let start = MCAP.magic.count
    guard let (code, length) = try file.recordPrefix(at: start), code == MCAP.Opcode.header.rawValue,
      length <= 1 << 16
    else { return "" }
    let content = try file.bytes(at: start + MCAP.prefixBytes, count: Int(length))
    guard case .header(let profile, _)? = content.withUnsafeBytes({ MCAPRecord.parse(.header, $0) }) else { return "" }
    return profile.utf8.count <= 256 ? profile : ""
  }
}
