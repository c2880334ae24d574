import Foundation
import Testing

@testable import SensorLogs

@Suite(.enabled(if: External.vectors != nil, "set MARTLET_VECTORS to the folder of files that others wrote"))
struct MCAPVectorTests {
  @Test func everyFileOfTheConformanceSuiteHasTheRecordsItsDescriptionLists() throws {
    let files = try External.files(in: try #require(External.vectors) + "/mcap-conformance", suffix: ".mcap")
    #expect(files.count == 416)
    for file in files {
      let records = MCAPRecordStream(
        try ByteStream(FileInput(path: file), windowLogMaximum: 23), options: .init(), keptAttachmentBytes: 1 << 20)
      var found: [String] = []
      while let event = try records.next() {
        if let text = conformanceText(event, payload: records.payload) { found.append(text) }
      }
      let json = try JSONSerialization.jsonObject(with: Data(try bytes(of: file.replacing(".mcap", with: ".json"))))
      let listed = try #require((json as? [String: Any])?["records"] as? [[String: Any]])
      let expected = listed.map(conformanceText)
      #expect(found == expected, "\(file)")
      #expect(records.losses.isEmpty, "\(file): \(records.losses.first)")
    }
  }

  @Test func rosbagRecordingsAreReadToTheirEnd() throws {
    let files = try External.files(in: try #require(External.vectors) + "/rosbag2", suffix: ".mcap")
    #expect(files.count == 20)
    for file in files {
      let records = MCAPRecordStream(try ByteStream(FileInput(path: file), windowLogMaximum: 23), options: .init())
      var stated: UInt64?
      var met: UInt64 = 0
      while let event = try records.next() {
        switch event {
        case .message: met += 1
        case .record(.statistics(let statistics)): stated = statistics.messageCount
        case .record: break
        }
      }
      #expect(stated == met, "\(file)")
      #expect(records.losses.isEmpty, "\(file): \(records.losses.first)")
      do {
        _ = try Recording(SensorLog.open(file))
      } catch let error as LogReadError {
        print(error)
      }
    }
  }
}

/// One record as a line: its type and its fields, named and sorted as the suite's descriptions do.
private func conformanceText(_ described: [String: Any]) -> String {
  let fields = (described["fields"] as? [[Any]] ?? []).map { "\($0[0])=\(conformanceValue($0[1]))" }
  return "\(described["type"] ?? "") " + fields.sorted().joined(separator: " ")
}

private func conformanceValue(_ value: Any) -> String {
  if let map = value as? [String: Any] {
    return map.map { "\($0.key):\(conformanceValue($0.value))" }.sorted().joined(separator: ",")
  }
  if let list = value as? [Any] { return list.map { "\($0)" }.joined(separator: ",") }
  return "\(value)"
}

private func conformanceText(_ event: MCAPRecordStream.Event, payload: UnsafeRawBufferPointer) -> String? {
  let described: (String, [String: Any])? =
    switch event {
    case .message(let message):
      (
        "Message",
        [
          "channel_id": message.channelID, "sequence": message.sequence, "log_time": message.logTime,
          "publish_time": message.publishTime, "data": Array(payload),
        ]
      )
    case .record(let record): fields(record)
    }
  guard let (type, fields) = described else { return nil }
  return "\(type) " + fields.map { "\($0.key)=\(conformanceValue($0.value))" }.sorted().joined(separator: " ")
}

private func fields(_ record: MCAPRecord) -> (String, [String: Any])? {
  func map<K, V>(_ entries: [K: V]) -> [String: Any] {
    Dictionary(uniqueKeysWithValues: entries.map { ("\($0.key)", "\($0.value)") })
  }
  switch record {
  case .header(let profile, let library): return ("Header", ["profile": profile, "library": library])
  case .footer(let start, let offsets, let checksum):
    return ("Footer", ["summary_start": start, "summary_offset_start": offsets, "summary_crc": checksum])
  case .schema(let schema):
    return ("Schema", ["id": schema.id, "name": schema.name, "encoding": schema.encoding, "data": schema.data])
  case .channel(let channel):
    return (
      "Channel",
      [
        "id": channel.id, "schema_id": channel.schemaID, "topic": channel.topic,
        "message_encoding": channel.messageEncoding, "metadata": map(channel.metadata),
      ]
    )
  case .chunk, .messageIndex: return nil
  case .chunkIndex(let index):
    return (
      "ChunkIndex",
      [
        "message_start_time": index.startTime, "message_end_time": index.endTime, "chunk_start_offset": index.offset,
        "chunk_length": index.length, "message_index_offsets": map(index.messageIndexOffsets),
        "message_index_length": index.messageIndexLength, "compression": index.compression,
        "compressed_size": index.storedBytes, "uncompressed_size": index.uncompressedBytes,
      ]
    )
  case .attachment(let attachment):
    return (
      "Attachment",
      [
        "log_time": attachment.logTime, "create_time": attachment.createTime, "name": attachment.name,
        "media_type": attachment.mediaType, "data": attachment.data,
      ]
    )
  case .attachmentIndex(let index):
    return (
      "AttachmentIndex",
      [
        "offset": index.offset, "length": index.length, "log_time": index.logTime, "create_time": index.createTime,
        "data_size": index.dataBytes, "name": index.name, "media_type": index.mediaType,
      ]
    )
  case .statistics(let statistics):
    return (
      "Statistics",
      [
        "message_count": statistics.messageCount, "schema_count": statistics.schemaCount,
        "channel_count": statistics.channelCount, "attachment_count": statistics.attachmentCount,
        "metadata_count": statistics.metadataCount, "chunk_count": statistics.chunkCount,
        "message_start_time": statistics.startTime, "message_end_time": statistics.endTime,
        "channel_message_counts": map(statistics.channelMessageCounts),
      ]
    )
  case .metadata(let name, let entries): return ("Metadata", ["name": name, "metadata": map(entries)])
  case .metadataIndex(let offset, let length, let name):
    return ("MetadataIndex", ["offset": offset, "length": length, "name": name])
  case .summaryOffset(let opcode, let start, let length):
    return ("SummaryOffset", ["group_opcode": opcode, "group_start": start, "group_length": length])
  case .dataEnd(let checksum): return ("DataEnd", ["data_section_crc": checksum])
  }
}

@Suite(.enabled(if: External.data != nil, "set MARTLET_DATA to the folder of recordings"))
struct RecordedDataTests {
  /// The watch recordings of a subject as tables, one behind the other as the MCAP files hold them.
  private func tables(_ subject: String) throws -> [Recording] {
    let folder = try #require(External.data) + "/SPSW/sw"
    return try External.files(in: folder, suffix: ".csv.zst").filter { $0.contains("/\(subject)_") }
      .map { try Recording(SensorLog.open($0)) }
  }

  @Test(arguments: [
    "s01_watch.mcap", "s01_watch_none.mcap", "s01_watch_lz4.mcap", "s01_watch_json.mcap", "s02_watch.mcap",
    "s21_watch.mcap",
  ])
  func messagesHoldTheNumbersOfTheTables(file: String) throws {
    let folder = try #require(External.data) + "/SPSW"
    let names = try JSONDecoder().decode([String: String].self, from: Data(bytes(of: folder + "/labels.json")))
    var options = LogReadOptions()
    options.topic = "/imu"
    options.labelTopic = "/label"
    let recording = try Recording(SensorLog.open("\(folder)/mcap/\(file)", options: options))
    let tables = try tables(String(file.prefix(3)))
    #expect(recording.frameCount == tables.reduce(0) { $0 + $1.frameCount })
    #expect(recording.channels.map(\.name) == ["acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z"])
    #expect(recording.channels.map(\.unit) == ["m/s2", "m/s2", "m/s2", "rad/s", "rad/s", "rad/s"])
    #expect(recording.values == tables.flatMap(\.values))
    let labels = tables.flatMap(\.labels).map { $0.flatMap { names[$0] } }
    let differing = zip(recording.labels, labels).count { $0 != $1 }
    #expect(differing == 0)
    #expect(recording.losses.isEmpty, "\(recording.losses.first)")
  }

  @Test func aTopicIsChosenAmongTwoDevices() throws {
    let file = try #require(External.data) + "/SPSW/mcap/s01_01_two_devices.mcap"
    var counts: [Int] = []
    for topic in ["/watch/imu", "/phone/imu"] {
      var options = LogReadOptions()
      options.topic = topic
      counts.append(try Recording(SensorLog.open(file, options: options)).frameCount)
    }
    let folder = try #require(External.data) + "/SPSW"
    let tables = ["sw/s01_01_sw", "sp/s01_01_sp"]
    #expect(try counts == tables.map { try Recording(SensorLog.open("\(folder)/\($0).csv.zst")).frameCount })
    var options = LogReadOptions()
    options.topic = "/nothing"
    #expect(throws: LogReadError.self) { try SensorLog.open(file, options: options) }
  }

  @Test func watchTablesHaveTheRowsTheirDescriptionCounts() throws {
    let folder = try #require(External.data) + "/WATCH"
    let meta = try JSONSerialization.jsonObject(with: Data(bytes(of: folder + "/meta.json"))) as? [String: Any]
    let files = try #require(meta?["files"] as? [[String: Any]])
    #expect(files.count == 10)
    for file in files.prefix(3) {
      let name = try #require(file["file"] as? String)
      let recording = try Recording(SensorLog.open("\(folder)/\(name)"), batchFrames: 4096)
      #expect(recording.frameCount == file["rows"] as? Int)
      #expect(Set(recording.segments).count == file["segments"] as? Int)
      #expect(recording.losses.isEmpty)
    }
  }
}
