import Foundation
import Testing

@testable import SensorLogs

/// The files of a WFDB record, and what is missing of them.
@Suite struct WFDBRecordTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func write(_ bytes: [UInt8], to name: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: folder.file(name)))
  }

  private func batch(label: Int32, values: [Double] = [1, 2, 3, 4]) -> FrameBatch {
    var batch = FrameBatch(channelCount: 1)
    for (index, value) in values.enumerated() {
      batch.append(time: Int64(index) * 10_000_000, values: [value], label: label)
    }
    return batch
  }

  private let schema = LogSchema(channels: [Channel(name: "a")], nominalRateHz: 100, hasLabels: true)

  private func read(_ name: String = "r.hea") throws -> Recording { try Recording(SensorLog.open(folder.file(name))) }

  @Test(arguments: ["foo.dat", "foo", "foo.atr"]) func aRecordIsNamedByItsHeader(name: String) throws {
    #expect(throws: LogReadError.self) {
      try SensorLogsTests.write(batch(label: 0), ["x"], to: folder.file(name), schema: schema) { $0.format = .wfdb }
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }

  @Test func anUnlabelledRecordTakesNoLabelsFromTheOneItReplaces() throws {
    try SensorLogsTests.write(batch(label: 0), ["x"], to: folder.file("r.hea"), schema: schema)
    #expect(try read().labels == ["x", "x", "x", "x"])
    try SensorLogsTests.write(batch(label: -1), ["x"], to: folder.file("r.hea"), schema: schema)
    #expect(try read().labels == [nil, nil, nil, nil])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["r.dat", "r.hea"])
  }

  @Test func anOldHeaderDoesNotDescribeNewSamples() throws {
    try SensorLogsTests.write(batch(label: -1), [], to: folder.file("r.hea"), schema: schema)
    // The signals cannot take their name, so the record is not replaced.
    try FileManager.default.removeItem(atPath: folder.file("r.dat"))
    try FileManager.default.createDirectory(atPath: folder.file("r.dat/x"), withIntermediateDirectories: true)
    #expect(throws: LogReadError.self) {
      try SensorLogsTests.write(batch(label: -1, values: [5]), [], to: folder.file("r.hea"), schema: schema)
    }
    #expect(!FileManager.default.fileExists(atPath: folder.file("r.hea")))
  }

  /// Below the smallest normal number.
  private static let tiny = Double(sign: .plus, exponent: -1_030, significand: 1)

  @Test(arguments: [
    [tiny, tiny, tiny], [tiny, -tiny, tiny], [.leastNonzeroMagnitude, 0, 0], [1e308, -1e308, 1e308],
  ])
  func valuesAtTheEdgesOfNumbersAreNoCrash(values: [Double]) throws {
    for format in [WFDBSampleFormat.bits16, .bits32] {
      try SensorLogsTests.write(batch(label: -1, values: values), [], to: folder.file("r.hea"), schema: schema) {
        $0.wfdbFormat = format
      }
      #expect(try read().frameCount == 3)
    }
  }

  @Test func partOfAFrameIsReportedWithoutAFrameCountToo() throws {
    _ = try folder.write("r 2 10\nr.dat 16\nr.dat 16\n", to: "r.hea")
    try write([1, 0, 2, 0, 3, 0], to: "r.dat")
    let recording = try read()
    #expect(recording.frameCount == 1 && recording.losses.countsByCode == [.truncated: 1])
    try write([1, 0, 2, 0], to: "r.dat")
    #expect(try read().losses.isEmpty)
    // Three samples of 12 bits take six bytes; what completes the last pair is no frame.
    _ = try folder.write("r 3 10\nr.dat 212\nr.dat 212\nr.dat 212\n", to: "r.hea")
    try write([1, 0, 2, 3, 0, 0], to: "r.dat")
    #expect(try read().losses.isEmpty)
    try write([1, 0, 2, 3, 0, 4, 5, 0, 6, 7, 0, 8, 9, 0, 10], to: "r.dat")
    let cut = try read()
    #expect(cut.frameCount == 3 && cut.losses.isEmpty)
    try write([1, 0, 2, 3, 0, 4, 5, 0, 6, 7, 0, 8], to: "r.dat")
    let half = try read()
    #expect(half.frameCount == 2 && half.losses.countsByCode == [.truncated: 1])
  }

  @Test func differencesRunOverAllSamplesOfASignal() throws {
    _ = try folder.write("r 2 10 2\nr.dat 8x2 1(0)/V 8 0\nr.dat 8 1(0)/V 8 0 100\n", to: "r.hea")
    try write([1, 2, 10, 3, 4, 20], to: "r.dat")
    var options = LogReadOptions()
    options.channels = ["signal 0"]
    #expect(try Recording(SensorLog.open(folder.file("r.hea"), options: options)).doubles == [1, 3, 6, 10])
    options.channels = ["signal 1"]
    #expect(try Recording(SensorLog.open(folder.file("r.hea"), options: options)).doubles == [110, 130])
  }

  @Test func aMissingFirstSegmentHidesNoLaterOne() throws {
    try write([1, 2], to: "s2.dat")
    _ = try folder.write("s2 1 1 2\ns2.dat 80 1(-128)/V\n", to: "s2.hea")
    _ = try folder.write("m/2 1 1 5\ns1 3\ns2 2\n", to: "m.hea")
    let recording = try read("m.hea")
    #expect(recording.times == [3_000_000_000, 4_000_000_000] && recording.doubles == [1, 2])
    #expect(recording.losses.first.map(\.code) == [.missingFile] && recording.losses.first[0].count == 3)
    _ = try folder.write("m/2 1 1 2\nlay 0\ns2 2\n", to: "m.hea")
    let layout = try read("m.hea")
    #expect(layout.frameCount == 2 && layout.losses.countsByCode == [.missingFile: 1])
    _ = try folder.write("m/2 1 1 3\nnone 1\nnor 2\n", to: "m.hea")
    #expect { try read("m.hea") } throws: { "\($0)".contains("none.hea") }
  }

  @Test func segmentsThatCannotBeCountedAreRefused() throws {
    _ = try folder.write("s1 1 100\ns1.dat 16x1024\n", to: "s1.hea")
    try write([0, 0], to: "s1.dat")
    for frames in ["9007199254740991", "9223372036854775807", "1099511627776"] {
      _ = try folder.write("rec/2 1 100\n~ \(frames)\ns1 10\n", to: "rec.hea")
      #expect(throws: LogReadError.self) { try read("rec.hea") }
    }
    // As long as is allowed.
    _ = try folder.write("rec/2 1 100\n~ 1099511627775\ns1 10\n", to: "rec.hea")
    #expect(try read("rec.hea").losses.countsByCode[.truncated] == 1)
  }

  @Test func allLossesAreCounted() throws {
    let signals = (0..<100).map { "r.dat 80 1/V 8 0 0 7 0 s\($0)\n" }.joined()
    _ = try folder.write("r 100 10 1\n" + signals, to: "r.hea")
    try write([UInt8](repeating: 128, count: 100), to: "r.dat")
    #expect(try read().losses.countsByCode == [.signalChecksum: 100])
  }

  @Test func askingWhatAPathMeansOpensNothing() throws {
    let pipe = folder.file("p")
    #expect(mkfifo(pipe, 0o600) == 0)
    _ = try folder.write("p 1 10\n", to: "p.hea")
    // Opening would wait for someone to write.
    #expect(WFDBReader.headerPath(of: pipe, options: .init()) == nil)
    #expect(mkfifo(folder.file("q.hea"), 0o600) == 0)
    #expect(WFDBReader.headerPath(of: folder.file("q"), options: .init()) == nil)
  }

  @Test func labelsThatAreThereAndCannotBeOpenedAreAnError() throws {
    _ = try folder.write("r 1 10\nr.dat 16\n", to: "r.hea")
    try write([1, 0], to: "r.dat")
    #expect(try read().labels == [nil])
    // A link that leads to itself.
    #expect(symlink("r.atr", folder.file("r.atr")) == 0)
    #expect { try read() } throws: { ($0 as? LogReadError)?.path.hasSuffix("r.atr") == true }
  }
}
