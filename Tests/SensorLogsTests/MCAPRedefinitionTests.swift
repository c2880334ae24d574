import Foundation
import Testing

@testable import SensorLogs

/// Numbers of channels and schemas that are given out twice.
@Suite struct MCAPRedefinitionTests {
  private func twoChannels() -> MCAPFile {
    var file = MCAPFile()
    file.declare(1, "/a")
    file.message(1, at: 1, #"{"v":1}"#)
    file.declare(1, "/b")
    file.message(1, at: 2, #"{"v":2}"#)
    file.message(1, at: 3, #"{"v":3}"#)
    return file
  }

  @Test func framesOfAChannelDeclaredAgainAreNotTakenForTheFirst() throws {
    let reader = try SensorLog.open(MemoryInput(twoChannels().finished), options: .init())
    let found = try Recording(reader)
    #expect(found.times == [1] && found.doubles == [1])
    #expect(found.losses.countsByCode == [.definitionChanged: 1, .unknownChannel: 2])
    #expect(reader.counters.lostMessages == 2)
  }

  @Test func theSameDeclarationAgainSaysNothing() throws {
    var file = MCAPFile()
    for time in 1...3 as ClosedRange<UInt64> {
      file.schema(1, "float64 v")
      file.declare(1, "/a", schema: 1, encoding: "cdr")
      file.message(1, at: time, [0, 1, 0, 0] + [UInt8](repeating: 0, count: 8))
    }
    let found = try read(file.finished)
    #expect(found.frameCount == 3 && found.losses.isEmpty)
  }

  @Test func aSchemaDeclaredAgainTakesItsChannelsWithIt() throws {
    var file = MCAPFile()
    file.schema(1, "float64 v")
    file.declare(1, "/a", schema: 1, encoding: "cdr")
    file.message(1, at: 1, [0, 1, 0, 0] + [UInt8](repeating: 0, count: 8))
    file.schema(1, "int64 v")
    for again in [false, true] {
      if again { file.declare(1, "/a", schema: 1, encoding: "cdr") }
      file.message(1, at: 2, [0, 1, 0, 0] + [UInt8](repeating: 1, count: 8))
      let found = try read(file.finished)
      #expect(found.times == [1], "\(again)")
      #expect(found.losses.countsByCode[.definitionChanged] == 1)
    }
    for keepsData in [true, false] {
      var topics = MCAPTopics(keepsSchemaData: keepsData)
      let schema = MCAPSchema(id: 3, name: "n", encoding: "e", data: [1, 2])
      var other = schema
      other.data = [1, 3]
      let answers = [topics.add(schema), topics.add(schema), topics.add(other), topics.add(other), topics.add(schema)]
      #expect(answers == [true, true, false, true, true], "\(keepsData)")
    }
  }

  @Test func theReaderOfMessagesDropsAndCountsThem() throws {
    let reader = try MCAPReader(MemoryInput(twoChannels().finished))
    var found: [UInt64] = []
    while let element = try reader.next() {
      if case .message(let message) = element { found.append(message.logTime) }
    }
    #expect(found == [1] && reader.counters.lostMessages == 2)
    #expect(reader.losses.countsByCode == [.definitionChanged: 1, .unknownChannel: 2])
    #expect(reader.channels.values.map(\.topic) == ["/a"])
    // Also where the first one was not wanted.
    var options = MCAPReadOptions()
    options.selection.topic = { $0 == "/b" }
    let other = try MCAPReader(MemoryInput(twoChannels().finished), options: options)
    while let element = try other.next() { if case .message = element { Issue.record("a message of neither") } }
    #expect(other.counters.lostMessages == 2)
  }

  @Test func recoveryDropsAndCountsThem() throws {
    let folder = try TemporaryFolder()
    let report = try MCAPRecovery.recover(
      RandomAccessMemory(twoChannels().finished), to: folder.file("r.mcap"))
    #expect(report.messages == 1 && report.messagesLost == 2 && !report.isComplete)
    #expect(report.notes.contains { $0.contains("declared again") }, "\(report.notes)")
    let found = try read(bytes(of: folder.file("r.mcap")))
    #expect(found.times == [1] && found.losses.isEmpty)
  }

  @Test func theSurveyOfTopicsTellsOfThem() throws {
    let folder = try TemporaryFolder()
    try Data(twoChannels().finished).write(to: URL(fileURLWithPath: folder.file("a.mcap")))
    let summary = try LogInspector.inspect(folder.file("a.mcap"))
    #expect(summary.topics.map(\.topic) == ["/a"] && summary.topics[0].timing.count == 1)
    #expect(summary.losses.countsByCode[.definitionChanged] == 1)
  }
}
