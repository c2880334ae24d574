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
public struct MCAPMessage: Sendable, Hashable {
  public var channelID: UInt16
  public var sequence: UInt32

  /// Nanoseconds: when it was recorded, and when it was sent. The epoch is the recording's own.
  public var logTime: UInt64
  public var publishTime: UInt64

  public init(channelID: UInt16, sequence: UInt32, logTime: UInt64, publishTime: UInt64) {
    self.channelID = channelID
    self.sequence = sequence
    self.logTime = logTime
    self.publishTime = publishTime
  }
}

/// The type of the messages of a channel, in a language that `encoding` names, such as `ros2msg` or `jsonschema`.
public struct MCAPSchema: Sendable, Hashable {
  /// Not 0, which means that there is no schema.
  public var id: UInt16
  public var name: String
  public var encoding: String
  public var data: [UInt8]

  public init(id: UInt16, name: String, encoding: String, data: [UInt8]) {
    self.id = id
    self.name = name
    self.encoding = encoding
    self.data = data
  }
}

/// A stream of messages of one type on one topic.
public struct MCAPChannel: Sendable, Hashable {
  public var id: UInt16

  /// 0 where the channel has no schema.
  public var schemaID: UInt16
  public var topic: String

  /// Such as `cdr` or `json`.
  public var messageEncoding: String
  public var metadata: [String: String]

  public init(id: UInt16, schemaID: UInt16, topic: String, messageEncoding: String, metadata: [String: String] = [:]) {
    self.id = id
    self.schemaID = schemaID
    self.topic = topic
    self.messageEncoding = messageEncoding
    self.metadata = metadata
  }
}

struct MCAPChunk: Equatable {
  var startTime: UInt64
  var endTime: UInt64
  var uncompressedBytes: UInt64
  var checksum: UInt32
  var compression: String
  var storedBytes: UInt64

  /// Parses what stands before a chunk's data; nil where it does not fit.
  ///
  /// - Returns: the header and its length.
  static func parse(_ content: UnsafeRawBufferPointer) -> (header: MCAPChunk, headerBytes: Int)? {
    var cursor = RecordCursor(content)
    let header = MCAPChunk(
      startTime: cursor.integer(UInt64.self), endTime: cursor.integer(UInt64.self),
      uncompressedBytes: cursor.integer(UInt64.self), checksum: cursor.integer(UInt32.self),
      compression: cursor.string(), storedBytes: cursor.integer(UInt64.self))
    return cursor.failed ? nil : (header, content.count - cursor.remaining)
  }

  /// Three numbers, a checksum, the compression's name, the length of the data; a longer name is no compression.
  static let maximumHeaderBytes = 96
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

/// A file that travels inside a recording.
public struct MCAPAttachment: Sendable, Hashable {
  /// Nanoseconds.
  public var logTime: UInt64
  public var createTime: UInt64
  public var name: String
  public var mediaType: String
  public var dataBytes: UInt64
  /// The first bytes of the data, as many as the reader was asked to keep.
  public internal(set) var data: [UInt8]
  /// 0 where none is stated.
  public internal(set) var checksum: UInt32
  /// nil where no checksum is stated.
  public internal(set) var checksumMatches: Bool?

  public init(
    logTime: UInt64, createTime: UInt64, name: String, mediaType: String, data: [UInt8] = [], dataBytes: UInt64? = nil
  ) {
    self.logTime = logTime
    self.createTime = createTime
    self.name = name
    self.mediaType = mediaType
    self.dataBytes = dataBytes ?? UInt64(data.count)
    self.data = data
    checksum = 0
  }

  /// Parses what stands before an attachment's data; nil where it does not fit.
  static func parse(_ content: UnsafeRawBufferPointer) -> (header: MCAPAttachment, headerBytes: Int)? {
    var cursor = RecordCursor(content)
    let logTime = cursor.integer(UInt64.self)
    let createTime = cursor.integer(UInt64.self)
    let name = cursor.string()
    let mediaType = cursor.string()
    let header = MCAPAttachment(
      logTime: logTime, createTime: createTime, name: name, mediaType: mediaType,
      dataBytes: cursor.integer(UInt64.self))
    return cursor.failed ? nil : (header, content.count - cursor.remaining)
  }

  /// Names longer than what is left of this are not read.
  static let maximumHeaderBytes = 64 << 10
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

/// Named facts about a recording.
public struct MCAPMetadata: Sendable, Hashable {
  public var name: String
  public var entries: [String: String]

  public init(name: String, entries: [String: String]) {
    self.name = name
    self.entries = entries
  }
}

/// What a file says that it holds.
public struct MCAPStatistics: Sendable, Hashable {
  public var messageCount: UInt64 = 0
  public var schemaCount: UInt16 = 0
  public var channelCount: UInt32 = 0
  public var attachmentCount: UInt32 = 0
  public var metadataCount: UInt32 = 0
  public var chunkCount: UInt32 = 0

  /// Log times of the earliest and the latest message, in nanoseconds.
  public var startTime: UInt64 = 0
  public var endTime: UInt64 = 0
  public var channelMessageCounts: [UInt16: UInt64] = [:]
}

/// How the data of a chunk are compressed, by the name in the file.
public enum MCAPCompression: String, Sendable, Hashable, Codable, CaseIterable {
  case none = ""
  case zstd
  case lz4
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
