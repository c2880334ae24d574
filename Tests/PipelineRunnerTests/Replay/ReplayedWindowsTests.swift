import Foundation
import Learning
import PipelineModel
import SensorLogs
import Testing

@testable import PipelineRunner

/// What a replay finds in recordings must be what a run found in them.
struct ReplayedWindowsTests {
  private let recordings: SyntheticRecordings

  init() throws {
    recordings = try SyntheticRecordings()
    try recordings.writeCSV("a.csv", amplitude: 1)
    try recordings.writeCSV("b.csv", amplitude: 0.6)
    try recordings.writeCSV("c.csv", amplitude: 0.9)
  }

  /// Pipelines that differ in everything that a window passes on its way.
  static let steps: [[IngestStep]] = [
    [],
    [.resample(Resample(hertz: 40)), .rotate(Rotate(seed: 5))],
    [.gaps(Gaps(longerThan: 0.5)), .rotate(Rotate(seed: 9, on: .all))],
  ]

  private struct Prepared {
    var checked: CheckedPipeline
    var outcome: RunOutcome
    var model: ModelFile
    var windows: WindowSet
  }

  private func prepare(_ pipeline: Pipeline) throws -> Prepared {
    let run = try recordings.run(pipeline)
    let outcome = try run.run()
    let model = try #require(try ModelFile(outcome))
    let written = try ModelFile(bytes: model.bytes())
    return Prepared(checked: run.pipeline, outcome: outcome, model: written, windows: try run.ingest().windows)
  }

  private func replay(
    _ names: [String], _ checked: CheckedPipeline, _ model: ModelFile?, _ weights: ReplayWeights = .ofRecording,
    rate: PlaybackRate = .maximum, options: ReplayOptions = ReplayOptions(), flushesEachFrame: Bool = false
  ) throws -> [ReplayedWindow] {
    let clock = PlayerClock(reference: VirtualClock(), rate: rate)
    let (source, stream) = try ReplaySource.open(
      names.map { checked.replayInput("\(recordings.folder)/\($0)") }, options: options, clock: clock)
    let windows = try ReplayedWindows(checked, source: source, model: model, weights: weights)
    var found: [ReplayedWindow] = []
    var frame = ReplayFrame()
    func take() throws {
      while stream.next(into: &frame) {
        try windows.add(frame) { found.append($0) }
        if flushesEachFrame { try windows.flush { found.append($0) } }
      }
    }
    let thread = Thread { source.run() }
    thread.start()
    while !stream.isFinished() {
      try take()
      stream.wait(milliseconds: 10)
    }
    try windows.finish { found.append($0) }
    return found
  }

  @Test(arguments: steps) func predictionsEqualThoseOfTheRunsEvaluation(steps: [IngestStep]) throws {
    let run = try prepare(recordings.pipeline(steps: steps))
    var windows = run.windows
    if let statistics = run.outcome.statistics { windows.normalize(with: statistics) }
    let network = try #require(run.outcome.quantization?.network)
    let predictions = try network.predictions(for: QuantizedWindows(windows, for: network), threads: 1)
    for (subject, name) in windows.subjectNames.enumerated() {
      let own = windows.indices(ofSubjects: [subject])
      #expect(own.count > 10)
      let found = try replay(["\(name).csv"], run.checked, run.model, .unadapted)
      #expect(found.map(\.startNanoseconds) == own.map { windows.startNanoseconds[$0] }, "\(name)")
      #expect(found.map(\.label) == own.map { windows.labels[$0] }, "\(name)")
      #expect(found.map(\.prediction) == own.map { predictions[$0] }, "\(name)")
    }
  }

  @Test(arguments: steps) func predictionsOfAnAdaptedSubjectEqualThoseOfItsTest(steps: [IngestStep]) throws {
    let run = try prepare(recordings.pipeline(steps: steps))
    let subject = try #require(run.outcome.training?.subjects.first)
    #expect(subject.name == "b")
    let windows = run.windows
    let own = windows.indices(ofSubjects: [try #require(windows.subjectNames.firstIndex(of: "b"))])
    let split = AdaptationSplit(of: windows, indices: own, fraction: 0.5)
    let found = try replay(["b.csv"], run.checked, run.model)
    let tested = split.test.compactMap { index in
      found.first { $0.startNanoseconds == windows.startNanoseconds[index] }?.prediction
    }
    #expect(tested == subject.result.predictionsAfter)
    let before = try replay(["b.csv"], run.checked, run.model, .unadapted)
    #expect(
      split.test.compactMap { index in
        before.first { $0.startNanoseconds == windows.startNanoseconds[index] }?.prediction
      } == subject.result.predictionsBefore)
    #expect(try replay(["a.csv"], run.checked, run.model, .subject("b")).count > 10)
    #expect(throws: RunError.self) { try replay(["a.csv"], run.checked, run.model, .subject("nobody")) }
  }

  @Test func neitherPaceNorFlushesNorCompanyChangeWindows() throws {
    let run = try prepare(recordings.pipeline())
    let alone = try replay(["b.csv"], run.checked, run.model)
    #expect(try replay(["b.csv"], run.checked, run.model, rate: .times(10), flushesEachFrame: true) == alone)
    let together = try replay(["a.csv", "b.csv"], run.checked, run.model)
    #expect(
      try replay(["a.csv", "b.csv"], run.checked, run.model, rate: .times(3), flushesEachFrame: true) == together)
    #expect(
      together.filter { $0.track == 1 }.map(\.prediction) == alone.map(\.prediction))
    #expect(together.map(\.endNanoseconds) == together.map(\.endNanoseconds).sorted())
  }

  @Test func loopsCutTheSameWindowsAndNoneAcrossTheSeam() throws {
    let run = try prepare(recordings.pipeline())
    let once = try replay(["b.csv"], run.checked, run.model)
    var options = ReplayOptions()
    options.loops = 3
    let thrice = try replay(["b.csv"], run.checked, run.model, options: options)
    #expect(thrice.map(\.prediction) == Array(repeating: once.map(\.prediction), count: 3).flatMap { $0 })
    #expect(thrice.map(\.label) == Array(repeating: once.map(\.label), count: 3).flatMap { $0 })
  }

  @Test func framesWithoutLabelsAreCutInStretchesOfTheirOwn() throws {
    let run = try prepare(recordings.pipeline())
    var rows = try recordings.writeCSV("d.csv", amplitude: 0.7)
    for index in rows.indices.dropFirst() where (150..<290).contains(index) || index > 700 {
      rows[index] = rows[index].split(separator: ",").dropLast().joined(separator: ",") + ","
    }
    try (rows.joined(separator: "\n") + "\n").write(
      toFile: "\(recordings.folder)/d.csv", atomically: true, encoding: .utf8)
    let windows = try recordings.run(recordings.pipeline()).ingest().windows
    let own = windows.indices(ofSubjects: [try #require(windows.subjectNames.firstIndex(of: "d"))])
    let found = try replay(["d.csv"], run.checked, run.model)
    let labelled = found.filter { $0.label != nil }
    #expect(labelled.map(\.startNanoseconds) == own.map { windows.startNanoseconds[$0] })
    #expect(found.count > labelled.count)
    #expect(found.allSatisfy { $0.prediction != nil })
  }

  @Test func aPipelineAloneCutsWindowsWithoutPredictions() throws {
    let checked = try recordings.pipeline().checked()
    let found = try replay(["a.csv"], checked, nil)
    #expect(found.count > 10)
    #expect(found.allSatisfy { $0.prediction == nil && $0.label != nil })
  }

  @Test func recordingsOfAnotherKindAreRefused() throws {
    let run = try prepare(recordings.pipeline())
    func refusal(_ text: String) throws -> String? {
      try text.write(toFile: "\(recordings.folder)/other.csv", atomically: true, encoding: .utf8)
      do {
        _ = try replay(["other.csv"], run.checked, run.model)
        return nil
      } catch let error as RunError {
        return error.description
      }
    }
    let rows = { (period: Int) in (0..<100).map { "\(Double($0 * period) / 1000),0,0,1,0\n" }.joined() }
    #expect(try refusal("time_s,x,y,z,label\n" + rows(20)) == nil)
    #expect(try refusal("time_s,x,y,w,label\n" + rows(20))?.contains("'w'") == true)
    #expect(try refusal("time_s,x,y,z,label\n" + rows(10))?.contains("100 Hz") == true)
    var other = run.model
    other.description.input.hopSamples = 17
    #expect(throws: RunError.self) { try replay(["a.csv"], run.checked, other) }
  }
}
