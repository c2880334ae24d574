/// The records of an MCAP file in the order they stand in, chunks opened, checksums verified.
///
/// Reads from beginning to end and needs no index. Memory: one chunk, one record. What cannot be read is kept in
/// `losses`; a record whose length cannot be true ends the file, because nothing tells where the next one starts.
final class MCAPRecordStream {
  enum Event {
    case message(MCAPMessage)
    case record(MCAPRecord)
  }

  struct Checksums {
    /// nil: not reached or not stated.
    var dataSectionMatches: Bool?
    var summaryMatches: Bool?
    var chunksVerified = 0
    var chunksWithout = 0
    var attachmentsVerified = 0
  }

  let stream: ByteStream
  private(set) var losses = LogLosses()
  private(set) var checksums = Checksums()
  private(set) var lostChunks = 0
  private(set) var lostMessages = 0
  private(set) var chunkBytesDecoded = 0

  // A reader belongs to one thread and nothing here calls back while it changes these; checking that for every message
  // would cost a third of reading one.

  /// The data of the message just given; valid until the next one is asked for.
  @exclusivity(unchecked) private(set) var payload = UnsafeRawBufferPointer(start: nil, count: 0)

  /// Records met so far, the current one included.
  @exclusivity(unchecked) private(set) var recordIndex = -1

  private enum Section { case start, data, summary, end }
  @exclusivity(unchecked) private var section = Section.start
  private let chunk: ChunkBuffer
  @exclusivity(unchecked) private var chunkPosition = 0
  @exclusivity(unchecked) private var isInChunk = false
  private var chunkOffset = 0
  private var previousChunkWasLost = false
  private var dataChecksum = Checksum()
  private var summaryChecksum = Checksum()
  @exclusivity(unchecked) private var messageCount: UInt64 = 0
  private var sawDataEnd = false
  private let maximumChunkBytes: Int
  private let maximumRecordBytes: Int
  private let keptAttachmentBytes: Int
  private let givesExtras: Bool

  /// Called before the first piece of an attachment.
  var attachmentBegins: (() -> Void)?

  /// Receives the data of attachments piece by piece, before the event that names the attachment.
  var attachmentData: ((UnsafeRawBufferPointer) -> Void)?

  /// - Parameter givesExtras: false: metadata and indices are passed over, whatever their size.
  init(_ stream: ByteStream, options: LogReadOptions, keptAttachmentBytes: Int = 0, givesExtras: Bool = true) {
    self.stream = stream
    self.givesExtras = givesExtras
    chunk = ChunkBuffer(ChunkCodec(windowLogMaximum: options.zstdWindowLogMaximum))
    maximumChunkBytes = options.maximumChunkBytes
    maximumRecordBytes = options.maximumRecordBytes
    self.keptAttachmentBytes = keptAttachmentBytes
  }

  var bytesDecoded: Int { stream.position + chunkBytesDecoded }

  /// Where the current record, or the chunk that holds it, lies in the file as stored.
  private(set) var recordOffset = 0

  /// The next message or record, or nil at the end.
  func next() throws(LogReadError) -> Event? {
    // Nearly always; outside of the loop it costs half.
    if isInChunk, let event = nextInChunk() { return event }
    while true {
      if isInChunk {
        if let event = nextInChunk() { return event }
        continue
      }
      switch section {
      case .end: return nil
      case .start: try readMagic()
      case .data, .summary:
        if let event = try nextAtTop() { return event }
      }
    }
  }

  /// The next message where it follows at once in the chunk at hand; nil where something else may, which `next` tells.
  @inline(__always)
  func nextMessage() -> MCAPMessage? {
    guard isInChunk else { return nil }
    let bytes = chunk.bytes
    // Not less than the smallest message.
    guard bytes.count - chunkPosition >= MCAP.prefixBytes + MCAP.messagePrefixBytes,
      bytes[chunkPosition] == MCAP.Opcode.message.rawValue
    else { return nil }
    let length = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: chunkPosition + 1, as: UInt64.self))
    let start = chunkPosition + MCAP.prefixBytes
    guard length >= UInt64(MCAP.messagePrefixBytes), length <= UInt64(bytes.count - start) else { return nil }
    let end = start + Int(length)
    let content = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
    chunkPosition = end
    recordIndex += 1
    messageCount += 1
    payload = UnsafeRawBufferPointer(rebasing: content[MCAP.messagePrefixBytes...])
    return MCAPMessage(content)
  }

  func add(_ code: LogLoss.Code, count: Int = 1, detail: @autoclosure () -> String = "") {
    losses.add(
      LogLoss(
        code, byteOffset: recordOffset, record: recordIndex, count: count, detail: losses.keepsNext ? detail() : ""))
  }

  // MARK: Inside a chunk

  @inline(__always)
  private func nextInChunk() -> Event? {
    let bytes = chunk.bytes
    guard chunkPosition < bytes.count else {
      isInChunk = false
      return nil
    }
    guard chunkPosition + MCAP.prefixBytes <= bytes.count else { return endChunk(torn: true) }
    let opcode = bytes[chunkPosition]
    let length = UInt64(
      littleEndian: bytes.loadUnaligned(fromByteOffset: chunkPosition + 1, as: UInt64.self))
    let start = chunkPosition + MCAP.prefixBytes
    guard length <= UInt64(bytes.count - start) else { return endChunk(torn: true) }
    let content = UnsafeRawBufferPointer(rebasing: bytes[start..<(start + Int(length))])
    chunkPosition = start + Int(length)
    recordIndex += 1
    if opcode == MCAP.Opcode.message.rawValue { return message(content) }
    return rareRecord(opcode, content, allowed: [.schema, .channel])
  }

  private func endChunk(torn: Bool) -> Event? {
    // A cut chunk has been reported already.
    if torn, stream.damage == nil, !chunkIsPartial { add(.malformedRecord, detail: "in a chunk") }
    isInChunk = false
    return nil
  }

  @inline(__always)
  private func message(_ content: UnsafeRawBufferPointer) -> Event? {
    guard content.count >= MCAP.messagePrefixBytes else {
      add(.malformedRecord, detail: "message")
      lostMessages += 1
      return nil
    }
    payload = .init(rebasing: content[MCAP.messagePrefixBytes...])
    messageCount += 1
    return .message(
      MCAPMessage(
        channelID: UInt16(littleEndian: content.loadUnaligned(as: UInt16.self)),
        sequence: UInt32(littleEndian: content.loadUnaligned(fromByteOffset: 2, as: UInt32.self)),
        logTime: UInt64(littleEndian: content.loadUnaligned(fromByteOffset: 6, as: UInt64.self)),
        publishTime: UInt64(littleEndian: content.loadUnaligned(fromByteOffset: 14, as: UInt64.self))))
  }

  private func rareRecord(
    _ code: UInt8, _ content: UnsafeRawBufferPointer, allowed: Set<MCAP.Opcode>
  ) -> Event? {
    guard let opcode = MCAP.Opcode(rawValue: code) else {
      // Private records are somebody else's business.
      if code < 0x80 { add(.unknownRecord, detail: "opcode \(code), \(content.count) bytes") }
      return nil
    }
    guard allowed.contains(opcode), let record = MCAPRecord.parse(opcode, content) else {
      add(.malformedRecord, detail: "\(opcode)")
      return nil
    }
    return .record(record)
  }

  // MARK: At the top level

  private func readMagic() throws(LogReadError) {
    section = .data
    guard try stream.ensure(8), stream.window.starts(with: MCAP.magic) else {
      throw LogReadError(
        .unsupportedFormat(found: "a file that begins almost like MCAP"), path: stream.path, byteOffset: 0)
    }
    take(8)
  }

  /// Lets bytes go, through the checksum of their section.
  private func take(_ count: Int) {
    let bytes = UnsafeRawBufferPointer(rebasing: stream.window.prefix(count))
    if section == .data { dataChecksum.add(bytes) } else { summaryChecksum.add(bytes) }
    stream.advance(count)
  }

  /// Lets more bytes go than memory should hold at once; gives each piece first.
  private func takePieces(
    _ count: UInt64, _ body: (UnsafeRawBufferPointer) -> Void = { _ in }
  ) throws(LogReadError) -> Bool {
    var left = count
    while left > 0 {
      if stream.window.isEmpty, try !stream.fill() { return false }
      let piece = UnsafeRawBufferPointer(rebasing: stream.window.prefix(Int(min(left, UInt64(stream.window.count)))))
      body(piece)
      take(piece.count)
      left -= UInt64(piece.count)
    }
    return true
  }

  private func nextAtTop() throws(LogReadError) -> Event? {
    recordOffset = stream.storedOffset()
    guard try stream.ensure(MCAP.prefixBytes) else {
      stop(.truncated)
      return nil
    }
    recordIndex += 1
    let code = stream.window[0]
    let length = UInt64(littleEndian: stream.window.loadUnaligned(fromByteOffset: 1, as: UInt64.self))
    if let total = stream.totalBytes, !stream.isCompressed,
      length > UInt64(max(0, total - stream.position - MCAP.prefixBytes)), !isStreamed(code)
    {
      stop(isKnown(code) ? .truncated : .recordTooLong)
      return nil
    }
    guard length < 1 << 62 else {
      stop(.recordTooLong)
      return nil
    }
    if section == .summary, try passesOver(code, length) { return nil }
    switch MCAP.Opcode(rawValue: code) {
    case .chunk?: return try readChunk(length)
    case .attachment?: return try readAttachment(length)
    case .footer?: return try readFooter(length)
    default: return try readWhole(code, length)
    }
  }

  /// Behind the end of the data comes the summary alone: what stands there as a message never was one.
  private func passesOver(_ code: UInt8, _ length: UInt64) throws(LogReadError) -> Bool {
    switch MCAP.Opcode(rawValue: code) {
    case .message?, .chunk?, .attachment?: break
    default: return false
    }
    add(.malformedRecord, detail: "behind the end of the data")
    take(MCAP.prefixBytes)
    if try !takePieces(length) { stop(.truncated) }
    return true
  }

  /// Chunks and attachments are read piece by piece, so that a cut one still gives its beginning.
  private func isStreamed(_ code: UInt8) -> Bool {
    code == MCAP.Opcode.chunk.rawValue || code == MCAP.Opcode.attachment.rawValue
  }

  private func isKnown(_ code: UInt8) -> Bool { MCAP.Opcode(rawValue: code) != nil }

  /// Names and texts of a record that is taken apart stand in memory a second time.
  private func maximumBytes(_ code: UInt8) -> Int {
    switch MCAP.Opcode(rawValue: code) {
    case .message?, .messageIndex?: maximumRecordBytes
    // Larger ones than are kept are told of by their name.
    case .schema?, .channel?: min(maximumRecordBytes, 2 * MCAPLimits.parsedRecordBytes)
    default: min(maximumRecordBytes, MCAPLimits.parsedRecordBytes)
    }
  }

  /// Private records are somebody else's business, as large as they are.
  private func isPassedOver(_ code: UInt8) -> Bool {
    if code >= 0x80 { return true }
    return !givesExtras && MCAP.Opcode(rawValue: code).map(Self.extras.contains) ?? false
  }

  private static let extras: Set<MCAP.Opcode> = [
    .metadata, .metadataIndex, .attachmentIndex, .chunkIndex, .summaryOffset,
  ]

  private func readWhole(_ code: UInt8, _ length: UInt64) throws(LogReadError) -> Event? {
    if isPassedOver(code) {
      previousChunkWasLost = false
      take(MCAP.prefixBytes)
      if try !takePieces(length) { stop(.truncated) }
      return nil
    }
    guard length <= UInt64(maximumBytes(code)) else {
      add(.recordTooLong, detail: "opcode \(code), \(length) bytes")
      if code == MCAP.Opcode.message.rawValue { lostMessages += 1 }
      take(MCAP.prefixBytes)
      if try !takePieces(length) { stop(.truncated) }
      return nil
    }
    let total = MCAP.prefixBytes + Int(length)
    guard try stream.ensure(total) else {
      stop(.truncated)
      return nil
    }
    let content = UnsafeRawBufferPointer(rebasing: stream.window[MCAP.prefixBytes..<total])
    if code == MCAP.Opcode.message.rawValue {
      // The bytes stay where they are until the next record is asked for.
      let event = message(content)
      take(total)
      return event
    }
    let isIndex = code == MCAP.Opcode.messageIndex.rawValue
    if isIndex, !previousChunkWasLost {
      // Indices help who seeks; here they only count what a lost chunk held.
      take(total)
      return nil
    }
    let event = rareRecord(code, content, allowed: Self.topLevel)
    if isIndex, case .record(.messageIndex(_, let count))? = event {
      lostMessages += count
      take(total)
      return nil
    }
    if !isIndex { previousChunkWasLost = false }
    if case .record(.dataEnd(let stated))? = event {
      guard length < Self.shortestMessageIndex else {
        // More likely an index whose opcode is damaged, behind which the data go on.
        add(.malformedRecord, detail: "end of data of \(length) bytes")
        take(total)
        return nil
      }
      noteDataEnd(stated)
      // The record that ends the data section belongs to neither checksum.
      section = .summary
      stream.advance(total)
      return event
    }
    if case .record(.statistics(let statistics))? = event { compare(statistics) }
    take(total)
    return event
  }

  /// Of one message; an end of data has four bytes, and perhaps padding.
  private static let shortestMessageIndex: UInt64 = 22

  private static let topLevel: Set<MCAP.Opcode> = [
    .header, .schema, .channel, .messageIndex, .chunkIndex, .attachmentIndex, .statistics, .metadata, .metadataIndex,
    .summaryOffset, .dataEnd,
  ]

  private func noteDataEnd(_ stated: UInt32) {
    sawDataEnd = true
    guard stated != 0 else { return }
    checksums.dataSectionMatches = stated == dataChecksum.value
    if stated != dataChecksum.value { add(.dataChecksum) }
  }

  private func compare(_ statistics: MCAPStatistics) {
    let met = messageCount &+ UInt64(lostMessages)
    if statistics.messageCount != met {
      let missing = statistics.messageCount > met ? statistics.messageCount - met : met - statistics.messageCount
      add(
        .messageCountDiffers, count: Int(clamping: missing),
        detail: "\(statistics.messageCount) stated, \(met) found")
    }
  }

  private func readFooter(_ length: UInt64) throws(LogReadError) -> Event? {
    let total = MCAP.prefixBytes + 20
    guard length == 20, try stream.ensure(total) else {
      stop(length == 20 ? .truncated : .malformedRecord)
      return nil
    }
    if !sawDataEnd { add(.missingEnd) }
    let content = UnsafeRawBufferPointer(rebasing: stream.window[MCAP.prefixBytes..<total])
    guard let record = MCAPRecord.parse(.footer, content),
      case .footer(_, _, let stated) = record
    else { return nil }
    section = .summary
    take(total - 4)
    if stated != 0 {
      checksums.summaryMatches = stated == summaryChecksum.value
      if stated != summaryChecksum.value { add(.summaryChecksum) }
    }
    stream.advance(4)
    try finish()
    return .record(record)
  }

  private func finish() throws(LogReadError) {
    section = .end
    recordOffset = stream.storedOffset()
    guard try stream.ensure(8), stream.window.starts(with: MCAP.magic) else {
      add(stream.damage?.code ?? .truncated, detail: "closing magic")
      return
    }
    stream.advance(8)
    recordOffset = stream.storedOffset()
    if try stream.ensure(1) {
      var count = 0
      repeat {
        count += stream.window.count
        stream.advance(stream.window.count)
      } while try stream.fill()
      add(.trailingBytes, count: count)
    } else if let damage = stream.damage {
      losses.add(damage)
    }
  }

  /// Ends the file before its time.
  private func stop(_ code: LogLoss.Code) {
    section = .end
    if let damage = stream.damage {
      losses.add(damage)
    } else {
      let rest = stream.totalBytes.map { max(1, $0 - stream.storedOffset()) } ?? 1
      add(code, count: rest)
    }
  }

  // MARK: Chunks

  private var chunkIsPartial = false

  private func readChunk(_ length: UInt64) throws(LogReadError) -> Event? {
    previousChunkWasLost = false
    let available = Int(min(length, UInt64(MCAPChunk.maximumHeaderBytes)))
    guard try stream.ensure(MCAP.prefixBytes + available) else {
      stop(.truncated)
      return nil
    }
    let head = UnsafeRawBufferPointer(
      rebasing: stream.window[MCAP.prefixBytes..<(MCAP.prefixBytes + available)])
    guard let (header, headerBytes) = MCAPChunk.parse(head), header.storedBytes <= length - UInt64(headerBytes) else {
      return try loseChunk(.malformedRecord, skipping: length, prefix: MCAP.prefixBytes, detail: "chunk")
    }
    guard let compression = ChunkCodec.readable(header.compression) else {
      return try loseChunk(
        .unsupportedChunkCompression, skipping: length, prefix: MCAP.prefixBytes,
        detail: header.compression.printable)
    }
    guard header.uncompressedBytes <= UInt64(maximumChunkBytes) else {
      return try loseChunk(
        .chunkTooLarge, skipping: length, prefix: MCAP.prefixBytes, detail: "\(header.uncompressedBytes) bytes")
    }
    take(MCAP.prefixBytes + headerBytes)
    return try readChunkData(header, compression, rest: length - UInt64(headerBytes) - header.storedBytes)
  }

  private func readChunkData(
    _ header: MCAPChunk, _ compression: MCAPCompression, rest: UInt64
  ) throws(LogReadError) -> Event? {
    let limit = Int(header.uncompressedBytes)
    var isCorrupt = !chunk.begin(compression)
    var isComplete = !isCorrupt && compression == .zstd ? try takeWhole(header.storedBytes, limit: limit) : false
    if !isComplete {
      isComplete = try takePieces(header.storedBytes) { [chunk] piece in
        if !isCorrupt, chunk.add(piece, limit: limit) == nil { isCorrupt = true }
      }
    }
    chunkIsPartial = !isComplete
    let isWhole = isComplete ? try takePieces(rest) : false
    if isCorrupt || (isComplete && !chunk.isComplete(limit: limit)) {
      markLost(.corruptChunk)
      if !isWhole { stop(.truncated) }
      return nil
    }
    if chunk.count == limit, header.checksum != 0 {
      guard header.checksum == Checksum.of(chunk.bytes) else {
        markLost(.chunkChecksum)
        if !isWhole { stop(.truncated) }
        return nil
      }
      checksums.chunksVerified += 1
    } else {
      checksums.chunksWithout += 1
    }
    chunkBytesDecoded += chunk.count
    chunkPosition = 0
    isInChunk = true
    // What a cut chunk gave before the cut is read; no checksum can vouch for it.
    if !isWhole { stop(.truncated) }
    return .record(.chunk(header))
  }

  /// Lets the data of a chunk go and decompresses them at once; false where they are to be taken in pieces.
  private func takeWhole(_ count: UInt64, limit: Int) throws(LogReadError) -> Bool {
    guard count <= Self.wholeChunkBytes, limit <= chunk.capacity, try stream.ensure(Int(count)),
      chunk.addWhole(UnsafeRawBufferPointer(rebasing: stream.window.prefix(Int(count))), limit: limit)
    else { return false }
    take(Int(count))
    return true
  }

  /// Stored bytes of a chunk that are brought together in memory; a longer one is decompressed as its bytes come.
  private static let wholeChunkBytes: UInt64 = 1 << 20

  private func loseChunk(
    _ code: LogLoss.Code, skipping length: UInt64, prefix: Int, detail: String
  ) throws(LogReadError) -> Event? {
    markLost(code, detail: detail)
    take(prefix)
    if try !takePieces(length) { stop(.truncated) }
    return nil
  }

  private func markLost(_ code: LogLoss.Code, detail: String = "") {
    add(code, detail: detail)
    lostChunks += 1
    previousChunkWasLost = true
  }

  // MARK: Attachments

  private func readAttachment(_ length: UInt64) throws(LogReadError) -> Event? {
    previousChunkWasLost = false
    let headBytes = Int(min(length, UInt64(MCAPAttachment.maximumHeaderBytes)))
    guard try stream.ensure(MCAP.prefixBytes + headBytes) else {
      stop(.truncated)
      return nil
    }
    let head = UnsafeRawBufferPointer(
      rebasing: stream.window[MCAP.prefixBytes..<(MCAP.prefixBytes + headBytes)])
    guard let parsed = MCAPAttachment.parse(head), length >= UInt64(parsed.headerBytes) + 4,
      parsed.header.dataBytes <= length - UInt64(parsed.headerBytes) - 4
    else {
      add(.malformedRecord, detail: "attachment")
      take(MCAP.prefixBytes)
      if try !takePieces(length) { stop(.truncated) }
      return nil
    }
    var attachment = parsed.header
    let fieldBytes = parsed.headerBytes
    var checksum = Checksum()
    checksum.add(.init(rebasing: head.prefix(fieldBytes)))
    take(MCAP.prefixBytes + fieldBytes)
    let limit = keptAttachmentBytes
    attachmentBegins?()
    guard
      try takePieces(
        attachment.dataBytes,
        { piece in
          checksum.add(piece)
          attachment.data.append(contentsOf: piece.prefix(limit - attachment.data.count))
          attachmentData?(piece)
        }), try stream.ensure(4)
    else {
      stop(.truncated)
      return nil
    }
    attachment.checksum = UInt32(littleEndian: stream.window.loadUnaligned(as: UInt32.self))
    take(4)
    if attachment.checksum != 0 {
      attachment.checksumMatches = attachment.checksum == checksum.value
      if attachment.checksum == checksum.value {
        checksums.attachmentsVerified += 1
      } else {
        add(.attachmentChecksum, detail: attachment.name.printable)
      }
    }
    if try !takePieces(length - UInt64(fieldBytes) - attachment.dataBytes - 4) { stop(.truncated) }
    return .record(.attachment(attachment))
  }
}
