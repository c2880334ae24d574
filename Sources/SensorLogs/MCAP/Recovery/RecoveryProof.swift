/// Tells whether a record really begins at a place, in bytes of which nothing is known.
final class RecoveryProof {
  private let file: any RandomAccessInput
  private let limits: MCAPLimits
  private let loader: MCAPChunkLoader
  private let buffer: ChunkBuffer
  /// Bytes that proving may still read, so that a file full of false beginnings comes to an end.
  private var budget: Int

  /// Records in a row that prove a beginning where no checksum does.
  private static let chainLength = 4

  /// The same inside what may be a chunk that the file's end cuts.
  private static let longChain = 16

  init(_ file: any RandomAccessInput, limits: MCAPLimits) {
    self.file = file
    self.limits = limits
    loader = MCAPChunkLoader(input: file, limits: limits)
    buffer = ChunkBuffer(ChunkCodec(windowLogMaximum: limits.zstdWindowLogMaximum))
    budget = file.size.multipliedReportingOverflow(by: 8).partialValue + (64 << 20)
  }

  var isExhausted: Bool { budget <= 0 }

  /// Whether a record can begin here, by its opcode and length alone.
  func isPlausible(at offset: Int) throws(LogReadError) -> Bool {
    if offset == file.size { return true }
    guard let (code, length) = try file.recordPrefix(at: offset) else { return false }
    return Self.isPlausible(code, length, room: file.size - offset - MCAP.prefixBytes)
  }

  static func isPlausible(_ code: UInt8, _ length: UInt64, room: Int) -> Bool {
    guard room >= 0, length <= UInt64(room) else { return false }
    return switch MCAP.Opcode(rawValue: code) {
    case nil: code >= 0x80
    case .header?: length >= 8
    case .footer?: length == 20 && room == 28
    case .schema?: length >= 14
    case .channel?: length >= 16
    case .message?: length >= 22
    case .chunk?: length >= 40
    case .messageIndex?: length >= 6 && (length - 6) % 16 == 0
    case .chunkIndex?: length >= 64
    case .attachment?: length >= 36
    case .attachmentIndex?: length >= 48
    case .statistics?: length >= 46
    case .metadata?: length >= 8
    case .metadataIndex?: length >= 20
    case .summaryOffset?: length >= 17
    case .dataEnd?: length == 4
    }
  }

  /// Whether a record certainly begins here.
  ///
  /// - Parameter leadsOn: A chain counts only if it is long, or leads to the file's closing magic, or to a chunk or
  ///   attachment that is certain; for use inside what may be a chunk that the file's end cuts.
  func proves(at offset: Int, leadsOn: Bool, knows: (UInt16) -> Bool) throws(LogReadError) -> Bool {
    guard let (code, length) = try file.recordPrefix(at: offset),
      Self.isPlausible(code, length, room: file.size - offset - MCAP.prefixBytes)
    else { return false }
    switch MCAP.Opcode(rawValue: code) {
    case .chunk?: return try provesChunk(at: offset, length)
    case .attachment?: return try provesAttachment(at: offset, length)
    case nil: return false
    default: return try provesChain(at: offset, leadsOn: leadsOn, knows)
    }
  }

  private func provesChunk(at offset: Int, _ length: UInt64) throws(LogReadError) -> Bool {
    budget -= Int(length)
    guard case .success(let loaded) = try loader.load(at: offset, length: length, into: buffer) else {
      // What was decompressed in vain counts as well.
      budget -= buffer.count
      return false
    }
    budget -= buffer.count
    if loaded.isVerified { return true }
    var records = MCAPChunkRecords(buffer.bytes)
    while let (code, _, content) = records.next() {
      switch MCAP.Opcode(rawValue: code) {
      case .schema?, .channel?: if MCAPRecord.parse(MCAP.Opcode(rawValue: code)!, content) == nil { return false }
      case .message?: if content.count < MCAP.messagePrefixBytes { return false }
      default: return false
      }
    }
    return records.isAtEnd && buffer.count > 0
  }

  private func provesAttachment(at offset: Int, _ length: UInt64) throws(LogReadError) -> Bool {
    budget -= Int(length)
    let extra = MCAPIndex.Extra(opcode: .attachment, offset: offset, length: length)
    guard case .success(.attachment(let found)) = try MCAPExtraReader(file, limits).read(extra, nil) else {
      return false
    }
    return found.checksumMatches == true
  }

  /// Records that follow each other without a gap, up to a number, to the file's end or to something certain.
  private func provesChain(
    at offset: Int, leadsOn: Bool, _ knows: (UInt16) -> Bool
  ) throws(LogReadError) -> Bool {
    var position = offset
    var declared: Set<UInt16> = []
    for number in 0..<(leadsOn ? Self.longChain : Self.chainLength) {
      guard let (code, length) = try file.recordPrefix(at: position),
        Self.isPlausible(code, length, room: file.size - position - MCAP.prefixBytes),
        let opcode = MCAP.Opcode(rawValue: code)
      else { return false }
      budget -= MCAP.prefixBytes
      switch opcode {
      case .chunk: return number == 0 ? false : try provesChunk(at: position, length)
      case .attachment: return number == 0 ? false : try provesAttachment(at: position, length)
      case .message:
        let head = try file.bytes(at: position + MCAP.prefixBytes, count: MCAP.messagePrefixBytes)
        guard let message = head.withUnsafeBytes({ MCAPMessage($0) }),
          knows(message.channelID) || declared.contains(message.channelID)
        else { return false }
      case .footer:
        let magic = try file.bytes(at: position + MCAP.prefixBytes + 20, count: 8)
        return magic == MCAP.magic
      default:
        guard length <= 1 << 20 else { return false }
        budget -= Int(length)
        let content = try file.bytes(at: position + MCAP.prefixBytes, count: Int(length))
        guard let record = content.withUnsafeBytes({ MCAPRecord.parse(opcode, $0) }) else { return false }
        if case .channel(let channel) = record { declared.insert(channel.id) }
      }
      position += MCAP.prefixBytes + Int(length)
      if position == file.size { return !leadsOn }
    }
    return true
  }
}
