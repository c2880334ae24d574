import Foundation
import Testing

@testable import SensorLogs

@Suite struct SDSTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func record(_ slot: UInt32, _ bytes: [UInt8]) -> [UInt8] {
    let head = [slot, UInt32(bytes.count)].flatMap { value in
      (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    return head + bytes
  }

  private func read(_ records: [UInt8], _ yaml: String, name: String = "S.0.sds", metadata: String = "S.sds.yml") throws
    -> Recording
  {
    _ = try folder.write(yaml, to: metadata)
    try Data(records).write(to: URL(fileURLWithPath: folder.file(name)))
    return try Recording(SensorLog.open(folder.file(name)))
  }

  private let plain = """
    sds:
      name: S
      %
      content:
      - value: x
        type: int16_t
        scale: 0.5
        offset: 1
        unit: g
      - value: y
        type: uint8_t
    """

  private func plain(_ more: String) -> String { plain.replacingOccurrences(of: "%", with: more) }

  @Test func valuesAreScaledAndNamed() throws {
    let recording = try read(record(1000, [4, 0, 7]) + record(1010, [0xFE, 0xFF, 8]), plain("tick-frequency: 1000"))
    #expect(recording.channels == [Channel(name: "x", unit: "g"), Channel(name: "y")])
    #expect(recording.doubles == [3, 7, 0, 8])
    #expect(recording.times == [1_000_000_000, 1_010_000_000])
    #expect(recording.labels == [nil, nil] && recording.losses.isEmpty)
  }

  @Test(arguments: ["sample-frequency: 250", "frequency: 250", "block-frequency: 125", "description: none"])
  func samplesOfABlockAreSpreadEvenly(rate: String) throws {
    let block: [UInt8] = [1, 0, 1, 2, 0, 2]
    let recording = try read(record(0, block) + record(8, block) + record(16, block), plain(rate))
    #expect(recording.times == (0..<6).map { $0 * 4_000_000 })
  }

  @Test func aSlotThatStartsOverGoesOn() throws {
    let one: [UInt8] = [1, 0, 1]
    let recording = try read(record(0xFFFF_FFFE, one) + record(1, one), plain("description: wraps"))
    #expect(recording.times[1] - recording.times[0] == 3_000_000)
  }

  @Test func anEmptySlotIsCountedAndNoFrame() throws {
    _ = try folder.write(plain("description: a"), to: "S.sds.yml")
    let bytes = record(0, [1, 0, 1]) + record(10, []) + record(20, [1, 0, 1])
    try Data(bytes).write(to: URL(fileURLWithPath: folder.file("S.0.sds")))
    let reader = try SensorLog.open(folder.file("S.0.sds"))
    #expect(try Recording(reader).times == [0, 20_000_000])
    #expect(reader.counters.emptySlots == 1 && reader.format == .sds)
  }

  @Test func bitFieldsArraysAndAudioAreRead() throws {
    let yaml = """
      sds:
        name: S
        content:
        - {value: flag, type: "uint32_t:1"}
        - {value: level, type: "uint32_t:4"}
        - {value: sign, type: "int16_t:3"}
        - {value: m, type: int8_t, dim-x: 2, dim-y: 2}
        - {value: d, type: double}
        - audio: {sample-frequency: 8000, bit-depth: 16, audio-channels: 2}
      """
    let word: [UInt8] = [0b11011, 0, 0, 0]
    let sample = word + [0b110, 0] + [1, 2, 3, 0xFF] + [0, 0, 0, 0, 0, 0, 0xF8, 0x3F] + [1, 0, 0xFF, 0xFF]
    let recording = try read(record(0, sample), yaml)
    #expect(
      recording.channels.map(\.name) == [
        "flag", "level", "sign", "m.0.0", "m.0.1", "m.1.0", "m.1.1", "d", "audio.0", "audio.1",
      ])
    #expect(recording.doubles == [1, 13, -2, 1, 2, 3, -1, 1.5, 1, -1])
  }

  @Test func theFileNameTellsStreamAndLabel() {
    #expect(SDSFileName("Acc.3.sds")?.stream == "Acc" && SDSFileName("Acc.3.sds")?.frameLabel == nil)
    #expect(SDSFileName("Acc.walk.p.sds")?.isPlayback == true && SDSFileName("Acc.walk.p.sds")?.frameLabel == "walk")
    #expect(SDSFileName("a.b.walk.sds.zst")?.stream == "a.b")
    #expect(SDSFileName("Acc.sds")?.stream == "Acc" && SDSFileName("Acc.sds")?.label == nil)
    #expect(SDSFileName("Acc.csv") == nil && SDSFileName(".sds") == nil)
  }

  @Test func theLabelInTheNameIsThatOfAllFrames() throws {
    let recording = try read(record(0, [1, 0, 1]), plain("description: a"), name: "S.walk.sds")
    #expect(recording.labels == ["walk"])
  }

  @Test(arguments: [
    "sds", "sds: {name: a}", "sds: {content: []}", "sds: {content: [{value: a, type: complex}]}",
    "sds: {content: [{value: a, type: 'int8_t:9'}]}", "sds: {content: [{value: a, type: int8_t, dim-x: 0}]}",
    "sds: {tick-frequency: 0, content: [{value: a, type: int8_t}]}", "sds: {content: [{image: {width: 1}}]}",
    "sds: {content: [{value: a, type: int8_t, dim-x: 2000}]}", "a: &a [*a", "[",
    "sds: {content: [{value: a, type: int8_t, scale: x}]}",
  ])
  func aDescriptionThatSaysNothingIsRefused(yaml: String) {
    #expect(throws: LogReadError.self) { try read(record(0, [1]), yaml) }
  }

  @Test(arguments: ["[", "{a: ", "- "]) func deepNestingIsRefused(text: String) {
    #expect(throws: LogReadError.self) { try read(record(0, [1]), String(repeating: text, count: 100_000)) }
  }

  @Test func withoutDescriptionTheErrorNamesTheMissingFile() throws {
    try Data(record(0, [1])).write(to: URL(fileURLWithPath: folder.file("T.0.sds")))
    #expect { try SensorLog.open(folder.file("T.0.sds")) } throws: { "\($0)".contains("T.sds.yml") }
  }

  @Test(arguments: ["imu.0.sds", "imu.0.sds.zst"]) func whatIsWrittenIsRead(name: String) throws {
    let schema = LogSchema(channels: exampleChannels, nominalRateHz: 50, hasLabels: true, hasSegments: true)
    var (batch, names) = exampleBatch(frames: 60)
    let start: Int64 = 1_700_000_000_123_456_789
    var moved = FrameBatch(channelCount: 3)
    for index in 0..<batch.count {
      // Steps of whole microseconds, and one longer than a slot number can count.
      let time = start + Int64(index) * 20_000_000 + (index > 40 ? 20_000_000_000_000 : 0)
      moved.append(
        time: time, values: batch.values[(index * 3)..<(index * 3 + 3)], label: batch.labels[index],
        segment: batch.segments[index])
    }
    batch = moved
    try write(batch, names, to: folder.file(name), schema: schema)
    let recording = try Recording(SensorLog.open(folder.file(name)))
    #expect(recording.channels == exampleChannels)
    #expect(recording.times == batch.times)
    #expect(recording.values == batch.values.map { $0.bitPattern })
    #expect(recording.labels == batch.labels.map { $0 < 0 ? nil : names[Int($0)] })
    #expect(recording.segments == batch.segments && recording.losses.isEmpty)
  }

  @Test func damageLeavesWhatIsBeforeIt() throws {
    let metadata = try SDSMetadata(yaml: Array(plain("frequency: 100").utf8), path: "S", maximumChannels: 8)
    var bytes: [UInt8] = []
    var ends: Set<Int> = [0]
    for index in 0..<8 {
      bytes += record(UInt32(index * 20), [UInt8](repeating: UInt8(index), count: index % 3 * 3))
      ends.insert(bytes.count)
    }
    func open(_ bytes: [UInt8]) throws -> Recording {
      let stream = try ByteStream(MemoryInput(bytes), windowLogMaximum: 23)
      return try Recording(SDSReader(stream, metadata: metadata, label: nil, options: .init()))
    }
    let whole = try open(bytes)
    #expect(whole.frameCount == 7)
    try damageEverywhere(bytes, whole: whole, canEnd: { ends.contains($0) }, open: open)
    let absurd = try open(record(0, [1, 0, 1]) + [9, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 1])
    #expect(absurd.frameCount == 1 && absurd.losses.countsByCode[.truncated] == 1)
    let odd = try open(record(0, [1, 0, 1, 5]) + record(9, [1, 0, 1]))
    #expect(odd.frameCount == 2 && odd.losses.countsByCode == [.malformedRecord: 1])
  }
}
