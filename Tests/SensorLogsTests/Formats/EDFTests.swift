import Foundation
import Testing

@testable import SensorLogs

@Suite struct EDFTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private static let start: Int64 = 1_614_834_367_000_000_000

  private func expected(_ name: String) throws -> ExpectedEDF {
    try #require(FormatFixtures.expected("edf.expected.json", as: [String: ExpectedEDF].self)[name])
  }

  @Test(arguments: ["p.edf", "p.bdf"]) func otherProgramsFilesAreRead(name: String) throws {
    let expected = try expected(name)
    let reader = try SensorLog.open(FormatFixtures.file(name))
    let recording = try Recording(reader)
    #expect(reader.format == (name == "p.edf" ? .edf : .bdf) && reader.schema.nominalRateHz == 50)
    #expect(recording.channels == [Channel(name: "signal 0", unit: "uV"), Channel(name: "signal 1", unit: "g")])
    #expect(recording.frameCount == 200 && recording.losses.isEmpty, "\(recording.losses.first)")
    for index in 0..<recording.frameCount {
      for slot in 0..<2 {
        let other = expected.values[slot][index]
        // Two roundings of numbers of about a hundred lie between the programs.
        #expect(abs(recording.doubles[index * 2 + slot] - other) < 1e-9)
      }
    }
    #expect(recording.times == (0..<200).map { Self.start + $0 * 20_000_000 })
    let labels: [String?] = (0..<200).map { (25..<75).contains($0) ? "walk" : (100..<125).contains($0) ? "rün" : nil }
    #expect(recording.labels == labels)
    #expect(reader.notes.map(\.code) == [.channelsLeftOut] && reader.notes[0].detail.contains("signal 2 (10.0 Hz)"))
    #expect(reader.events.map(\.text) == ["walk", "rün", "click"])
    #expect(reader.events[2].time == Self.start + 3_100_000_000 && reader.events[2].endTime == nil)
  }

  @Test func channelsOfAnotherRateAreReadWhereAskedFor() throws {
    var options = LogReadOptions()
    options.channels = ["signal 2"]
    let recording = try Recording(SensorLog.open(FormatFixtures.file("p.edf"), options: options))
    #expect(recording.frameCount == 40 && recording.times[1] - recording.times[0] == 100_000_000)
    #expect(zip(recording.doubles, try expected("p.edf").values[2]).allSatisfy { abs($0 - $1) < 1e-9 })
    options.channels = ["signal 0", "signal 2"]
    #expect(throws: LogReadError.self) { try SensorLog.open(FormatFixtures.file("p.edf"), options: options) }
  }

  @Test func annotationsLabelAsTheyAreAskedTo() throws {
    var options = LogReadOptions()
    options.annotations = .nearestFrame
    let nearest = try Recording(SensorLog.open(FormatFixtures.file("p.edf"), options: options)).labels
    #expect(nearest.indices.filter { nearest[$0] == "click" } == [155])
    options.annotations = .untilNext
    let held = try Recording(SensorLog.open(FormatFixtures.file("p.edf"), options: options)).labels
    #expect(held.suffix(45).allSatisfy { $0 == "click" } && held[154] == nil)
  }

  private func changed(_ text: String, at offset: Int, name: String = "p.edf") throws -> [UInt8] {
    var stored = try bytes(of: FormatFixtures.file(name))
    stored.replaceSubrange(offset..<(offset + text.utf8.count), with: Array(text.utf8))
    return stored
  }

  @Test func aHeaderThatLiesAboutItsRecordsCostsNothing() throws {
    let whole = try read(bytes(of: FormatFixtures.file("p.edf")))
    let unknown = try read(changed("-1      ", at: 236))
    #expect(unknown.values == whole.values && unknown.losses.isEmpty)
    let fewer = try read(changed("2       ", at: 236))
    #expect(fewer.values == whole.values && fewer.losses.countsByCode == [.frameCountDiffers: 1])
    let more = try read(changed("9       ", at: 236))
    #expect(more.values == whole.values && more.losses.countsByCode == [.truncated: 1])
    #expect(more.losses.first.first?.count == 5)
  }

  @Test func aStreamThatCannotBeReadTwiceHasItsLabelsToo() throws {
    final class Pipe: ByteInput {
      let path = "pipe"
      let totalBytes: Int? = nil
      let memory: MemoryInput
      init(_ bytes: [UInt8]) { memory = MemoryInput(bytes) }
      func read(into buffer: UnsafeMutableRawBufferPointer) throws(LogReadError) -> Int {
        try memory.read(into: buffer)
      }
      func reopened() -> (any ByteInput)? { nil }
    }
    let stored = try bytes(of: FormatFixtures.file("p.edf"))
    let recording = try Recording(SensorLog.open(Pipe(stored), options: .init()))
    let labels: [String?] = (0..<200).map { (25..<75).contains($0) ? "walk" : (100..<125).contains($0) ? "rün" : nil }
    // This program stores an annotation in the first record that has room, before the frames that it is about.
    #expect(recording.labels == labels || !recording.losses.isEmpty)
  }

  @Test(arguments: [".edf", ".bdf"], [50.0, 48_000, 0.25, 360, 31.7]) func whatIsWrittenIsRead(
    ending: String, rate: Double
  ) throws {
    let start: Int64 = 1_600_000_000_250_000_000
    let (steady, names) = steadyBatch(frames: 211, rateHz: rate, start: start)
    for gap in [nil, 100..<117] as [Range<Int>?] {
      var batch = FrameBatch(channelCount: 2)
      for index in 0..<steady.count where gap?.contains(index) != true {
        batch.append(
          time: steady.times[index], values: steady.values[(index * 2)..<(index * 2 + 2)], label: steady.labels[index])
      }
      let path = folder.file("a\(ending)")
      try write(
        batch, names, to: path, schema: LogSchema(channels: steadyChannels, nominalRateHz: rate, hasLabels: true))
      let recording = try Recording(SensorLog.open(path))
      #expect(recording.channels == steadyChannels)
      #expect(recording.losses.isEmpty, "\(recording.losses.first)")
      try #require(recording.frameCount == batch.count)
      // Eight characters state the duration of a record, and the step from frame to frame is a share of it.
      let rounding: Int64 = rate == 50 || rate == 0.25 ? 1 : 1000
      #expect(zip(recording.times, batch.times).allSatisfy { abs($0 - $1) <= rounding }, "\(rate)")
      #expect(zip(recording.doubles, batch.values).allSatisfy { abs($0 - $1) < 1e-9 })
      #expect(recording.labels == batch.labels.map { $0 < 0 ? nil : names[Int($0)] }, "\(rate)")
    }
  }

  @Test func valuesOfAnyRangeKeepTheirSteps() throws {
    var generator = SeededGenerator(state: 8)
    for (low, high) in [(-1.0, 1.0), (1000.0, 1000.5), (-3.0, 500_000), (0.123456789, 0.123456789), (-9_000_000, -1)] {
      var batch = FrameBatch(channelCount: 1)
      for index in 0..<300 {
        batch.append(time: Int64(index) * 10_000_000, values: [Double.random(in: low...high, using: &generator)])
      }
      try write(batch, [], to: folder.file("v.edf"), schema: LogSchema(channels: [Channel(name: "a")]))
      let read = try Recording(SensorLog.open(folder.file("v.edf"))).doubles
      let step = (high - low) / 32_000 + high.magnitude * 1e-6 / 32_000 + 1e-11
      #expect(zip(read, batch.values).allSatisfy { abs($0 - $1) <= step }, "\(low)...\(high)")
    }
    for values in [[1e12, 0], [.nan, 0], [.infinity, 0], [0, 1e-13]] {
      var batch = FrameBatch(channelCount: 1)
      for (index, value) in values.enumerated() { batch.append(time: Int64(index) * 10_000_000, values: [value / 3]) }
      #expect(throws: LogReadError.self) {
        try write(batch, [], to: folder.file("w.edf"), schema: LogSchema(channels: [Channel(name: "a")]))
      }
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["v.edf"])
  }

  @Test func annotationListsAreReadAndBadOnesCounted() {
    func list(_ text: String) -> EDFAnnotationList {
      var list = EDFAnnotationList()
      Array(text.utf8).withUnsafeBytes { list.add($0, isFirst: true) }
      return list
    }
    let good = list("+1.25\u{14}\u{14}\0+2\u{15}0.5\u{14}a\u{14}b\u{14}\0-0.000000001\u{14}c\u{14}\0\0\0")
    #expect(good.recordOnset == 1_250_000_000 && good.malformedCount == 0)
    #expect(
      good.annotations == [
        .init(onset: 2_000_000_000, duration: 500_000_000, text: "a"),
        .init(onset: 2_000_000_000, duration: 500_000_000, text: "b"), .init(onset: -1, duration: nil, text: "c"),
      ])
    for text in [
      "1\u{14}\u{14}", "+x\u{14}a\u{14}", "+1", "+1\u{15}-2\u{14}a\u{14}", "+1\u{15}1\u{15}1\u{14}a\u{14}",
      "+\u{14}\u{14}", "+9e99\u{14}a\u{14}",
    ] {
      #expect(list(text).malformedCount == 1 && list(text).annotations.isEmpty, "\(text)")
    }
  }

  @Test(arguments: [
    ("0   ", 252), ("-1  ", 252), ("9999", 252), ("x", 244), ("1e9     ", 244), ("0       ", 244),
    ("99999999", 256 + 216 * 4), ("        ", 256 + 120 * 4),
  ]) func aHeaderThatMakesNoSenseIsRefused(text: String, offset: Int) throws {
    #expect(throws: LogReadError.self) { try read(changed(text, at: offset)) }
  }

  @Test(arguments: ["p.edf", "p.bdf"]) func damageLeavesWhatIsBeforeIt(name: String) throws {
    let stored = try bytes(of: FormatFixtures.file(name))
    let whole = try read(stored)
    func unlabelled(_ recording: Recording) -> Recording {
      var recording = recording
      recording.labels = recording.labels.map { _ in nil }
      return recording
    }
    try damageEverywhere(stored, whole: unlabelled(whole)) { unlabelled(try read($0)) }
    for pieceBytes in [1, 3, 100] { #expect(try read(stored, pieceBytes: pieceBytes) == whole) }
    #expect(try read(zstd(stored)).values == whole.values)
  }
}
