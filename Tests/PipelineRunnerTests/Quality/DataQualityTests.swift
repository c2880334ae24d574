import Foundation
import PipelineModel
import Testing

@testable import PipelineRunner

/// Each policy on a recording with the defect that it is for: what goes on, and what is counted.
@Suite struct DataQualityTests {
  private func ingest(
    _ recording: DefectiveRecording, _ steps: [IngestStep] = [], window: Window? = nil, read: Read? = nil,
    others: [String: DefectiveRecording] = [:]
  ) throws -> IngestedWindows {
    let recordings = try SyntheticRecordings()
    try recording.write(to: recordings)
    for (name, other) in others { try other.write(to: recordings, as: name) }
    var pipeline = recordings.pipeline(holdOut: ["a"], steps: steps)
    if case .ingest(var ingest) = pipeline.stages[0] {
      for (index, step) in ingest.steps.enumerated() {
        if case .window = step, let window { ingest.steps[index] = .window(window) }
        if case .read = step, let read { ingest.steps[index] = .read(read) }
      }
      pipeline.stages[0] = .ingest(ingest)
    }
    return try recordings.run(pipeline).ingest()
  }

  private func failure(_ recording: DefectiveRecording, _ steps: [IngestStep], read: Read? = nil) -> String {
    do {
      _ = try ingest(recording, steps, read: read)
      return "nothing was wrong"
    } catch {
      return "\(error)"
    }
  }

  private static let clean = DefectiveRecording()

  /// Each stretch of 100 frames gives windows of 32 at 0, 16, 32, 48 and 64.
  @Test func aCleanRecordingHasNothingToFind() throws {
    let found = try ingest(Self.clean)
    #expect(found.windows.count == 20)
    #expect(found.summary.findings == IngestFindings())
  }

  @Test func gapsSplitOrAreFilledOrEndTheRun() throws {
    var recording = Self.clean
    recording.rows.removeSubrange(40..<43)
    let split = try ingest(recording)
    #expect(split.summary.findings.gaps == 1)
    // Of the first stretch 40 and 57 frames are left: one window and two.
    #expect(split.windows.count == 15 + 1 + 2)
    let filled = try ingest(recording, [.gaps(Gaps(.fill(.linear, upTo: 0.2)))])
    #expect(filled.summary.findings.filledGaps == 1 && filled.summary.findings.filledFrames == 3)
    #expect(filled.summary.findings.gaps == 0)
    #expect(filled.windows.count == 20)
    let tooLong = try ingest(recording, [.gaps(Gaps(.fill(.hold, upTo: 0.07)))])
    #expect(tooLong.summary.findings.gaps == 1 && tooLong.summary.findings.filledFrames == 0)
    let text = failure(recording, [.gaps(Gaps(.error))])
    #expect(text.contains("0.86 s after its first frame") && text.contains("no frame for 0.08 s"), "\(text)")
  }

  @Test func disorderSplitsOrIsPutRightOrEndsTheRun() throws {
    var recording = Self.clean
    recording.rows.swapAt(50, 51)
    recording.rows.swapAt(150, 152)
    let split = try ingest(recording)
    #expect(split.summary.findings.stepsBackwards == 3)
    let ordered = try ingest(recording, [.disorder(Disorder(.reorder(within: 0.1)))])
    let clean = try ingest(Self.clean)
    #expect(ordered.windows.values == clean.windows.values)
    #expect(ordered.summary.findings.reorderedFrames == 3)
    #expect(ordered.summary.findings.stepsBackwards == 0)
    #expect(failure(recording, [.disorder(Disorder(.error))]).contains("steps back by 0.02 s"))
  }

  @Test func aFrameTooLateIsDroppedAndCounted() throws {
    var recording = Self.clean
    let late = recording.rows.remove(at: 20)
    recording.rows.insert(late, at: 60)
    let found = try ingest(recording, [.disorder(Disorder(.reorder(within: 0.1)))])
    #expect(found.summary.findings.lateFrames == 1)
    #expect(found.summary.findings.gaps == 1)
    #expect(found.summary.findings.droppedFrames == 1)
  }

  @Test func duplicatesFollowTheirPolicy() throws {
    var recording = Self.clean
    var twin = recording.rows[30]
    twin.values[0] = "100"
    recording.rows.insert(twin, at: 31)
    func value(_ policy: DuplicatePolicy) throws -> Float {
      let found = try ingest(recording, [.duplicates(Duplicates(policy))])
      #expect(found.summary.findings.duplicateFrames == 1)
      #expect(found.windows.count == 20)
      return found.windows.window(0)[found.windows.window(0).startIndex + 30 * 3]
    }
    let first = Float(sin(9.0))
    #expect(abs(try value(.keepFirst) - first) < 1e-5)
    #expect(try value(.keepLast) == 100)
    #expect(abs(try value(.average) - (100 + first) / 2) < 1e-3)
    #expect(failure(recording, [.duplicates(Duplicates(.error))]).contains("a second frame of one time"))
  }

  /// A driver that stamps four frames at once: spread, they are the clean recording again.
  @Test func batchesAreSpread() throws {
    var recording = Self.clean
    for index in recording.rows.indices { recording.rows[index].seconds = Double(index / 4 * 4 + 3) / 50 }
    let found = try ingest(recording, [.duplicates(Duplicates(.spread))])
    let clean = try ingest(Self.clean)
    #expect(found.windows.values == clean.windows.values)
    #expect(found.windows.startNanoseconds == clean.windows.startNanoseconds)
    #expect(found.summary.findings.spreadFrames == 400)
    #expect(found.summary.findings.droppedFrames == 0)
  }

  @Test func clockJumpsAreNoGaps() throws {
    var recording = Self.clean
    for index in 150..<400 { recording.rows[index].seconds += 7200 }
    for index in 250..<400 { recording.rows[index].seconds -= 3600 }
    let found = try ingest(recording).summary.findings
    #expect(found.clockJumpsForward == 1 && found.clockJumpsBackward == 1)
    #expect(found.gaps == 0 && found.stepsBackwards == 0)
    let others = try ingest(recording, [.clockJumps(ClockJumps(forward: 10_000, backward: 5000))]).summary.findings
    #expect(others.clockJumpsForward == 0 && others.clockJumpsBackward == 0)
    #expect(others.gaps == 1 && others.stepsBackwards == 1)
    #expect(failure(recording, [.clockJumps(ClockJumps(.error))]).contains("jumps by 7200.02 s"))
  }

  @Test func valuesThatAreNoNumbersFollowTheirPolicy() throws {
    var recording = Self.clean
    recording.rows[45].values[1] = "nan"
    recording.rows[46].values[1] = "inf"
    let dropped = try ingest(recording)
    #expect(dropped.summary.findings.nonFiniteFrames == 2)
    #expect(dropped.summary.findings.notes == ["y: 2 values no finite number"])
    let held = try ingest(recording, [.nonFinite(NonFinite(.hold(upTo: 2)))])
    #expect(held.summary.findings.heldValues == 2 && held.summary.findings.nonFiniteFrames == 0)
    #expect(held.windows.count == 20)
    let short = try ingest(recording, [.nonFinite(NonFinite(.hold(upTo: 1)))])
    #expect(short.summary.findings.heldValues == 1 && short.summary.findings.nonFiniteFrames == 1)
    let rejected = try ingest(recording, [.nonFinite(NonFinite(.rejectWindow))])
    // The windows at 16 and 32 hold frames 45 and 46; those at 0, 48 and 64 stay where they are.
    #expect(rejected.summary.rejectedWindows == 2)
    #expect(rejected.windows.startFrames.prefix(4) == [0, 48, 64, 100])
    #expect(failure(recording, [.nonFinite(NonFinite(.error))]).contains("'y' is no finite number"))
    let filled = try ingest(recording, [.gaps(Gaps(.fill(.linear, upTo: 0.1)))])
    #expect(filled.summary.findings.filledFrames == 2 && filled.windows.count == 20)
  }

  @Test func aFilterOnIrregularTimesIsTold() throws {
    var recording = Self.clean
    for index in stride(from: 0, to: 400, by: 8) { recording.rows[index].seconds += 0.004 }
    let filter = IngestStep.filter(Filter(.lowPass(hertz: 5)))
    let found = try ingest(recording, [filter]).summary.findings
    #expect(found.irregularlyFiltered == 1 && found.gaps == 0)
    #expect(found.notes.contains { $0.contains("the times of 1 recording are irregular") })
    #expect(try ingest(Self.clean, [filter]).summary.findings.irregularlyFiltered == 0)
    #expect(try ingest(recording).summary.findings.irregularlyFiltered == 0)
    let resampled = try ingest(recording, [.resample(Resample(hertz: 50)), filter])
    #expect(resampled.summary.findings.irregularlyFiltered == 0)
  }

  @Test func saturationIsCountedRejectedOrEndsTheRun() throws {
    var recording = Self.clean
    recording.rows[5].values[2] = "-2"
    let counted = try ingest(recording, [.saturation(Saturation(at: 2))])
    #expect(counted.summary.findings.saturatedValues == 1 && counted.windows.count == 20)
    let rejected = try ingest(recording, [.saturation(Saturation(at: 2, .rejectWindow))])
    #expect(rejected.summary.rejectedWindows == 1 && rejected.windows.startFrames[0] == 16)
    #expect(failure(recording, [.saturation(Saturation(at: 2, .error))]).contains("'z' is at full scale, 2"))
    let other = try ingest(recording, [.saturation(Saturation(at: 2, .error, channels: ["x"]))])
    #expect(other.summary.findings.saturatedValues == 0)
  }

  /// Frames 60 to 79 repeat a value. The window at 48 had ended before anybody could know.
  @Test func aStuckChannelRejectsTheWindowsOfItsWholeRun() throws {
    var recording = Self.clean
    for index in 60..<80 { recording.rows[index].values[0] = "0.25" }
    let counted = try ingest(recording, [.stuck(Stuck(frames: 20))])
    #expect(counted.summary.findings.stuckValues == 20 && counted.windows.count == 20)
    let rejected = try ingest(recording, [.stuck(Stuck(frames: 20, .rejectWindow))])
    #expect(rejected.windows.startFrames.prefix(3) == [0, 16, 100])
    #expect(rejected.summary.rejectedWindows == 3)
    #expect(try ingest(recording, [.stuck(Stuck(frames: 21))]).summary.findings.stuckValues == 0)
    #expect(failure(recording, [.stuck(Stuck(frames: 20, .error))]).contains("one value for 20 frames"))
  }

  @Test func aMissingChannelIsNamedUnlessItMayBeAbsent() throws {
    var recording = Self.clean
    recording.heading = "time_s,x,y,gyr_z,label"
    let read = Read(.csv, "*.csv", channels: ["x", "y", "gyro_z"])
    let text = failure(recording, [], read: read)
    #expect(text.contains("no channel 'gyro_z'") && text.contains("did you mean 'gyr_z'?"), "\(text)")
    let found = try ingest(
      recording, [.optionalChannels(OptionalChannels(["gyro_z"], value: 7))], read: read)
    #expect(found.channelNames == ["x", "y", "gyro_z"])
    let window = Array(found.windows.window(0))
    #expect(window[2] == 7 && window[5] == 7)
    #expect(found.summary.findings.notes == ["gyro_z: absent from 1 recording"])
  }

  @Test func unitsAreConvertedAndNeverMixed() throws {
    var metric = Self.clean
    metric.heading = "time_s,x[m/s^2],y,z,label"
    for index in metric.rows.indices {
      metric.rows[index].values[0] = "\(Double(metric.rows[index].values[0])! * 9.80665)"
    }
    var gravities = Self.clean
    gravities.heading = "time_s,x[g],y,z,label"
    do {
      _ = try ingest(gravities, others: ["b.csv": metric])
      Issue.record("units were mixed")
    } catch {
      let text = "\(error)"
      #expect(text.contains("in m/s^2, but in g") && text.contains("Convert([\"x\"], to: \"g\")"), "\(text)")
    }
    let found = try ingest(gravities, [.convert(Convert(["x"], to: "g"))], others: ["b.csv": metric])
    let half = found.windows.values.count / 2
    #expect(zip(found.windows.values[..<half], found.windows.values[half...]).allSatisfy { abs($0 - $1) < 1e-6 })
    #expect(found.channelUnits == ["g", nil, nil])
    #expect(found.summary.findings.notes == ["x: converted from m/s2 to g in 1 recording"])
    // Two spellings of one unit are one unit.
    var other = metric
    other.heading = "time_s,x[m/s²],y,z,label"
    #expect(try ingest(metric, others: ["b.csv": other]).windows.count == 40)
    let silent = failure(Self.clean, [.convert(Convert(["x"], to: "g"))])
    #expect(silent.contains("states no unit for 'x'"), "\(silent)")
    let wrong = failure(gravities, [.convert(Convert(["x"], to: "rad/s"))])
    #expect(wrong.contains("cannot be converted to rad/s"), "\(wrong)")
    #expect(
      try ingest(Self.clean, [.convert(Convert(["x"], to: "g", from: "mg"))]).windows.window(0).map { $0 }[3]
        == Float(sin(0.3) / 1000))
  }

  @Test func windowsTakeTheirLabelByTheRule() throws {
    func labels(_ label: WindowLabel?, agreement: Double = 0) throws -> (labels: [Int], ambiguous: Int) {
      let found = try ingest(
        Self.clean,
        window: Window(samples: 40, every: 40, across: .labels, label: label, agreement: agreement))
      return (found.windows.labels.map { Int($0) }, found.summary.ambiguousWindows)
    }
    // Windows at 0, 40, 80, … of labels that change at 100, 200 and 300.
    #expect(try labels(nil).labels == [0, 0, 0, 1, 1, 0, 0, 0, 1, 1])
    #expect(try labels(.end).labels == [0, 0, 1, 1, 1, 0, 0, 1, 1, 1])
    #expect(try labels(.anywhere("swing")).labels == [0, 0, 1, 1, 1, 0, 0, 1, 1, 1])
    #expect(try labels(.share("rest", atLeast: 0.5)).labels == [0, 0, 0, 1, 1, 0, 0, 0, 1, 1])
    let agreed = try labels(nil, agreement: 0.6)
    #expect(agreed.ambiguous == 2 && agreed.labels.count == 8)
  }

  @Test func resamplingByPolyphaseKeepsTheTimes() throws {
    let found = try ingest(
      Self.clean, [.resample(Resample(hertz: 25, by: .polyphase))], window: Window(samples: 10))
    #expect(found.sampleRateHz == 25)
    #expect(found.windows.startNanoseconds.prefix(3) == [0, 400_000_000, 800_000_000])
    // A swing of 2.4 Hz lies inside both bands.
    let window = found.windows.window(2).map { $0 }
    for frame in 0..<10 {
      #expect(abs(window[3 * frame] - Float(sin(Double(20 + frame) * 0.6))) < 0.02)
    }
  }

  @Test func gravityAndBodyAddUp() throws {
    let found = try ingest(
      Self.clean,
      [.gravity(Gravity(of: ["y"], below: 0.5, .zeroPhase)), .select(Select(["y", "gravity_y", "body_y"]))])
    #expect(found.channelNames == ["y", "gravity_y", "body_y"])
    for index in 0..<found.windows.count {
      let window = found.windows.window(index).map { $0 }
      for frame in 0..<32 { #expect(abs(window[3 * frame] - window[3 * frame + 1] - window[3 * frame + 2]) < 1e-6) }
    }
  }

  @Test func aFilterAboveHalfTheRecordedRateIsRefused() {
    let text = failure(Self.clean, [.filter(Filter(.lowPass(hertz: 25)))])
    #expect(text.contains("recorded at about 50 Hz") && text.contains("25 Hz"), "\(text)")
  }

  /// Stages one by one are the stages all at once, however the file is cut into batches: defects at random places, the
  /// same counts by hand.
  @Test func countsAreThoseOfTheDefectsMade() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SeededGenerator(seed: seed)
    for _ in 0..<6 {
      var recording = DefectiveRecording(frames: 6000)
      var expected = IngestFindings()
      var places = Set<Int>()
      while places.count < 60 { places.insert(Int.random(in: 2..<300, using: &random) * 20 - 10) }
      for place in places.sorted(by: >) {
        switch Int.random(in: 0..<4, using: &random) {
        case 0:
          recording.rows[place].values[0] = "nan"
          expected.nonFiniteFrames += 1
          expected.gaps += 1
        case 1:
          recording.rows.insert(recording.rows[place], at: place)
          expected.duplicateFrames += 1
        case 2:
          recording.rows.removeSubrange(place..<place + 3)
          expected.gaps += 1
        default:
          recording.rows.swapAt(place, place + 1)
          expected.stepsBackwards += 1
          // The frame that was passed over leaves a gap, and so does the one that came early.
          expected.gaps += 2
        }
      }
      let found = try ingest(recording).summary.findings
      #expect(found.nonFiniteFrames == expected.nonFiniteFrames, "seed \(seed)")
      #expect(found.duplicateFrames == expected.duplicateFrames, "seed \(seed)")
      #expect(found.stepsBackwards == expected.stepsBackwards, "seed \(seed)")
      #expect(found.gaps == expected.gaps, "seed \(seed)")
    }
  }
}

/// A generator that a seed repeats (splitmix64, Steele et al. 2014).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
