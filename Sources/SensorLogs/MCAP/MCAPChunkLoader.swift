/// Reads single chunks of a file that can be read anywhere.
struct MCAPChunkLoader {
  let input: any RandomAccessInput
  let limits: MCAPLimits

  struct Loaded {
    var header: MCAPChunk
    var headerBytes: Int
    /// false where the chunk states no checksum.
    var isVerified: Bool
    /// Its data end early: the file does, or the record's length is too short for them.
    var isCut = false
  }

  struct Failure: Error {
    var code: LogLoss.Code
    var detail = ""
  }

  private static let pieceBytes = 256 << 10

  /// Decompresses the chunk at a place and verifies its checksum.
  ///
  /// - Parameters:
  ///   - length: The length of the record's content, as it states.
  ///   - acceptsCut: A chunk that the file's end cuts gives what could be decompressed, unverified.
  func load(
    at offset: Int, length: UInt64, into buffer: ChunkBuffer, acceptsCut: Bool = false
  ) throws(LogReadError) -> Result<Loaded, Failure> {
    buffer.removeAll()
    let start = offset + MCAP.prefixBytes
    let available = input.size - start
    let head = try input.bytes(at: start, count: min(MCAPChunk.maximumHeaderBytes, Int(clamping: length)))
    let parsed = head.withUnsafeBytes { MCAPChunk.parse($0) }
    guard let (header, headerBytes) = parsed, header.storedBytes <= length - UInt64(headerBytes) else {
      return .failure(Failure(code: .malformedRecord, detail: "chunk"))
    }
    guard let compression = ChunkCodec.readable(header.compression) else {
      return .failure(Failure(code: .unsupportedChunkCompression, detail: header.compression.printable))
    }
    guard header.uncompressedBytes <= UInt64(limits.chunkBytes) else {
      return .failure(Failure(code: .chunkTooLarge, detail: "\(header.uncompressedBytes) bytes"))
    }
    let isCut = length > UInt64(max(0, available))
    if isCut, !acceptsCut { return .failure(Failure(code: .truncated)) }
    let limit = Int(header.uncompressedBytes)
    guard buffer.begin(compression) else { return .failure(Failure(code: .corruptChunk, detail: "no memory")) }
    var position = start + headerBytes
    var left = min(Int(clamping: header.storedBytes), max(0, available - headerBytes))
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: min(max(1, left), Self.pieceBytes), alignment: 16)
    defer { memory.deallocate() }
    while left > 0, !buffer.isComplete(limit: limit) {
      let count = try input.read(at: position, into: .init(rebasing: memory.prefix(min(left, memory.count))))
      if count == 0 { break }
      guard buffer.add(UnsafeRawBufferPointer(rebasing: memory.prefix(count)), limit: limit) != nil else {
        return .failure(Failure(code: .corruptChunk))
      }
      position += count
      left -= count
    }
    if isCut, buffer.count < limit {
      return .success(Loaded(header: header, headerBytes: headerBytes, isVerified: false, isCut: true))
    }
    guard buffer.count == limit, isCut || buffer.isComplete(limit: limit) else {
      return .failure(Failure(code: .corruptChunk))
    }
    if header.checksum == 0 {
      return .success(Loaded(header: header, headerBytes: headerBytes, isVerified: false, isCut: isCut))
    }
    guard header.checksum == Checksum.of(buffer.bytes) else { return .failure(Failure(code: .chunkChecksum)) }
    return .success(Loaded(header: header, headerBytes: headerBytes, isVerified: true, isCut: isCut))
  }
}

/// The records of a decompressed chunk, one after another.
struct MCAPChunkRecords {
  private let bytes: UnsafeRawBufferPointer
  private(set) var position = 0

  init(_ bytes: UnsafeRawBufferPointer, from position: Int = 0) {
    self.bytes = bytes
    self.position = position
  }

  var isAtEnd: Bool { position == bytes.count }

  /// The next record, or nil where none fits in what is left.
  @inline(__always)
  mutating func next() -> (opcode: UInt8, offset: Int, content: UnsafeRawBufferPointer)? {
    guard bytes.count - position >= MCAP.prefixBytes else { return nil }
    let length = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position + 1, as: UInt64.self))
    let start = position + MCAP.prefixBytes
    guard length <= UInt64(bytes.count - start) else { return nil }
    let offset = position
    position = start + Int(length)
    return (bytes[offset], offset, UnsafeRawBufferPointer(rebasing: bytes[start..<position]))
  }
}

extension MCAPMessage {
  /// Parses the content of a message record; nil where it is too short.
  @inline(__always)
  init?(_ content: UnsafeRawBufferPointer) {
    guard content.count >= MCAP.messagePrefixBytes else { return nil }
    channelID = UInt16(littleEndian: content.loadUnaligned(as: UInt16.self))
    sequence = UInt32(littleEndian: content.loadUnaligned(fromByteOffset: 2, as: UInt32.self))
    logTime = UInt64(littleEndian: content.loadUnaligned(fromByteOffset: 6, as: UInt64.self))
    publishTime = UInt64(littleEndian: content.loadUnaligned(fromByteOffset: 14, as: UInt64.self))
  }
}
