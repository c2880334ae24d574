import Foundation
import Testing

@testable import SensorLogs

@Suite(.enabled(if: External.vectors != nil, "set MARTLET_VECTORS to the folder of files that others wrote"))
struct MCAPConformanceTests {
  private let folder: TemporaryFolder
  private let files: [String]

  init() throws {
    folder = try TemporaryFolder()
    files = try External.files(in: try #require(External.vectors) + "/mcap-conformance", suffix: ".mcap")
  }

  private func description(of file: String) throws -> (records: [[String: Any]], features: Set<String>) {
    let json = try JSONSerialization.jsonObject(with: Data(try bytes(of: file.replacing(".mcap", with: ".json"))))
    let object = try #require(json as? [String: Any])
    let variant = (object["meta"] as? [String: Any])?["variant"] as? [String: Any]
    return (
      try #require(object["records"] as? [[String: Any]]), Set(try #require(variant?["features"] as? [String]))
    )
  }

  @Test func everyVariantWithoutPaddingIsWrittenByteForByte() throws {
    var written = 0
    for file in files {
      let (records, features) = try description(of: file)
      if features.contains("pad") { continue }
      let path = folder.file("a.mcap")
      try write(records, features, to: path)
      if try bytes(of: path) != bytes(of: file) { Issue.record("\(file) differs") }
      written += 1
    }
    #expect(written == 208)
  }

  private func write(_ records: [[String: Any]], _ features: Set<String>, to path: String) throws {
    var options = MCAPWriteOptions()
    options.library = ""
    options.compression = .none
    options.parts = [.checksums]
    options.chunkBytes = features.contains("ch") ? 1 << 20 : nil
    let parts: [(String, MCAPWriteOptions.Parts)] = [
      ("mx", .messageIndices), ("chx", .chunkIndices), ("ax", .attachmentIndices), ("mdx", .metadataIndices),
      ("st", .statistics), ("sum", .summaryOffsets), ("rsh", .repeatedSchemas), ("rch", .repeatedChannels),
    ]
    for (name, part) in parts where features.contains(name) { options.parts.insert(part) }
    let writer = try MCAPWriter(path, options: options)
    for record in records {
      let fields = DescribedRecord(record)
      switch fields.type {
      case "Header": #expect(fields.text("library") == "" && fields.text("profile") == "")
      case "Schema":
        try writer.add(
          MCAPSchema(
            id: fields.number("id"), name: fields.text("name"), encoding: fields.text("encoding"),
            data: fields.bytes("data")))
      case "Channel":
        try writer.add(
          MCAPChannel(
            id: fields.number("id"), schemaID: fields.number("schema_id"), topic: fields.text("topic"),
            messageEncoding: fields.text("message_encoding"), metadata: fields.map("metadata")))
      case "Message": try writer.write(fields.message, payload: fields.bytes("data"))
      case "Attachment":
        try writer.add(
          MCAPAttachment(
            logTime: fields.number("log_time"), createTime: fields.number("create_time"), name: fields.text("name"),
            mediaType: fields.text("media_type")), data: fields.bytes("data"))
      case "Metadata": try writer.add(MCAPMetadata(name: fields.text("name"), entries: fields.map("metadata")))
      default: return try writer.finish()
      }
    }
  }

  @Test func everyVariantWithAnIndexIsReadByIt() throws {
    var read = 0
    for file in files {
      let (records, features) = try description(of: file)
      guard features.isSuperset(of: ["ch", "chx", "rsh", "rch", "mx"]) else { continue }
      var options = MCAPReadOptions()
      options.order = .logTime
      let reader = try MCAPReader(file, options: options)
      var found: [(MCAPMessage, [UInt8])] = []
      while let element = try reader.next() {
        if case .message(let message) = element { found.append((message, Array(reader.payload))) }
      }
      let data = records.prefix { $0["type"] as? String != "DataEnd" }.map(DescribedRecord.init)
      let expected = data.filter { $0.type == "Message" }.enumerated()
        .sorted { ($0.element.message.logTime, $0.offset) < ($1.element.message.logTime, $1.offset) }.map(\.element)
      #expect(reader.usedIndex && reader.losses.isEmpty, "\(file): \(reader.notes)")
      #expect(found.map(\.0) == expected.map(\.message), "\(file)")
      #expect(found.map(\.1) == expected.map { $0.bytes("data") }, "\(file)")
      #expect(reader.schemas.values.map(\.name).sorted() == data.filter { $0.type == "Schema" }.map { $0.text("name") })
      #expect(reader.channels.count == data.count { $0.type == "Channel" })
      read += 1
    }
    #expect(read == 16)
  }

  @Test func everyOtherVariantGivesTheSameMessagesWithoutOne() throws {
    for file in files {
      let (records, features) = try description(of: file)
      var options = MCAPReadOptions()
      options.order = .logTime
      let reader = try MCAPReader(file, options: options)
      var found: [MCAPMessage] = []
      while let element = try reader.next() {
        if case .message(let message) = element { found.append(message) }
      }
      let data = records.prefix { $0["type"] as? String != "DataEnd" }.map(DescribedRecord.init)
      let expected = data.filter { $0.type == "Message" }.map(\.message)
      #expect(reader.losses.isEmpty, "\(file)")
      #expect(found.sorted { $0.sequence < $1.sequence } == expected.sorted { $0.sequence < $1.sequence }, "\(file)")
      if !reader.usedIndex { #expect(found == expected && reader.notes.count == 1, "\(file)") }
      if !features.contains("chx"), features.contains("ch") { #expect(!reader.usedIndex) }
    }
  }
}

/// A record as the suite's descriptions have it: all numbers and bytes as text.
private struct DescribedRecord {
  let type: String
  private let fields: [String: Any]

  init(_ record: [String: Any]) {
    type = record["type"] as? String ?? ""
    let pairs = (record["fields"] as? [[Any]] ?? []).map { ("\($0[0])", $0[1]) }
    fields = Dictionary(pairs, uniquingKeysWith: { first, _ in first })
  }

  func text(_ name: String) -> String { fields[name] as? String ?? "" }
  func number<T: FixedWidthInteger>(_ name: String) -> T { T(text(name)) ?? 0 }
  func bytes(_ name: String) -> [UInt8] { (fields[name] as? [String] ?? []).compactMap { UInt8($0) } }
  func map(_ name: String) -> [String: String] { fields[name] as? [String: String] ?? [:] }
  var message: MCAPMessage {
    MCAPMessage(
      channelID: number("channel_id"), sequence: number("sequence"), logTime: number("log_time"),
      publishTime: number("publish_time"))
  }
}

/// One message of a made recording.
struct MadeMessage: Hashable {
  var topic: String
  var time: UInt64
  var sequence: UInt32
  var payload: [UInt8]
}

/// A recording of json messages on some topics, its times as given.
func makeMCAP(
  _ path: String, times: [UInt64], topics: Int = 3, firstID: UInt16 = 4, payloadBytes: Int = 24,
  _ adjust: (inout MCAPWriteOptions) -> Void = { _ in }, extras: (MCAPWriter) throws -> Void = { _ in }
) throws -> [MadeMessage] {
  var options = MCAPWriteOptions()
  options.chunkBytes = 400
  adjust(&options)
  let writer = try MCAPWriter(path, options: options)
  try writer.add(MCAPSchema(id: 2, name: "demo", encoding: "jsonschema", data: Array("{}".utf8)))
  var made: [MadeMessage] = []
  var declared: Set<Int> = []
  for (index, time) in times.enumerated() {
    let topic = (index * 7 + index / 5) % topics
    let id = firstID + UInt16(topic) * 3
    if declared.insert(topic).inserted {
      try writer.add(MCAPChannel(id: id, schemaID: 2, topic: "/t\(topic)", messageEncoding: "json"))
    }
    let text = "{\"i\":\(index),\"pad\":\"\(String(repeating: "x", count: payloadBytes))\"}"
    let message = MCAPMessage(channelID: id, sequence: UInt32(index), logTime: time, publishTime: time &+ 5)
    try writer.write(message, payload: Array(text.utf8))
    made.append(MadeMessage(topic: "/t\(topic)", time: time, sequence: UInt32(index), payload: Array(text.utf8)))
    if index == times.count / 2 { try extras(writer) }
  }
  try writer.finish()
  return made
}

/// All messages that a reader gives.
func messages(of reader: MCAPReader, areWhole: Bool = true) throws -> [MadeMessage] {
  var found: [MadeMessage] = []
  while let element = try reader.next() {
    guard case .message(let message) = element else { continue }
    let channel = try #require(reader.channels[message.channelID])
    if areWhole { #expect(message.publishTime == message.logTime &+ 5) }
    found.append(
      MadeMessage(
        topic: channel.topic, time: message.logTime, sequence: message.sequence, payload: Array(reader.payload)))
  }
  return found
}

@Suite struct MCAPWriterTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private let schema = MCAPSchema(id: 1, name: "a", encoding: "", data: [])
  private let channel = MCAPChannel(id: 0, schemaID: 1, topic: "/a", messageEncoding: "json")

  @Test func whatWasNotDeclaredIsRefused() throws {
    let writer = try MCAPWriter(folder.file("a.mcap"))
    let message = MCAPMessage(channelID: 0, sequence: 0, logTime: 1, publishTime: 1)
    #expect(throws: LogReadError.self) { try writer.add(channel) }
    #expect(throws: LogReadError.self) { try writer.write(message, payload: [1]) }
    #expect(throws: LogReadError.self) { try writer.add(MCAPSchema(id: 0, name: "", encoding: "", data: [])) }
    try writer.add(schema)
    try writer.add(schema)
    try writer.add(channel)
    try writer.add(channel)
    var other = channel
    other.topic = "/b"
    #expect(throws: LogReadError.self) { try writer.add(other) }
    var otherSchema = schema
    otherSchema.name = "b"
    #expect(throws: LogReadError.self) { try writer.add(otherSchema) }
    try writer.write(message, payload: [1])
    try writer.finish()
    let reader = try MCAPReader(folder.file("a.mcap"))
    var count = 0
    while try reader.next() != nil { count += 1 }
    #expect(count == 3 && reader.losses.isEmpty)
  }

  @Test func anAttachmentHasTheLengthThatItStates() throws {
    let writer = try MCAPWriter(folder.file("a.mcap"))
    let header = MCAPAttachment(logTime: 1, createTime: 2, name: "n", mediaType: "t", dataBytes: 3)
    #expect(throws: LogReadError.self) { try writer.endAttachment() }
    try writer.beginAttachment(header)
    #expect(throws: LogReadError.self) { try writer.beginAttachment(header) }
    #expect(throws: LogReadError.self) { try writer.finish() }
    try [1, 2].withUnsafeBytes { try writer.appendAttachment(.init(rebasing: $0.prefix(2))) }
    #expect(throws: LogReadError.self) { try writer.endAttachment() }
    #expect(throws: LogReadError.self) {
      try [UInt8]([3, 4]).withUnsafeBytes { try writer.appendAttachment($0) }
    }
  }

  @Test(arguments: [MCAPCompression.none, .zstd], [nil, 1, 300, 1 << 20])
  func whatIsWrittenIsReadStreamedAndIndexed(compression: MCAPCompression, chunkBytes: Int?) throws {
    let path = folder.file("b.mcap")
    let made = try makeMCAP(path, times: (0..<50).map { $0 * 10 }) {
      $0.compression = compression
      $0.chunkBytes = chunkBytes
    } extras: {
      try $0.add(MCAPMetadata(name: "m", entries: ["b": "2", "a": "1"]))
      try $0.add(MCAPAttachment(logTime: 1, createTime: 2, name: "n", mediaType: "t"), data: [1, 2, 3])
    }
    for order in [MCAPOrder.stored, .logTime] {
      var options = MCAPReadOptions()
      options.order = order
      var data: [UInt8] = []
      options.attachmentData = { data += $0 }
      let reader = try MCAPReader(path, options: options)
      #expect(try messages(of: reader) == made)
      #expect(data == [1, 2, 3])
      #expect(reader.losses.isEmpty && reader.counters.frames == 50)
      #expect(reader.usedIndex == (order == .logTime && chunkBytes != nil))
    }
  }
}
