import Foundation
import Testing

@testable import SensorLogs

@Suite struct LogRecoveryTests {
  @Test func labelsOfOtherRecordingsStayAndOldOnesGo() throws {
    let folder = try TemporaryFolder()
    let rows = (0..<8).map { "\(Double($0) / 100),\($0)" }
    let labelled = try folder.write("time_s,a,label\n" + rows.map { "\($0),new\n" }.joined(), to: "labelled.csv")
    let plain = try folder.write("time_s,a\n" + rows.map { "\($0)\n" }.joined(), to: "plain.csv")
    func labels(_ name: String) throws -> Set<String?> { try Set(Recording(SensorLog.open(folder.file(name))).labels) }
    let old = try folder.write(
      "time_s,a,label\n" + rows.map { "\($0),old\n" }.joined(), to: "old.csv")
    for name in ["a.json", "b.json", "r.hea"] { _ = try LogConverter.convert([old], to: folder.file(name)) }
    for name in ["a.json", "r.hea"] {
      _ = try LogRecovery.recover(labelled, to: folder.file(name))
      #expect(try labels(name) == ["new"])
      _ = try LogRecovery.recover(plain, to: folder.file(name))
      #expect(try labels(name) == [nil])
    }
    #expect(try labels("b.json") == ["old"])
  }

  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func write(_ content: [UInt8], to name: String) throws -> String {
    let path = folder.file(name)
    try Data(content).write(to: URL(fileURLWithPath: path))
    return path
  }

  private func recover(_ content: [UInt8], _ name: String, to output: String) throws -> (LogRecoveryReport, [UInt8]) {
    let out = folder.file(output)
    let report = try LogRecovery.recover(write(content, to: name), to: out)
    #expect(report.isVerified)
    return (report, try bytes(of: out))
  }

  private var files: [String] { (try? FileManager.default.contentsOfDirectory(atPath: folder.file(""))) ?? [] }

  private static let heading = "time_s,x,label\n"
  private static func row(_ index: Int) -> String { "\(Double(index) / 100),\(index * 7 % 1000),l\(index / 300)\n" }

  // MARK: Rows

  @Test func goodRowsStayAsTheyStand() throws {
    let good = "time_s,x\r\n0,1.50\r\n 0.01 , 2\n0.02,\n0.03,4"
    let bad = "time_s,x\r\n0,1.50\r\n0.005,zero\n 0.01 , 2\n0.015\n0.02,\n\n0.03,4"
    let (whole, same) = try recover(Array(good.utf8), "a.csv", to: "b.csv")
    #expect(whole.isComplete && whole.kept == 4 && same == Array(good.utf8))
    let (report, kept) = try recover(Array(bad.utf8), "a.csv", to: "c.csv")
    #expect(!report.isComplete && report.kept == 4 && report.lost == 2 && kept == Array(good.utf8))
    #expect(report.losses.first.map(\.byteOffset) == [18, 39])
  }

  @Test func goodLinesStayAsTheyStand() throws {
    let lines = [
      "{\"time_s\":0,\"x\": 1}", "{\"time_s\":1,\"x\":2, \"y\":3}", "{\"time_s\":2,\"x\":", "{\"time_s\":3,\"x\":4}",
    ]
    let (report, kept) = try recover(Array(lines.joined(separator: "\n").utf8), "a.jsonl", to: "b.jsonl")
    #expect(report.kept == 3 && report.lost == 1)
    #expect(String(decoding: kept, as: UTF8.self) == [lines[0], lines[1], lines[3]].joined(separator: "\n"))
  }

  @Test(arguments: [LogCompression.zstd, .gzip, .lz4]) func ofACutFileTheWholeRowsAreKept(_ compression: LogCompression)
    throws
  {
    let text = Self.heading + (0..<3000).map(Self.row).joined()
    let compressor = try #require(compression.makeCompressor(level: 3))
    var stored: [UInt8] = []
    for piece in Array(text.utf8).chunks(of: 5_000) {
      _ = piece.withUnsafeBytes { compressor.compress($0, into: &stored, endsFrame: false) }
    }
    _ = compressor.compress(.init(start: nil, count: 0), into: &stored, endsFrame: true)
    var most = 0
    for count in stride(from: stored.count, to: 40, by: -max(1, stored.count / 60)).reversed() {
      let name = "a.csv\(compression.fileSuffix)"
      guard let (report, kept) = try? recover(Array(stored.prefix(count)), name, to: "out.csv") else {
        #expect(most == 0, "cut at \(count)")
        continue
      }
      #expect(Array(text.utf8).starts(with: kept) && kept.last == 10, "cut at \(count)")
      #expect(report.isComplete == (count == stored.count) && report.kept >= most, "cut at \(count)")
      most = report.kept
    }
    #expect(most == 3000)
  }

  @Test func rowsBehindADamagedFrameAreKept() throws {
    let rows = (0..<3000).map(Self.row)
    let parts = [Self.heading + rows[..<1000].joined(), rows[1000..<2000].joined(), rows[2000...].joined()]
    let frames = try parts.map { try zstd(Array($0.utf8)) }
    for place in stride(from: 0, to: frames[1].count, by: 97) {
      var damaged = frames
      damaged[1][place] ^= 0xFF
      let (report, kept) = try recover(damaged.flatMap { $0 }, "a.csv.zst", to: "b.csv")
      let text = String(decoding: kept, as: UTF8.self)
      #expect(!report.isComplete && text.hasPrefix(Self.heading + rows[..<990].joined()), "byte \(place)")
      // The first line behind a seam is given up: nothing tells that it is whole.
      #expect(text.hasSuffix(rows[2001...].joined()), "byte \(place)")
      #expect(report.losses.countsByCode[.damagedFrame] == 1, "byte \(place)")
      let start = frames[0].count
      #expect((start...(start + frames[1].count)).contains(report.losses.first[0].byteOffset), "byte \(place)")
    }
  }

  @Test func theOutputTakesTheCompressionOfTheInputOrOfItsName() throws {
    let text = Array((Self.heading + Self.row(0)).utf8)
    let (_, same) = try recover(zstd(text), "a.csv.zst", to: "plain")
    #expect(same.starts(with: [0x28, 0xB5, 0x2F, 0xFD]))
    let (_, gzip) = try recover(zstd(text), "a.csv.zst", to: "b.csv.gz")
    #expect(gzip.starts(with: [0x1F, 0x8B]))
    let (report, _) = try recover(zstd(text), "a.csv.zst", to: "b.mcap")
    #expect(report.outputFormat == .mcap && report.kept == 1)
  }

  // MARK: Records

  private func frames(_ count: Int) -> FrameBatch {
    var batch = FrameBatch(channelCount: 2)
    for index in 0..<count {
      batch.append(time: Int64(index) * 10_000_000, values: [Double(index * 37 % 101), Double(index)])
    }
    return batch
  }

  @Test(arguments: ["a.edf", "a.bdf", "a.Raw.sds", "a.json", "a.cbor", "a.mcap"])
  func ofEveryFormatTheWholeIsCopiedAndACutFileKeepsItsBeginning(_ name: String) throws {
    let schema = LogSchema(
      channels: [Channel(name: "x", unit: "g"), Channel(name: "y", unit: "g")], nominalRateHz: 100)
    let path = folder.file(name)
    let writer = try SensorLog.create(path, schema: schema)
    try writer.write(frames(1_000), labelNames: [])
    try writer.finish()
    let out = folder.file("whole-\(name)")
    let whole = try LogRecovery.recover(path, to: out)
    #expect(whole.isComplete && whole.isVerified && whole.kept == 1_000)
    let original = try Recording(SensorLog.open(path))
    #expect(try Recording(SensorLog.open(out)) == original)
    if name.hasSuffix("df") || name.hasSuffix("sds") { #expect(try bytes(of: out) == bytes(of: path)) }
    // The document formats close what they open at the very end.
    if name.hasSuffix("json") || name.hasSuffix("cbor") { return }
    let content = try bytes(of: path)
    let cut = try write(Array(content.prefix(content.count * 2 / 3)), to: name)
    let report = try LogRecovery.recover(cut, to: folder.file("cut.\(name)"))
    #expect(!report.isComplete && report.kept > 300)
    let kept = try Recording(SensorLog.open(folder.file("cut.\(name)")))
    #expect(kept.isBeginning(of: original) && kept.losses.isEmpty && kept.frameCount == report.kept)
  }

  @Test func ofARawRecordingTheWholeFramesAreKept() throws {
    var options = LogRecoveryOptions()
    options.read.rawLayout = try RawLayout(text: "time:uint32[ms],x:int16*0.5")
    let content = (0..<100).flatMap { (index: Int) -> [UInt8] in [UInt8(index), 0, 0, 0, UInt8(index), 1] }
    let path = try write(content + [1, 2, 3], to: "a.bin")
    let report = try LogRecovery.recover(path, to: folder.file("b.bin"), options: options)
    #expect(report.kept == 100 && !report.isComplete)
    #expect(try bytes(of: folder.file("b.bin")) == content)
  }

  // MARK: What is refused

  @Test func aRecordingIsNotRecoveredIntoItself() throws {
    let path = try write(Array((Self.heading + Self.row(0)).utf8), to: "a.csv")
    try FileManager.default.createSymbolicLink(atPath: folder.file("link.csv"), withDestinationPath: path)
    for output in [path, folder.file("link.csv")] {
      #expect(throws: LogReadError.self) { try LogRecovery.recover(path, to: output) }
    }
    #expect(try bytes(of: path).count == Self.heading.utf8.count + Self.row(0).utf8.count)
  }

  @Test func nothingIsLeftBehindWhereNothingIsKept() throws {
    for content in [[], Array("1,2\n".utf8), Array("time_s,x\na,b\n".utf8), MCAP.magic] {
      let path = try write(content, to: "a.csv")
      #expect(throws: LogReadError.self) { try LogRecovery.recover(path, to: folder.file("b.csv")) }
    }
    let path = try write(Array((Self.heading + Self.row(0)).utf8), to: "a.csv")
    #expect(throws: LogReadError.self) {
      try LogRecovery.recover(path, to: folder.file("b.csv"), isCancelled: { true })
    }
    #expect(files == ["a.csv"])
  }
}

extension Array {
  fileprivate func chunks(of count: Int) -> [[Element]] {
    stride(from: 0, to: self.count, by: count).map { Array(self[$0..<Swift.min($0 + count, self.count)]) }
  }
}
