import Foundation
import Testing

@testable import SensorLogs

@Suite struct MCAPCopierTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private let metadata = MCAPMetadata(name: "m", entries: ["b": "2", "a": "1"])

  private func addExtras(_ writer: MCAPWriter, attachmentBytes: Int = 3) throws {
    try writer.add(metadata)
    let data = (0..<attachmentBytes).map { UInt8(truncatingIfNeeded: $0 * 7) }
    try writer.add(MCAPAttachment(logTime: 1, createTime: 2, name: "n", mediaType: "t"), data: data)
  }

  private func everything(_ path: String) throws -> (messages: [MadeMessage], metadata: [MCAPMetadata], data: [UInt8]) {
    var options = MCAPReadOptions()
    var data: [UInt8] = []
    options.attachmentData = { data += $0 }
    let reader = try MCAPReader(path, options: options)
    var found: [MCAPMetadata] = []
    var made: [MadeMessage] = []
    while let element = try reader.next() {
      switch element {
      case .metadata(let metadata): found.append(metadata)
      case .message(let message):
        made.append(
          MadeMessage(
            topic: reader.channels[message.channelID]?.topic ?? "", time: message.logTime,
            sequence: message.sequence, payload: Array(reader.payload)))
      default: break
      }
    }
    #expect(reader.losses.isEmpty)
    return (made, found, data)
  }

  @Test(arguments: [3, 0, 3_000_000]) func convertingPassesEverythingThrough(attachmentBytes: Int) throws {
    let made = try makeMCAP(folder.file("a.mcap"), times: (0..<40).map { $0 * 10 }) {
      $0.profile = "ros2"
    } extras: {
      try addExtras($0, attachmentBytes: attachmentBytes)
    }
    var options = MCAPCopyOptions()
    options.write.compression = .none
    options.write.chunkBytes = nil
    let report = try MCAPCopier.copy([folder.file("a.mcap")], to: folder.file("b.mcap"), options: options)
    #expect(report.messages == 40 && report.attachments == 1 && report.metadata == 1 && !report.hasLosses)
    let (first, second) = (try everything(folder.file("a.mcap")), try everything(folder.file("b.mcap")))
    #expect(second.messages == made)
    #expect(second.metadata == [metadata])
    #expect(second.data == first.data && second.data.count == attachmentBytes)
    #expect(try MCAPReader(folder.file("b.mcap")).profile == "ros2")
    // Back into chunks gives the file from which it came.
    var back = MCAPCopyOptions()
    back.write.chunkBytes = 400
    _ = try MCAPCopier.copy([folder.file("b.mcap")], to: folder.file("c.mcap"), options: back)
    #expect(try bytes(of: folder.file("c.mcap")) == bytes(of: folder.file("a.mcap")))
  }

  @Test func severalInputsAreMergedByTimeUnderOneNumbering() throws {
    let paths = ["a.mcap", "b.mcap", "c.mcap"].map { folder.file($0) }
    var all: [MadeMessage] = []
    all += try makeMCAP(paths[0], times: (0..<30).map { $0 * 10 }, topics: 3, firstID: 1)
    all += try makeMCAP(paths[1], times: (0..<30).map { 3 + $0 * 7 }, topics: 4, firstID: 1)
    // The same numbers for other topics.
    all += try makeMCAP(paths[2], times: (0..<30).map { 1_000 - $0 * 20 }, topics: 2, firstID: 9)
    let report = try MCAPCopier.copy(paths, to: folder.file("out.mcap"))
    #expect(report.messages == 90 && report.stepsBack == 0 && !report.hasLosses)
    let out = try everything(folder.file("out.mcap"))
    #expect(out.messages.map(\.time) == all.map(\.time).sorted())
    #expect(Set(out.messages) == Set(all))
    var options = MCAPCopyOptions()
    options.mergesByTime = false
    let joined = try MCAPCopier.copy(paths, to: folder.file("out.mcap"), options: options)
    #expect(try everything(folder.file("out.mcap")).messages == all && joined.stepsBack > 0)
  }

  @Test func cuttingKeepsTheTimesAskedFor() throws {
    let made = try makeMCAP(folder.file("a.mcap"), times: (0..<100).map { $0 * 10 })
    var options = MCAPCopyOptions()
    options.read.selection.startTime = 200
    options.read.selection.endTime = 500
    options.read.selection.topic = { $0 != "/t1" }
    let report = try MCAPCopier.copy([folder.file("a.mcap")], to: folder.file("b.mcap"), options: options)
    let expected = made.filter { $0.time >= 200 && $0.time < 500 && $0.topic != "/t1" }
    #expect(try everything(folder.file("b.mcap")).messages == expected && report.messages == expected.count)
  }

  @Test func anAttachmentThatDoesNotMatchItsChecksumIsToldOf() throws {
    _ = try makeMCAP(folder.file("a.mcap"), times: [1, 2, 3]) {
      $0.chunkBytes = nil
    } extras: {
      try addExtras($0, attachmentBytes: 100)
    }
    var stored = try bytes(of: folder.file("a.mcap"))
    let place = try #require(stored.indices.first { stored[$0...].starts(with: [7, 14, 21, 28]) })
    stored[place] ^= 1
    try Data(stored).write(to: URL(fileURLWithPath: folder.file("a.mcap")))
    let report = try MCAPCopier.copy([folder.file("a.mcap")], to: folder.file("b.mcap"))
    #expect(report.attachments == 0 && report.attachmentsLost == 1 && report.hasLosses && report.messages == 3)
  }

  @Test func whatCannotBeCopiedLeavesNothingBehind() throws {
    let path = folder.file("a.mcap")
    _ = try makeMCAP(path, times: (0..<5000).map { $0 })
    #expect(throws: LogReadError.self) { try MCAPCopier.copy([], to: folder.file("b.mcap")) }
    #expect(throws: LogReadError.self) {
      try MCAPCopier.copy([path, folder.file("missing")], to: folder.file("b.mcap"))
    }
    #expect(throws: LogReadError.self) {
      try MCAPCopier.copy([path], to: folder.file("b.mcap"), isCancelled: { true })
    }
    _ = try folder.write("t,a\n0,1\n", to: "t.csv")
    #expect(throws: LogReadError.self) { try MCAPCopier.copy([folder.file("t.csv")], to: folder.file("b.mcap")) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["a.mcap", "t.csv"])
  }
}
