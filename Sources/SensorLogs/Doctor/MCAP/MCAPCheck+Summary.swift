extension MCAPCheck {
  /// What the summary says, as far as it has to be kept to be compared.
  struct SummaryState {
    var start: Int?
    var schemas: Set<UInt16> = []
    var channels: Set<UInt16> = []
    var chunks = Places()
    var attachments = Places()
    var metadata = Places()
    var statistics: MCAPStatistics?
    /// The groups in their order: opcode, where it begins, behind its end.
    var groups: [(opcode: MCAP.Opcode, start: Int, end: Int)] = []
    var offsetsStart: Int?
    var offsets: [(opcode: UInt8, start: UInt64, length: UInt64, place: Int)] = []
  }

  /// A record behind the end of the data.
  func checkInSummary(_ opcode: MCAP.Opcode, _ record: MCAPRecord, _ length: Int) throws(LogReadError) {
    if summary.start == nil { summary.start = position }
    if case .summaryOffset(let code, let start, let length) = record {
      if summary.offsetsStart == nil { summary.offsetsStart = position }
      if summary.offsets.count < 256 { summary.offsets.append((code, start, length, position)) }
      return
    }
    if summary.offsetsStart != nil {
      error("summaryOrder", at: position, "record '\(opcode)' stands behind the summary's offsets", rewrites)
    }
    group(opcode, end: position + MCAP.prefixBytes + length)
    switch record {
    case .schema(let schema):
      summary.schemas.insert(schema.id)
      if let known = declared.schemas[schema.id] {
        if known != schema.hashValue { differs("schema \(schema.id) differs from its declaration in the data") }
      } else if met.lostChunks == 0 {
        declaredOnly("schema '\(schema.name.shortened(to: 60))'")
      }
    case .channel(let channel):
      summary.channels.insert(channel.id)
      if let known = declared.channels[channel.id] {
        if known != channel.hashValue { differs("channel \(channel.id) differs from its declaration in the data") }
      } else if met.lostChunks == 0 {
        declaredOnly("channel '\(channel.topic.shortened(to: 60))'")
      }
    case .chunkIndex(let index): try check(index)
    case .attachmentIndex(let index): try check(index)
    case .metadataIndex(let offset, let length, let name): try checkMetadataIndex(offset, length, name)
    case .statistics(let found):
      if summary.statistics != nil { error("statisticsRepeated", at: position, "there are two statistics", writer) }
      summary.statistics = found
    default:
      error("recordInSummary", at: position, "record '\(opcode)' stands in the summary, where it may not", writer)
    }
  }

  private func differs(_ finding: String) { error("summaryDiffers", at: position, finding, rewrites) }

  /// As recorders do with topics that stayed silent.
  private func declaredOnly(_ what: String) {
    problems.add(.note, "summaryOnly", at: position, "\(what) is declared in the summary and not in the data")
  }

  private func group(_ opcode: MCAP.Opcode, end: Int) {
    if let last = summary.groups.last, last.opcode == opcode {
      summary.groups[summary.groups.count - 1].end = end
      return
    }
    if summary.groups.contains(where: { $0.opcode == opcode }) {
      error("summaryOrder", at: position, "records '\(opcode)' of the summary do not stand together", rewrites)
    }
    if summary.groups.count < 256 { summary.groups.append((opcode, position, end)) }
  }

  // MARK: Indices

  private func check(_ index: MCAPChunkIndex) throws(LogReadError) {
    declared.hasIndexedChunks = true
    summary.chunks.add(index.offset)
    func wrong(_ what: String) { error("chunkIndexDiffers", at: position, "an index entry \(what)", rewrites) }
    guard let offset = Int(exactly: index.offset), offset < summary.start ?? position,
      let (code, length) = try file.recordPrefix(at: offset), code == MCAP.Opcode.chunk.rawValue
    else { return wrong("points at byte \(index.offset), where no chunk begins") }
    guard length &+ UInt64(MCAP.prefixBytes) == index.length else {
      return wrong("gives the chunk at byte \(offset) a length of \(index.length) instead of \(length &+ 9)")
    }
    let head = try file.bytes(
      at: offset + MCAP.prefixBytes, count: min(MCAPChunk.maximumHeaderBytes, Int(clamping: length)))
    guard let (chunk, _) = head.withUnsafeBytes({ MCAPChunk.parse($0) }) else { return }
    if chunk.startTime != index.startTime || chunk.endTime != index.endTime {
      wrong("gives the chunk at byte \(offset) other times than its header")
    }
    if chunk.compression != index.compression || chunk.storedBytes != index.storedBytes
      || chunk.uncompressedBytes != index.uncompressedBytes
    {
      wrong("gives the chunk at byte \(offset) another compression or size than its header")
    }
    try checkMessageIndices(index, behind: offset + Int(index.length), wrong)
  }

  private func checkMessageIndices(
    _ index: MCAPChunkIndex, behind start: Int, _ wrong: (String) -> Void
  ) throws(LogReadError) {
    var place = start
    var count = 0
    while let (code, length) = try file.recordPrefix(at: place), code == MCAP.Opcode.messageIndex.rawValue,
      length <= UInt64(file.size - place - MCAP.prefixBytes)
    {
      let id = try file.bytes(at: place + MCAP.prefixBytes, count: 2)
      if id.count == 2, !index.messageIndexOffsets.isEmpty {
        let channel = UInt16(id[0]) | UInt16(id[1]) << 8
        if index.messageIndexOffsets[channel] != UInt64(place) {
          return wrong("does not name the message index of '\(topic(channel))' at byte \(place)")
        }
      }
      count += 1
      place += MCAP.prefixBytes + Int(length)
    }
    if UInt64(place - start) != index.messageIndexLength {
      wrong("states \(index.messageIndexLength) bytes of message indices behind its chunk, there are \(place - start)")
    } else if !index.messageIndexOffsets.isEmpty, index.messageIndexOffsets.count != count {
      wrong("names \(index.messageIndexOffsets.count) message indices, there are \(count)")
    }
  }

  private func check(_ index: MCAPAttachmentIndex) throws(LogReadError) {
    summary.attachments.add(index.offset)
    func wrong(_ what: String) {
      error("attachmentIndexDiffers", at: position, "the entry of '\(index.name.shortened(to: 60))' \(what)", rewrites)
    }
    guard let offset = Int(exactly: index.offset), offset < summary.start ?? position,
      let (code, length) = try file.recordPrefix(at: offset), code == MCAP.Opcode.attachment.rawValue
    else { return wrong("points at byte \(index.offset), where no attachment begins") }
    let head = try file.bytes(
      at: offset + MCAP.prefixBytes, count: min(MCAPAttachment.maximumHeaderBytes, Int(clamping: length)))
    guard let (found, _) = head.withUnsafeBytes({ MCAPAttachment.parse($0) }) else { return }
    if length &+ UInt64(MCAP.prefixBytes) != index.length || found.dataBytes != index.dataBytes
      || found.name != index.name || found.mediaType != index.mediaType || found.logTime != index.logTime
      || found.createTime != index.createTime
    {
      wrong("says something else than the attachment at byte \(offset)")
    }
  }

  private func checkMetadataIndex(_ stated: UInt64, _ length: UInt64, _ name: String) throws(LogReadError) {
    summary.metadata.add(stated)
    guard let offset = Int(exactly: stated), offset < summary.start ?? position,
      let (code, found) = try file.recordPrefix(at: offset), code == MCAP.Opcode.metadata.rawValue,
      found &+ UInt64(MCAP.prefixBytes) == length
    else {
      return error(
        "metadataIndexDiffers", at: position, "the entry of '\(name.shortened(to: 60))' points at no such metadata",
        rewrites)
    }
  }

  // MARK: The footer

  func checkSummary(
    footerStart: Int, _ start: UInt64, _ offsetStart: UInt64, _ stated: UInt32
  ) throws(LogReadError) {
    let dataEnd = met.dataEnd ?? footerStart
    if summary.start == nil, summary.groups.isEmpty {
      if start != 0 {
        error("footerDiffers", at: footerStart, "the footer names a summary, and there is none", rewrites)
      }
    } else if start != UInt64(dataEnd) {
      error(
        "footerDiffers", at: footerStart,
        start == 0
          ? "the footer does not name the summary"
          : "the footer puts the summary at byte \(start), it is at \(dataEnd)",
        rewrites)
    }
    if offsetStart != UInt64(summary.offsetsStart ?? 0), offsetStart != 0 || summary.offsetsStart != nil {
      error("footerDiffers", at: footerStart, "the footer puts the summary's offsets at byte \(offsetStart)", rewrites)
    }
    if stated != 0 {
      let first = start == 0 ? dataEnd : min(footerStart, Int(clamping: start))
      if try checksum(first..<(footerStart + MCAP.prefixBytes + 16)) != stated {
        error("summaryChecksum", at: footerStart, "the summary does not match its checksum", rewrites)
      }
    }
    checkOffsets()
    compare(at: footerStart)
  }

  private func checkOffsets() {
    // Some writers name groups that are empty.
    for offset in summary.offsets where offset.length > 0 {
      let group = summary.groups.first { $0.opcode.rawValue == offset.opcode }
      guard let group, UInt64(group.start) == offset.start, UInt64(group.end - group.start) == offset.length else {
        error(
          "summaryOffsetDiffers", at: offset.place,
          "an offset of the summary does not fit group \(name(offset.opcode))", rewrites)
        continue
      }
    }
    if !summary.offsets.isEmpty {
      for group in summary.groups where !summary.offsets.contains(where: { $0.opcode == group.opcode.rawValue }) {
        warn(
          "summaryOffsetMissing", at: group.start, "the summary's offsets leave out group '\(group.opcode)'", rewrites)
      }
    }
  }

  /// The summary as a whole against the data as a whole.
  private func compare(at footerStart: Int) {
    let place = summary.start ?? footerStart
    if summary.chunks.count > 0 || summary.statistics != nil, met.chunks.count > 0, summary.chunks != met.chunks {
      let finding =
        summary.chunks.count == 0
        ? "the chunks have no index"
        : "the index names \(summary.chunks.count) chunks, there are \(met.chunks.count), or others"
      problems.add(
        summary.chunks.count == 0 ? .warning : .error, "chunkIndexDiffers", at: place, finding, advice: rewrites)
    } else if met.chunks.count > 0, summary.chunks.count == 0 {
      problems.add(
        .note, "noIndex", at: place, "the file has no index, so that every reader reads all of it", advice: rewrites)
    }
    if summary.attachments.count > 0, summary.attachments != met.attachments {
      error(
        "attachmentIndexDiffers", at: place,
        "the index names \(summary.attachments.count) attachments, there are \(met.attachments.count), or others",
        rewrites)
    }
    if summary.metadata.count > 0, summary.metadata != met.metadata {
      error(
        "metadataIndexDiffers", at: place,
        "the index names \(summary.metadata.count) metadata, there are \(met.metadata.count), or others", rewrites)
    }
    if summary.chunks.count > 0 {
      let missing = channels.keys.filter { !summary.channels.contains($0) }.count
      if missing > 0 {
        warn(
          "summaryIncomplete", at: place, count: missing,
          "\(missing) channels with messages are not repeated in the summary, so that the index alone does not tell of them",
          rewrites)
      }
    }
    if let stated = summary.statistics { compare(stated, at: place) }
  }

  private func compare(_ stated: MCAPStatistics, at place: Int) {
    func check(_ what: String, _ says: UInt64, _ is: UInt64) {
      guard says != `is` else { return }
      let code = what == "messages" ? "messageCountDiffers" : "statisticsDiffer"
      error(
        code, at: place, count: Int(clamping: says > `is` ? says - `is` : `is` - says),
        "the statistics count \(says) \(what), there are \(`is`)", rewrites)
    }
    check("messages", stated.messageCount, met.messages)
    check("chunks", UInt64(stated.chunkCount), met.chunks.count)
    check("attachments", UInt64(stated.attachmentCount), met.attachments.count)
    check("metadata records", UInt64(stated.metadataCount), met.metadata.count)
    if met.lostChunks == 0 {
      check("schemas", UInt64(stated.schemaCount), UInt64(declared.schemas.count))
      check("channels", UInt64(stated.channelCount), UInt64(declared.channels.count))
    }
    if met.messages > 0, met.startTime == 0, stated.startTime != 0, stated.endTime == met.endTime {
      problems.add(
        .note, "zeroTimeIgnored", at: place, "the statistics begin at \(stated.startTime), the messages at 0",
        advice: "some writers take 0 for no time")
    } else if met.messages > 0, met.lostChunks == 0, stated.startTime != met.startTime || stated.endTime != met.endTime
    {
      error(
        "statisticsDiffer", at: place,
        "the statistics state times \(stated.startTime)…\(stated.endTime), the messages have \(met.startTime)…\(met.endTime)",
        rewrites)
    }
    guard !stated.channelMessageCounts.isEmpty, met.lostChunks == 0 else { return }
    for id in Set(stated.channelMessageCounts.keys).union(channels.keys).sorted() {
      check("messages of '\(topic(id))'", stated.channelMessageCounts[id] ?? 0, channels[id]?.messages ?? 0)
    }
  }
}
