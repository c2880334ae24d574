/// Writes MCAP: zstd chunks with checksums and message indices, and a summary that repeats schemas and channels.
///
/// Memory: one chunk, its message index, and about 110 bytes of chunk index for each chunk written.
final class MCAPWriter {
  private let output: OutputFile
  private let chunkBytes: Int
  private var compressor: ZstdCompressor
  private var chunk = RecordBuilder()
  private var compressed: [UInt8] = []
  private var chunkStartTime = UInt64.max
  private var chunkEndTime: UInt64 = 0
  /// Message index entries of the chunk at hand, for each channel: log time and offset, as stored.
  private var indices: [RecordBuilder] = []
  private var schemas: [MCAPSchema] = []
  private var channels: [MCAPChannel] = []
  private var chunkIndices = RecordBuilder()
  private var metadataIndices = RecordBuilder()
  private var statistics = MCAPStatistics()
  private var messageCounts: [UInt64] = []
  private var dataChecksum = Checksum()

  var bytesWritten: Int { output.position }

  init(_ output: OutputFile, profile: String, level: Int, chunkBytes: Int) throws(LogReadError) {
    guard chunkBytes > 0, chunkBytes <= 1 << 30 else {
      throw LogReadError(.invalidOption("a chunk holds between 1 byte and 1 GiB"), path: output.path)
    }
    guard let created = ZstdCompressor(level: level) else {
      throw LogReadError(.cannotWrite(reason: "no memory for compression"), path: output.path)
    }
    compressor = created
    self.output = output
    self.chunkBytes = chunkBytes
    statistics.startTime = .max
    var builder = RecordBuilder()
    builder.bytes = MCAP.magic
    builder.addRecord(.header) {
      $0.add(profile)
      $0.add("martlet")
    }
    try emit(builder.bytes)
  }

  private func emit(_ bytes: [UInt8]) throws(LogReadError) {
    bytes.withUnsafeBytes { dataChecksum.add($0) }
    try output.write(bytes)
  }

  func addSchema(name: String, encoding: String, data: [UInt8]) -> UInt16 {
    let schema = MCAPSchema(id: UInt16(schemas.count + 1), name: name, encoding: encoding, data: data)
    schemas.append(schema)
    chunk.addSchema(schema)
    return schema.id
  }

  func addChannel(topic: String, schemaID: UInt16, encoding: String, metadata: [String: String]) -> UInt16 {
    let channel = MCAPChannel(
      id: UInt16(channels.count), schemaID: schemaID, topic: topic, messageEncoding: encoding, metadata: metadata)
    channels.append(channel)
    indices.append(RecordBuilder())
    messageCounts.append(0)
    chunk.addChannel(channel)
    return channel.id
  }

  func addMetadata(name: String, _ entries: [String: String]) throws(LogReadError) {
    try endChunk()
    var builder = RecordBuilder()
    builder.addRecord(.metadata) {
      $0.add(name)
      $0.add(entries)
    }
    let offset = UInt64(output.position)
    metadataIndices.addRecord(.metadataIndex) {
      $0.add(offset)
      $0.add(UInt64(builder.bytes.count))
      $0.add(name)
    }
    statistics.metadataCount += 1
    try emit(builder.bytes)
  }

  /// Appends a message whose data `body` adds.
  func write(channelID: UInt16, time: UInt64, _ body: (inout RecordBuilder) -> Void) throws(LogReadError) {
    let slot = Int(channelID)
    indices[slot].add(time)
    indices[slot].add(UInt64(chunk.bytes.count))
    let sequence = UInt32(truncatingIfNeeded: messageCounts[slot])
    chunk.addRecord(.message) {
      $0.add(channelID)
      $0.add(sequence)
      $0.add(time)
      $0.add(time)
      body(&$0)
    }
    messageCounts[slot] += 1
    chunkStartTime = min(chunkStartTime, time)
    chunkEndTime = max(chunkEndTime, time)
    if chunk.bytes.count >= chunkBytes { try endChunk() }
  }

  private func endChunk() throws(LogReadError) {
    if chunk.bytes.isEmpty { return }
    let hasMessages = chunkStartTime <= chunkEndTime
    let start = hasMessages ? chunkStartTime : 0
    compressed.removeAll(keepingCapacity: true)
    let isDone = chunk.bytes.withUnsafeBytes { compressor.compress($0, into: &compressed, endsFrame: true) }
    guard isDone else { throw LogReadError(.cannotWrite(reason: "compression failed"), path: output.path) }
    let checksum = chunk.bytes.withUnsafeBytes { Checksum.of($0) }
    let offset = UInt64(output.position)
    let uncompressedBytes = UInt64(chunk.bytes.count)
    var head = RecordBuilder()
    head.bytes.append(MCAP.Opcode.chunk.rawValue)
    // Three numbers, the checksum, the word zstd with its length, the length of the data.
    head.add(UInt64(8 + 8 + 8 + 4 + 8 + 8 + compressed.count))
    head.add(start)
    head.add(chunkEndTime)
    head.add(uncompressedBytes)
    head.add(checksum)
    head.add("zstd")
    head.add(UInt64(compressed.count))
    try emit(head.bytes)
    try emit(compressed)
    let length = UInt64(output.position) - offset
    let indexStart = output.position
    let offsets = try writeMessageIndices()
    chunkIndices.addRecord(.chunkIndex) {
      $0.add(start)
      $0.add(chunkEndTime)
      $0.add(offset)
      $0.add(length)
      $0.add(offsets)
      $0.add(UInt64(output.position - indexStart))
      $0.add("zstd")
      $0.add(UInt64(compressed.count))
      $0.add(uncompressedBytes)
    }
    statistics.chunkCount += 1
    if hasMessages {
      statistics.startTime = min(statistics.startTime, chunkStartTime)
      statistics.endTime = max(statistics.endTime, chunkEndTime)
    }
    chunk.bytes.removeAll(keepingCapacity: true)
    chunkStartTime = .max
    chunkEndTime = 0
  }

  private func writeMessageIndices() throws(LogReadError) -> [UInt16: UInt64] {
    var offsets: [UInt16: UInt64] = [:]
    for slot in indices.indices where !indices[slot].bytes.isEmpty {
      offsets[UInt16(slot)] = UInt64(output.position)
      var head = RecordBuilder()
      head.bytes.append(MCAP.Opcode.messageIndex.rawValue)
      head.add(UInt64(2 + 4 + indices[slot].bytes.count))
      head.add(UInt16(slot))
      head.add(UInt32(indices[slot].bytes.count))
      try emit(head.bytes)
      try emit(indices[slot].bytes)
      indices[slot].bytes.removeAll(keepingCapacity: true)
    }
    return offsets
  }

  /// Writes what ends the file; the file itself is finished by its owner.
  func end() throws(LogReadError) {
    try endChunk()
    var dataEnd = RecordBuilder()
    let dataSectionChecksum = dataChecksum.value
    dataEnd.addRecord(.dataEnd) { $0.add(dataSectionChecksum) }
    try output.write(dataEnd.bytes)

    let summaryStart = UInt64(output.position)
    var summary = RecordBuilder()
    var groups: [(opcode: MCAP.Opcode, start: UInt64, length: UInt64)] = []
    func group(_ opcode: MCAP.Opcode, _ body: (inout RecordBuilder) -> Void) {
      let start = summary.bytes.count
      body(&summary)
      if summary.bytes.count > start {
        groups.append((opcode, summaryStart + UInt64(start), UInt64(summary.bytes.count - start)))
      }
    }
    group(.schema) { builder in schemas.forEach { builder.addSchema($0) } }
    group(.channel) { builder in channels.forEach { builder.addChannel($0) } }
    group(.statistics) { addStatistics(to: &$0) }
    group(.chunkIndex) { $0.bytes += chunkIndices.bytes }
    group(.metadataIndex) { $0.bytes += metadataIndices.bytes }
    let offsetStart = summaryStart + UInt64(summary.bytes.count)
    for entry in groups {
      summary.addRecord(.summaryOffset) {
        $0.add(entry.opcode.rawValue)
        $0.add(entry.start)
        $0.add(entry.length)
      }
    }
    // The summary's checksum takes in the footer up to the checksum itself.
    summary.bytes.append(MCAP.Opcode.footer.rawValue)
    summary.add(UInt64(20))
    summary.add(summaryStart)
    summary.add(offsetStart)
    summary.add(summary.bytes.withUnsafeBytes { Checksum.of($0) })
    summary.bytes += MCAP.magic
    try output.write(summary.bytes)
  }

  private func addStatistics(to builder: inout RecordBuilder) {
    let messageCount = messageCounts.reduce(0, +)
    builder.addRecord(.statistics) {
      $0.add(messageCount)
      $0.add(UInt16(schemas.count))
      $0.add(UInt32(channels.count))
      $0.add(UInt32(0))
      $0.add(statistics.metadataCount)
      $0.add(statistics.chunkCount)
      $0.add(messageCount == 0 ? 0 : statistics.startTime)
      $0.add(statistics.endTime)
      $0.add(Dictionary(uniqueKeysWithValues: messageCounts.enumerated().map { (UInt16($0.offset), $0.element) }))
    }
  }
}
