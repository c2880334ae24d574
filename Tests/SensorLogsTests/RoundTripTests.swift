import Foundation
import Testing

@testable import SensorLogs

/// A folder that goes away with the test.
final class TemporaryFolder {
  let path: String
  init() throws {
    path = NSTemporaryDirectory() + "sensor-logs-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }
  deinit { try? FileManager.default.removeItem(atPath: path) }
  func file(_ name: String) -> String { "\(path)/\(name)" }
  func write(_ text: String, to name: String) throws -> String {
    try Data(text.utf8).write(to: URL(fileURLWithPath: file(name)))
    return file(name)
  }
}

let exampleChannels = [Channel(name: "acc_x", unit: "g"), Channel(name: "gyro z", unit: "rad/s"), Channel(name: "v")]

/// Frames with awkward numbers, labels that change, begin and end, and two segments.
func exampleBatch(frames: Int, seed: UInt64 = 3) -> (FrameBatch, labelNames: [String]) {
  var generator = SeededGenerator(state: seed)
  var batch = FrameBatch(channelCount: 3)
  let odd: [Double] = [
    0.1, -0.0, .nan, .infinity, -.infinity, 1e-7, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 123456.789, 1e15,
  ]
  for index in 0..<frames {
    let random = Double(bitPattern: generator.next())
    let values = [odd[index % odd.count], random.isNaN ? 1 : random, Double(index) * 0.37]
    batch.append(
      time: Int64(index) * 20_000_001, values: values, label: Int32(index / 5 % 3) - 1, segment: Int32(index / 9))
  }
  return (batch, ["walk", "say \"hi\", stand"])
}

func writeExample(_ path: String, frames: Int, _ adjust: (inout LogWriteOptions) -> Void = { _ in }) throws {
  var options = LogWriteOptions()
  adjust(&options)
  let schema = LogSchema(channels: exampleChannels, hasLabels: true, hasSegments: true)
  let writer = try SensorLog.create(path, schema: schema, options: options)
  let (batch, names) = exampleBatch(frames: frames)
  try writer.write(batch, labelNames: names)
  try writer.finish()
  #expect(try writer.bytesWritten == bytes(of: path).count)
}

/// What EDF and WFDB can hold: a frame every 20 ms, with values that 16 bits give back.
func writePlainExample(_ path: String) throws {
  let channels = [Channel(name: "x", unit: "mV"), Channel(name: "y", unit: "mV")]
  var batch = FrameBatch(channelCount: 2)
  for index in 0..<500 {
    batch.append(
      time: Int64(index) * 20_000_000, values: [Double(index % 100), 5], label: Int32(index / 90 % 3) - 1,
      segment: Int32(index < 130 ? 0 : index < 131 ? 4 : index < 400 ? 2 : 3))
  }
  let writer = try SensorLog.create(
    path, schema: LogSchema(channels: channels, nominalRateHz: 50, hasLabels: true, hasSegments: true),
    options: LogWriteOptions())
  try writer.write(batch, labelNames: ["walk", "stand"])
  try writer.finish()
}

func expectExample(_ recording: Recording, frames: Int) {
  let (batch, names) = exampleBatch(frames: frames)
  #expect(recording.channels == exampleChannels)
  #expect(recording.times == batch.times)
  let expected = batch.values.map { $0.isNaN ? Double.nan.bitPattern : $0.bitPattern }
  #expect(recording.values.map { Double(bitPattern: $0).isNaN ? Double.nan.bitPattern : $0 } == expected)
  #expect(recording.labels == batch.labels.map { $0 < 0 ? nil : names[Int($0)] })
  #expect(recording.segments == batch.segments)
  #expect(recording.losses.isEmpty)
}

@Suite struct RoundTripTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  @Test(arguments: ["a.csv", "a.csv.zst", "a.tsv", "a.tsv.zst", "a.mcap"], [0, 1, 4, 5, 100])
  func whatIsWrittenIsRead(name: String, frames: Int) throws {
    let path = folder.file(name)
    try writeExample(path, frames: frames)
    if frames == 0, name.hasSuffix("mcap") {
      #expect(throws: LogReadError.self) { try SensorLog.open(path) }
    } else {
      expectExample(try Recording(SensorLog.open(path)), frames: frames)
    }
  }

  @Test(arguments: [1, 100, 1 << 20]) func jsonMessagesAndSmallChunksHoldTheSame(chunkBytes: Int) throws {
    for encoding in [MessageEncoding.cdr, .json] {
      let path = folder.file("b.mcap")
      try writeExample(path, frames: 60) {
        $0.chunkBytes = chunkBytes
        $0.encoding = encoding
        $0.topic = "/watch"
        $0.labelTopic = "/what"
      }
      expectExample(try Recording(SensorLog.open(path)), frames: 60)
    }
  }

  @Test(arguments: 1...64) func messagesDoNotDependOnHowTheBytesArrive(pieceBytes: Int) throws {
    let path = folder.file("c.mcap")
    try writeExample(path, frames: 12) { $0.chunkBytes = 200 }
    let stored = try bytes(of: path)
    expectExample(try read(stored, pieceBytes: pieceBytes), frames: 12)
    expectExample(try read(zstd(stored), pieceBytes: pieceBytes), frames: 12)
  }

  @Test func convertingThereAndBackKeepsEveryNumber() throws {
    let first = folder.file("in.csv")
    try writeExample(first, frames: 200)
    let report = try LogConverter.convert([first], to: folder.file("mid.mcap"))
    #expect(report.frames == 200 && !report.hasLosses)
    _ = try LogConverter.convert([folder.file("mid.mcap")], to: folder.file("out.csv"))
    #expect(try bytes(of: folder.file("out.csv")) == bytes(of: first))
  }

  @Test(arguments: ["r.edf", "r.bdf", "r.hea"]) func annotationsKeepSegmentsApart(name: String) throws {
    let folder = try TemporaryFolder()
    let path = folder.file(name)
    try writePlainExample(path)
    let reader = try SensorLog.open(path)
    #expect(reader.schema.hasSegments)
    let recording = try Recording(reader)
    #expect(recording.times.count == 500)
    for index in 0..<500 {
      #expect(recording.segments[index] == (index < 130 ? 0 : index < 131 ? 4 : index < 400 ? 2 : 3), "\(index)")
    }
    let labels: [String?] = (0..<500).map { [nil, "walk", "stand"][$0 / 90 % 3] }
    #expect(recording.labels == labels)
  }

  @Test func aLinkThatStandsUnderTheTemporaryNameIsNotFollowed() throws {
    let victim = try folder.write("precious", to: "victim")
    let pid = ProcessInfo.processInfo.processIdentifier
    let files = FileManager.default
    try files.createSymbolicLink(atPath: folder.file(".d.csv.\(pid).partial"), withDestinationPath: victim)
    try files.createSymbolicLink(
      atPath: folder.file(".d.csv.\(pid).1.partial"), withDestinationPath: folder.file("missing"))
    _ = try folder.write("another's", to: ".d.csv.\(pid).2.partial")
    try writeExample(folder.file("d.csv"), frames: 5)
    #expect(try bytes(of: victim) == Array("precious".utf8))
    #expect(try bytes(of: folder.file(".d.csv.\(pid).2.partial")) == Array("another's".utf8))
    #expect(!files.fileExists(atPath: folder.file("missing")))
    expectExample(try Recording(SensorLog.open(folder.file("d.csv"))), frames: 5)
    #expect(!files.fileExists(atPath: folder.file(".d.csv.\(pid).3.partial")))
  }

  @Test func severalRecordingsBecomeOneWhoseSegmentsDiffer() throws {
    let first = try folder.write("t,a,label\n0,1,0\n1,2,0\n", to: "1.csv")
    let second = try folder.write("t,a[g],segment,label\n0,3,7,1\n1,4,8,-1\n", to: "2.csv")
    var options = LogConversionOptions()
    options.labelNames = ["walk", "run"]
    for name in ["all.mcap", "all.csv.zst"] {
      let report = try LogConverter.convert([first, second], to: folder.file(name), options: options)
      #expect(report.frames == 4)
      let recording = try Recording(SensorLog.open(folder.file(name)))
      #expect(recording.doubles == [1, 2, 3, 4])
      #expect(recording.segments == [0, 0, 1, 2])
      #expect(recording.labels == ["walk", "walk", "run", nil])
      #expect(recording.channels == [Channel(name: "a", unit: "g")])
      #expect(recording.losses.isEmpty)
    }
  }

  @Test(arguments: [MessageEncoding.cdr, .json])
  func aLabelOnTheFirstFrameIsKeptWhateverItsTopic(encoding: MessageEncoding) throws {
    let source = try folder.write("t,a,label\n0,1,x\n1,2,x\n2,3,-1\n3,4,y\n", to: "1.csv")
    var options = LogConversionOptions()
    options.write.labelTopic = "/exercise"
    options.write.encoding = encoding
    _ = try LogConverter.convert([source], to: folder.file("a.mcap"), options: options)
    #expect(try Recording(SensorLog.open(folder.file("a.mcap"))).labels == ["x", "x", nil, "y"])
    var read = LogReadOptions()
    read.topic = "/imu"
    read.labelTopic = "/exercise"
    #expect(try Recording(SensorLog.open(folder.file("a.mcap"), options: read)).labels == ["x", "x", nil, "y"])
    read.labelTopic = "/nothing"
    #expect(try Recording(SensorLog.open(folder.file("a.mcap"), options: read)).labels == [nil, nil, nil, nil])
  }

  @Test func recordingsThatDoNotFitTogetherLeaveNothingBehind() throws {
    let first = try folder.write("t,a[g]\n0,1\n", to: "1.csv")
    let other = try folder.write("t,b\n0,1\n", to: "2.csv")
    let unit = try folder.write("t,a[m/s2]\n0,1\n", to: "3.csv")
    for second in [other, unit, folder.file("missing.csv")] {
      #expect(throws: LogReadError.self) { try LogConverter.convert([first, second], to: folder.file("out.mcap")) }
    }
    let early = try folder.write("t,a\n-1,1\n", to: "4.csv")
    #expect(throws: LogReadError.self) { try LogConverter.convert([early], to: folder.file("out.mcap")) }
    #expect(throws: LogReadError.self) { try LogConverter.convert([first], to: folder.file("out.parquet")) }
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(left.sorted() == ["1.csv", "2.csv", "3.csv", "4.csv"])
  }

  @Test func patternsFindFilesSortedByName() throws {
    for name in ["s02.csv", "s01.csv", "s10.csv", "s03.txt", "[odd].csv"] {
      _ = try folder.write("t,a\n0,\(name.utf8.count)\n", to: name)
    }
    func names(_ patterns: [String]) throws -> [String] {
      try LogFileSet(patterns: patterns, in: folder.path).paths.map { LogFileSet.recordingName($0) }
    }
    #expect(try names(["s0[1-9].csv"]) == ["s01", "s02"])
    #expect(try names(["s??.csv", "s01.csv", "s03.txt"]) == ["s01", "s02", "s10", "s03"])
    #expect(try names(["[odd].csv"]) == ["[odd]"])
    #expect(throws: LogReadError(.noFileMatches, path: "\(folder.path)/x*")) { try names(["x*"]) }
    let reader = LogSetReader(try LogFileSet(patterns: ["s0?.csv"], in: folder.path))
    var found: [String] = []
    while let recording = try reader.nextRecording() { found.append(recording.name) }
    #expect(found == ["s01", "s02"])
  }
}

@Suite struct DamagedMCAPTests {
  private let stored: [UInt8]
  private let whole: Recording

  init() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("a.mcap")
    try writeExample(path, frames: 24) { $0.chunkBytes = 400 }
    stored = try bytes(of: path)
    whole = try read(stored)
  }

  @Test func anyCutKeepsTheFramesBeforeItAndIsReported() throws {
    var most = 0
    for count in 0..<stored.count {
      do {
        let cut = try read(Array(stored.prefix(count)))
        #expect(cut.isBeginning(of: whole), "cut at \(count)")
        #expect(!cut.losses.isEmpty, "cut at \(count)")
        #expect(cut.frameCount >= most, "cut at \(count)")
        most = cut.frameCount
      } catch is LogReadError {}
    }
    #expect(most == 24)
  }

  @Test func anyFlippedBitIsNoticedAndNoWrongFrameIsGiven() throws {
    let frames = Dictionary(zip(whole.times, 0...), uniquingKeysWith: { first, _ in first })
    for index in stored.indices {
      // Each byte loses one bit, each bit its turn.
      for bit in [index % 8] {
        var damaged = stored
        damaged[index] ^= 1 << bit
        do {
          let recording = try read(damaged)
          if recording.losses.isEmpty { Issue.record("byte \(index), bit \(bit) was not noticed") }
          for (slot, time) in recording.times.enumerated() {
            let original = frames[time].map { whole.values[($0 * 3)..<($0 * 3 + 3)] }
            if recording.values[(slot * 3)..<(slot * 3 + 3)] != original {
              Issue.record("byte \(index), bit \(bit) gave a wrong frame")
            }
          }
        } catch is LogReadError {}
      }
    }
  }

  @Test func aDamagedChunkCostsItsOwnFramesOnly() throws {
    let records = MCAPRecordStream(try ByteStream(MemoryInput(stored), windowLogMaximum: 23), options: .init())
    var chunks: [Int] = []
    while let event = try records.next() {
      if case .record(.chunk) = event { chunks.append(records.recordOffset) }
    }
    try #require(chunks.count > 3)
    var damaged = stored
    damaged[chunks[2] - 200] ^= 0xFF
    let recording = try read(damaged)
    #expect(recording.frameCount > 10 && recording.frameCount < 24)
    #expect(recording.losses.countsByCode[.dataChecksum] == 1)
  }

  @Test func lengthsThatCannotBeTrueEndTheFileWithoutCrashing() throws {
    for length: UInt64 in [.max, (1 << 63) + 5, 1 << 40, 1 << 32, 100_000] {
      for offset in [9, stored.count - 36] {
        var damaged = stored
        withUnsafeBytes(of: length.littleEndian) { damaged.replaceSubrange(offset..<(offset + 8), with: $0) }
        do {
          let recording = try read(damaged)
          #expect(!recording.losses.isEmpty)
          #expect(recording.isBeginning(of: whole))
        } catch is LogReadError {}
      }
    }
  }

  @Test func aChunkThatClaimsTerabytesTakesNoMemory() throws {
    var builder = RecordBuilder()
    builder.bytes = MCAP.magic
    builder.addRecord(.header) {
      $0.add("")
      $0.add("")
    }
    for (claimed, code) in [(UInt64(4) << 40, LogLoss.Code.chunkTooLarge), (12 << 20, .corruptChunk)] {
      var file = builder
      let data = try zstd([1, 2, 3])
      file.addRecord(.chunk) {
        $0.add(UInt64(0))
        $0.add(UInt64(0))
        $0.add(claimed)
        $0.add(UInt32(0))
        $0.add("zstd")
        $0.add(UInt64(data.count))
        $0.bytes += data
      }
      #expect(throws: LogReadError(.damaged(code), path: "memory")) { try read(file.bytes) }
    }
  }

  /// A file of one uncompressed chunk with one message, by hand.
  private func plainChunk(checksumChange: UInt32) -> [UInt8] {
    var records = RecordBuilder()
    records.addSchema(MCAPSchema(id: 1, name: "p/T", encoding: "ros2msg", data: Array("float64 a".utf8)))
    records.addChannel(MCAPChannel(id: 1, schemaID: 1, topic: "/t", messageEncoding: "cdr", metadata: [:]))
    records.addRecord(.message) {
      $0.add(UInt16(1))
      $0.add(UInt32(0))
      $0.add(UInt64(5))
      $0.add(UInt64(6))
      $0.bytes += [0, 1, 0, 0]
      $0.add(2.5.bitPattern)
    }
    var file = RecordBuilder()
    file.bytes = MCAP.magic
    file.addRecord(.chunk) {
      $0.add(UInt64(5))
      $0.add(UInt64(5))
      $0.add(UInt64(records.bytes.count))
      $0.add(records.bytes.withUnsafeBytes { Checksum.of($0) } ^ checksumChange)
      $0.add("")
      $0.add(UInt64(records.bytes.count))
      $0.bytes += records.bytes
    }
    return file.bytes
  }

  @Test func aChunkThatDoesNotMatchItsChecksumIsNotUsed() throws {
    let good = try read(plainChunk(checksumChange: 0))
    #expect(good.times == [5] && good.doubles == [2.5])
    #expect(throws: LogReadError(.damaged(.chunkChecksum), path: "memory")) { try read(plainChunk(checksumChange: 1)) }
    var options = LogReadOptions()
    options.time = .publish
    #expect(try read(plainChunk(checksumChange: 0), options: options).times == [6])
  }
}
