import Foundation
import Testing

@testable import SensorLogs

@Suite struct LogCutterTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func cut(
    _ path: String, to output: String = "out", _ range: LogRange, _ adjust: (inout LogCutOptions) -> Void = { _ in }
  ) throws -> (LogCutReport, [UInt8]) {
    var options = LogCutOptions()
    options.range = range
    adjust(&options)
    let report = try LogCutter.cut(path, to: folder.file(output), options: options)
    return (report, try bytes(of: folder.file(output)))
  }

  private static let rows = (0..<1000).map { " \(Double($0) / 100) , \($0),l\($0 / 100)\r\n" }
  private static let table = "time_s,x,label\r\n" + rows.joined()

  // MARK: Rows

  @Test(arguments: [
    (LogRange(from: .offset(1_000_000_000), to: .offset(2_000_000_000)), 100..<200),
    (LogRange(from: .instant(1_500_000_000), duration: 10_000_000), 150..<151),
    (LogRange(duration: 30_000_000), 0..<3), (LogRange(from: .offset(9_985_000_000)), 999..<1000),
    (LogRange(to: .instant(5)), 0..<1), (LogRange(from: .offset(60_000_000_000)), 0..<0),
  ]) func rowsOfThePartStayAsTheyStand(_ range: LogRange, _ part: Range<Int>) throws {
    let path = try folder.write(Self.table, to: "a.csv")
    let (report, kept) = try cut(path, range)
    #expect(String(decoding: kept, as: UTF8.self) == "time_s,x,label\r\n" + Self.rows[part].joined())
    #expect(report.kept == part.count && report.losses.isEmpty)
  }

  @Test func thePartsOfARecordingMakeTheWhole() throws {
    let path = try folder.write(Self.table, to: "a.csv")
    for second in [1, 333_000_000, 5_000_000_000, 9_990_000_001] as [Int64] {
      let (_, first) = try cut(path, LogRange(to: .offset(second)))
      let (_, rest) = try cut(path, LogRange(from: .offset(second)))
      let heading = "time_s,x,label\r\n".utf8.count
      #expect(String(decoding: first + rest.dropFirst(heading), as: UTF8.self) == Self.table)
    }
  }

  @Test func aPartIsCompressedAsItsNameOrTheRecordingIs() throws {
    let path = folder.file("a.csv.zst")
    try Data(zstd(Array(Self.table.utf8))).write(to: URL(fileURLWithPath: path))
    let (_, same) = try cut(path, LogRange(duration: 1_000_000_000))
    #expect(same.starts(with: [0x28, 0xB5, 0x2F, 0xFD]))
    let (_, plain) = try cut(path, to: "b.csv", LogRange(duration: 1_000_000_000))
    #expect(plain.starts(with: Array("time_s".utf8)))
  }

  @Test func rowsThatAreOutOfOrderAreFoundWithinASecond() throws {
    let text = "time_s,x\n0,1\n2.5,2\n1.9,3\n4,4\n1.8,5\n"
    let (_, kept) = try cut(folder.write(text, to: "a.csv"), LogRange(to: .offset(2_000_000_000)))
    #expect(String(decoding: kept, as: UTF8.self) == "time_s,x\n0,1\n1.9,3\n")
  }

  @Test func framesOfOtherFormatsKeepTheirLabels() throws {
    let path = try folder.write(Self.table, to: "a.csv")
    _ = try LogConverter.convert([path], to: folder.file("a.mcap"))
    let whole = try Recording(SensorLog.open(path))
    let range = LogRange(from: .offset(2_500_000_000), duration: 1_000_000_000)
    // By way of frames, and as messages: the label that holds at the start began before it.
    for output in ["b.csv", "b.mcap"] {
      let (report, _) = try cut(folder.file("a.mcap"), to: output, range)
      let part = try Recording(SensorLog.open(folder.file(output)))
      #expect(part.times == Array(whole.times[250..<350]) && part.labels == Array(whole.labels[250..<350]))
      #expect(part.doubles == Array(whole.doubles[250..<350]) && part.losses.isEmpty)
      if output == "b.mcap" { #expect(report.latched == 1) }
    }
  }

  // MARK: Messages

  private func make(_ adjust: (inout MCAPWriteOptions) -> Void = { _ in }) throws -> [MadeMessage] {
    try makeMCAP(folder.file("a.mcap"), times: (0..<60).map { $0 * 1_000_000_000 }, adjust) {
      try $0.add(MCAPMetadata(name: "m", entries: ["a": "1"]))
      try $0.add(MCAPAttachment(logTime: 25_000_000_000, createTime: 2, name: "n", mediaType: "t"), data: Array(0..<40))
    }
  }

  private func found(_ output: String) throws -> [MadeMessage] {
    try messages(of: MCAPReader(folder.file(output)), areWhole: false)
  }

  @Test func messagesOfThePartAreKeptWithOrWithoutAnIndex() throws {
    for hasIndex in [true, false] {
      let made = try make { if !hasIndex { $0.parts = [] } }
      let range = LogRange(from: .offset(20_000_000_000), to: .instant(30_000_000_000))
      let (report, _) = try cut(folder.file("a.mcap"), to: "b.mcap", range)
      #expect(try found("b.mcap") == Array(made[20..<30]))
      #expect(report.attachments == 1 && report.metadata == 1 && report.kept == 10)
      let (early, _) = try cut(folder.file("a.mcap"), to: "c.mcap", LogRange(to: .offset(10_000_000_000)))
      #expect(early.attachments == 0 && early.metadata == 1 && early.notes.contains { $0.contains("1 attachments") })
      let (all, _) = try cut(folder.file("a.mcap"), to: "d.mcap", LogRange(to: .offset(10_000_000_000))) {
        $0.keepsAllAttachments = true
      }
      #expect(all.attachments == 1)
    }
  }

  @Test func theLastMessagesBeforeThePartAreKeptOnDemand() throws {
    for hasIndex in [true, false] {
      let made = try make { if !hasIndex { $0.parts = [] } }
      for start in [1, 7, 33, 59] {
        let range = LogRange(from: .instant(Int64(start) * 1_000_000_000), duration: 3_000_000_000)
        let (report, _) = try cut(folder.file("a.mcap"), to: "b.mcap", range) { $0.keepsLatched = true }
        let before = Set(made[..<start].map(\.topic)).map { topic in made[..<start].last { $0.topic == topic }! }
        let latched = before.sorted { $0.time < $1.time }
        #expect(report.latched == latched.count)
        #expect(try found("b.mcap") == latched + Array(made[start..<min(60, start + 3)]))
      }
    }
  }

  @Test func onlyTheTopicsAskedForAreKept() throws {
    let made = try make()
    let (_, _) = try cut(folder.file("a.mcap"), to: "b.mcap", LogRange()) { $0.topics = ["/t1"] }
    #expect(try found("b.mcap") == made.filter { $0.topic == "/t1" })
    #expect(try MCAPReader(folder.file("b.mcap")).losses.isEmpty)
  }

  @Test func aRecordingIsNotCutIntoItself() throws {
    let path = try folder.write(Self.table, to: "out")
    #expect(throws: LogReadError.self) { try cut(path, LogRange(duration: 1)) }
    #expect(try bytes(of: path) == Array(Self.table.utf8))
  }
}
