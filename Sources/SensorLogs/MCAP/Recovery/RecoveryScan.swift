/// Walks over a damaged file from record to record, and from one certain beginning to the next where records break off.
final class RecoveryScan {
  private let file: any RandomAccessInput
  private let limits: MCAPLimits
  private let sink: RecoverySink
  private let proof: RecoveryProof
  private let loader: MCAPChunkLoader
  private let buffer: ChunkBuffer
  private let spool = AttachmentSpool()
  private let progress: ((Int, Int) -> Void)?
  private let isCancelled: () -> Bool

  private(set) var notes: [String] = []
  private var lost: [MCAPRecoveryReport.LostRange] = []
  private var bytesLost = 0
  private var chunks = 0
  private var chunksLost = 0
  private var attachmentsLost = 0
  private var messagesLost = 0
  private var previousChunkWasLost = false
  /// Only message indices have been met since the last chunk.
  private var followsChunk = false
  private var sawDataEnd = false
  private var isClosed = false
  private var dataChecksum: (end: Int, stated: UInt32)?
  private var dataChecksumMatches: Bool?
  private var position = 0
  private var hasEnded = false

  private static let keptRanges = 256

  init(
    _ file: any RandomAccessInput, limits: MCAPLimits, sink: RecoverySink, progress: ((Int, Int) -> Void)?,
    isCancelled: @escaping () -> Bool = { false }
  ) {
    self.isCancelled = isCancelled
    self.file = file
    self.limits = limits
    self.sink = sink
    self.progress = progress
    proof = RecoveryProof(file, limits: limits)
    loader = MCAPChunkLoader(input: file, limits: limits)
    buffer = ChunkBuffer(ChunkCodec(windowLogMaximum: limits.zstdWindowLogMaximum))
  }

  func run() throws(LogReadError) {
    if try file.bytes(at: 0, count: MCAP.magic.count) == MCAP.magic {
      position = MCAP.magic.count
    } else {
      try resume(after: 0, .malformedRecord, "opening magic")
    }
    var count = 0
    while position < file.size, !hasEnded {
      try takeRecord()
      count += 1
      if count % 16 == 0 {
        if isCancelled() { throw LogReadError(.cancelled, path: file.path) }
        progress?(position, file.size)
      }
    }
    if let (end, stated) = dataChecksum, bytesLost == 0 {
      dataChecksumMatches = try checksum(to: end) == stated
    }
  }

  func fill(_ report: inout MCAPRecoveryReport) {
    report.lost = lost
    report.bytesLost = bytesLost
    report.chunks = chunks
    report.chunksLost = chunksLost
    report.attachmentsLost = attachmentsLost
    report.messagesLost += messagesLost
    report.isClosed = isClosed
    report.dataChecksumMatches = dataChecksumMatches
  }

  // MARK: Where records break off

  /// Goes to the next place, from `start` on, where a record certainly begins; what lies between is lost.
  private func resume(
    after start: Int, from first: Int? = nil, _ code: LogLoss.Code, _ detail: String
  ) throws(LogReadError) {
    // Where the file's end cuts a record, what its data look like proves nothing.
    let next = try certainBeginning(from: first ?? start, leadsOn: code == .truncated)
    lose(start, next ?? file.size, code, detail)
    position = next ?? file.size
  }

  private func lose(_ start: Int, _ end: Int, _ code: LogLoss.Code, _ detail: String) {
    guard end > start else { return }
    bytesLost += end - start
    if let last = lost.last, last.end == start, last.reason == code, last.detail == detail {
      lost[lost.count - 1].end = end
    } else if lost.count < Self.keptRanges {
      lost.append(.init(start: start, end: end, reason: code, detail: detail.printable.shortened(to: 80)))
    }
  }

  private func certainBeginning(from start: Int, leadsOn: Bool = false) throws(LogReadError) -> Int? {
    let step = 1 << 16
    var base = start
    while base < file.size {
      let window = try file.bytes(at: base, count: step + MCAP.prefixBytes - 1)
      guard window.count >= MCAP.prefixBytes else { return nil }
      for place in 0...(window.count - MCAP.prefixBytes) {
        let code = window[place]
        guard code > 0, code <= MCAP.Opcode.dataEnd.rawValue else { continue }
        let length = window.withUnsafeBytes {
          UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: place + 1, as: UInt64.self))
        }
        let room = file.size - base - place - MCAP.prefixBytes
        guard RecoveryProof.isPlausible(code, length, room: room) else { continue }
        if try proof.proves(at: base + place, leadsOn: leadsOn, knows: sink.knows) { return base + place }
        if proof.isExhausted {
          notes.append("the search for undamaged records was given up at byte \(base + place)")
          return nil
        }
      }
      progress?(base, file.size)
      base += window.count - MCAP.prefixBytes + 1
    }
    return nil
  }

  // MARK: Records

  private func takeRecord() throws(LogReadError) {
    guard let (code, length) = try file.recordPrefix(at: position) else {
      lose(position, file.size, .truncated, "")
      position = file.size
      return
    }
    switch MCAP.Opcode(rawValue: code) {
    case .chunk?: try takeChunk(length)
    case .attachment?: try takeAttachment(length)
    case .footer? where length == 20: try takeFooter()
    default: try takeSmall(code, length)
    }
  }

  /// Where the record at hand ends; nil where that is beyond the file.
  private func end(_ length: UInt64) -> Int? {
    let room = file.size - position - MCAP.prefixBytes
    return length <= UInt64(max(0, room)) ? position + MCAP.prefixBytes + Int(length) : nil
  }

  private func takeFooter() throws(LogReadError) {
    let start = position + MCAP.prefixBytes + 20
    let magic = try file.bytes(at: start, count: MCAP.magic.count)
    guard magic == MCAP.magic else {
      if start + MCAP.magic.count >= file.size {
        lose(start, file.size, .truncated, "closing magic")
        hasEnded = true
        return
      }
      return try resume(after: position, from: position + 1, .malformedRecord, "footer")
    }
    isClosed = sawDataEnd
    hasEnded = true
    lose(start + MCAP.magic.count, file.size, .trailingBytes, "")
  }

  /// A record that no checksum of its own vouches for. What follows it decides whether its length can be true.
  private func takeSmall(_ code: UInt8, _ length: UInt64) throws(LogReadError) {
    let start = position
    let isParsed = code != MCAP.Opcode.message.rawValue && code != MCAP.Opcode.messageIndex.rawValue
    let limit = isParsed ? min(limits.recordBytes, MCAPLimits.parsedRecordBytes) : limits.recordBytes
    guard let end = end(length), length <= UInt64(limit) else {
      let isCut = MCAP.Opcode(rawValue: code) != nil && end(length) == nil
      return try resume(after: start, from: start + 1, isCut ? .truncated : .recordTooLong, "opcode \(code)")
    }
    let content = try file.bytes(at: start + MCAP.prefixBytes, count: Int(length))
    let opcode = MCAP.Opcode(rawValue: code)
    let isPlausible = RecoveryProof.isPlausible(code, length, room: file.size - start - MCAP.prefixBytes)
    let record =
      opcode == .message ? nil : opcode.flatMap { opcode in content.withUnsafeBytes { MCAPRecord.parse(opcode, $0) } }
    let isReadable = opcode == .message || opcode == nil || record != nil
    guard isPlausible, isReadable else {
      if try proof.isPlausible(at: end), isReadable || opcode != nil {
        lose(start, end, .malformedRecord, "opcode \(code)")
        position = end
        return
      }
      return try resume(after: start, from: start + 1, .malformedRecord, "opcode \(code)")
    }
    if try !proof.isPlausible(at: end) {
      let isNextCut = try seemsCut(at: end)
      let next = try certainBeginning(from: start + 1, leadsOn: isNextCut)
      if let next, next < end {
        // A record that certainly begins inside this one shows that this one's length is wrong.
        lose(start, next, .malformedRecord, "opcode \(code)")
        position = next
        return
      }
      try take(code, record, content, at: start)
      if next == nil, isNextCut {
        position = end
        return
      }
      lose(end, next ?? file.size, next == nil ? .truncated : .malformedRecord, "between records")
      position = next ?? file.size
      return
    }
    try take(code, record, content, at: start)
    position = end
  }

  /// Whether a record seems to begin here that the file's end cuts.
  private func seemsCut(at offset: Int) throws(LogReadError) -> Bool {
    guard let (code, length) = try file.recordPrefix(at: offset) else { return true }
    return MCAP.Opcode(rawValue: code) != nil && length > UInt64(file.size - offset - MCAP.prefixBytes)
  }

  private func take(
    _ code: UInt8, _ record: MCAPRecord?, _ content: [UInt8], at start: Int
  ) throws(LogReadError) {
    let opcode = MCAP.Opcode(rawValue: code)
    if case .messageIndex(_, let count)? = record {
      if previousChunkWasLost { messagesLost += count }
      return
    }
    if opcode == .message, followsChunk, let count = Self.indexEntries(content) {
      if previousChunkWasLost { messagesLost += count }
      return lose(start, start + MCAP.prefixBytes + content.count, .malformedRecord, "message index")
    }
    previousChunkWasLost = false
    followsChunk = false
    if opcode == nil {
      // A record of others is not copied; it may as well be a damaged chunk.
      previousChunkWasLost = true
      return lose(start, start + MCAP.prefixBytes + content.count, .unknownRecord, "opcode \(code)")
    }
    // The summary repeats what the data hold; it is written anew.
    if sawDataEnd { return }
    if opcode == .message {
      let result = content.withUnsafeBytes { bytes in
        Result { () throws(LogReadError) in
          guard let message = MCAPMessage(bytes) else { return }
          let payload = UnsafeRawBufferPointer(rebasing: bytes[MCAP.messagePrefixBytes...])
          try sink.add(message, payload, isVerified: false)
        }
      }
      return try result.get()
    }
    switch record {
    case .schema(let schema)?: try sink.add(schema)
    case .channel(let channel)?: try sink.add(channel)
    case .metadata(let name, let entries)?: try sink.add(MCAPMetadata(name: name, entries: entries))
    case .dataEnd(let stated)?:
      sawDataEnd = true
      if stated != 0 { dataChecksum = (start, stated) }
    default: break
    }
  }

  /// How many entries a message has if it is a message index behind a damaged opcode, one bit away; nil if it is none.
  /// Its sequence number is then the bytes of the entries, of 16 each.
  private static func indexEntries(_ content: [UInt8]) -> Int? {
    guard let message = content.withUnsafeBytes({ MCAPMessage($0) }), Int(message.sequence) == content.count - 6,
      message.sequence % 16 == 0
    else { return nil }
    return Int(message.sequence / 16)
  }

  private func checksum(to end: Int) throws(LogReadError) -> UInt32 {
    var checksum = Checksum()
    var place = 0
    while place < end {
      let piece = try file.bytes(at: place, count: min(1 << 18, end - place))
      if piece.isEmpty { break }
      piece.withUnsafeBytes { checksum.add($0) }
      place += piece.count
    }
    return checksum.value
  }

  // MARK: Chunks

  private func takeChunk(_ length: UInt64) throws(LogReadError) {
    let start = position
    previousChunkWasLost = false
    followsChunk = true
    guard var end = end(length) else { return try takeCutChunk(length) }
    switch try loader.load(at: start, length: length, into: buffer) {
    case .success(let loaded):
      end = try trueEnd(end, exact: start + MCAP.prefixBytes + loaded.headerBytes + Int(loaded.header.storedBytes))
      // Without a checksum it counts only if its records fill it, or if something sensible follows.
      if !loaded.isVerified, try !proof.isPlausible(at: end) { break }
      chunks += 1
      try takeContents(isVerified: loaded.isVerified, isCut: false, start, end)
      position = end
      return
    case .failure(let failure):
      chunksLost += 1
      previousChunkWasLost = true
      noteDeclarations()
      if try proof.isPlausible(at: end) {
        lose(start, end, failure.code, failure.detail)
        position = end
        return
      }
      return try resume(after: start, from: start + 1, failure.code, failure.detail)
    }
    chunksLost += 1
    previousChunkWasLost = true
    try resume(after: start, from: start + 1, .corruptChunk, "")
  }

  /// Where a record ends that holds more than its fields: padding belongs to it, unless the next record stands there.
  private func trueEnd(_ stated: Int, exact: Int) throws(LogReadError) -> Int {
    guard exact < stated else { return stated }
    return try proof.isPlausible(at: exact) ? exact : stated
  }

  /// What a damaged chunk declares helps with the messages of others, where nothing better does.
  private func noteDeclarations() {
    var records = MCAPChunkRecords(buffer.bytes)
    while let (code, _, content) = records.next() {
      guard let opcode = MCAP.Opcode(rawValue: code), opcode == .schema || opcode == .channel else { continue }
      switch MCAPRecord.parse(opcode, content) {
      case .schema(let schema)?: sink.addDoubtful(schema)
      case .channel(let channel)?: sink.addDoubtful(channel)
      default: break
      }
    }
  }

  /// A chunk that claims more than the file has: its length is wrong, or the file ends in it.
  private func takeCutChunk(_ length: UInt64) throws(LogReadError) {
    let start = position
    chunksLost += 1
    previousChunkWasLost = true
    if let next = try certainBeginning(from: start + 1, leadsOn: true) {
      lose(start, next, .malformedRecord, "chunk")
      position = next
      return
    }
    position = file.size
    guard case .success(let loaded) = try loader.load(at: start, length: length, into: buffer, acceptsCut: true) else {
      return lose(start, file.size, .truncated, "chunk")
    }
    try takeContents(isVerified: loaded.isVerified, isCut: true, start, file.size)
    lose(start, file.size, .truncated, "chunk, of which what was complete has been kept")
  }

  private func takeContents(isVerified: Bool, isCut: Bool, _ start: Int, _ end: Int) throws(LogReadError) {
    var records = MCAPChunkRecords(buffer.bytes)
    var malformed = 0
    while let (code, _, content) = records.next() {
      switch MCAP.Opcode(rawValue: code) {
      case .message?:
        guard let message = MCAPMessage(content) else {
          malformed += 1
          continue
        }
        let payload = UnsafeRawBufferPointer(rebasing: content[MCAP.messagePrefixBytes...])
        try sink.add(message, payload, isVerified: isVerified)
      case .schema?, .channel?:
        switch MCAPRecord.parse(MCAP.Opcode(rawValue: code)!, content) {
        case .schema(let schema)?: try sink.add(schema)
        case .channel(let channel)?: try sink.add(channel)
        default: malformed += 1
        }
      case nil where code >= 0x80: break
      default: malformed += 1
      }
    }
    if malformed > 0 || (!isCut && !records.isAtEnd) {
      notes.append("the chunk at byte \(start) holds \(max(1, malformed)) records that cannot be read")
      messagesLost += max(1, malformed)
    }
  }

  // MARK: Attachments

  private func takeAttachment(_ length: UInt64) throws(LogReadError) {
    let start = position
    previousChunkWasLost = false
    followsChunk = false
    defer { spool.removeAll() }
    guard var end = end(length) else {
      attachmentsLost += 1
      return try resume(after: start, from: start + 1, .truncated, "attachment")
    }
    let extra = MCAPIndex.Extra(opcode: .attachment, offset: start, length: length)
    let read = try MCAPExtraReader(file, limits).read(extra) { [spool] in spool.append($0) }
    var isNextPlausible = try proof.isPlausible(at: end)
    if case .success(.attachment(let found)) = read {
      let fields = 8 + 8 + 4 + found.name.utf8.count + 4 + found.mediaType.utf8.count + 8
      end = try trueEnd(end, exact: start + MCAP.prefixBytes + fields + Int(found.dataBytes) + 4)
      isNextPlausible = try proof.isPlausible(at: end)
      if found.checksumMatches == true || (found.checksumMatches == nil && isNextPlausible) {
        try sink.add(found, from: spool)
        position = end
        return
      }
    }
    attachmentsLost += 1
    if isNextPlausible {
      lose(start, end, .attachmentChecksum, "attachment")
      position = end
      return
    }
    try resume(after: start, from: start + 1, .attachmentChecksum, "attachment")
  }
}
