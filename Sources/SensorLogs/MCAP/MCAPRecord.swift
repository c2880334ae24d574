/// Constants of the MCAP container format, version 0.
enum MCAP {
  static let magic: [UInt8] = [0x89, 0x4D, 0x43, 0x41, 0x50, 0x30, 0x0D, 0x0A]

  enum Opcode: UInt8 {
    case header = 0x01
    case footer, schema, channel, message, chunk, messageIndex, chunkIndex, attachment, attachmentIndex, statistics
    case metadata, metadataIndex, summaryOffset, dataEnd
  }

  /// Opcode and content length.
  static let prefixBytes = 9
  static let messagePrefixBytes = 22
}

/// A message without its data, which stay in the reader's memory.
struct MCAPMessage: Equatable {
  var channelID: UInt16
  var sequence: UInt32
  var logTime: UInt64
  var publishTime: UInt64
}

struct MCAPSchema: Equatable {
  var id: UInt16
  var name: String
  var encoding: String
  var data: [UInt8]
}

struct MCAPChannel: Equatable {
  var id: UInt16
  var schemaID: UInt16
  var topic: String
  var messageEncoding: String
  var metadata: [String: String]
}

struct MCAPChunk: Equatable {
  var startTime: UInt64
  var endTime: UInt64
  var uncompressedBytes: UInt64
  var checksum: UInt32
  var compression: String
  var storedBytes: UInt64
}

struct MCAPChunkIndex: Equatable {
  var startTime: UInt64
  var endTime: UInt64
  var offset: UInt64
  var length: UInt64
  var messageIndexOffsets: [UInt16: UInt64]
  var messageIndexLength: UInt64
  var compression: String
  var storedBytes: UInt64
  var uncompressedBytes: UInt64
}

struct MCAPAttachment: Equatable {
  var logTime: UInt64
  var createTime: UInt64
  var name: String
  var mediaType: String
  var dataBytes: UInt64
  /// The first bytes of the data, as many as the reader was asked to keep.
  var data: [UInt8]
  var checksum: UInt32
}

struct MCAPAttachmentIndex: Equatable {
  var offset: UInt64
  var length: UInt64
  var logTime: UInt64
  var createTime: UInt64
  var dataBytes: UInt64
  var name: String
  var mediaType: String
}

struct MCAPStatistics: Equatable {
  var messageCount: UInt64 = 0
  var schemaCount: UInt16 = 0
  var channelCount: UInt32 = 0
  var attachmentCount: UInt32 = 0
  var metadataCount: UInt32 = 0
  var chunkCount: UInt32 = 0
  var startTime: UInt64 = 0
  var endTime: UInt64 = 0
  var channelMessageCounts: [UInt16: UInt64] = [:]
}

/// Every record but a message, which is met too often to stand in a box.
indirect enum MCAPRecord: Equatable {
  case header(profile: String, library: String)
  case footer(summaryStart: UInt64, summaryOffsetStart: UInt64, summaryChecksum: UInt32)
  case schema(MCAPSchema)
  case channel(MCAPChannel)
  case chunk(MCAPChunk)
  case messageIndex(channelID: UInt16, count: Int)
  case chunkIndex(MCAPChunkIndex)
  case attachment(MCAPAttachment)
  case attachmentIndex(MCAPAttachmentIndex)
  case statistics(MCAPStatistics)
  case metadata(name: String, entries: [String: String])
  case metadataIndex(offset: UInt64, length: UInt64, name: String)
  case summaryOffset(groupOpcode: UInt8, start: UInt64, length: UInt64)
  case dataEnd(checksum: UInt32)

  /// Parses a record that stands whole in memory; nil where its fields do not fit its length.
  ///
  /// Bytes behind the known fields are ignored, as the format asks. Messages, chunks and attachments are read elsewhere.
  static func parse(_ opcode: MCAP.Opcode, _ content: UnsafeRawBufferPointer) -> MCAPRecord? {
    var cursor = RecordCursor(content)
    let record: MCAPRecord
    switch opcode {
    case .header: record = .header(profile: cursor.string(), library: cursor.string())
    case .footer:
      record = .footer(
        summaryStart: cursor.integer(UInt64.self), summaryOffsetStart: cursor.integer(UInt64.self),
        summaryChecksum: cursor.integer(UInt32.self))
    case .schema:
      let id = cursor.integer(UInt16.self)
      let name = cursor.string()
      let encoding = cursor.string()
      let count = cursor.integer(UInt32.self)
      record = .schema(
        MCAPSchema(id: id, name: name, encoding: encoding, data: Array(cursor.bytes(UInt64(count)))))
    case .channel:
      record = .channel(
        MCAPChannel(
          id: cursor.integer(UInt16.self), schemaID: cursor.integer(UInt16.self), topic: cursor.string(),
          messageEncoding: cursor.string(), metadata: cursor.stringMap()))
    case .messageIndex:
      let id = cursor.integer(UInt16.self)
      let entries = cursor.nested()
      guard entries.remaining % 16 == 0 else { return nil }
      record = .messageIndex(channelID: id, count: entries.remaining / 16)
    case .chunkIndex: record = .chunkIndex(chunkIndex(&cursor))
    case .attachmentIndex:
      record = .attachmentIndex(
        MCAPAttachmentIndex(
          offset: cursor.integer(UInt64.self), length: cursor.integer(UInt64.self),
          logTime: cursor.integer(UInt64.self), createTime: cursor.integer(UInt64.self),
          dataBytes: cursor.integer(UInt64.self), name: cursor.string(), mediaType: cursor.string()))
    case .statistics: record = .statistics(statistics(&cursor))
    case .metadata: record = .metadata(name: cursor.string(), entries: cursor.stringMap())
    case .metadataIndex:
      record = .metadataIndex(
        offset: cursor.integer(UInt64.self), length: cursor.integer(UInt64.self), name: cursor.string())
    case .summaryOffset:
      record = .summaryOffset(
        groupOpcode: cursor.integer(UInt8.self), start: cursor.integer(UInt64.self),
        length: cursor.integer(UInt64.self))
    case .dataEnd: record = .dataEnd(checksum: cursor.integer(UInt32.self))
    case .message, .chunk, .attachment: return nil
    }
    return cursor.failed ? nil : record
  }

  private static func chunkIndex(_ cursor: inout RecordCursor) -> MCAPChunkIndex {
    MCAPChunkIndex(
      startTime: cursor.integer(UInt64.self), endTime: cursor.integer(UInt64.self),
      offset: cursor.integer(UInt64.self), length: cursor.integer(UInt64.self),
      messageIndexOffsets: cursor.map({ $0.integer(UInt16.self) }, { $0.integer(UInt64.self) }),
      messageIndexLength: cursor.integer(UInt64.self), compression: cursor.string(),
      storedBytes: cursor.integer(UInt64.self), uncompressedBytes: cursor.integer(UInt64.self))
  }

  private static func statistics(_ cursor: inout RecordCursor) -> MCAPStatistics {
    MCAPStatistics(
      messageCount: cursor.integer(UInt64.self), schemaCount: cursor.integer(UInt16.self),
      channelCount: cursor.integer(UInt32.self), attachmentCount: cursor.integer(UInt32.self),
      metadataCount: cursor.integer(UInt32.self), chunkCount: cursor.integer(UInt32.self),
      startTime: cursor.integer(UInt64.self), endTime: cursor.integer(UInt64.self),
      channelMessageCounts: cursor.map({ $0.integer(UInt16.self) }, { $0.integer(UInt64.self) }))
  }
}
