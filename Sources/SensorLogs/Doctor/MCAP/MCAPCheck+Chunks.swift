extension MCAPCheck {
  /// What the messages of a chunk are, to be held against the indices that follow it.
  struct ChunkContext {
    var offset: Int
    var isReadable = true
    var counts: [UInt16: Places] = [:]
    var indexed: Set<UInt16> = []
  }

  func checkChunk(_ length: Int) throws(LogReadError) {
    if met.dataEnd != nil { return error("recordInSummary", at: position, "a chunk stands in the summary", writer) }
    met.chunks.add(UInt64(position))
    context = ChunkContext(offset: position)
    switch try loader.load(at: position, length: UInt64(length), into: buffer) {
    case .failure(let failure):
      context?.isReadable = false
      met.lostChunks += 1
      let detail = failure.detail.isEmpty ? "" : " (\(failure.detail))"
      error(failure.code.rawValue, at: position, failure.code.sentence + detail, failure.code.advice)
    case .success(let loaded):
      if !loaded.isVerified { met.chunksWithoutChecksum += 1 }
      checkContents(loaded.header)
    }
  }

  private func checkContents(_ header: MCAPChunk) {
    var records = MCAPChunkRecords(buffer.bytes)
    var first = UInt64.max
    var last: UInt64 = 0
    var messages = 0
    while let (code, offset, content) = records.next() {
      switch MCAP.Opcode(rawValue: code) {
      case .message?:
        check(message: content, at: position, isInChunk: true)
        guard let message = MCAPMessage(content) else { continue }
        messages += 1
        first = min(first, message.logTime)
        last = max(last, message.logTime)
        context?.counts[message.channelID, default: Places()].add(UInt64(offset))
      case .schema?, .channel?: checkDeclaration(code, content)
      case nil:
        if code == 0 {
          error("zeroOpcode", at: position, "a record in the chunk has opcode 0", recovers)
        } else if code < 0x80 {
          warn("unknownRecord", at: position, "a record in the chunk has the reserved opcode \(code)", writer)
        }
      case let opcode?:
        error("recordInChunk", at: position, "record '\(opcode)' stands in a chunk, where it may not", writer)
      }
    }
    if !records.isAtEnd {
      error(
        "malformedRecord", at: position, "the chunk's records break off at byte \(records.position) of its data",
        recovers)
    }
    if messages == 0 {
      problems.add(.note, "chunkWithoutMessages", at: position, "the chunk holds no messages")
    } else if first != header.startTime || last != header.endTime {
      let isOutside = first < header.startTime || last > header.endTime
      problems.add(
        isOutside ? .error : .warning, "chunkTimes", at: position,
        "the chunk states times \(header.startTime)…\(header.endTime), and its messages have \(first)…\(last)",
        advice: rewrites)
    }
  }

  private func checkDeclaration(_ code: UInt8, _ content: UnsafeRawBufferPointer) {
    switch MCAPRecord.parse(MCAP.Opcode(rawValue: code)!, content) {
    case .schema(let schema)?: check(schema, at: position)
    case .channel(let channel)?: check(channel, at: position)
    default: error("malformedRecord", at: position, "record \(name(code)) in the chunk cannot be read", recovers)
    }
  }

  // MARK: Message indices

  func checkMessageIndex(_ length: Int) throws(LogReadError) {
    met.messageIndices += 1
    guard context != nil else {
      return error(
        "messageIndexAlone", at: position, "a message index does not stand behind a chunk", rewrites)
    }
    guard let content = try content(length) else { return }
    let isSound = content.withUnsafeBytes { bytes -> Bool in
      var cursor = RecordCursor(bytes)
      let id = cursor.integer(UInt16.self)
      var entries = cursor.nested()
      guard !cursor.failed, entries.remaining % 16 == 0 else { return false }
      checkEntries(id, &entries)
      return true
    }
    if !isSound {
      error("malformedRecord", at: position, "the fields of a message index do not fit its length", rewrites)
    }
  }

  private func checkEntries(_ id: UInt16, _ entries: inout RecordCursor) {
    if context?.indexed.insert(id).inserted == false {
      return error(
        "messageIndexRepeated", at: position, "channel \(id) has two message indices behind one chunk", rewrites)
    }
    guard context?.isReadable == true else { return }
    var places = Places()
    var wrong = 0
    while entries.remaining > 0 {
      let time = entries.integer(UInt64.self)
      let offset = entries.integer(UInt64.self)
      places.add(offset)
      if !isMessage(at: offset, of: id, time) { wrong += 1 }
    }
    let found = context?.counts[id] ?? Places()
    if wrong > 0 {
      error(
        "messageIndexDiffers", at: position, count: wrong,
        "\(wrong) entries of the index of '\(topic(id))' point at no message of it with that time", rewrites)
    } else if places != found {
      error(
        "messageIndexDiffers", at: position,
        "the index of '\(topic(id))' has \(places.count) entries, its chunk \(found.count) messages", rewrites)
    }
  }

  private func isMessage(at offset: UInt64, of id: UInt16, _ time: UInt64) -> Bool {
    let bytes = buffer.bytes
    guard offset < UInt64(bytes.count) else { return false }
    var one = MCAPChunkRecords(bytes, from: Int(offset))
    guard let (code, _, content) = one.next(), code == MCAP.Opcode.message.rawValue, let message = MCAPMessage(content)
    else { return false }
    return message.channelID == id && message.logTime == time
  }

  /// Called where the records behind a chunk are no message indices any more.
  func endContext() throws(LogReadError) {
    guard let context else { return }
    self.context = nil
    guard context.isReadable, !context.indexed.isEmpty else { return }
    let missing = context.counts.keys.filter { !context.indexed.contains($0) }.sorted()
    if !missing.isEmpty {
      error(
        "messageIndexMissing", at: context.offset, count: missing.count,
        "the chunk's messages of \(missing.prefix(4).map { "'\(topic($0))'" }.joined(separator: ", ")) are not indexed",
        rewrites)
    }
  }
}
