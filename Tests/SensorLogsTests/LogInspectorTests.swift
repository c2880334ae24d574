import Foundation
import Testing

@testable import SensorLogs

@Suite struct TimingSummaryTests {
  private func summary(_ times: [Int64]) -> TimingSummary {
    var timing = TimingSummary()
    for time in times { timing.add(time) }
    timing.finish()
    return timing
  }

  @Test func gapsDuplicatesAndStepsBackAreCounted() {
    let step: Int64 = 10_000_000
    var times = (0..<2_000).map { Int64($0) * step }
    times[5] = times[4]
    times += [times[1999] + 100 * step, times[1999] + 101 * step, times[1999]]
    let timing = summary(times)
    #expect(timing.count == 2_003)
    #expect(timing.duplicates == 1 && timing.stepsBack == 1 && timing.gaps == 1)
    #expect(timing.typicalInterval == step && timing.gapThreshold == 5 * step)
    #expect(timing.shortestInterval == step && timing.longestInterval == 100 * step)
    #expect(timing.intervalCounts.reduce(0, +) == 2_000)
    // The lonely frame behind the gap is the last of its second.
    #expect(timing.minimumPerSecond == 1 && timing.maximumPerSecond == 100)
  }

  @Test(arguments: [0, 1, 2, 999, 1_000, 1_001, 1_002]) func aGapIsFoundWhereverItStands(position: Int) {
    let times = (0..<1_500).map { Int64($0) * 1_000 + ($0 > position ? 1_000_000 : 0) }
    #expect(summary(times).gaps == 1)
  }

  @Test func extremeTimesAreNoTrap() {
    let timing = summary([.min, .max, 0, -1, .min, .max])
    #expect(timing.count == 6)
    #expect(summary([]).firstTime == nil)
  }
}

@Suite struct LogInspectorTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  @Test(arguments: ["a.csv", "a.csv.zst", "a.mcap"]) func aSummaryCountsWhatWasWritten(name: String) throws {
    let path = folder.file(name)
    try writeExample(path, frames: 90) { $0.chunkBytes = 1000 }
    var calls = 0
    let summary = try LogInspector.inspect(path) { done, total in
      calls += 1
      #expect(done <= total ?? 0)
    }
    #expect(calls > 0)
    #expect(summary.frames == 90 && summary.segments == 10)
    #expect(summary.channels.map(\.channel) == exampleChannels)
    #expect(summary.labels.map(\.name) == ["walk", "say \"hi\", stand", nil])
    #expect(summary.labels.map(\.frames) == [30, 30, 30])
    #expect(summary.channels[0].nonFinite == 27)
    #expect(summary.channels[2].minimum == 0 && summary.channels[2].maximum == 89 * 0.37)
    #expect(summary.topics[0].timing.count == 90)
    #expect(summary.startTime == 0 && summary.endTime == 89 * 20_000_001)
    #expect(try summary.storedBytes == bytes(of: path).count)
    #expect(summary.losses.isEmpty && summary.frameError == nil)
    if name == "a.mcap" {
      #expect(summary.checksums?.dataSectionMatches == true && summary.checksums?.summaryMatches == true)
      #expect(summary.chunks?.count == summary.checksums?.chunksVerified)
    }
    let copy = try JSONDecoder().decode(LogSummary.self, from: JSONEncoder().encode(summary))
    #expect(copy.text == summary.text)
  }

  @Test func theTextNamesEverythingOnce() throws {
    let path = try folder.write("time_s,a[g],label\n0,1,x\n0.5,2,x\n1,bad,x\n", to: "b.csv")
    let text = try LogInspector.inspect(path).text.replacing(folder.path, with: "")
    #expect(
      text == """
        file       /b.csv
        format     csv
        size       40 B stored, 40 B decoded, ratio 1
        start      0 s
        end        0.5 s
        duration   0.5 s
        frames     2 in 1 segment

        topic   messages  typical  per second  gaps  longest  same  back  schema
        (rows)         2     2 Hz           -     0   500 ms     0     0  csv

        step up to  count
            500 ms      1  ########################################

        channel  unit  lowest  mean  highest  missing  at ends  saturated  equal in a row
        a        g          1   1.5        2        0        2          -               1

        label  frames  share
        x           2  100 %

        losses     1
          byte 32, record 4: the cell is not a number (column a: 'bad')

        """)
  }

  @Test func noTextOfTheFileSteersTheTerminalOrWidensTheTable() throws {
    let steering = "\u{1B}[31m\u{7}\u{7F}\u{9B}\u{200E}\u{200F}\u{202E}\u{2066}\u{2069}\u{2028}\u{2029}"
    let long = String(repeating: "w", count: 5_000)
    let loss = LogLoss(.badCell, byteOffset: 1, detail: steering)
    var summary = LogSummary(path: "a\(steering).csv", format: .mcap, compression: .none)
    summary.library = steering + long
    summary.profile = steering + long
    summary.frameTopic = steering + long
    summary.topics = [
      TopicSummary(topic: steering + long, schema: steering, schemaEncoding: long, messageEncoding: steering)
    ]
    summary.channels = [ChannelSummary(channel: Channel(name: steering + long, unit: steering + long))]
    summary.labels = [LabelSummary(name: steering + long, frames: 1)]
    summary.losses.add(loss)
    for error in [nil, LogReadError(.unknownTopic(steering, known: [steering + long]), path: steering).description] {
      summary.frameError = error
      let text = summary.text
      let kept = text.unicodeScalars.filter { $0 != "\n" && String($0).printable != String($0) }
      #expect(kept.isEmpty)
      #expect(text.contains("\u{FFFD}[31m") && text.contains("w…"))
      #expect(text.split(separator: "\n").allSatisfy { $0.count < 250 })
    }
  }

  @Test func everyCharacterThatSteersIsReplacedAndNoOther() {
    let steering: [ClosedRange<UInt32>] = [
      0...0x1F, 0x7F...0x9F, 0x61C...0x61C, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069,
    ]
    for value in 0...0x2_FFFF as ClosedRange<UInt32> {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let isReplaced = String(scalar).printable.unicodeScalars.first != scalar
      if isReplaced != steering.contains(where: { $0.contains(value) }) {
        Issue.record("U+\(String(value, radix: 16))")
      }
    }
  }

  @Test func textIsCutToSoManyCharacters() {
    #expect("abc".shortened(to: 3) == "abc")
    #expect("abcd".shortened(to: 3) == "ab…")
    #expect("äöü".shortened(to: 3) == "äöü")
    #expect("".shortened(to: 3) == "")
    let stacked = "a" + String(repeating: "\u{301}", count: 10_000)
    #expect(stacked.shortened(to: 60).unicodeScalars.count < 250)
    #expect(stacked.shortened(to: 60).hasSuffix("…"))
  }

  @Test func damageIsPartOfTheSummary() throws {
    let path = folder.file("c.mcap")
    try writeExample(path, frames: 60) { $0.chunkBytes = 600 }
    var damaged = try bytes(of: path)
    damaged[damaged.count / 3] ^= 0x10
    try Data(damaged).write(to: URL(fileURLWithPath: path))
    let summary = try LogInspector.inspect(path)
    #expect(!summary.losses.isEmpty && summary.frames > 0)
    #expect(summary.checksums?.dataSectionMatches == false)
    #expect(summary.text.contains("BAD"))
  }

  @Test func calendarTimesReadBack() {
    let seed: UInt64 = 8
    var generator = SeededGenerator(state: seed)
    for _ in 0..<2_000 {
      let time = Int64.random(in: 0...4_102_444_800_000, using: &generator) * 1_000_000
      var text = CalendarTime.text(time)
      #expect(text.withUTF8 { CalendarTime.nanoseconds($0) } == time, "seed \(seed), \(time)")
    }
    #expect(CalendarTime.text(951_782_400_000_000_000) == "2000-02-29T00:00:00.000Z")
  }
}
