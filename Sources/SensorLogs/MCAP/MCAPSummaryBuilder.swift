/// Collects what the summary of a file being written will hold.
struct MCAPSummaryBuilder {
  private var chunkIndices = RecordBuilder()
  private var attachmentIndices = RecordBuilder()
  private var metadataIndices = RecordBuilder()
  private var counts = MCAPStatistics()
  private var times: ClosedRange<UInt64>?

  mutating func note(_ messageTimes: ClosedRange<UInt64>) {
    times =
      times.map { min($0.lowerBound, messageTimes.lowerBound)...max($0.upperBound, messageTimes.upperBound) }
      ?? messageTimes
  }

  mutating func add(_ index: MCAPChunkIndex) {
    counts.chunkCount += 1
    chunkIndices.addRecord(.chunkIndex) {
      $0.add(index.startTime)
      $0.add(index.endTime)
      $0.add(index.offset)
      $0.add(index.length)
      $0.add(index.messageIndexOffsets)
      $0.add(index.messageIndexLength)
      $0.add(index.compression)
      $0.add(index.storedBytes)
      $0.add(index.uncompressedBytes)
    }
  }

  mutating func add(_ attachment: MCAPAttachment, offset: UInt64, length: UInt64) {
    counts.attachmentCount += 1
    attachmentIndices.addRecord(.attachmentIndex) {
      $0.add(offset)
      $0.add(length)
      $0.add(attachment.logTime)
      $0.add(attachment.createTime)
      $0.add(attachment.dataBytes)
      $0.add(attachment.name)
      $0.add(attachment.mediaType)
    }
  }

  mutating func add(_ metadataName: String, offset: UInt64, length: UInt64) {
    counts.metadataCount += 1
    metadataIndices.addRecord(.metadataIndex) {
      $0.add(offset)
      $0.add(length)
      $0.add(metadataName)
    }
  }

  /// The summary that begins at `start`, its offsets, the footer and the closing magic.
  func end(
    at start: UInt64, parts: MCAPWriteOptions.Parts, schemas: [MCAPSchema], channels: [MCAPChannel],
    messageCounts: [UInt16: UInt64]
  ) -> [UInt8] {
    var summary = RecordBuilder()
    var groups: [(opcode: MCAP.Opcode, start: UInt64, length: UInt64)] = []
    func group(_ opcode: MCAP.Opcode, _ part: MCAPWriteOptions.Parts, _ body: (inout RecordBuilder) -> Void) {
      guard parts.contains(part) else { return }
      let before = summary.bytes.count
      body(&summary)
      if summary.bytes.count > before {
        groups.append((opcode, start + UInt64(before), UInt64(summary.bytes.count - before)))
      }
    }
    group(.schema, .repeatedSchemas) { builder in schemas.forEach { builder.addSchema($0) } }
    group(.channel, .repeatedChannels) { builder in channels.forEach { builder.addChannel($0) } }
    group(.statistics, .statistics) {
      addStatistics(to: &$0, schemaCount: schemas.count, channelCount: channels.count, messageCounts)
    }
    group(.chunkIndex, .chunkIndices) { $0.bytes += chunkIndices.bytes }
    group(.attachmentIndex, .attachmentIndices) { $0.bytes += attachmentIndices.bytes }
    group(.metadataIndex, .metadataIndices) { $0.bytes += metadataIndices.bytes }
    let offsetStart = start + UInt64(summary.bytes.count)
    let hasOffsets = parts.contains(.summaryOffsets) && !groups.isEmpty
    for entry in hasOffsets ? groups : [] {
      summary.addRecord(.summaryOffset) {
        $0.add(entry.opcode.rawValue)
        $0.add(entry.start)
        $0.add(entry.length)
      }
    }
    // The summary's checksum takes in the footer up to the checksum itself.
    summary.bytes.append(MCAP.Opcode.footer.rawValue)
    summary.add(UInt64(20))
    summary.add(groups.isEmpty ? 0 : start)
    summary.add(hasOffsets ? offsetStart : 0)
    summary.add(parts.contains(.checksums) ? summary.bytes.withUnsafeBytes { Checksum.of($0) } : 0)
    summary.bytes += MCAP.magic
    return summary.bytes
  }

  private func addStatistics(
    to builder: inout RecordBuilder, schemaCount: Int, channelCount: Int, _ messageCounts: [UInt16: UInt64]
  ) {
    builder.addRecord(.statistics) {
      $0.add(messageCounts.values.reduce(0, +))
      $0.add(UInt16(schemaCount))
      $0.add(UInt32(channelCount))
      $0.add(counts.attachmentCount)
      $0.add(counts.metadataCount)
      $0.add(counts.chunkCount)
      $0.add(times?.lowerBound ?? 0)
      $0.add(times?.upperBound ?? 0)
      $0.add(messageCounts)
    }
  }
}
