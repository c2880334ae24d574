import Foundation
import Testing

@testable import SensorLogs

@Suite struct LogDoctorTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func write(_ text: String, to name: String = "log.csv") throws -> String {
    try write(Array(text.utf8), to: name)
  }

  private func write(_ content: [UInt8], to name: String) throws -> String {
    let path = folder.file(name)
    try Data(content).write(to: URL(fileURLWithPath: path))
    return path
  }

  private func examine(_ text: String, to name: String = "log.csv") throws -> LogDiagnosis {
    try LogDoctor.examine(write(text, to: name))
  }

  /// A hundred good rows of a channel that never repeats itself.
  private func rows(_ range: Range<Int>, step: Double = 0.01, shift: Double = 0) -> String {
    range.map { "\(Double($0) * step + shift),\(($0 * 37) % 101)\n" }.joined()
  }

  // MARK: Text

  @Test func aSoundTableIsClean() throws {
    let found = try examine("time_s,x\n" + rows(0..<100))
    #expect(found.problems.isEmpty && found.isClean(strict: true) && found.frames == 100)
    #expect(
      found.text == "\(folder.file("log.csv")): csv, \(found.storedBytes) bytes, 100 frames\n  nothing wrong was found")
  }

  @Test func whatIsWrongWithATableIsToldInOrder() throws {
    let found = try examine("time_s,x\r\n0,1\n0.01,abc\n0.02\nwhat,3\n0.04,4,5\n\n0.05,\u{0}\n0.06,7\n0.07,8")
    let lines = found.text.split(separator: "\n").dropFirst().joined(separator: "\n")
    #expect(
      lines == """
          error   byte 14, line 3: the cell is not a number (column x: 'abc')
                  -> write a number or nothing there, or name the column by --label-column; the row was left out
          error   byte 23, line 4: the row has fewer cells than the heading
                  -> look for a missing or doubled delimiter there; the row was left out
          error   byte 28, line 5: the time is missing or not a number (column time_s: 'what')
                  -> every row needs its time; the row was left out
          error   byte 35, line 6: the row has more cells than the heading
          error   byte 45, line 8: the cell is not a number (column x: '\u{FFFD}')
          warning byte 50, line 8: 1 NUL byte in the text
                  -> they are what a file system leaves after a crash; rows that hold them are lost
          note    byte 13, line 2: 1 of 9 lines end in CR LF, the others in LF
                  -> martlet reads both; the file was put together from several
          note    one line is empty
                  -> they are no rows
          note    byte 65, line 10: the last line has no line break
                  -> if the recorder was stopped by force, its last number may be cut
          5 errors, 1 warning, 3 notes
        """)
    #expect(!found.isClean(strict: false))
  }

  @Test func aTableFullOfDamageIsCountedInBoundedRoom() throws {
    let found = try examine("time_s,x\n0,1\n" + String(repeating: "1,bad\n", count: 20_000))
    #expect(found.countsByCode["badCell"] == 20_000 && found.errors == 20_000)
    #expect(found.problems.count <= ProblemList.keptOfEach)
    #expect(found.unlisted["badCell"] == 20_000 - ProblemList.keptOfEach)
    #expect(found.text.contains("and 19992 more of 'badCell'"))
  }

  @Test func compressionFramesAreToldOf() throws {
    let text = "time_s,x\n" + rows(0..<30_000)
    let plain = try zstd(Array(text.utf8))
    func codes(_ content: [UInt8]) throws -> Set<String> {
      let found = try LogDoctor.examine(write(content, to: "log.csv.zst"))
      return Set(found.problems.map(\.code))
    }
    let skippable: [UInt8] = [0x50, 0x2A, 0x4D, 0x18, 2, 0, 0, 0, 9, 9]
    #expect(try codes(plain).isEmpty)
    #expect(try codes(skippable + plain + skippable) == ["skippableFrames"])
    #expect(try codes(plain + Array("rubbish!".utf8)) == ["trailingBytes"])
    #expect(try codes(Array(plain.dropLast(20))).isSuperset(of: ["truncated"]))
    var flipped = plain
    flipped[plain.count / 2] ^= 0xFF
    #expect(try codes(flipped).contains("corruptCompression"))
    // Bit 2 of the descriptor says that a checksum follows; without both it is a sound frame.
    var unchecked = Array(plain.dropLast(4))
    unchecked[4] &= ~0x04
    #expect(try codes(unchecked) == ["noContentChecksum"])
    let found = try LogDoctor.examine(write(plain, to: "log.csv.zst"))
    #expect(found.compression == .zstd && found.frames == 30_000)
  }

  // MARK: Streams

  @Test(arguments: [
    ("gap", "time_s,x\n", 100..<200, 0.5), ("clockJump", "time_s,x\n", 100..<200, 9_000.0),
    ("clockJump", "time_s,x\n", 100..<200, -5.0), ("disorder", "time_s,x\n", 100..<200, -0.6),
  ]) func aStepOfTheClockIsToldOf(_ code: String, _ heading: String, _ second: Range<Int>, _ shift: Double) throws {
    let found = try examine(heading + rows(0..<100) + rows(second, shift: shift))
    #expect(found.problems.map(\.code).contains(code) && found.errors == 0)
    #expect(found.problems.first { $0.code == code }?.record == 100)
    #expect(found.isClean(strict: false) && !found.isClean(strict: true))
  }

  @Test func framesAndValuesThatRepeatAreToldOf() throws {
    let base = "time_s,x\n" + rows(0..<300)
    #expect(try examine(base + "2.99,5\n").problems.map(\.code) == ["duplicateTime"])
    let stuck = (300..<400).map { "\(Double($0) / 100),5\n" }.joined()
    let found = try examine(base + stuck + rows(400..<500))
    #expect(found.problems.map(\.code) == ["stuck"])
    #expect(found.problems[0].record == 300 && found.problems[0].count == 100)
  }

  @Test func aChannelAtTheEndOfItsRangeIsToldOf() throws {
    let heading = "time_s,x[g]\n"
    let clipped = (0..<100).map { "\(Double($0) / 100),\($0 % 10 < 4 ? "2" : "0.\($0)")\n" }.joined()
    #expect(try examine(heading + clipped).problems.map(\.code) == ["saturation"])
    // 1.7 is the end of no range.
    #expect(try examine(heading + clipped.replacing(",2\n", with: ",1.7\n")).problems.isEmpty)
  }

  @Test func missingAndInfiniteValuesAreToldOf() throws {
    let found = try examine("time_s,x,y\n0,1,\n0.01,inf,\n0.02,,\n0.03,4,\n")
    #expect(found.countsByCode == ["missingValues": 2, "infiniteValues": 1])
    #expect(found.problems.map(\.count) == [1, 4, 1] && found.problems.map(\.severity) == [.warning, .warning, .note])
  }

  // MARK: Other formats

  @Test func aRecordingOfAnotherLengthThanItsHeaderSaysIsToldOf() throws {
    var schema = LogSchema(channels: [Channel(name: "x", unit: "uV")])
    schema.nominalRateHz = 100
    let path = folder.file("a.edf")
    let writer = try SensorLog.create(path, schema: schema)
    var batch = FrameBatch(channelCount: 1)
    for index in 0..<1_000 { batch.append(time: Int64(index) * 10_000_000, values: [Double((index * 37) % 101)]) }
    try writer.write(batch, labelNames: [])
    try writer.finish()
    #expect(try LogDoctor.examine(path).errors == 0)
    let content = try bytes(of: path)
    let cut = try LogDoctor.examine(write(Array(content.dropLast(100)), to: "b.edf"))
    #expect(cut.problems.contains { $0.code == "truncated" && $0.severity == .error })
    var miscounted = content
    miscounted.replaceSubrange(236..<244, with: Array("2       ".utf8))
    #expect(try LogDoctor.examine(write(miscounted, to: "c.edf")).problems.contains { $0.code == "frameCountDiffers" })
  }

  @Test func aFolderWhoseListIsWrongIsToldOf() throws {
    let bag = folder.file("bag")
    try FileManager.default.createDirectory(atPath: bag, withIntermediateDirectories: true)
    _ = try makeMCAP("\(bag)/bag_0.mcap", times: (0..<20).map { $0 * 1_000_000 })
    func metadata(_ count: Int, _ files: [String]) throws {
      let list = files.map { "  - \($0)\n" }.joined()
      try Data("rosbag2_bagfile_information:\n  message_count: \(count)\n  relative_file_paths:\n\(list)".utf8).write(
        to: URL(fileURLWithPath: "\(bag)/metadata.yaml"))
    }
    try metadata(20, ["bag_0.mcap"])
    let sound = try LogDoctor.examine(bag)
    #expect(sound.errors == 0 && sound.messages == 20)
    try metadata(25, ["bag_0.mcap", "bag_1.mcap"])
    let wrong = try LogDoctor.examine(bag)
    #expect(Set(wrong.problems.filter { $0.severity == .error }.map(\.code)) == ["missingFile", "messageCountDiffers"])
  }

  @Test func whatIsNoRecordingIsRefused() throws {
    for content in ["", "1,2\n3,4\n", "\u{1}\u{2}\u{3}\n"] {
      #expect(throws: LogReadError.self) { try examine(content) }
    }
  }

  @Test func aLookCanBeBrokenOff() throws {
    let path = try write("time_s,x\n" + rows(0..<100))
    #expect(throws: LogReadError(.cancelled, path: path)) { try LogDoctor.examine(path, isCancelled: { true }) }
  }
}
