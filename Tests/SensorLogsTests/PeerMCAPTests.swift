import Foundation
import Testing

@testable import SensorLogs

@Suite(.enabled(if: Peers.available, Peers.howToEnable)) struct PeerMCAPTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  /// A decoded message of a peer, or ours: topic, log time, value.
  private struct Row {
    var topic: String
    var time: String
    var value: Any
  }

  private func rows(_ command: String, _ path: String) throws -> [Row] {
    let json = try PlainJSON.parse(Peers.run("mcap_peer", command, path))
    return try #require(json as? [[Any]]).map { Row(topic: "\($0[0])", time: "\($0[1])", value: $0[2]) }
  }

  private func ourRows(_ path: String) throws -> [Row] {
    let reader = try MCAPReader(path)
    let texts = MCAPMessageText()
    var rows: [Row] = []
    while let element = try reader.next() {
      switch element {
      case .schema(let schema): texts.add(schema)
      case .channel(let channel): texts.add(channel)
      case .message(let message):
        var text: [UInt8] = []
        let outcome = texts.write(message, payload: reader.payload, to: &text)
        let value: Any =
          outcome == .written ? try PlainJSON.parse(text) : NSNull()
        rows.append(
          Row(topic: reader.channels[message.channelID]?.topic ?? "", time: "\(message.logTime)", value: value))
      case .attachment, .metadata: break
      }
    }
    #expect(reader.losses.isEmpty, "\(path): \(reader.losses.first)")
    return rows
  }

  /// Numbers are the same where they are so in double or in single precision: a peer widens a `float32`, which has no
  /// other decimal then.
  private func isSame(_ a: Any, _ b: Any) -> Bool {
    switch (a, b) {
    case (let a as [String: Any], let b as [String: Any]):
      return Set(a.keys) == Set(b.keys) && a.allSatisfy { key, value in b[key].map { isSame(value, $0) } ?? false }
    case (let a as [Any], let b as [Any]): return a.count == b.count && zip(a, b).allSatisfy { isSame($0, $1) }
    case (let a as String, let b as String): return a == b
    case (is NSNull, is NSNull): return true
    case (let a as Bool, let b as Bool): return a == b
    case (let a as Int, let b as Int): return a == b
    case (let a as UInt64, let b as UInt64): return a == b
    default:
      guard let a = Self.double(a), let b = Self.double(b) else { return false }
      return a == b || (Float(a) == Float(b) && (Double(Float(a)) == a || Double(Float(b)) == b))
    }
  }

  private static func double(_ value: Any) -> Double? {
    value as? Double ?? (value as? Int).map(Double.init)
  }

  private func expectSame(_ ours: [Row], _ theirs: [Row], _ what: String) {
    #expect(ours.count == theirs.count, "\(what)")
    for (index, (a, b)) in zip(ours, theirs).enumerated() {
      guard a.topic == b.topic, a.time == b.time, isSame(a.value, b.value) else {
        Issue.record("\(what), message \(index): \("\(a)".prefix(300)) is not \("\(b)".prefix(300))")
        return
      }
    }
  }

  static let writable = MCAPCompression.allCases.filter { ChunkCompressor($0, level: 3, checksums: true) != nil }

  @Test(arguments: writable, [nil, 500, 1 << 20])
  func theyReadOurMessages(compression: MCAPCompression, chunkBytes: Int?) throws {
    let path = folder.file("a.mcap")
    let made = try makeMCAP(path, times: (0..<300).map { $0 * 10 }) {
      $0.compression = compression
      $0.chunkBytes = chunkBytes
    } extras: {
      try $0.add(MCAPMetadata(name: "m", entries: ["a": "1"]))
      try $0.add(MCAPAttachment(logTime: 1, createTime: 2, name: "n", mediaType: "t"), data: Array(0..<40))
    }
    let json = try PlainJSON.parse(Peers.run("mcap_peer", "messages", path))
    let theirs = try #require(json as? [[Any]])
    #expect(theirs.count == 300)
    for (row, message) in zip(theirs, made) {
      let hex = message.payload.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
      let expected = [message.topic, "\(message.time)", "\(message.time + 5)", "\(message.sequence)", hex]
      if row.map({ "\($0)" }) != expected { Issue.record("\(row) is not \(expected)") }
    }
    expectSame(try ourRows(path), try rows("texts", path), "json")
  }

  @Test(arguments: [MessageEncoding.cdr, .json]) func theyReadOurFramesAndLabels(encoding: MessageEncoding) throws {
    let path = folder.file("a.mcap")
    var batch = FrameBatch(channelCount: 2)
    for index in 0..<200 {
      batch.append(
        time: Int64(index) * 1_000, values: [Double(index) * 0.37, index % 7 == 0 ? .nan : -1e-7],
        label: Int32(index / 50) - 1, segment: Int32(index / 90))
    }
    var options = LogWriteOptions()
    options.encoding = encoding
    options.chunkBytes = 1_000
    let schema = LogSchema(
      channels: [Channel(name: "acc_x", unit: "g"), Channel(name: "gyro z")], hasLabels: true, hasSegments: true)
    let writer = try SensorLog.create(path, schema: schema, options: options)
    try writer.write(batch, labelNames: ["walk", "say \"hi\"", "run"])
    try writer.finish()
    let theirs = try rows("texts", path)
    let frames = theirs.filter { $0.topic == "/imu" }.compactMap { $0.value as? [String: Any] }
    #expect(frames.count == 200)
    for (index, frame) in frames.enumerated() {
      #expect(Self.double(frame["acc_x"] ?? "") == Double(index) * 0.37 && frame["segment"] as? Int == index / 90)
      #expect(index % 7 == 0 ? frame["gyro_z"] is NSNull : frame["gyro_z"] as? Double == -1e-7)
    }
    let key = encoding == .cdr ? "data" : "label"
    let labels = theirs.filter { $0.topic == "/label" }.map { ($0.value as? [String: Any])?[key] as? String }
    #expect(labels == ["walk", "say \"hi\"", "run"])
    expectSame(try ourRows(path), theirs, "frames")
    if encoding == .cdr { expectSame(try ourRows(path), try rows("rosbags", path), "rosbags") }
  }

  @Test func weReadTheirFiles() throws {
    _ = try Peers.run("mcap_peer", "write", folder.path)
    let json = try PlainJSON.parse(bytes(of: folder.file("expected.json")))
    let expected = try #require(json as? [String: [[Any]]])
    var read = 0
    for (name, list) in expected.sorted(by: { $0.key < $1.key }) {
      let rows = list.map { Row(topic: "\($0[0])", time: "\($0[1])", value: $0[2]) }
      expectSame(try ourRows(folder.file(name)), rows, name)
      read += 1
    }
    #expect(read >= 6)
    var options = MCAPReadOptions()
    options.order = .logTime
    options.selection.topic = { $0 == "/json1" }
    var data: [UInt8] = []
    options.attachmentData = { data += $0 }
    let reader = try MCAPReader(folder.file("zstd.mcap"), options: options)
    var (times, metadata): ([UInt64], [MCAPMetadata]) = ([], [])
    while let element = try reader.next() {
      if case .message(let message) = element { times.append(message.logTime) }
      if case .metadata(let found) = element { metadata.append(found) }
    }
    #expect(reader.usedIndex && reader.losses.isEmpty, "\(reader.notes)")
    let wanted = try #require(expected["zstd.mcap"]).filter { "\($0[0])" == "/json1" }.compactMap { UInt64("\($0[1])") }
    #expect(times == wanted.sorted())
    #expect(metadata == [MCAPMetadata(name: "about", entries: ["who": "peer", "empty": ""])])
    #expect(data.count == 3_000 && data.starts(with: Array("some notes".utf8)))
  }

  @Test func theirFramesAreOurs() throws {
    _ = try Peers.run("mcap_peer", "write", folder.path)
    let json = try PlainJSON.parse(bytes(of: folder.file("expected.json")))
    let rows = try #require((json as? [String: [[Any]]])?["bag_zstd"])
    let frames = try Recording(SensorLog.open(folder.file("bag_zstd")))
    #expect(frames.channels.map(\.name) == ["acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z"])
    let expected = rows.flatMap { row -> [Double] in
      let message = row[2] as? [String: Any]
      return ["linear_acceleration", "angular_velocity"].flatMap { name in
        let vector = message?[name] as? [String: Any]
        return ["x", "y", "z"].map { vector?[$0] as? Double ?? .nan }
      }
    }
    #expect(frames.doubles == expected && frames.losses.isEmpty)
  }

  @Test(.enabled(if: External.vectors != nil)) func realRecordingsHaveTheValuesThatTheyFind() throws {
    let files = try External.files(in: try #require(External.vectors) + "/rosbag2", suffix: ".mcap")
    for file in files {
      let theirs = try rows("texts", file)
      let ours = try ourRows(file)
      #expect(ours.count == theirs.count, "\(file)")
      var decoded = 0
      for (a, b) in zip(ours, theirs) where !(b.value is NSNull) {
        decoded += 1
        let isEqual = a.topic == b.topic && a.time == b.time && isSame(withoutSigns(a.value), withoutSigns(b.value))
        if !isEqual { Issue.record("\(file): \("\(a)".prefix(300)) is not \("\(b)".prefix(300))") }
      }
      #expect(decoded == ours.count { !($0.value is NSNull) }, "\(file)")
    }
  }

  /// A `char` is an unsigned byte in ROS 2 and a signed one to mcap-ros2-support.
  private func withoutSigns(_ value: Any) -> Any {
    guard var map = value as? [String: Any] else { return value }
    for key in map.keys where key.contains("char") {
      if let number = map[key] as? Int { map[key] = (number + 256) % 256 }
      if let list = map[key] as? [Int] { map[key] = list.map { ($0 + 256) % 256 } }
    }
    return map
  }
}
