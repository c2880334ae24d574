import Foundation
import Testing

@testable import SensorLogs

/// Recordings of some megabytes, cut and changed at random places: nothing before the damage is missing, and what is
/// missing is told of. `Scripts/damage-check` does this at 1,000 places of each.
@Suite(.serialized) struct LargeDamageTests {
  /// A recording as it is stored.
  struct Sample: CustomTestStringConvertible, Sendable {
    let name: String
    /// Whether any changed byte can be noticed: text and plain numbers have no checksums.
    let hasChecksums: Bool
    /// Whether any cut can be: what ends between two frames of these may have ended there.
    var tellsItsEnd = true
    /// The most frames before a cut that a reader may give up, because they share a block with it.
    let framesOfABlock: Int
    var testDescription: String { name }
  }

  /// A block of zstd decodes to at most 128 KiB and one of our LZ4 to 256 KiB; a frame takes at least thirteen bytes.
  static let samples: [Sample] =
    [
      Sample(name: "a.csv", hasChecksums: false, tellsItsEnd: false, framesOfABlock: 1),
      Sample(name: "a.csv.zst", hasChecksums: true, framesOfABlock: 10_000),
      Sample(name: "a.csv.gz", hasChecksums: true, framesOfABlock: 10_000),
      Sample(name: "a.csv.lz4", hasChecksums: true, framesOfABlock: 20_000),
      Sample(name: "a.tsv", hasChecksums: false, tellsItsEnd: false, framesOfABlock: 1),
      Sample(name: "a.jsonl", hasChecksums: false, tellsItsEnd: false, framesOfABlock: 1),
      Sample(name: "a.jsonl.zst", hasChecksums: true, framesOfABlock: 10_000),
      Sample(name: "a.jsonl.gz", hasChecksums: true, framesOfABlock: 10_000),
      Sample(name: "a.mcap", hasChecksums: true, framesOfABlock: 10_000),
      Sample(name: "lz4.mcap", hasChecksums: true, framesOfABlock: 10_000),
      Sample(name: "plain.mcap", hasChecksums: true, framesOfABlock: 10_000),
      Sample(name: "a.sds", hasChecksums: false, tellsItsEnd: false, framesOfABlock: 1),
      Sample(name: "a.sds.zst", hasChecksums: true, framesOfABlock: 10_000),
      Sample(name: "a.bin", hasChecksums: false, tellsItsEnd: false, framesOfABlock: 1),
      Sample(name: "a.bin.zst", hasChecksums: true, framesOfABlock: 10_000),
      Sample(name: "a.json", hasChecksums: false, framesOfABlock: 1),
      Sample(name: "a.cbor", hasChecksums: false, framesOfABlock: 1),
      Sample(name: "a.edf", hasChecksums: false, framesOfABlock: 10_000),
      Sample(name: "a.bdf", hasChecksums: false, framesOfABlock: 10_000),
      Sample(name: "a.dat", hasChecksums: true, framesOfABlock: 1),
    ]

  private static let places = ProcessInfo.processInfo.environment["MARTLET_DAMAGE_PLACES"].flatMap { Int($0) } ?? 8
  private static let seed =
    ProcessInfo.processInfo.environment["MARTLET_DAMAGE_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 1...1 << 32)

  private let folder: TemporaryFolder
  /// Frames of the whole recordings; enough for several megabytes where the script asks for them.
  private let frames = places > 100 ? 100_000 : 24_000

  init() throws {
    folder = try TemporaryFolder()
  }

  /// Writes the sample, and gives the path to open and the file to damage.
  private func make(_ sample: Sample) throws -> (open: String, file: String, options: LogReadOptions) {
    var batch = FrameBatch(channelCount: 3)
    var generator = SeededGenerator(state: Self.seed)
    for index in 0..<frames {
      // Numbers that compress badly, and that all formats hold alike: whole multiples of 1/64 within 11 bits.
      let values = (0..<3).map { _ in Double(Int.random(in: -1000...1000, using: &generator)) / 64 }
      batch.append(time: Int64(index) * 20_000_000, values: values, label: Int32(index / 500 % 3) - 1)
    }
    var name = sample.name
    var read = LogReadOptions()
    var write = LogWriteOptions()
    write.chunkBytes = 64 << 10
    if name.hasSuffix(".dat") { name = "a.hea" }
    let channels = (0..<3).map { Channel(name: "c\($0)", unit: "g") }
    let schema = LogSchema(channels: channels, nominalRateHz: 50, hasLabels: true, hasSegments: false)
    if name.contains(".bin") {
      let layout = RawLayout(holding: schema)
      (read.rawLayout, write.rawLayout) = (layout, layout)
    }
    let path = folder.file(name)
    if name.hasSuffix(".mcap"), name != "a.mcap" {
      try writeMCAP(batch, to: path, name == "lz4.mcap" ? .lz4 : .none)
    } else {
      let writer = try SensorLog.create(path, schema: schema, options: write)
      try writer.write(batch, labelNames: ["walk", "run"])
      try writer.finish()
    }
    return (path, folder.file(sample.name), read)
  }

  private func writeMCAP(_ batch: FrameBatch, to path: String, _ compression: MCAPCompression) throws {
    var options = MCAPWriteOptions()
    options.compression = compression
    options.chunkBytes = 64 << 10
    let writer = try MCAPWriter(path, options: options)
    try writer.add(MCAPChannel(id: 1, schemaID: 0, topic: "/imu", messageEncoding: "json"))
    for index in 0..<batch.count {
      let time = UInt64(batch.times[index])
      let text = "{\"c0\":\(batch.values[index * 3]),\"c1\":\(batch.values[index * 3 + 1])}"
      try writer.write(
        MCAPMessage(channelID: 1, sequence: UInt32(index), logTime: time, publishTime: time),
        payload: Array(text.utf8))
    }
    try writer.finish()
  }

  private func read(_ path: String, _ options: LogReadOptions) throws -> Recording {
    try Recording(SensorLog.open(path, options: options), batchFrames: 4096)
  }

  @Test(arguments: samples) func anyCutKeepsWhatIsBeforeItAndIsToldOf(sample: Sample) throws {
    let (path, file, options) = try make(sample)
    let stored = try bytes(of: file)
    let whole = try read(path, options)
    #expect(whole.frameCount >= frames && whole.losses.isEmpty)
    let handle = try #require(FileHandle(forUpdatingAtPath: file))
    var generator = SeededGenerator(state: Self.seed)
    // From the longest to the shortest, by cutting off more and more.
    let cuts = (0..<Self.places).map { _ in Int.random(in: 0..<stored.count, using: &generator) }.sorted(by: >)
    var most = whole.frameCount
    for place in cuts {
      try handle.truncate(atOffset: UInt64(place))
      let note = Comment(rawValue: "seed \(Self.seed), \(sample.name) cut at byte \(place) of \(stored.count)")
      do {
        let cut = try read(path, options)
        // A last number that is cut may be a number still.
        let sure = sample.tellsItsEnd ? cut.frameCount : max(0, cut.frameCount - 1)
        #expect(isBeginning(cut, of: whole, frames: sure), note)
        if sample.tellsItsEnd { #expect(!cut.losses.isEmpty, note) }
        #expect(cut.frameCount <= most, note)
        most = cut.frameCount
        #expect(cut.frameCount >= sureFrames(before: place, of: stored, whole, sample), note)
      } catch is LogReadError {
        #expect(sureFrames(before: place, of: stored, whole, sample) == 0, note)
      }
    }
  }

  /// Of text and plain numbers a changed digit cannot be told from a right one; there only the rest has to be right.
  @Test(arguments: samples) func anyChangedByteIsNoticedWhereItCanBe(sample: Sample) throws {
    let (path, file, options) = try make(sample)
    let stored = try bytes(of: file)
    let whole = try read(path, options)
    let handle = try #require(FileHandle(forUpdatingAtPath: file))
    var generator = SeededGenerator(state: Self.seed &+ 1)
    for _ in 0..<Self.places {
      let place = Int.random(in: 0..<stored.count, using: &generator)
      let change = UInt8.random(in: 1...255, using: &generator)
      let note = Comment(
        rawValue: "seed \(Self.seed), \(sample.name), byte \(place) of \(stored.count) changed by \(change)")
      try handle.seek(toOffset: UInt64(place))
      try handle.write(contentsOf: Data([stored[place] ^ change]))
      do {
        let changed = try read(path, options)
        if changed != whole, sample.hasChecksums { #expect(!changed.losses.isEmpty, note) }
        if !sample.hasChecksums, changed.channels == whole.channels, changed.losses.isEmpty,
          changed.frameCount == whole.frameCount
        {
          // Nothing but the frames that the byte belongs to may differ: one, or all where it is in the header or in
          // an annotation.
          let different = zip(changed.times, whole.times).enumerated().count { $1.0 != $1.1 }
          #expect(different <= 1 || place < 4096 || !sample.name.hasPrefix("a.csv"), note)
        }
      } catch is LogReadError {
        // What the header or the first block says is needed for all that follows; JSON may say it at its end.
        let isNeeded = sureFrames(before: place, of: stored, whole, sample) == 0 || stored.count - place < 4096
        #expect(isNeeded, note)
      }
      try handle.seek(toOffset: UInt64(place))
      try handle.write(contentsOf: Data([stored[place]]))
    }
  }

  /// How many frames stand before a place for certain: they are of nearly one length, and those that share a block with
  /// the place may be given up with it.
  private func sureFrames(before place: Int, of stored: [UInt8], _ whole: Recording, _ sample: Sample) -> Int {
    let share = Double(whole.frameCount) * Double(place) / Double(stored.count)
    return max(0, Int(share * 0.9) - 200 - sample.framesOfABlock)
  }

  /// Labels may come from behind the cut.
  private func isBeginning(_ cut: Recording, of whole: Recording, frames: Int) -> Bool {
    cut.times.prefix(frames) == whole.times.prefix(frames)
      && cut.values.prefix(frames * cut.channels.count) == whole.values.prefix(frames * cut.channels.count)
  }
}
