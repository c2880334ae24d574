/// Looks at every record of an MCAP file and holds it against the rules of the format and against what other records
/// say of it.
///
/// Memory: one chunk, the schemas and channels, and some numbers for each channel. What the index says is looked up in
/// the file, so that no list of chunks has to be kept.
final class MCAPCheck {
  var problems: ProblemList
  let file: RandomAccessCache
  let limits: MCAPLimits
  let loader: MCAPChunkLoader
  let buffer: ChunkBuffer
  let text = MCAPMessageText(maximumTextBytes: 16 << 20)
  private let isCancelled: () -> Bool
  private let progress: ((Int, Int) -> Void)?

  var position = 0
  var declared = Declarations()
  var met = Met()
  var channels: [UInt16: ChannelState] = [:]
  /// The chunk that the message indices at hand belong to.
  var context: ChunkContext?
  var summary = SummaryState()
  private var isOver = false
  private var sawHeader = false
  private(set) var isClosed = false

  /// What the data section holds.
  struct Met {
    var messages: UInt64 = 0
    var messagesOutsideChunks: UInt64 = 0
    var firstOutside: Int?
    var startTime = UInt64.max
    var endTime: UInt64 = 0
    var chunks = Places()
    var attachments = Places()
    var metadata = Places()
    var chunksWithoutChecksum = 0
    var lostChunks = 0
    var messageIndices = 0
    var dataEnd: Int?
  }

  /// A set of places that can be compared with another without being kept.
  struct Places: Equatable {
    var count: UInt64 = 0
    private var sum: UInt64 = 0

    mutating func add(_ offset: UInt64) {
      count += 1
      // Mixed, so that two wrong places seldom add up to two right ones.
      var z = offset &+ 0x9E37_79B9_7F4A_7C15
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      sum = sum &+ (z ^ (z >> 27))
    }
  }

  struct ChannelState {
    var messages: UInt64 = 0
    var lastTime: UInt64 = 0
    var undecodable = 0
    var timing = TimingSummary()
  }

  private static let maximumTimedChannels = 1_024
  /// Longer messages are decoded only until a channel has shown that they can be.
  private static let alwaysDecodedBytes = 64 << 10

  init(
    _ file: any RandomAccessInput, options: LogReadOptions, problems: ProblemList, progress: ((Int, Int) -> Void)?,
    isCancelled: @escaping () -> Bool
  ) {
    self.file = RandomAccessCache(file)
    limits = MCAPLimits(options)
    self.problems = problems
    self.progress = progress
    self.isCancelled = isCancelled
    loader = MCAPChunkLoader(input: file, limits: limits)
    buffer = ChunkBuffer(ChunkCodec(windowLogMaximum: limits.zstdWindowLogMaximum))
  }

  func run() throws(LogReadError) {
    guard try file.bytes(at: 0, count: MCAP.magic.count) == MCAP.magic else {
      return error("openingMagic", at: 0, "the file does not begin with the magic bytes of MCAP 0", recovers)
    }
    position = MCAP.magic.count
    var count = 0
    while !isOver {
      try checkRecord()
      count += 1
      if count % 64 == 0 {
        if isCancelled() { throw LogReadError(.cancelled, path: file.path) }
        progress?(position, file.size)
      }
    }
    finish()
  }

  // MARK: Telling

  var recovers: String { "'martlet recover' writes a whole file of what can be read" }
  var rewrites: String { "'martlet recover' writes index and summary anew from the data" }
  var writer: String { "tell whoever made the program that wrote it" }

  func error(_ code: String, at offset: Int, count: Int = 1, _ finding: @autoclosure () -> String, _ advice: String) {
    problems.add(.error, code, at: offset, count: count, finding(), advice: advice)
  }

  func warn(_ code: String, at offset: Int?, count: Int = 1, _ finding: @autoclosure () -> String, _ advice: String) {
    problems.add(.warning, code, at: offset, count: count, finding(), advice: advice)
  }

  // MARK: Records

  private func checkRecord() throws(LogReadError) {
    guard let (code, length) = try file.recordPrefix(at: position) else {
      isOver = true
      let rest = file.size - position
      return error(
        "truncated", at: position,
        rest == 0 ? "the file ends without a footer" : "the file ends in the first \(rest) bytes of a record", recovers)
    }
    let room = file.size - position - MCAP.prefixBytes
    let opcode = MCAP.Opcode(rawValue: code)
    guard length <= UInt64(room) else {
      isOver = true
      return error(
        "truncated", at: position,
        "record \(name(code)) states a length of \(length) bytes, and \(room) bytes follow", recovers)
    }
    if !sawHeader, opcode != .header {
      warn("headerMissing", at: position, "the first record is \(name(code)) and no header", writer)
    }
    sawHeader = true
    if opcode != .messageIndex { try endContext() }
    switch opcode {
    case .chunk?: try checkChunk(Int(length))
    case .message?: try checkMessageAtTop(Int(length))
    case .messageIndex?: try checkMessageIndex(Int(length))
    case .attachment?: try checkAttachment(length)
    case .footer?: try checkFooter(Int(length))
    case nil: checkUnknown(code, Int(length))
    default: try checkSmall(opcode!, Int(length))
    }
    position += MCAP.prefixBytes + Int(length)
  }

  func name(_ code: UInt8) -> String { MCAP.Opcode(rawValue: code).map { "'\($0)'" } ?? "of opcode \(code)" }

  private func checkUnknown(_ code: UInt8, _ length: Int) {
    if code == 0 {
      error("zeroOpcode", at: position, "a record has opcode 0, which is none", recovers)
    } else if code < 0x80 {
      warn("unknownRecord", at: position, "a record has the reserved opcode \(code) (\(length) bytes)", writer)
    } else {
      problems.add(
        .note, "privateRecord", at: position, "a private record of opcode \(code), \(length) bytes",
        advice: "martlet passes over it and does not copy it")
    }
  }

  func content(_ length: Int) throws(LogReadError) -> [UInt8]? {
    guard length <= limits.recordBytes else {
      error(
        "recordTooLong", at: position, "a record of \(length) bytes is longer than the \(limits.recordBytes) allowed",
        "if it is meant to be so, write it as an attachment")
      return nil
    }
    return try file.bytes(at: position + MCAP.prefixBytes, count: length)
  }

  private func checkSmall(_ opcode: MCAP.Opcode, _ length: Int) throws(LogReadError) {
    guard let content = try content(length) else { return }
    guard let record = content.withUnsafeBytes({ MCAPRecord.parse(opcode, $0) }) else {
      return error(
        "malformedRecord", at: position, "the fields of record '\(opcode)' do not fit its \(length) bytes", recovers)
    }
    if met.dataEnd != nil { return try checkInSummary(opcode, record, length) }
    switch record {
    case .header(let profile, let library):
      if position != MCAP.magic.count {
        error("headerRepeated", at: position, "a header stands within the data", writer)
      } else if library.isEmpty {
        problems.add(.note, "libraryMissing", at: position, "the header does not say what wrote the file (\(profile))")
      }
    case .schema(let schema): check(schema, at: position)
    case .channel(let channel): check(channel, at: position)
    case .metadata: met.metadata.add(UInt64(position))
    case .dataEnd(let stated): try checkDataEnd(stated, length)
    default:
      error("recordInData", at: position, "record '\(opcode)' belongs into the summary and stands in the data", writer)
    }
  }

  private func checkDataEnd(_ stated: UInt32, _ length: Int) throws(LogReadError) {
    met.dataEnd = position + MCAP.prefixBytes + length
    if length != 4 { error("malformedRecord", at: position, "record 'dataEnd' has \(length) bytes, not 4", writer) }
    guard stated != 0 else {
      problems.add(
        .note, "noDataChecksum", at: position, "the data section has no checksum",
        advice: "damage outside of chunks may go unnoticed")
      return
    }
    let found = try checksum(0..<position)
    if found != stated {
      error(
        "dataChecksum", at: position, "the data section does not match its checksum", LogLoss.Code.dataChecksum.advice)
    }
  }

  func checksum(_ range: Range<Int>) throws(LogReadError) -> UInt32 {
    var checksum = Checksum()
    var place = range.lowerBound
    while place < range.upperBound {
      let piece = try file.bytes(at: place, count: min(1 << 18, range.upperBound - place))
      if piece.isEmpty { break }
      piece.withUnsafeBytes { checksum.add($0) }
      place += piece.count
    }
    return checksum.value
  }

  private func checkMessageAtTop(_ length: Int) throws(LogReadError) {
    if met.dataEnd != nil { return error("recordInSummary", at: position, "a message stands in the summary", writer) }
    guard let content = try content(length) else { return }
    content.withUnsafeBytes { check(message: $0, at: position, isInChunk: false) }
  }

  private func checkAttachment(_ length: UInt64) throws(LogReadError) {
    if met.dataEnd != nil {
      return error("recordInSummary", at: position, "an attachment stands in the summary", writer)
    }
    met.attachments.add(UInt64(position))
    let extra = MCAPIndex.Extra(opcode: .attachment, offset: position, length: length)
    switch try MCAPExtraReader(file, limits).read(extra, nil) {
    case .failure(let failure):
      error("malformedRecord", at: position, "an attachment cannot be read: \(failure.code.sentence)", recovers)
    case .success(.attachment(let found)):
      let name = found.name.shortened(to: 60)
      if found.checksumMatches == false {
        error(
          "attachmentChecksum", at: position, "attachment '\(name)' does not match its checksum",
          LogLoss.Code.attachmentChecksum.advice)
      } else if found.checksumMatches == nil {
        problems.add(.note, "noAttachmentChecksum", at: position, "attachment '\(name)' has no checksum")
      }
    case .success: break
    }
  }

  private func checkFooter(_ length: Int) throws(LogReadError) {
    isOver = true
    if met.dataEnd == nil {
      error("missingEnd", at: position, "the data do not end in a 'dataEnd' record", recovers)
    }
    guard length == 20, let content = try content(length),
      case .footer(let start, let offsetStart, let stated)? = content.withUnsafeBytes({ MCAPRecord.parse(.footer, $0) })
    else { return error("malformedRecord", at: position, "the footer has \(length) bytes, not 20", recovers) }
    try checkSummary(footerStart: position, start, offsetStart, stated)
    let end = position + MCAP.prefixBytes + 20
    guard try file.bytes(at: end, count: MCAP.magic.count) == MCAP.magic else {
      return error("closingMagic", at: end, "the file does not end in the magic bytes", recovers)
    }
    isClosed = true
    let rest = file.size - end - MCAP.magic.count
    if rest > 0 {
      error(
        "trailingBytes", at: end + MCAP.magic.count, count: rest, "\(rest) bytes follow the end of the file",
        LogLoss.Code.trailingBytes.advice)
    }
  }

  // MARK: Messages

  /// - Parameter place: Of the record that holds it: the message itself, or its chunk.
  func check(message content: UnsafeRawBufferPointer, at place: Int, isInChunk: Bool) {
    guard let message = MCAPMessage(content) else {
      return error(
        "malformedRecord", at: place, "a message of \(content.count) bytes has no room for its fields", recovers)
    }
    met.messages += 1
    if !isInChunk {
      met.messagesOutsideChunks += 1
      if met.firstOutside == nil { met.firstOutside = place }
    }
    met.startTime = min(met.startTime, message.logTime)
    met.endTime = max(met.endTime, message.logTime)
    guard declared.channels[message.channelID] != nil else {
      return error(
        "unknownChannel", at: place, "a message is of channel \(message.channelID), which is not declared before it",
        LogLoss.Code.unknownChannel.advice)
    }
    var state = channels.removeValue(forKey: message.channelID) ?? ChannelState()
    defer { channels[message.channelID] = state }
    if message.logTime < state.lastTime {
      warn(
        "messageOrder", at: place,
        "a message of '\(topic(message.channelID))' is \(LogSummary.interval(Int64(clamping: state.lastTime - message.logTime))) "
          + "earlier than the one before it", "'martlet merge' writes messages in order of time")
    }
    state.messages += 1
    state.lastTime = message.logTime
    if channels.count < Self.maximumTimedChannels { state.timing.add(Int64(clamping: message.logTime)) }
    guard content.count <= Self.alwaysDecodedBytes || state.messages <= 4 else { return }
    decode(message, content, &state, at: place)
  }

  private func decode(
    _ message: MCAPMessage, _ content: UnsafeRawBufferPointer, _ state: inout ChannelState, at place: Int
  ) {
    line.removeAll(keepingCapacity: true)
    let payload = UnsafeRawBufferPointer(rebasing: content[MCAP.messagePrefixBytes...])
    switch text.write(message, payload: payload, to: &line) {
    case .written: break
    case .undecodable(let reason):
      state.undecodable += 1
      if state.undecodable == 1 {
        problems.add(
          .note, "undecodableTopic", at: place, "topic '\(topic(message.channelID))' cannot be decoded: \(reason)",
          advice: "its messages are copied as they are")
      }
    case .damaged:
      state.undecodable += 1
      error(
        "undecodableMessage", at: place, "a message of '\(topic(message.channelID))' contradicts its schema",
        LogLoss.Code.undecodableMessage.advice)
    }
  }

  private var line: [UInt8] = []

  func topic(_ channelID: UInt16) -> String { (declared.topics[channelID] ?? "channel \(channelID)").shortened(to: 60) }

  // MARK: The end

  private func finish() {
    if declared.hasIndexedChunks || met.chunks.count > 0, let first = met.firstOutside {
      warn(
        "messageOutsideChunk", at: first, count: Int(clamping: met.messagesOutsideChunks),
        "\(met.messagesOutsideChunks) messages stand outside of chunks, where an index does not find them", rewrites)
    }
    if met.chunksWithoutChecksum > 0 {
      problems.add(
        .note, "noChunkChecksum", count: met.chunksWithoutChecksum,
        "\(met.chunksWithoutChecksum) of \(met.chunks.count) chunks have no checksum",
        advice: "damage in them may go unnoticed; 'martlet recover' writes checksums")
    }
    if met.messages == 0 {
      warn("empty", at: nil, "the file holds no messages", "look whether the recorder was started")
    }
    for id in channels.keys.sorted() {
      guard var state = channels[id] else { continue }
      state.timing.finish()
      if state.timing.gaps > 0, let longest = state.timing.longestInterval, let usual = state.timing.typicalInterval {
        problems.add(
          .note, "topicGaps", count: state.timing.gaps,
          "'\(topic(id))' has \(state.timing.gaps) gaps, the longest of \(LogSummary.interval(longest)), where a message "
            + "comes every \(LogSummary.interval(usual))")
      }
    }
  }
}
