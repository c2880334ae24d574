import Foundation
import PipelineModel
import SensorLogs
import Testing

@testable import PipelineRunner

/// What ingestion decides where several defects meet, or where a stage's limit does not suit the recording.
@Suite struct IngestJudgementTests {
  private func ingest(
    _ recording: DefectiveRecording, _ steps: [IngestStep] = [], window: Window? = nil, read: Read? = nil,
    labels: Labels? = nil, others: [String: String] = [:]
  ) throws -> IngestedWindows {
    let recordings = try SyntheticRecordings()
    try recording.write(to: recordings)
    for (name, text) in others {
      try text.write(toFile: "\(recordings.folder)/\(name)", atomically: true, encoding: .utf8)
    }
    var pipeline = recordings.pipeline(holdOut: ["a"], steps: steps)
    if case .ingest(var ingest) = pipeline.stages[0] {
      for (index, step) in ingest.steps.enumerated() {
        if case .window = step, let window { ingest.steps[index] = .window(window) }
        if case .read = step, let read { ingest.steps[index] = .read(read) }
        if case .labels = step, let labels { ingest.steps[index] = .labels(labels) }
      }
      pipeline.stages[0] = .ingest(ingest)
    }
    return try recordings.run(pipeline).ingest()
  }

  private func failure(_ recording: DefectiveRecording, _ steps: [IngestStep]) -> String {
    do {
      _ = try ingest(recording, steps)
      return "nothing was thrown"
    } catch {
      return "\(error)"
    }
  }

  @Test func aRecordingOfWhichEveryRowIsLostHasLosses() throws {
    let found = try ingest(
      DefectiveRecording(), others: ["b.csv": "time_s,x,y,z,label\nwhat,1,2,3,0\n0.02,no,2,3,0\n"])
    #expect(found.summary.files == 2 && found.summary.lossCount == 2)
    #expect(found.summary.losses.allSatisfy { $0.contains("b.csv") })
  }

  /// A sensor that is stuck is known late, and spans more than what other channels show meanwhile.
  @Test func suspectTimesThatLieInsideOthersHideNothing() throws {
    var stuck = DefectiveRecording()
    for index in 20..<80 { stuck.rows[index].values[1] = "7" }
    let steps: [IngestStep] = [
      .saturation(Saturation(at: 5, .rejectWindow, channels: ["x"])),
      .stuck(Stuck(frames: 40, .rejectWindow, channels: ["y"])),
    ]
    let alone = try ingest(stuck, steps)
    var both = stuck
    both.rows[30].values[0] = "6"
    both.rows[50].values[0] = "6"
    let found = try ingest(both, steps)
    #expect(alone.summary.rejectedWindows > 0)
    #expect(found.windows.startFrames == alone.windows.startFrames)
  }

  @Test func timesFarApartAreNoTrap() {
    for times in [[0, 1_000_000_000, 2_000_000_000_000_000_000], [Int64.min, 0, .max], [.max, .min], [5], []]
      as [[Int64]]
    {
      let timing = RecordingTiming(times, ingest: CheckedIngestExample.ingest)
      #expect(timing.gapLimitNanoseconds > 0)
    }
  }

  @Test(arguments: [(0.07, 7), (0.14, 14), (0.28, 28), (0.55, 55), (0.56, 56), (0.125, 13)])
  func aShareIsCountedInFrames(share: Double, frames: Int) throws {
    for (count, isThere) in [(frames, true), (frames - 1, false)] {
      var recording = DefectiveRecording()
      for index in recording.rows.indices { recording.rows[index].label = index % 100 < count ? "1" : "0" }
      let found = try ingest(
        recording, window: Window(samples: 100, across: .labels, label: .share("swing", atLeast: share)))
      #expect(found.windows.count == 4)
      #expect(found.windows.labels.allSatisfy { $0 == (isThere ? 1 : 0) }, "\(count) of 100 for \(share)")
    }
  }

  @Test func whatStandsForAnAbsentChannelIsNotStuckNorSaturated() throws {
    let steps: [IngestStep] = [
      .optionalChannels(OptionalChannels(["m"], value: 9)), .stuck(Stuck(frames: 50, .error)),
      .saturation(Saturation(at: 9, .error)),
    ]
    let found = try ingest(DefectiveRecording(), steps, read: Read(.csv, "*.csv", channels: ["x", "y", "z", "m"]))
    #expect(found.summary.findings.stuckValues == 0 && found.summary.findings.saturatedValues == 0)
    #expect(found.windows.count > 0)
  }

  @Test func labelsThatAreNoClassesAreNamed() throws {
    var recording = DefectiveRecording()
    for index in recording.rows.indices {
      recording.rows[index].label = index < 200 ? "rest" : index < 300 ? "swings" : "swing"
    }
    let found = try ingest(recording, labels: Labels(names: ["rest", "swing"])).summary.findings
    #expect(found.labelNotes.count == 1)
    #expect(found.notes.contains { $0.contains("'swings'") && $0.contains("did you mean 'swing'?") })
  }

  @Test func longBurstsAreSpreadForwards() throws {
    // 2,000 Hz, stamped once a second.
    var recording = DefectiveRecording(frames: 8000, rate: 2000)
    for index in recording.rows.indices { recording.rows[index].seconds = Double(index / 2000 + 1) }
    for index in recording.rows.indices { recording.rows[index].label = "\(index / 2000 % 2)" }
    let found = try ingest(recording, [.duplicates(Duplicates(.spread))])
    #expect(found.summary.findings.stepsBackwards == 0)
    #expect(found.windows.startNanoseconds == found.windows.startNanoseconds.sorted())
    #expect((found.sampleRateHz - 2000).magnitude < 1)
  }

  @Test func aFilledGapIsNoGap() throws {
    var recording = DefectiveRecording(frames: 400, rate: 100)
    for index in recording.rows.indices { recording.rows[index].seconds += Double(index / 50) * 0.014 }
    let found = try ingest(recording, [.gaps(Gaps(.fill(.linear, upTo: 1), longerThan: 0.011))]).summary.findings
    #expect(found.filledGaps == 7 && found.filledFrames == 14 && found.gaps == 0)
  }

  @Test func aClockThatWasSetIsNotFilled() throws {
    var recording = DefectiveRecording()
    for index in 200..<400 { recording.rows[index].seconds += 30 }
    let found = try ingest(
      recording, [.clockJumps(ClockJumps(forward: 10)), .gaps(Gaps(.fill(.hold, upTo: 60)))]
    ).summary.findings
    #expect(found.filledGaps == 0 && found.clockJumpsForward == 1)
  }

  @Test func limitsThatMakeNonsenseOfARecordingAreRefused() {
    #expect(
      failure(DefectiveRecording(), [.duplicates(Duplicates(.keepFirst, within: 0.05))])
        .contains("Duplicates(within:) of 0.05 s makes one burst of all its frames, which lie 0.02 s apart"))
    #expect(
      failure(DefectiveRecording(), [.gaps(Gaps(longerThan: 0.01))])
        .contains("Gaps(longerThan:) of 0.01 s makes a gap of most of its steps, which take 0.02 s"))
    let low = failure(DefectiveRecording(frames: 400, rate: 500), [.filter(Filter(.lowPass(hertz: 0.3)))])
    #expect(low.contains("a causal filter at 0.3 Hz is not exact"))
    #expect(
      failure(DefectiveRecording(frames: 400, rate: 500), [.filter(Filter(.lowPass(hertz: 0.3), .zeroPhase))])
        .contains("nothing was thrown"))
  }

  /// The window before a suspect frame has a value that was made of it, once frames are brought to a grid.
  @Test func windowsOfValuesMadeOfSuspectOnesAreRejected() throws {
    var recording = DefectiveRecording()
    recording.rows[32].values[0] = "9"
    let saturation = IngestStep.saturation(Saturation(at: 9, .rejectWindow))
    let plain = try ingest(recording, [saturation], window: Window(samples: 32, across: .labels))
    #expect(plain.summary.rejectedWindows == 1 && plain.windows.startFrames[0] == 0)
    let resampled = try ingest(
      recording, [saturation, .resample(Resample(hertz: 40))], window: Window(samples: 26, across: .labels))
    // The suspect frame stands at 0.64 s: both the last value of the first window, at 0.625 s, and the first of the
    // second, at 0.65 s, are on a line to it.
    #expect(resampled.summary.rejectedWindows == 2 && resampled.windows.startFrames[0] == 52)
  }
}

/// The steps of an ingest with nothing said about quality.
private enum CheckedIngestExample {
  static let ingest = Ingest("recordings") {
    Read(.csv, "*.csv")
    Subjects(from: .fileName)
  }
}
