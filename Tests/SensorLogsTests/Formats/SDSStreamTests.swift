import Foundation
import Testing

@testable import SensorLogs

/// Several data files of one stream share the file that describes them.
@Suite struct SDSStreamTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func write(
    _ name: String, start: Int64, labels: [String] = ["a", "b"], channels: [Channel] = exampleChannels
  )
    throws
  {
    var batch = FrameBatch(channelCount: channels.count)
    for index in 0..<4 {
      batch.append(
        time: start + Int64(index) * 1_000_000, values: channels.map { _ in Double(index) }, label: Int32(index / 2))
    }
    try SensorLogsTests.write(
      batch, labels, to: folder.file(name), schema: LogSchema(channels: channels, hasLabels: true))
  }

  private func recording(_ name: String) throws -> Recording { try Recording(SensorLog.open(folder.file(name))) }

  @Test func aSecondFileDoesNotChangeWhatTheFirstMeans() throws {
    try write("walk.0.sds", start: 1000)
    let first = try recording("walk.0.sds")
    for (start, labels, channels) in [
      (2000, ["a", "b"], exampleChannels), (1000, ["b", "a"], exampleChannels), (1000, ["a", "b"], steadyChannels),
    ] as [(Int64, [String], [Channel])] {
      #expect {
        try write("walk.1.sds", start: start, labels: labels, channels: channels)
      } throws: { "\($0)".contains("walk.0.sds") && "\($0)".contains("use another stream name") }
      #expect(try recording("walk.0.sds") == first)
      #expect(!FileManager.default.fileExists(atPath: folder.file("walk.1.sds")))
    }
    // What agrees is written, and another stream may say what it likes.
    try write("walk.1.sds", start: 1000)
    #expect(try recording("walk.1.sds") == first)
    try write("run.0.sds", start: 2000)
    #expect(try recording("run.0.sds").times[0] == 2000 && recording("walk.0.sds") == first)
  }

  @Test func aFileThatIsAloneCanBeReplaced() throws {
    try write("walk.0.sds", start: 1000)
    try write("walk.0.sds", start: 5000, labels: ["c", "d"])
    let recording = try recording("walk.0.sds")
    #expect(recording.times[0] == 5000 && recording.labels == ["c", "c", "d", "d"])
  }

  @Test func recoveryLeavesOtherFilesAsTheyAre() throws {
    try write("walk.0.sds", start: 1000)
    let first = try recording("walk.0.sds")
    try FileManager.default.createDirectory(atPath: folder.file("in"), withIntermediateDirectories: true)
    try write("in/walk.1.sds", start: 9000)
    #expect(throws: LogReadError.self) {
      try LogRecovery.recover(folder.file("in/walk.1.sds"), to: folder.file("walk.1.sds"))
    }
    #expect(try recording("walk.0.sds") == first)
  }

  @Test func signedBitFieldsReachBelowZero() throws {
    let text = "sds: {content: [{value: s, type: 'int16_t:3', scale: 2, offset: 1}, {value: u, type: 'uint16_t:3'}]}"
    let metadata = try SDSMetadata(yaml: Array(text.utf8), path: "S", maximumChannels: 8)
    #expect(metadata.fields.map(\.range) == [-7...7, 0...7])
  }
}
