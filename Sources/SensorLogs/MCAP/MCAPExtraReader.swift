/// Reads attachments and metadata of a file that can be read anywhere.
struct MCAPExtraReader {
  private let input: any RandomAccessInput
  private let limits: MCAPLimits

  init(_ input: any RandomAccessInput, _ limits: MCAPLimits) {
    self.input = input
    self.limits = limits
  }

  /// - Parameter data: Receives an attachment's data piece by piece.
  func read(
    _ extra: MCAPIndex.Extra, _ data: ((UnsafeRawBufferPointer) -> Void)?
  ) throws(LogReadError) -> Result<MCAPRecord, MCAPChunkLoader.Failure> {
    let start = extra.offset + MCAP.prefixBytes
    guard extra.opcode == .attachment else {
      guard extra.length <= UInt64(min(limits.recordBytes, MCAPLimits.parsedRecordBytes)) else {
        return .failure(.init(code: .recordTooLong, detail: "\(extra.length) bytes"))
      }
      let content = try input.bytes(at: start, count: Int(extra.length))
      guard content.count == Int(extra.length),
        let record = content.withUnsafeBytes({ MCAPRecord.parse(extra.opcode, $0) })
      else { return .failure(.init(code: .malformedRecord, detail: "\(extra.opcode)")) }
      return .success(record)
    }
    let head = try input.bytes(at: start, count: min(MCAPAttachment.maximumHeaderBytes, Int(clamping: extra.length)))
    guard let parsed = head.withUnsafeBytes({ MCAPAttachment.parse($0) }),
      extra.length >= UInt64(parsed.headerBytes) + 4,
      parsed.header.dataBytes <= extra.length - UInt64(parsed.headerBytes) - 4,
      extra.length <= UInt64(max(0, input.size - start))
    else { return .failure(.init(code: .malformedRecord, detail: "attachment")) }
    var attachment = parsed.header
    var checksum = Checksum()
    head.withUnsafeBytes { checksum.add(.init(rebasing: $0.prefix(parsed.headerBytes))) }
    var position = start + parsed.headerBytes
    let end = position + Int(attachment.dataBytes)
    while position < end {
      let piece = try input.bytes(at: position, count: min(256 << 10, end - position))
      if piece.isEmpty { return .failure(.init(code: .truncated, detail: "attachment")) }
      piece.withUnsafeBytes {
        checksum.add($0)
        data?($0)
      }
      position += piece.count
    }
    let stated = try input.bytes(at: end, count: 4)
    guard stated.count == 4 else { return .failure(.init(code: .truncated, detail: "attachment")) }
    attachment.checksum = stated.withUnsafeBytes { UInt32(littleEndian: $0.loadUnaligned(as: UInt32.self)) }
    if attachment.checksum != 0 { attachment.checksumMatches = attachment.checksum == checksum.value }
    return .success(.attachment(attachment))
  }
}
