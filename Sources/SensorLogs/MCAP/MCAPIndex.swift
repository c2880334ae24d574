/// What the summary of an MCAP file says, checked against the file.
struct MCAPIndex {
  struct Chunk {
    var startTime: UInt64
    var endTime: UInt64
    var offset: Int
    /// Opcode and length field included.
    var length: Int
    var messageIndexLength: Int
    var uncompressedBytes: Int
    /// In no order; nil where the index does not say.
    var channelIDs: [UInt16]?
  }

  /// A record outside of chunks that a reader may want.
  struct Extra {
    var opcode: MCAP.Opcode
    var offset: Int
    var length: UInt64
  }

  var profile = ""
  var library = ""
  var topics = MCAPTopics()
  /// In the order of the file.
  var chunks: [Chunk] = []
  /// Attachments and metadata, in the order of the file.
  var extras: [Extra] = []
  var statistics: MCAPStatistics?
  /// nil where none is stated.
  var summaryMatches: Bool?

  /// Why a file cannot be read by its index.
  struct Unusable: Error {
    var reason: String
    init(_ reason: String) { self.reason = reason }
  }

  private static let footerBytes = MCAP.prefixBytes + 20 + 8
  private static let maximumExtras = 65_536

  /// Reads the summary, and walks over the file from record to record to see that the index leaves no message out.
  ///
  /// - Throws: where the file cannot be read.
  static func load(
    _ input: any RandomAccessInput, limits: MCAPLimits
  ) throws(LogReadError) -> Result<MCAPIndex, Unusable> {
    let magic = try input.bytes(at: 0, count: MCAP.magic.count)
    guard magic == MCAP.magic else { return .failure(Unusable("it does not begin like MCAP")) }
    switch try loadSummary(input, limits: limits) {
    case .failure(let problem): return .failure(problem)
    case .success(let summary):
      var index = summary.index
      if let problem = try index.check(input, limits, summaryStart: summary.start) { return .failure(problem) }
      guard index.knowsItsChannels else {
        return .failure(Unusable("its summary does not repeat what its chunks declare"))
      }
      return .success(index)
    }
  }

  /// Reads the summary alone.
  ///
  /// - Returns: what it says, unchecked against the data, and where it begins.
  static func loadSummary(
    _ input: any RandomAccessInput, limits: MCAPLimits
  ) throws(LogReadError) -> Result<(index: MCAPIndex, start: Int), Unusable> {
    let end = input.size - footerBytes
    guard end >= 0 else { return .failure(Unusable("it has no footer")) }
    let footer = try input.bytes(at: end, count: footerBytes)
    guard footer.count == footerBytes, footer[0] == MCAP.Opcode.footer.rawValue,
      footer.suffix(MCAP.magic.count).elementsEqual(MCAP.magic)
    else { return .failure(Unusable("it has no footer")) }
    let record = footer.withUnsafeBytes {
      MCAPRecord.parse(.footer, UnsafeRawBufferPointer(rebasing: $0[MCAP.prefixBytes..<(MCAP.prefixBytes + 20)]))
    }
    guard case .footer(let start, let offsetStart, let stated)? = record, start > 0 else {
      return .failure(Unusable("it has no summary"))
    }
    guard start < UInt64(end), offsetStart == 0 || (offsetStart >= start && offsetStart <= UInt64(end)) else {
      return .failure(Unusable("its footer contradicts its length"))
    }
    let length = end - Int(start)
    guard length <= limits.summaryBytes else {
      return .failure(Unusable("its summary has \(length) bytes, more than \(limits.summaryBytes)"))
    }
    let summary = try input.bytes(at: Int(start), count: length + footerBytes)
    guard summary.count == length + footerBytes else { return .failure(Unusable("its summary is cut")) }
    var index = MCAPIndex()
    if stated != 0 {
      let matches = summary.withUnsafeBytes {
        Checksum.of(.init(rebasing: $0.prefix(length + MCAP.prefixBytes + 16))) == stated
      }
      guard matches else { return .failure(Unusable("its summary does not match its checksum")) }
      index.summaryMatches = true
    }
    let parsed = summary.withUnsafeBytes { index.parse(.init(rebasing: $0.prefix(length))) }
    if let parsed { return .failure(parsed) }
    return .success((index, Int(start)))
  }

  private mutating func parse(_ summary: UnsafeRawBufferPointer) -> Unusable? {
    var records = MCAPChunkRecords(summary)
    while let (code, _, content) = records.next() {
      guard let opcode = MCAP.Opcode(rawValue: code) else { continue }
      switch opcode {
      case .schema, .channel, .chunkIndex, .statistics: break
      default: continue
      }
      switch MCAPRecord.parse(opcode, content) {
      case .schema(let schema)?:
        guard topics.add(schema) else { return Unusable("a schema is larger than allowed") }
      case .channel(let channel)?:
        guard topics.add(channel) else { return Unusable("a channel is larger than allowed") }
      case .statistics(let found)?: statistics = found
      case .chunkIndex(let chunk)?:
        guard let offset = Int(exactly: chunk.offset), let length = Int(exactly: chunk.length),
          let messageIndexLength = Int(exactly: chunk.messageIndexLength), chunk.startTime <= chunk.endTime
        else { return Unusable("an entry of its index cannot be true") }
        chunks.append(
          Chunk(
            startTime: chunk.startTime, endTime: chunk.endTime, offset: offset, length: length,
            messageIndexLength: messageIndexLength, uncompressedBytes: Int(clamping: chunk.uncompressedBytes),
            channelIDs: messageIndexLength > 0 ? Array(chunk.messageIndexOffsets.keys) : nil))
      default: return Unusable("its summary cannot be read")
      }
    }
    guard records.isAtEnd else { return Unusable("its summary cannot be read") }
    chunks.sort { $0.offset < $1.offset }
    return nil
  }

  /// Whether every message's channel and schema is known without opening a chunk.
  private var knowsItsChannels: Bool {
    for chunk in chunks {
      guard let ids = chunk.channelIDs else {
        guard let statistics, Int(statistics.channelCount) == topics.channels.count else { return false }
        continue
      }
      if !ids.allSatisfy({ topics.channels[$0] != nil }) { return false }
    }
    return topics.channels.values.allSatisfy { $0.schemaID == 0 || topics.schemas[$0.schemaID] != nil }
  }

  // MARK: Checking

  /// Follows the lengths of the records from the header to the end of the data.
  private mutating func check(
    _ input: any RandomAccessInput, _ limits: MCAPLimits, summaryStart: Int
  ) throws(LogReadError) -> Unusable? {
    var position = MCAP.magic.count
    var next = 0
    while position < summaryStart {
      let room = summaryStart - position - MCAP.prefixBytes
      guard room >= 0, let (code, length) = try input.recordPrefix(at: position), length <= UInt64(room) else {
        return Unusable("the record at byte \(position) contradicts its length")
      }
      let total = MCAP.prefixBytes + Int(length)
      switch MCAP.Opcode(rawValue: code) {
      case .header?:
        if let problem = try readHeader(input, limits, at: position, length: Int(length)) { return problem }
      case .chunk?:
        guard next < chunks.count, chunks[next].offset == position, chunks[next].length == total else {
          return Unusable("the chunk at byte \(position) is not in its index")
        }
        // The message indices behind it need no look each.
        if chunks[next].messageIndexLength <= summaryStart - position - total {
          position += chunks[next].messageIndexLength
        }
        next += 1
      case .message?: return Unusable("it has messages outside of chunks")
      case .attachment?, .metadata?:
        guard extras.count < Self.maximumExtras else { return Unusable("it has too many attachments") }
        extras.append(Extra(opcode: MCAP.Opcode(rawValue: code)!, offset: position, length: length))
      case .schema?, .channel?:
        if let problem = try addDefinition(input, limits, at: position, length: Int(length)) { return problem }
      case .footer?: return Unusable("its footer does not stand at its end")
      default: break
      }
      position += total
    }
    guard position == summaryStart, next == chunks.count else {
      return Unusable("its index names chunks that it does not hold")
    }
    return nil
  }

  private mutating func readHeader(
    _ input: any RandomAccessInput, _ limits: MCAPLimits, at offset: Int, length: Int
  ) throws(LogReadError) -> Unusable? {
    guard length <= min(limits.recordBytes, MCAPLimits.parsedRecordBytes) else {
      return Unusable("its header is larger than allowed")
    }
    let content = try input.bytes(at: offset + MCAP.prefixBytes, count: length)
    guard case .header(let profile, let library)? = content.withUnsafeBytes({ MCAPRecord.parse(.header, $0) }) else {
      return Unusable("its header cannot be read")
    }
    self.profile = profile
    self.library = library
    return nil
  }

  private mutating func addDefinition(
    _ input: any RandomAccessInput, _ limits: MCAPLimits, at offset: Int, length: Int
  ) throws(LogReadError) -> Unusable? {
    guard length <= min(limits.recordBytes, MCAPLimits.parsedRecordBytes) else {
      return Unusable("a schema or channel is larger than allowed")
    }
    let record = try input.bytes(at: offset, count: MCAP.prefixBytes + length)
    guard let opcode = record.first.flatMap(MCAP.Opcode.init) else { return Unusable("the file is cut") }
    let parsed = record.withUnsafeBytes {
      MCAPRecord.parse(opcode, UnsafeRawBufferPointer(rebasing: $0.dropFirst(MCAP.prefixBytes)))
    }
    switch parsed {
    case .schema(let schema)? where topics.add(schema): return nil
    case .channel(let channel)? where topics.add(channel): return nil
    default: return Unusable("a schema or channel cannot be read")
    }
  }
}
