import Foundation
import PipelineModel
import SensorLogs
import Testing

@testable import PipelineRunner

@Suite struct RawIngestionTests {
  private func windows(_ recordings: SyntheticRecordings, _ read: Read) throws -> IngestedWindows {
    var pipeline = recordings.pipeline(holdOut: ["a"])
    if case .ingest(var ingest) = pipeline.stages[0] {
      ingest.steps[0] = .read(read)
      pipeline.stages[0] = .ingest(ingest)
    }
    return try recordings.run(pipeline).ingest()
  }

  /// The same frames give the same windows, whatever format they are kept in.
  @Test func everyFormatGivesTheSameWindows() throws {
    let recordings = try SyntheticRecordings()
    try recordings.writeCSV("a.csv")
    let csv = try windows(recordings, Read(.csv, "a.csv")).windows
    for name in ["a.bin.zst", "a.0.sds"] {
      _ = try LogConverter.convert(["\(recordings.folder)/a.csv"], to: "\(recordings.folder)/\(name)")
    }
    let fields: [RawField] = [
      .time(.int64, .nanoseconds), .channel("x", .float64), .channel("y", .float64), .channel("z", .float64),
      .label(.int32),
    ]
    let reads = [
      Read(.raw, "a.bin.zst", channels: ["x", "y", "z"], fields: fields), Read(.sds, "*.sds"), Read(.auto, "a.0.sds"),
      Read(.auto, "a.csv"),
    ]
    for read in reads {
      let found = try windows(recordings, read).windows
      #expect(found.values == csv.values && found.labels == csv.labels, "\(read)")
      #expect(found.startNanoseconds == csv.startNanoseconds, "\(read)")
    }
  }

  @Test func whatALayoutSaysIsWhatIsRead() throws {
    let recordings = try SyntheticRecordings()
    var bytes: [UInt8] = [7, 7]
    for index in 0..<800 {
      // A channel of 16 bits, the high byte first, a byte that is skipped, a label.
      bytes += [UInt8(index >> 8), UInt8(index & 0xFF), 9, UInt8(index / 100 % 2)]
    }
    try Data(bytes).write(to: URL(fileURLWithPath: "\(recordings.folder)/a.bin"))
    let read = Read(
      .raw, "a.bin",
      fields: [.channel("v", .int16, unit: "g", scale: 0.5, offset: -1), .skip(bytes: 1), .label(.uint8)],
      byteOrder: .big, skipBytes: 2, hertz: 50)
    let found = try windows(recordings, read).windows
    #expect(found.values.prefix(4) == [-1, -0.5, 0, 0.5])
    #expect(found.startNanoseconds[1] == 16 * 20_000_000)
  }
}

/// `Saturation()` without a value looks at the range of the numbers that a recording stores.
@Suite struct StatedRangeTests {
  private func findings(_ saturation: Saturation, _ steps: [IngestStep] = []) throws -> IngestFindings {
    let recordings = try SyntheticRecordings()
    // A byte in tenths of g, asymmetric as two's complement is, and a number that has no range.
    var bytes: [UInt8] = []
    for frame in 0..<100 {
      let stored: Int8 = frame == 40 ? -128 : frame == 41 ? 127 : frame == 42 ? -127 : Int8(frame % 7)
      bytes += [UInt8(bitPattern: stored), UInt8(frame % 2)]
      bytes += withUnsafeBytes(of: Float(frame == 43 ? 1e9 : 1).bitPattern.littleEndian) { Array($0) }
    }
    try Data(bytes).write(to: URL(fileURLWithPath: "\(recordings.folder)/a.bin"))
    var pipeline = recordings.pipeline(holdOut: ["a"], steps: [.saturation(saturation)] + steps)
    if case .ingest(var ingest) = pipeline.stages[0] {
      ingest.steps[0] = .read(
        Read(
          .raw, "a.bin",
          fields: [.channel("x", .int8, unit: "g", scale: 0.1), .label(.uint8), .channel("y", .float32)], hertz: 50))
      ingest.steps.removeAll { if case .window = $0 { true } else { false } }
      ingest.steps.insert(.window(Window(samples: 32, across: .labels)), at: ingest.steps.count - 1)
      pipeline.stages[0] = .ingest(ingest)
    }
    return try recordings.run(pipeline).ingest().summary.findings
  }

  @Test func bothEndsOfTheStoredNumbersCount() throws {
    #expect(try findings(Saturation()).saturatedValues == 2)
    #expect(try findings(Saturation(channels: ["x"])).saturatedValues == 2)
    #expect(try findings(Saturation(at: 12.7)).channels["x"]?.saturated == 3)
  }

  @Test func theRangeIsConvertedWithTheValues() throws {
    let converted = try findings(Saturation(), [.convert(Convert(["x"], to: "m/s2"))])
    #expect(converted.saturatedValues == 2)
  }

  @Test func aChannelWithoutRangeIsRefusedByName() throws {
    do {
      _ = try findings(Saturation(channels: ["y"]))
      Issue.record("a floating-point channel has no range")
    } catch {
      #expect("\(error)".contains("a.bin: states no range for 'y'"))
    }
  }
}
