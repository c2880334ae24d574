import Testing

@testable import SensorLogs

private let small = #"""
  {"time_s": 0, "acc": {"x": 0.5, "y": -1}, "gyro": [1, 2e1], "label": "walk", "segment": 0}
  {"time_s": 0.02, "acc": {"x": 0.25, "y": null}, "gyro": [3, 4], "label": "walk", "segment": 0, "note": "new"}

  {"label": "stand, \"still\" \u00e9", "segment": 1, "gyro": [5, NaN], "acc": {"y": true}, "time_s": 4e-2}

  """#

private func losses(_ recording: Recording) -> [LogLoss.Code] { recording.losses.first.map(\.code) }

@Suite struct JSONLinesTests {
  @Test func objectsGiveTimesValuesLabelsAndSegments() throws {
    let recording = try read(small)
    #expect(recording.channels.map(\.name) == ["acc.x", "acc.y", "gyro[0]", "gyro[1]"])
    #expect(recording.times == [0, 20_000_000, 40_000_000])
    let expected: [Double] = [0.5, -1, 1, 20, 0.25, .nan, 3, 4, .nan, 1, 5, .nan]
    #expect(zip(recording.doubles, expected).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) })
    #expect(recording.labels == ["walk", "walk", "stand, \"still\" é"])
    #expect(recording.segments == [0, 0, 1])
    #expect(recording.losses.isEmpty)
  }

  @Test func missingValuesAndNewFieldsAreCounted() throws {
    let reader = try SensorLog.open(MemoryInput(Array(small.utf8)), options: .init())
    #expect(reader.format == .jsonLines)
    var batch = FrameBatch()
    while try reader.read(into: &batch, maximumFrames: 2) {}
    #expect(reader.counters.missingValues == 3)
    #expect(reader.counters.unknownFields == 1)
    #expect(reader.counters.bytesRead == small.utf8.count)
  }

  @Test(arguments: [1, 2, 3, 5, 8, 13, 64]) func framesDoNotDependOnHowTheBytesArrive(pieceBytes: Int) throws {
    let plain = Array(small.utf8)
    let whole = try read(plain)
    for compression in LogCompression.allCases {
      #expect(try read(compressed(plain, compression), pieceBytes: pieceBytes) == whole, "\(compression)")
    }
    #expect(try read([0xEF, 0xBB, 0xBF] + plain) == whole)
    #expect(try read("\n  \n" + small) == whole)
    #expect(try read(small.split(separator: "\n").joined(separator: "\r\n")) == whole)
  }

  @Test func badLinesAreLeftOutAndNamed() throws {
    let text = """
      {"t":0,"a":1}
      {"t":1,"a":
      garbage
      {"t":"x","a":1}
      {"a":1}
      {"t":2,"b":1}
      {"t":3,"a":"abc"}
      [1,2]
      {"t":4,"a":"5.5"}
      {"t":5,"a":6}
      """
    let recording = try read(text)
    #expect(recording.times == [0, 4_000_000_000, 5_000_000_000])
    #expect(recording.doubles == [1, 5.5, 6])
    #expect(
      losses(recording) == [
        .malformedLine, .malformedLine, .badTime, .badTime, .noValues, .badCell, .malformedLine,
      ])
    #expect(recording.losses.first.map(\.record) == [2, 3, 4, 5, 6, 7, 8])
    #expect(recording.losses.first.map(\.byteOffset) == [14, 26, 34, 50, 58, 72, 90])
    #expect(
      recording.losses.first[5].description
        == #"byte 72, record 7: the cell is not a number (field a: '{"t":3,"a":"abc"}')"#)
  }

  @Test func aFieldThatALineHasTwiceCountsOnceAndIsReported() throws {
    let recording = try read(#"{"t":0,"a":1,"b":2}"# + "\n" + #"{"t":1,"a":3,"a":4,"b":5}"# + "\n")
    #expect(recording.doubles == [1, 2, 4, 5])
    #expect(losses(recording) == [.repeatedField])
    #expect(recording.losses.first.first?.detail == "field a")
    let first = try read(#"{"t":0,"a":1,"a":null}"# + "\n")
    #expect(first.doubles[0].isNaN && losses(first) == [.repeatedField])
  }

  @Test(arguments: [
    (#"{"time_ms":1500,"a":1}"#, 1_500_000_000), (#"{"time_ns":9,"a":1}"#, 9),
    (#"{"timestamp":1617226400123,"a":1}"#, 1_617_226_400_123_000_000),
    (#"{"timestamp":"1970-01-02T00:00:00.5Z","a":1}"#, 86_400_500_000_000),
    (#"{"t":1700000000.123456789,"a":1}"#, 1_700_000_000_123_456_789),
    (#"{"a":1,"stamp":{"sec":5,"nanosec":7},"time":{"sec":3,"nanosec":4}}"#, 3_000_000_004),
    (#"{"header":{"stamp":{"sec":5,"nanosec":7}},"a":1}"#, 5_000_000_007), (#"{"t":"2.5","a":1}"#, 2_500_000_000),
  ])
  func timesAreReadInTheUnitOfTheirField(line: String, nanoseconds: Int64) throws {
    #expect(try read(line).times == [nanoseconds])
  }

  @Test func fieldsCanBeChosenByName() throws {
    let line = #"{"when":7,"imu":{"a":1,"b":[2,3]},"c":4,"what":"run"}"#
    var options = LogReadOptions()
    options.timeColumn = "when"
    options.timeUnit = .milliseconds
    options.channels = ["c", "imu.b"]
    options.labelColumn = "what"
    options.units = ["c": "g"]
    let recording = try read(line, options: options)
    #expect(
      recording.channels == [Channel(name: "c", unit: "g"), Channel(name: "imu.b[0]"), Channel(name: "imu.b[1]")])
    #expect(recording.times == [7_000_000] && recording.doubles == [4, 2, 3] && recording.labels == ["run"])
    options.channels = ["z"]
    #expect(throws: LogReadError.self) { try read(line, options: options) }
    options = LogReadOptions()
    #expect(throws: LogReadError.self) { try read(line) }
    options.rateHz = 50
    #expect(try read("\(line)\n\(line)", options: options).times == [0, 20_000_000])
  }

  @Test func linesBeforeTheFirstFrameAreNoFrames() throws {
    let text = #"{"t":0,"event":"start"}"# + "\n" + #"{"t":1,"a":1}"# + "\n" + #"{"t":2,"event":"stop"}"#
    let recording = try read(text)
    #expect(recording.times == [1_000_000_000])
    #expect(losses(recording) == [.noValues, .noValues])
  }

  @Test func aLineBeyondTheLimitIsSkipped() throws {
    var options = LogReadOptions()
    options.maximumLineBytes = 1000
    let long = #"{"t":1,"a":"# + String(repeating: "9", count: 700_000) + "}"
    let recording = try read(#"{"t":0,"a":1}"# + "\n\(long)\n" + #"{"t":2,"a":3}"#, options: options)
    #expect(recording.doubles == [1, 3])
    #expect(losses(recording) == [.lineTooLong])
  }

  @Test func deepNestingIsNoCrash() throws {
    let deep = String(repeating: #"{"a":"#, count: 100_000)
    #expect(throws: LogReadError.self) { try read(deep) }
    let recording = try read(#"{"t":0,"a":1}"# + "\n\(deep)\n" + String(repeating: "[", count: 1000))
    #expect(recording.frameCount == 1 && losses(recording) == [.malformedLine, .tornLine])
  }

  @Test func tooManyFieldsAreRefused() throws {
    let line = #"{"t":0,"a":["# + [String](repeating: "1", count: 5000).joined(separator: ",") + "]}"
    #expect(throws: LogReadError.self) { try read(line) }
  }

  @Test func anyCutOrFlippedByteLeavesTheOtherFrames() throws {
    let plain = Array((small + small).utf8)
    let whole = try read(plain)
    for count in 100..<plain.count {
      let cut = try read(Array(plain.prefix(count)))
      #expect(cut.isBeginning(of: whole), "cut at \(count)")
      #expect(cut.frameCount + cut.losses.total >= plain.prefix(count).count { $0 == 10 } / 2, "cut at \(count)")
    }
    for index in 100..<plain.count {
      var damaged = plain
      damaged[index] ^= 1 << (index % 8)
      let recording = try read(damaged)
      #expect(recording.frameCount >= 4 && recording.frameCount <= 7, "byte \(index)")
    }
  }
}
