import Foundation
import Testing

@testable import SensorLogs

@Suite struct TextWriterTests {
  /// Frames that are hard to write: every kind of double, times of any size, labels of any text.
  private static func frames(seed: UInt64) -> (batch: FrameBatch, labelNames: [String]) {
    var random = SeededGenerator(state: seed)
    let odd: [Double] = [
      0, -0.0, .nan, .infinity, -.infinity, .leastNonzeroMagnitude, .leastNormalMagnitude, .greatestFiniteMagnitude,
      0.1, 1 / 3, 9_007_199_254_740_994, 1e22, 1e-7, 123456.789, -1e-4,
    ]
    let names = ["walk", "stand, still", "say \"hi\"", "tab\there", "é\u{1F600}", "{\"a\":1}"]
    var batch = FrameBatch(channelCount: 3)
    for index in 0..<400 {
      let values = (0..<3).map { _ in
        switch Int.random(in: 0..<4, using: &random) {
        case 0: odd.randomElement(using: &random) ?? 0
        case 1: Double(bitPattern: random.next())
        case 2: Double(Int.random(in: -1_000_000...1_000_000, using: &random)) / 1000
        default: Double.random(in: -10...10, using: &random)
        }
      }
      // An infinity by its bits may be NaN with a payload, which no text keeps.
      let written = values.map { $0.isNaN ? .nan : $0 }
      let time = index % 3 == 0 ? Int64(bitPattern: random.next()) : Int64.random(in: 0...2_000_000_000, using: &random)
      batch.append(
        time: time, values: written, label: Int32.random(in: -1..<Int32(names.count), using: &random),
        segment: Int32(truncatingIfNeeded: random.next()))
    }
    return (batch, names)
  }

  @Test(arguments: ["csv", "tsv", "jsonl"], LogCompression.allCases)
  func whatIsWrittenIsReadBackExactly(format: String, compression: LogCompression) throws {
    let seed: UInt64 = 41
    let (batch, names) = Self.frames(seed: seed)
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("text-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("log.\(format)\(compression.fileSuffix)").path
    let schema = LogSchema(
      channels: [Channel(name: "acc_x", unit: "g"), Channel(name: "a.b"), Channel(name: "c[3]")], hasLabels: true,
      hasSegments: true)
    let writer = try SensorLog.create(path, schema: schema)
    for _ in 0..<3 { try writer.write(batch, labelNames: names) }
    #expect(!FileManager.default.fileExists(atPath: path))
    try writer.finish()
    #expect(try bytes(of: path).count == writer.bytesWritten)
    let reader = try SensorLog.open(path)
    #expect(reader.format.rawValue == format && reader.compression == compression)
    // A heading has no other way to say a unit than brackets.
    let read = try Recording(reader)
    #expect(read.channels.prefix(2) == schema.channels.prefix(2))
    #expect(read.losses.isEmpty)
    #expect(read.times == batch.times + batch.times + batch.times, "seed \(seed)")
    let once = batch.values.map { $0.isNaN ? Double.nan.bitPattern : $0.bitPattern }
    #expect(read.values == once + once + once, "seed \(seed)")
    let labels = batch.labels.map { $0 < 0 ? nil : names[Int($0)] }
    #expect(read.labels == labels + labels + labels)
    #expect(read.segments == batch.segments + batch.segments + batch.segments)
  }

  @Test(arguments: [
    ("a/walk.csv.zst", LogFormat?.some(.csv), LogCompression.zstd, "walk"), ("WALK.TSV.GZ", .tsv, .gzip, "WALK"),
    ("walk.01.jsonl.lz4", .jsonLines, .lz4, "walk.01"), ("x.ndjson", .jsonLines, .none, "x"),
    ("x.mcap", .mcap, .none, "x"), ("x.zst", nil, .zstd, "x"), ("csv", nil, .none, "csv"),
  ])
  func namesTellFormatAndCompression(path: String, format: LogFormat?, compression: LogCompression, stem: String) {
    let name = LogFileName(path)
    #expect(name.format == format && name.compression == compression && name.stem == stem)
  }

  @Test func whatNothingTellsTheFormatOfIsRefused() {
    let schema = LogSchema(channels: [Channel(name: "a")])
    for path in ["-", "/tmp/log.txt", "/tmp/log.zst"] {
      #expect(throws: LogReadError.self, "\(path)") { try SensorLog.create(path, schema: schema) }
    }
  }

  @Test func labelsOfSeveralRecordingsAreNotMixedUp() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("text-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("log.jsonl").path
    let writer = try SensorLog.create(path, schema: LogSchema(channels: [Channel(name: "a")], hasLabels: true))
    var batch = FrameBatch(channelCount: 1)
    batch.append(time: 0, values: [1], label: 0)
    try writer.write(batch, labelNames: ["first"])
    try writer.write(batch, labelNames: ["second"])
    try writer.finish()
    #expect(try read(bytes(of: path)).labels == ["first", "second"])
  }
}
