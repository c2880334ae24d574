import Foundation
import Signal
import Testing

@testable import SensorLogs

/// Recordings made of rows, in a folder of their own.
private final class Tables {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("martlet-\(UUID().uuidString)")

  init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }
  deinit { try? FileManager.default.removeItem(at: folder) }

  /// - Parameter milliseconds: One frame for each; its value is its place in the file, plus `base`.
  func write(_ name: String, milliseconds: [Int64], base: Double = 0, labels: [String]? = nil) throws -> ReplayInput {
    var text = "time_ms,x" + (labels == nil ? "" : ",label") + "\n"
    for (index, time) in milliseconds.enumerated() {
      text += "\(time),\(base + Double(index))" + (labels.map { ",\($0[index])" } ?? "") + "\n"
    }
    let file = folder.appendingPathComponent(name)
    try Data(text.utf8).write(to: file)
    return ReplayInput(path: file.path)
  }

  /// Two sensors of other rates, with disorder, a clock that is set back, repeated times and a long gap.
  func writeHardPair(seed: UInt64) throws -> [ReplayInput] {
    var random = SeededGenerator(state: seed)
    return try (0..<2).map { track in
      var time: Int64 = 0
      let times = (0..<6_000).map { _ -> Int64 in
        switch random.next() % 500 {
        case 0: time += 30_000
        case 1: time -= 20_000
        case 2...10: break
        case 11...20: return time - 300
        default: time += track == 0 ? 10 : 7
        }
        return time
      }
      return try write("\(track).csv", milliseconds: times, base: Double(track) * 1e6 + 0.1)
    }
  }
}

/// What came out, in one value.
private struct Delivered: Equatable {
  var values: [Double] = []
  var tracks: [Int] = []
  var times: [Int64] = []
  var positions: [Int64] = []
  var loops: [Int] = []

  mutating func add(_ frame: ReplayFrame) {
    values += frame.values
    tracks.append(frame.track)
    times.append(frame.timeNanoseconds)
    positions.append(frame.positionNanoseconds)
    loops.append(frame.loop)
  }

  var milliseconds: [Int64] { times.map { $0 / 1_000_000 } }
  var waits: [Int64] { positions.map { $0 / 1_000_000 } }
}

/// Plays in one thread and virtual time: the consumer takes whatever there is whenever the source has to wait.
private func play(
  _ inputs: [ReplayInput], _ options: ReplayOptions = ReplayOptions(), rate: PlaybackRate = .maximum,
  each: (PlayerClock, VirtualClock, ReplayFrame) -> Void = { _, _, _ in }
) throws -> (delivered: Delivered, report: ReplayReport, time: VirtualClock) {
  let time = VirtualClock(startNanoseconds: 1_000)
  let clock = PlayerClock(reference: time, rate: rate)
  let (source, stream) = try ReplaySource.open(inputs, options: options, clock: clock)
  var delivered = Delivered()
  var frame = ReplayFrame()
  func take() {
    while stream.next(into: &frame) {
      delivered.add(frame)
      each(clock, time, frame)
    }
  }
  playing: while true {
    switch try source.advance() {
    case .published: take()
    case .waiting(let until): clock.wait(untilReferenceNanoseconds: until)
    case .blocked: take()
    case .finished: break playing
    }
  }
  take()
  #expect(stream.isFinished())
  return (delivered, ReplayReport(source, stream, interrupted: false), time)
}

struct ReplayTests {
  private let tables: Tables

  init() throws { tables = try Tables() }

  // MARK: Sequence and pace

  @Test(arguments: [UInt64(11), 12, 13, 14]) func everyPaceDeliversTheSameFrames(seed: UInt64) throws {
    let inputs = try tables.writeHardPair(seed: seed)
    let fastest = try play(inputs)
    #expect(fastest.delivered.values.count == 12_000, "seed \(seed)")
    #expect(fastest.report.overrun.frames == 0)
    for rate in [0.5, 1, 10, 100_000] {
      let paced = try play(inputs, rate: .times(rate))
      #expect(paced.delivered == fastest.delivered, "seed \(seed), ×\(rate)")
      let expected = Double(fastest.delivered.positions.last!) / rate
      #expect(abs(Double(paced.time.nowNanoseconds - 1_000) - expected) <= 1, "seed \(seed), ×\(rate)")
      #expect(paced.report.pace?.maximumMilliseconds == 0, "seed \(seed), ×\(rate)")
    }
  }

  @Test(arguments: [UInt64(21), 22]) func aThreadedReplayDeliversTheSameFrames(seed: UInt64) throws {
    let inputs = try tables.writeHardPair(seed: seed)
    let expected = try play(inputs).delivered
    for capacity in [1, 7, 8192] {
      var options = ReplayOptions()
      options.capacityFrames = capacity
      let clock = PlayerClock(reference: VirtualClock(), rate: .times(3))
      let (source, stream) = try ReplaySource.open(inputs, options: options, clock: clock)
      let thread = Thread { source.run() }
      thread.start()
      var delivered = Delivered()
      var frame = ReplayFrame()
      while !stream.isFinished() {
        while stream.next(into: &frame) { delivered.add(frame) }
        stream.wait(milliseconds: 10)
      }
      #expect(delivered == expected, "seed \(seed), capacity \(capacity)")
    }
  }

  @Test func valuesComeThroughToTheLastBit() throws {
    let file = tables.folder.appendingPathComponent("exact.csv")
    let values = [0.1, 1e-300, -0.0, 1.7976931348623157e308, 1_234_567.890_123_456_7, .nan, .infinity]
    let cells = values.map { $0.isNaN ? "" : "\($0)" }
    try Data(("time_s,a,b,c,d,e,f,g\n0," + cells.joined(separator: ",") + "\n").utf8).write(to: file)
    let found = try play([ReplayInput(path: file.path)]).delivered.values
    #expect(found.map(\.bitPattern) == values.map(\.bitPattern))
  }

  @Test func recordingsMergeByTimeAndTiesGoToTheOneNamedFirst() throws {
    let a = try tables.write("a.csv", milliseconds: [0, 20, 40, 60])
    let b = try tables.write("b.csv", milliseconds: [0, 30, 40, 50], base: 100)
    #expect(try play([a, b]).delivered.values == [0, 100, 1, 101, 2, 102, 103, 3])
    #expect(try play([b, a]).delivered.values == [100, 0, 1, 101, 102, 2, 103, 3])
  }

  // MARK: Parts

  @Test func partsBeginAtTheirStartAndEndBeforeTheirEnd() throws {
    let input = try tables.write("a.csv", milliseconds: (0..<100).map { 1_000 + $0 * 10 })
    func part(_ from: ReplayPoint?, _ to: ReplayPoint?, duration: Int64? = nil) throws -> [Double] {
      var options = ReplayOptions()
      (options.from, options.to, options.duration) = (from, to, duration)
      return try play([input], options).delivered.values
    }
    #expect(try part(.offset(100_000_000), .offset(130_000_000)) == [10, 11, 12])
    #expect(try part(.offset(100_000_001), .offset(130_000_001)) == [11, 12, 13])
    #expect(try part(.instant(1_100_000_000), .instant(1_120_000_000)) == [10, 11])
    #expect(try part(.offset(970_000_000), nil, duration: 20_000_000) == [97, 98])
    #expect(try part(nil, nil, duration: 10_000_001) == [0, 1])
    #expect(try part(.offset(2_000_000_000), nil) == [])
    #expect(try part(.offset(20_000_000), .offset(10_000_000)) == [])
  }

  @Test func theLastFrameBeforeTheStartCanBePlayedFirst() throws {
    let fast = try tables.write("fast.csv", milliseconds: (0..<50).map { $0 * 10 })
    let slow = try tables.write("slow.csv", milliseconds: [0, 150, 400], base: 100)
    var options = ReplayOptions()
    options.from = .offset(200_000_000)
    options.to = .offset(220_000_000)
    options.playsLatched = true
    let found = try play([fast, slow], options).delivered
    #expect(found.values == [19, 101, 20, 21])
    #expect(found.waits == [0, 0, 0, 10])
    options.from = nil
    #expect(try play([fast, slow], options).delivered.values.prefix(2) == [0, 100])
  }

  // MARK: Clocks, gaps, loops

  @Test func aClockSetBackIsPlayedOnWithoutWaitingAndDisorderWithoutDrift() throws {
    let input = try tables.write(
      "a.csv", milliseconds: [10_000, 10_010, 10_005, 10_020, 2_000, 2_010, 2_020, -50_000, -49_990])
    let (found, report, _) = try play([input], rate: .times(1))
    #expect(found.milliseconds == [10_000, 10_010, 10_005, 10_020, 2_000, 2_010, 2_020, -50_000, -49_990])
    #expect(found.waits == [0, 10, 10, 20, 20, 30, 40, 40, 50])
    #expect(report.disorderedFrames == 1)
    #expect(report.clockJumps == 2)
  }

  @Test func timesAtTheEndsOfInt64NeitherCrashNorGoBack() throws {
    let file = tables.folder.appendingPathComponent("ends.csv")
    let times = [0, Int64.max, -.max, .max - 1, 0, 1 - .max]
    try Data(("time_ns,x\n" + times.map { "\($0),1\n" }.joined()).utf8).write(to: file)
    for rate in [PlaybackRate.maximum, .times(0.001), .times(1), .times(1e6)] {
      var options = ReplayOptions()
      options.loops = 3
      options.longestGap = rate == .times(1) ? 5 : nil
      let found = try play([ReplayInput(path: file.path)], options, rate: rate).delivered
      #expect(found.values.count >= times.count)
      #expect(found.positions == found.positions.sorted())
    }
  }

  @Test func gapsAreWaitedForUnlessSquashed() throws {
    let input = try tables.write("a.csv", milliseconds: [0, 10, 60_000, 60_010, 61_011])
    let whole = try play([input], rate: .times(1))
    #expect(whole.delivered.waits == [0, 10, 60_000, 60_010, 61_011])
    var options = ReplayOptions()
    options.longestGap = 1_000_000_000
    let (found, report, time) = try play([input], options, rate: .times(2))
    #expect(found.milliseconds == [0, 10, 60_000, 60_010, 61_011])
    #expect(found.waits == [0, 10, 1_010, 1_020, 2_020])
    #expect(report.squashedGaps == 2)
    #expect(report.squashedSeconds == 58.991)
    #expect(time.nowNanoseconds == 1_000 + 1_010_000_000)
  }

  @Test(arguments: [1, 2, 5]) func loopsRepeatTheFramesWhileTimeGrows(loops: Int) throws {
    let a = try tables.write("a.csv", milliseconds: [100, 110, 120], labels: ["p", "q", "q"])
    var options = ReplayOptions()
    options.loops = loops
    let (found, report, _) = try play([a], options, rate: .times(1))
    #expect(found.values == Array(repeating: [0, 1, 2], count: loops).flatMap { $0 })
    #expect(found.milliseconds == (0..<Int64(loops * 3)).map { 100 + $0 * 10 })
    #expect(found.waits == (0..<Int64(loops * 3)).map { $0 * 10 })
    #expect(found.loops == (0..<loops * 3).map { $0 / 3 })
    #expect(report.loops == loops)
    // A part that holds nothing is not looked for again and again.
    options.loops = nil
    options.from = .offset(1_000_000_000)
    #expect(try play([a], options).delivered.values.isEmpty)
  }

  @Test func standardInputIsNotLooped() {
    var options = ReplayOptions()
    options.loops = nil
    #expect(throws: LogReadError.self) {
      _ = try ReplaySource.open([ReplayInput(path: "-")], options: options, clock: PlayerClock())
    }
  }

  // MARK: Control

  @Test func pausesAndRatesChangeWhenFramesComeAndNotWhich() throws {
    let input = try tables.write("a.csv", milliseconds: (0..<1_000).map { $0 * 10 })
    let expected = try play([input]).delivered
    let start = VirtualClock(startNanoseconds: 1_000).nowNanoseconds
    let (found, report, time) = try play([input], rate: .times(1)) { clock, time, frame in
      switch frame.values[0] {
      case 100: clock.setRate(.times(10))
      case 300:
        clock.setPaused(true)
        time.advance(byNanoseconds: 7_000_000_000)
        clock.setPaused(false)
      case 500: clock.setRate(.times(1))
      default: break
      }
    }
    #expect(found == expected)
    // 100 frames at 10 ms, 400 at 1 ms, the rest at 10 ms, and the pause.
    #expect(time.nowNanoseconds - start == 1_000_000_000 + 400_000_000 + 4_990_000_000 + 7_000_000_000)
    #expect(report.pausedSeconds == 7)
    #expect(abs(report.wallSeconds - 6.39) < 1e-9)
  }

  @Test func steppingLetsOneFrameOutAtATime() throws {
    let input = try tables.write("a.csv", milliseconds: [0, 10, 20])
    let clock = PlayerClock(reference: VirtualClock(), isPaused: true)
    let (source, stream) = try ReplaySource.open([input], clock: clock)
    var frame = ReplayFrame()
    for expected in [0.0, 1, 2] {
      #expect(try source.advance() == .waiting(untilReferenceNanoseconds: nil))
      clock.playNext()
      #expect(try source.advance() == (expected == 2 ? .finished : .published(frames: 1)))
      #expect(stream.next(into: &frame))
      #expect(frame.values == [expected])
      #expect(!stream.next(into: &frame))
    }
    clock.stop()
    #expect(try source.advance() == .finished)
  }

  @Test func aStoppedReplayEndsWithWhatItHas() throws {
    let input = try tables.write("a.csv", milliseconds: (0..<100).map { $0 * 10 })
    let (found, report, _) = try play([input], rate: .times(1)) { clock, _, frame in
      if frame.values[0] == 41 { clock.stop() }
    }
    #expect(found.values.count == 42)
    #expect(report.frames == 42)
  }

  // MARK: Slow consumers

  /// The source plays `frames` at 10 ms; the consumer takes `taken` of them every 100 ms, in virtual time.
  private func playSlowly(
    _ policy: OverrunPolicy, taken: Int
  ) throws -> (values: [Double], lost: [UInt64], report: ReplayReport) {
    let input = try tables.write("a.csv", milliseconds: (0..<100).map { $0 * 10 })
    var options = ReplayOptions()
    options.overflow = policy
    options.capacityFrames = 20
    let time = VirtualClock()
    let clock = PlayerClock(reference: time)
    let (source, stream) = try ReplaySource.open([input], options: options, clock: clock)
    var values: [Double] = []
    var lost: [UInt64] = []
    var frame = ReplayFrame()
    func take(_ count: Int) {
      for _ in 0..<count where stream.next(into: &frame) {
        values += frame.values
        lost.append(frame.lostFrames)
      }
    }
    var nextTaking: Int64 = 99_000_000
    playing: while true {
      switch try source.advance() {
      case .published: break
      case .waiting(let until): time.wait(untilNanoseconds: min(until ?? nextTaking, nextTaking))
      case .blocked: time.wait(untilNanoseconds: nextTaking)
      case .finished: break playing
      }
      while time.nowNanoseconds >= nextTaking {
        take(taken)
        nextTaking += 100_000_000
      }
    }
    take(1_000)
    #expect(stream.isFinished())
    return (values, lost, ReplayReport(source, stream, interrupted: false))
  }

  @Test func blockLosesNothingAndIsLate() throws {
    let (values, _, report) = try playSlowly(.block, taken: 4)
    #expect(values == (0..<100).map(Double.init))
    #expect(report.overrun.frames == 0)
    #expect(!report.hasLosses)
    #expect(try #require(report.pace).maximumMilliseconds > 500)
  }

  @Test func dropNewestKeepsTheOldAndCountsTheRest() throws {
    // Every 100 ms 10 frames come and 4 are taken; from the fourth taking on the ring of 20 is full.
    let (values, lost, report) = try playSlowly(.dropNewest, taken: 4)
    #expect(values.count + report.overrun.frames == 100)
    #expect(Array(values.prefix(36)) == (0..<36).map(Double.init) || values.prefix(20).count == 20)
    #expect(values == values.sorted())
    #expect(report.overrun.frames > 0)
    #expect(report.overrun.policy == "drop-newest")
    // Each value tells how many were dropped before it.
    for (index, value) in values.enumerated() { #expect(Int(value) - index == Int(lost[index])) }
    #expect(report.hasLosses)
  }

  @Test func dropOldestKeepsTheNewAndCountsTheRest() throws {
    let (values, lost, report) = try playSlowly(.dropOldest, taken: 4)
    #expect(values.count + report.overrun.frames == 100)
    #expect(Array(values.suffix(20)) == (80..<100).map(Double.init))
    for (index, value) in values.enumerated() { #expect(Int(value) - index == Int(lost[index])) }
    #expect(report.overrun.gaps > 0)
    #expect(report.overrun.policy == "drop-oldest")
  }

  // MARK: Text

  @Test(arguments: ReplayFormat.allCases) func linesReadBackAsTheRecordingTheyCameFrom(format: ReplayFormat) throws {
    let input = try tables.write(
      "a.csv", milliseconds: [0, 10, 20], base: 0.1, labels: ["\"walk, \"\"fast\"\"\"", "-1", "run"])
    let clock = PlayerClock(reference: VirtualClock(), rate: .maximum)
    let (source, stream) = try ReplaySource.open([input], clock: clock)
    let text = try ReplayText(format, source: source)
    var bytes: [UInt8] = []
    text.start(into: &bytes)
    var frame = ReplayFrame()
    while try source.advance() != .finished {}
    while stream.next(into: &frame) { text.add(frame, labelNames: source.labelNames(ofTrack: 0), to: &bytes) }
    let expected =
      format == .csv
      ? "time_s,x,label\n0,0.1,\"walk, \"\"fast\"\"\"\n0.01,1.1,-1\n0.02,2.1,run\n"
      : #"{"time_s":0,"x":0.1,"label":"walk, \"fast\""}"# + "\n" + #"{"time_s":0.01,"x":1.1,"label":null}"# + "\n"
        + #"{"time_s":0.02,"x":2.1,"label":"run"}"# + "\n"
    #expect(String(decoding: bytes, as: UTF8.self) == expected)
  }

  @Test func lossesOfTheRecordingsAreReported() throws {
    let file = tables.folder.appendingPathComponent("bad.csv")
    try Data("time_s,x\n0,1\n1,2\nwhat,3\n2,4\n".utf8).write(to: file)
    let report = try play([ReplayInput(path: file.path)]).report
    #expect(report.frames == 3)
    #expect(report.inputs[0].losses.countsByCode == [.badTime: 1])
    #expect(report.hasLosses)
  }
}
