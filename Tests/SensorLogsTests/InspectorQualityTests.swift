import Foundation
import Testing

@testable import SensorLogs

@Suite struct InspectorQualityTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func inspect(_ text: String) throws -> LogSummary {
    try LogInspector.inspect(folder.write(text, to: "a.csv"))
  }

  // MARK: Values

  @Test func equalValuesInARowEndAtABreakAndAtAMissingValue() throws {
    let rows = ["1,5,0", "2,5,0", "3,5,0", "4,5,1", "5,5,1", "6,,1", "7,5,1", "8,6,1"]
    let found = try inspect("time_s,x,segment\n" + rows.joined(separator: "\n") + "\n").channels[0]
    #expect(found.longestRun == 3 && found.nonFinite == 1)
    #expect(found.atMinimum == 6 && found.atMaximum == 1 && found.saturated == nil)
  }

  @Test func theEndsOfAStatedRangeAreCounted() throws {
    let stored: [Int8] = [-128, 0, 127, 126, -127, 127]
    let path = folder.file("a.bin")
    try Data(stored.map { UInt8(bitPattern: $0) }).write(to: URL(fileURLWithPath: path))
    var options = LogReadOptions()
    options.format = .raw
    options.rawLayout = try RawLayout(text: "x:int8[g]*-0.25+1", rateHz: 10)
    let found = try LogInspector.inspect(path, options: options).channels[0]
    #expect(found.channel.range == -30.75...33)
    #expect(found.saturated == 3 && found.atMinimum == 2 && found.atMaximum == 1)
  }

  /// Every format that knows a range gives the values of its lowest and highest number exactly.
  @Test func formatsStateTheirRanges() throws {
    var schema = LogSchema(channels: [Channel(name: "ecg", unit: "mV")], nominalRateHz: 100)
    schema.hasLabels = false
    for name in ["a.edf", "a.bdf", "a.hea"] {
      let writer = try SensorLog.create(folder.file(name), schema: schema)
      var batch = FrameBatch(channelCount: 1, capacity: 200)
      for index in 0..<200 {
        batch.append(time: Int64(index) * 10_000_000, frame: [Double(index - 100)], label: -1, segment: 0)
      }
      try writer.write(batch, labelNames: [])
      try writer.finish()
      let summary = try LogInspector.inspect(folder.file(name))
      let range = try #require(summary.channels[0].channel.range, "\(name)")
      #expect(range.lowerBound <= -100 && range.upperBound >= 99, "\(name): \(range)")
    }
    let found = try #require(
      try WFDBHeader(Array("r 1 100 10\nr.dat 16 2(3)/mV 12 5 0 0 0 x\n".utf8), path: "r.hea", maximumSignals: 4)
        .signals.first?.range)
    // Twelve bits about 5: stored -2043 to 2052, of which 3 stands for 0 and two make one millivolt.
    #expect(found == -1023...1024.5)
  }

  // MARK: Units

  private func accelerations(_ heading: String, _ size: Double, count: Int = 200) throws -> [LogNote] {
    var random = SeededGenerator(state: 7)
    var text = "time_s,\(heading)\n"
    for index in 0..<count {
      // A fixed direction, a little noise, and now and then a knock.
      let factor = index % 10 == 0 ? 4 : Double.random(in: 0.95...1.05, using: &random)
      let values = [0.48, -0.6, 0.64].map { "\($0 * size * factor)" }
      text += "\(Double(index) / 50),\(values.joined(separator: ","))\n"
    }
    return try inspect(text).notes
  }

  @Test func aUnitThatGravityDoesNotFitIsDoubted() throws {
    let inG = "acc_x[g],acc_y[g],acc_z[g]"
    let inMetres = "accel x (m/s^2),accel y (m/s^2),accel z (m/s^2)"
    #expect(try accelerations(inG, 1).isEmpty)
    #expect(try accelerations(inMetres, 9.8).isEmpty)
    #expect(try accelerations(inG, 9.8).map(\.code) == [.doubtfulUnit])
    #expect(try accelerations(inMetres, 1).map(\.code) == [.doubtfulUnit])
    let unstated = try accelerations("acc_x,acc_y,acc_z", 9.8)
    #expect(unstated.count == 1 && unstated[0].description.contains("look like m/s2"))
    // Without gravity, of another quantity, or of two units, nothing is said.
    #expect(try accelerations(inG, 0).isEmpty)
    #expect(try accelerations("gyro_x,gyro_y,gyro_z", 9.8).isEmpty)
    #expect(try accelerations("acc_x[g],acc_y[g],acc_z[m/s2]", 9.8).isEmpty)
  }

  @Test(arguments: 1...50) func theMiddleMagnitudeIsFoundToATenth(seed: UInt64) throws {
    var random = SeededGenerator(state: seed)
    let channels = ["acc_x", "acc_y", "acc_z"].map { Channel(name: $0) }
    var check = try #require(GravityCheck.checks(of: channels).first)
    let scale = Double(sign: .plus, exponent: Int.random(in: -8...8, using: &random), significand: 1)
    var sizes: [Double] = []
    for _ in 0..<301 {
      let values = (0..<3).map { _ in Double.random(in: -scale...scale, using: &random) }
      check.add(values, frame: 0, channelCount: 3)
      sizes.append(values.reduce(0) { $0 + $1 * $1 }.squareRoot())
    }
    let middle = sizes.sorted()[150]
    let found = try #require(check.middle)
    #expect((found / middle - 1).magnitude < 0.1, "seed \(seed): \(found), not \(middle)")
  }

  // MARK: Files

  @Test func theFramesOfAFileAreCountedWithTheirChecksums() throws {
    let text = Array("time_s,x\n0,1\n1,2\n".utf8)
    let skippable: [UInt8] = [0x53, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 1, 2, 3]
    let more = Array("2,3\n".utf8)
    // Magic, descriptor for a window without a checksum, window of 2^10 + 3/8, one raw block that is the last.
    let plain: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0, 3, UInt8(more.count << 3 | 1), 0, 0] + more
    let path = folder.file("a.csv.zst")
    try Data(zstd(text) + skippable + plain).write(to: URL(fileURLWithPath: path))
    let found = try LogInspector.inspect(path)
    let frames = try #require(found.compressedFrames)
    #expect(found.frames == 3 && found.losses.isEmpty)
    #expect(frames.count == 2 && frames.skippable == 1 && frames.verified == 1)
    #expect(found.text.contains("2 frames, 1 with a checksum, which matches"))
    #expect(found.text.contains("1 of another use skipped"))
    for compression in [LogCompression.gzip, .lz4] {
      let other = folder.file("b.csv")
      try Data(compressed(text, compression) + compressed(more, compression)).write(to: URL(fileURLWithPath: other))
      let frames = try #require(try LogInspector.inspect(other).compressedFrames)
      #expect(frames.count == 2 && frames.verified == 2 && frames.skippable == 0, "\(compression)")
    }
    #expect(try inspect("time_s,x\n0,1\n").compressedFrames == nil)
  }

  @Test func theWindowOfAFrameIsThatOfItsHeader() {
    for exponent in 0..<32 {
      for mantissa in 0..<8 {
        var frames = CompressedFrames()
        frames.add(head: [0x28, 0xB5, 0x2F, 0xFD, 0, UInt8(exponent << 3 | mantissa)])
        let base = 1 << (10 + exponent)
        #expect(frames.largestWindowBytes == base + base / 8 * mantissa)
      }
    }
  }

  @Test func chunksThatOverlapAreCounted() throws {
    let path = folder.file("a.mcap")
    // A chunk for each message, of which one is earlier than the one before.
    _ = try makeMCAP(path, times: [10, 20, 30, 60, 50, 70, 80, 90], topics: 1) { $0.chunkBytes = 1 }
    let chunks = try #require(try LogInspector.inspect(path).chunks)
    #expect(chunks.count == 8 && chunks.overlapping == 1)
  }

  @Test func aFolderIsOneRecordingWhateverTheNumbersOfItsChannels() throws {
    var made = 0
    for (number, name) in ["b_0.mcap", "b_1.mcap"].enumerated() {
      made += try makeMCAP(
        folder.file(name), times: (0..<10).map { UInt64(number) * 1_000 + $0 * 10 }, topics: 2,
        firstID: UInt16(1 + number * 2)
      ).count
    }
    let metadata = """
      rosbag2_bagfile_information:
        version: 5
        storage_identifier: mcap
        message_count: \(made + 1)
        relative_file_paths: [b_0.mcap, b_1.mcap]
      """
    _ = try folder.write(metadata, to: "metadata.yaml")
    let summary = try LogInspector.inspect(folder.path)
    #expect(summary.topics.map(\.topic) == ["/t0", "/t1"])
    #expect(summary.topics.reduce(0) { $0 + $1.timing.count } == made)
    #expect(summary.topics.allSatisfy { $0.timing.lastTime ?? 0 >= 1_000 })
    #expect(summary.frames > 0 && summary.checksums?.dataSectionMatches == true && summary.losses.isEmpty)
    #expect(summary.notes.map(\.detail) == ["metadata.yaml states \(made + 1) messages, and the files hold \(made)"])
    #expect(summary.storedBytes == (try bytes(of: folder.file("b_0.mcap")) + bytes(of: folder.file("b_1.mcap"))).count)
  }
}
