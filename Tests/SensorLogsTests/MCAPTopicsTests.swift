import Foundation
import Testing

@testable import SensorLogs

@Suite struct MCAPTopicsTests {
  private func schema(_ id: UInt16, bytes: Int, name: String = "p/T") -> MCAPSchema {
    let text = Array("float64 a\n#".utf8)
    let padding = [UInt8](repeating: UInt8(ascii: "x"), count: max(0, bytes - text.count))
    return MCAPSchema(id: id, name: name, encoding: "ros2msg", data: text + padding)
  }

  private func channel(
    _ id: UInt16, topic: String, schema: UInt16 = 0, metadata: [String: String] = [:]
  ) -> MCAPChannel {
    MCAPChannel(id: id, schemaID: schema, topic: topic, messageEncoding: "cdr", metadata: metadata)
  }

  /// A file without chunks of these definitions and a message on each channel.
  private func file(_ schemas: [MCAPSchema], _ channels: [MCAPChannel]) -> [UInt8] {
    var file = RecordBuilder()
    file.bytes = MCAP.magic
    file.addRecord(.header) {
      $0.add("")
      $0.add("")
    }
    for schema in schemas { file.addSchema(schema) }
    for channel in channels { file.addChannel(channel) }
    for channel in channels { addMessage(channel.id, to: &file) }
    return file.bytes
  }

  private func addMessage(_ channelID: UInt16, to file: inout RecordBuilder) {
    file.addRecord(.message) {
      $0.add(channelID)
      $0.add(UInt32(0))
      $0.add(UInt64(5))
      $0.add(UInt64(5))
      $0.bytes += [0, 1, 0, 0]
      $0.add(2.5.bitPattern)
    }
  }

  private func inspect(_ bytes: [UInt8]) throws -> LogSummary {
    let folder = try TemporaryFolder()
    try Data(bytes).write(to: URL(fileURLWithPath: folder.file("a.mcap")))
    return try LogInspector.inspect(folder.file("a.mcap"))
  }

  @Test func aSchemaAtTheLimitIsReadAndOneByteMoreIsNot() throws {
    let names = "p/T".utf8.count + "ros2msg".utf8.count
    let limit = MCAPTopics.maximumDefinitionBytes - names
    let large = schema(1, bytes: limit)
    #expect(try read(file([large], [channel(1, topic: "/t", schema: 1)])).doubles == [2.5])
    let tooLarge = schema(1, bytes: limit + 1)
    let expected = LogReadError.Code.undecodableTopic("/t", reason: "its schema is too large")
    do {
      _ = try read(file([tooLarge], [channel(1, topic: "/t", schema: 1)]))
      Issue.record("read")
    } catch let error as LogReadError {
      #expect(error.code == expected)
    }
  }

  @Test func definitionsStopBeingKeptWhereTheirSumIsTooLarge() {
    for keepsData in [true, false] {
      var topics = MCAPTopics(keepsSchemaData: keepsData)
      var refused = 0
      for id in 1...100 as ClosedRange<UInt16> where !topics.add(schema(id, bytes: 1_000_000)) { refused += 1 }
      #expect(refused == 84)
      // In the summary they stand again.
      var refusedAgain = 0
      for id in 1...100 as ClosedRange<UInt16> where !topics.add(schema(id, bytes: 1_000_000)) { refusedAgain += 1 }
      #expect(refusedAgain == 0)
      let kept = topics.schemas.values.reduce(0) { $0 + $1.data.count }
      #expect(kept == (keepsData ? 16_000_000 : 0))
      #expect(topics.schemas.values.allSatisfy { $0.name == "p/T" && $0.encoding == "ros2msg" })
      let metadata = ["k": String(repeating: "v", count: 900_000)]
      let big = channel(1, topic: "/big", metadata: metadata)
      let answers = [topics.add(big), topics.add(big), topics.add(channel(2, topic: "/small"))]
      #expect(answers == [false, true, true])
      #expect(topics.names == ["/small"] && !topics.contains("/big"))
    }
  }

  @Test func namesAsLargeAsSchemasAreNotKeptEither() {
    var topics = MCAPTopics()
    let isKept = topics.add(schema(1, bytes: 20, name: String(repeating: "n", count: 2 << 20)))
    #expect(!isKept)
    #expect(topics.schemas[1]?.name == "")
  }

  @Test func whatIsTooLargeIsToldAndTheRestIsRead() throws {
    let bytes = file(
      [schema(1, bytes: 3 << 20), schema(2, bytes: 20)],
      [channel(1, topic: "/big", schema: 1), channel(2, topic: "/t", schema: 2)])
    let summary = try inspect(bytes)
    #expect(summary.frameTopic == "/t" && summary.frames == 1)
    #expect(summary.losses.countsByCode[.definitionTooLarge] == 1)
    #expect(summary.topics.map(\.schema) == ["p/T", "p/T"])
  }

  @Test func topicsAreKeptOnceInTheOrderMet() {
    var topics = MCAPTopics()
    for id in 0..<UInt16(20_000) { _ = topics.add(channel(id, topic: "/\(id % 10_000)")) }
    #expect(topics.names == (0..<10_000).map { "/\($0)" })
    #expect(topics.channels.count == 20_000)
    #expect(topics.contains("/9999") && !topics.contains("/10000"))
  }

  @Test func stepsAreMeasuredForSoManyDeclaredChannelsAndTheRestIsCounted() {
    var survey = RecordSurvey(LogReadOptions())
    for id in 0..<UInt16(2_000) { survey.declare(channel(id, topic: "/\(id)"), nil) }
    for time in 0..<3 as Range<Int64> {
      for id in 0..<UInt16(3_000) { survey.add(time * 1_000, of: id) }
    }
    #expect(survey.topics.map(\.topic) == (0..<2_000).map { "/\($0)" })
    for (index, timing) in survey.topics.map(\.timing).enumerated() {
      #expect(timing.count == 3 && timing.firstTime == 0 && timing.lastTime == 2_000)
      #expect(timing.typicalInterval == (index < RecordSurvey.maximumMeasured ? 1_000 : nil))
    }
  }
}
