/// Writes an MCAP file that appears under its name when it is complete.
///
/// Memory: one chunk with its message index, the schemas and channels, and about 110 bytes of index for each chunk,
/// attachment and metadata record written.
public final class MCAPWriter {
  private let output: OutputFile
  let options: MCAPWriteOptions
  private let compressor: ChunkCompressor
  private var chunk = MCAPChunkBuilder()
  private var compressed: [UInt8] = []
  private var schemas: [UInt16: MCAPSchema] = [:]
  private var schemaOrder: [UInt16] = []
  private var channels: [UInt16: (channel: MCAPChannel, slot: Int)] = [:]
  private var channelOrder: [UInt16] = []
  private var messageCounts: [UInt64] = []
  private var lastChannel: (id: UInt16, slot: Int)?
  private var summary = MCAPSummaryBuilder()
  private var dataChecksum = Checksum()
  private var attachment: (header: MCAPAttachment, offset: UInt64, checksum: Checksum, missing: UInt64)?

  public var bytesWritten: Int { output.position }
  public var messagesWritten: UInt64 { messageCounts.reduce(0, +) }

  /// Begins a file.
  ///
  /// - Throws: where an option is out of range or the file cannot be made.
  public convenience init(_ path: String, options: MCAPWriteOptions = MCAPWriteOptions()) throws(LogReadError) {
    try self.init(try OutputFile(path: path), options: options)
  }

  init(_ output: OutputFile, options: MCAPWriteOptions) throws(LogReadError) {
    guard (1...(1 << 30)).contains(options.chunkBytes ?? 1) else {
      throw LogReadError(.invalidOption("a chunk holds between 1 byte and 1 GiB"), path: output.path)
    }
    guard
      let created = ChunkCompressor(
        options.compression, level: options.compressionLevel, checksums: options.checksumsInCompression)
    else {
      throw LogReadError(
        .cannotWrite(reason: "no compressor for '\(options.compression.rawValue)'"), path: output.path)
    }
    compressor = created
    self.output = output
    self.options = options
    var builder = RecordBuilder()
    builder.bytes = MCAP.magic
    builder.addRecord(.header) {
      $0.add(options.profile)
      $0.add(options.library)
    }
    try emit(builder.bytes)
  }

  private func emit(_ bytes: [UInt8]) throws(LogReadError) {
    if options.parts.contains(.checksums) { bytes.withUnsafeBytes { dataChecksum.add($0) } }
    try output.write(bytes)
  }

  private func refusal(_ reason: String) -> LogReadError {
    LogReadError(.cannotWrite(reason: reason), path: output.path)
  }

  // MARK: Schemas, channels, messages

  /// Declares a schema, before the first channel that has it. To declare the same one again does nothing.
  public func add(_ schema: MCAPSchema) throws(LogReadError) {
    guard schema.id != 0 else { throw refusal("a schema's number cannot be 0") }
    if let known = schemas[schema.id] {
      guard known == schema else { throw refusal("schema number \(schema.id) is taken by '\(known.name)'") }
      return
    }
    schemas[schema.id] = schema
    schemaOrder.append(schema.id)
    chunk.records.addSchema(schema)
    try emitUnlessChunked()
  }

  /// Declares a channel, before its first message. To declare the same one again does nothing.
  public func add(_ channel: MCAPChannel) throws(LogReadError) {
    guard channel.schemaID == 0 || schemas[channel.schemaID] != nil else {
      throw refusal("channel '\(channel.topic)' has schema \(channel.schemaID), which has not been declared")
    }
    if let known = channels[channel.id]?.channel {
      guard known == channel else { throw refusal("channel number \(channel.id) is taken by '\(known.topic)'") }
      return
    }
    channels[channel.id] = (channel, messageCounts.count)
    channelOrder.append(channel.id)
    messageCounts.append(0)
    chunk.addIndex(channel.id)
    chunk.records.addChannel(channel)
    try emitUnlessChunked()
  }

  /// Appends a message.
  ///
  /// - Throws: where its channel has not been declared or the file cannot be written.
  public func write(_ message: MCAPMessage, payload: UnsafeRawBufferPointer) throws(LogReadError) {
    try write(message) { $0.add(contentsOf: payload) }
  }

  /// Appends a message.
  public func write(_ message: MCAPMessage, payload: [UInt8]) throws(LogReadError) {
    try write(message) { $0.bytes.append(contentsOf: payload) }
  }

  /// Appends a message whose data `body` adds.
  @inline(__always)
  func write(_ message: MCAPMessage, _ body: (inout RecordBuilder) -> Void) throws(LogReadError) {
    let slot: Int
    if let lastChannel, lastChannel.id == message.channelID {
      slot = lastChannel.slot
    } else {
      guard let known = channels[message.channelID] else {
        throw refusal("a message is of channel \(message.channelID), which has not been declared")
      }
      slot = known.slot
      lastChannel = (message.channelID, slot)
    }
    chunk.add(message, slot: slot, body)
    messageCounts[slot] += 1
    guard let limit = options.chunkBytes else { return try emitUnlessChunked() }
    if chunk.records.bytes.count >= limit { try endChunk() }
  }

  private func emitUnlessChunked() throws(LogReadError) {
    if options.chunkBytes != nil { return }
    if let times = chunk.times { summary.note(times) }
    try emit(chunk.records.bytes)
    chunk.removeAll()
  }

  // MARK: Chunks

  private func endChunk() throws(LogReadError) {
    if chunk.records.bytes.isEmpty { return }
    compressed.removeAll(keepingCapacity: true)
    let isDone = chunk.records.bytes.withUnsafeBytes { compressor.compress($0, into: &compressed) }
    guard isDone else { throw refusal("compression failed") }
    let name = compressor.compression.rawValue
    let times = chunk.times ?? 0...0
    let offset = UInt64(output.position)
    let withChecksum = options.parts.contains(.checksums)
    let header = MCAPChunk(
      startTime: times.lowerBound, endTime: times.upperBound, uncompressedBytes: UInt64(chunk.records.bytes.count),
      checksum: withChecksum ? chunk.records.bytes.withUnsafeBytes { Checksum.of($0) } : 0, compression: name,
      storedBytes: UInt64(compressed.count))
    var head = RecordBuilder()
    head.addChunkHeader(header)
    try emit(head.bytes)
    try emit(compressed)
    let length = UInt64(output.position) - offset
    let indexStart = UInt64(output.position)
    var indexOffsets: [UInt16: UInt64] = [:]
    if options.parts.contains(.messageIndices) {
      for (id, entries) in chunk.usedIndices {
        indexOffsets[id] = UInt64(output.position)
        var index = RecordBuilder()
        index.addRecord(.messageIndex) {
          $0.add(id)
          $0.add(entries)
        }
        try emit(index.bytes)
      }
    }
    summary.add(
      MCAPChunkIndex(
        startTime: times.lowerBound, endTime: times.upperBound, offset: offset, length: length,
        messageIndexOffsets: indexOffsets, messageIndexLength: UInt64(output.position) - indexStart, compression: name,
        storedBytes: header.storedBytes, uncompressedBytes: header.uncompressedBytes))
    if let times = chunk.times { summary.note(times) }
    chunk.removeAll()
  }

  // MARK: Attachments and metadata

  /// Writes a metadata record. The chunk at hand ends before it.
  public func add(_ metadata: MCAPMetadata) throws(LogReadError) {
    try endChunk()
    var builder = RecordBuilder()
    builder.addRecord(.metadata) {
      $0.add(metadata.name)
      $0.add(metadata.entries)
    }
    summary.add(metadata.name, offset: UInt64(output.position), length: UInt64(builder.bytes.count))
    try emit(builder.bytes)
  }

  /// Writes an attachment that is in memory. The chunk at hand ends before it.
  public func add(_ attachment: MCAPAttachment, data: [UInt8]) throws(LogReadError) {
    var header = attachment
    header.dataBytes = UInt64(data.count)
    try beginAttachment(header)
    let result = data.withUnsafeBytes { bytes in
      Result { () throws(LogReadError) in try appendAttachment(bytes) }
    }
    try result.get()
    try endAttachment()
  }

  /// Begins an attachment of `dataBytes` bytes, which follow by ``appendAttachment(_:)``.
  public func beginAttachment(_ header: MCAPAttachment) throws(LogReadError) {
    guard attachment == nil else { throw refusal("an attachment has not been ended") }
    try endChunk()
    var fields = RecordBuilder()
    fields.add(header.logTime)
    fields.add(header.createTime)
    fields.add(header.name)
    fields.add(header.mediaType)
    fields.add(header.dataBytes)
    let (length, overflow) = header.dataBytes.addingReportingOverflow(UInt64(fields.bytes.count) + 4)
    guard !overflow else { throw refusal("the attachment is too long") }
    var checksum = Checksum()
    fields.bytes.withUnsafeBytes { checksum.add($0) }
    attachment = (header, UInt64(output.position), checksum, header.dataBytes)
    var head = RecordBuilder()
    head.bytes.append(MCAP.Opcode.attachment.rawValue)
    head.add(length)
    try emit(head.bytes + fields.bytes)
  }

  public func appendAttachment(_ bytes: UnsafeRawBufferPointer) throws(LogReadError) {
    guard let missing = attachment?.missing, UInt64(bytes.count) <= missing else {
      throw refusal("an attachment is longer than stated")
    }
    attachment!.missing -= UInt64(bytes.count)
    if options.parts.contains(.checksums) {
      attachment!.checksum.add(bytes)
      dataChecksum.add(bytes)
    }
    try output.write(bytes)
  }

  /// - Throws: where bytes are missing.
  public func endAttachment() throws(LogReadError) {
    guard let (header, offset, checksum, missing) = attachment, missing == 0 else {
      throw refusal("an attachment is shorter than stated")
    }
    var end = RecordBuilder()
    end.add(options.parts.contains(.checksums) ? checksum.value : 0)
    try emit(end.bytes)
    attachment = nil
    summary.add(header, offset: offset, length: UInt64(output.position) - offset)
  }

  // MARK: The end

  /// Completes the file and gives it its name. Without it nothing is left behind.
  public func finish() throws(LogReadError) {
    try end()
    try output.finish()
  }

  /// Writes what ends the file; the file itself is finished by its owner.
  func end() throws(LogReadError) {
    guard attachment == nil else { throw refusal("an attachment has not been ended") }
    try endChunk()
    let withChecksums = options.parts.contains(.checksums)
    var dataEnd = RecordBuilder()
    dataEnd.addRecord(.dataEnd) { $0.add(withChecksums ? dataChecksum.value : 0) }
    try output.write(dataEnd.bytes)
    let counts = Dictionary(uniqueKeysWithValues: channels.map { ($0.key, messageCounts[$0.value.slot]) })
    try output.write(
      summary.end(
        at: UInt64(output.position), parts: options.parts, schemas: schemaOrder.compactMap { schemas[$0] },
        channels: channelOrder.compactMap { channels[$0]?.channel }, messageCounts: counts))
  }
}
