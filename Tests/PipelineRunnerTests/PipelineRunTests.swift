import Foundation
import Learning
import PipelineModel
import Reports
import Testing

@testable import PipelineRunner

@Suite struct PipelineRunTests {
  @Test func aPipelineLearnsFromRecordingsAndSaysWhatItDid() throws {
    let recordings = try SyntheticRecordings()
    for name in ["a1.csv", "c.csv"] { try recordings.writeCSV(name) }
    try recordings.writeCSV("b.csv", amplitude: 0.6)
    let outcome = try recordings.run(recordings.pipeline()).run()
    // Stretches of 100 frames give windows at 0, 16, …, 64: five each.
    #expect(outcome.ingest.windows == 3 * 8 * 5)
    #expect(outcome.ingest.frames == 3 * 800)
    #expect(outcome.ingest.findings.gaps == 3 * 7)
    #expect(outcome.ingest.leftoverFrames == 3 * 8 * 4)
    #expect(outcome.ingest.lossCount == 0)
    #expect(outcome.trainingSubjects == ["a1", "c"])
    #expect(outcome.heldOutSubjects == ["b"])
    #expect(outcome.pretrained.total == 40)
    let training = try #require(outcome.training)
    #expect(training.after.accuracy >= 0.95)
    #expect(training.measuredPeakBytes == training.plan.arenaBytes)
    #expect(training.steps == training.subjects[0].adaptedWindows * 2)
    #expect(outcome.metrics.memory?.plannedPeakBytes == training.plan.arenaBytes)
  }

  @Test func threadsChangeNoByteOfTheModel() throws {
    let recordings = try SyntheticRecordings()
    for name in ["a.csv", "b.csv", "c.csv"] { try recordings.writeCSV(name, stretches: 4) }
    let models = try [1, 2, 1].map { threads in
      let outcome = try recordings.run(recordings.pipeline(holdOut: ["b", "c"]), threads: threads).run()
      return try #require(try ModelFile(outcome)).bytes()
    }
    #expect(models[0] == models[1])
    #expect(models[0] == models[2])
  }

  @Test func anotherSeedGivesAnotherModel() throws {
    let recordings = try SyntheticRecordings()
    for name in ["a.csv", "b.csv"] { try recordings.writeCSV(name, stretches: 4) }
    let models = try [3, 4].map { seed in
      try #require(try ModelFile(recordings.run(recordings.pipeline(seed: seed)).run())).bytes()
    }
    #expect(models[0] != models[1])
  }

  @Test func anArenaOneByteTooSmallIsRefusedWithWhatItNeeds() throws {
    let recordings = try SyntheticRecordings()
    for name in ["a.csv", "b.csv"] { try recordings.writeCSV(name, stretches: 4) }
    let needed = try #require(recordings.run(recordings.pipeline()).run().training).plan.arenaBytes
    do {
      _ = try recordings.run(recordings.pipeline(arena: .bytes(needed - 1))).run()
      Issue.record("the arena was accepted")
    } catch let error as RunError {
      #expect(error.exitStatus == 78)
      #expect(error.description.contains("needs \(needed) bytes of arena, 1 more"))
    }
    #expect(try recordings.run(recordings.pipeline(arena: .bytes(needed))).run().training != nil)
  }

  @Test func aWarmUpThatNoTrainingLeavesIsRefused() throws {
    let recordings = try SyntheticRecordings()
    try recordings.writeWearers()
    let steps = try #require(recordings.run(recordings.pipeline()).run().training).steps
    func run(warmUp: Int, _ pipeline: Pipeline) throws -> PipelineRun {
      var pipeline = pipeline
      guard case .train(var train) = pipeline.stages[5] else { throw RunError.cancelled }
      train.warmUp = warmUp
      pipeline.stages[5] = .train(train)
      return try recordings.run(pipeline)
    }
    _ = try run(warmUp: steps - 1, recordings.pipeline()).run()
    do {
      _ = try run(warmUp: steps, recordings.pipeline()).run()
      Issue.record("the warm-up was accepted")
    } catch let error as RunError {
      #expect(error.exitStatus == 65)
      #expect(error.description.contains("over \(steps) steps, but subject 'b' trains for \(steps) only"))
    }
    // Newcomers of a search adapt with the warm-up of the test.
    let search = Search(arena: .bytes(1500)) { Split(by: .subject, holdOut: ["d"]) }
    let prepared = try PipelineSearch(run(warmUp: 3, recordings.searching(search))).prepare()
    #expect(prepared.deployment.adaptation.warmUpSteps == 3)
    do {
      _ = try PipelineSearch(run(warmUp: 5000, recordings.searching(search))).prepare()
      Issue.record("the warm-up was accepted")
    } catch let error as RunError {
      #expect(error.description.contains("over 5000 steps, but subject 'd' trains for \(steps) only"))
    }
  }

  @Test func noWindowThatAdaptsSharesASampleWithOneThatTests() throws {
    let recordings = try SyntheticRecordings()
    try recordings.writeCSV("a.csv")
    let windows = try recordings.run(recordings.pipeline(holdOut: ["a"])).ingest().windows
    for pieces in [AdaptationSplit.Pieces.classes, .series] {
      for fraction in stride(from: 0.0, through: 1.0, by: 0.125) {
        let split = AdaptationSplit(of: windows, indices: Array(0..<windows.count), fraction: fraction, pieces: pieces)
        #expect(windows.subset(split.adapt).indicesOverlapping(windows.subset(split.test)).isEmpty)
        #expect(Set(split.adapt).isDisjoint(with: split.test))
      }
    }
  }

  @Test func aSeriesGivesItsFirstPart() throws {
    let recordings = try SyntheticRecordings()
    try recordings.writeCSV("a.csv", stretches: 4)
    let windows = try recordings.run(recordings.pipeline(holdOut: ["a"])).ingest().windows
    // Five windows a stretch; two adapt, of which the second overlaps the third and is left out.
    let split = AdaptationSplit(of: windows, indices: Array(0..<windows.count), fraction: 0.5, pieces: .series)
    #expect(split.adapt == [0, 5, 10, 15])
    #expect(split.test == [2, 3, 4, 7, 8, 9, 12, 13, 14, 17, 18, 19])
  }

  @Test func normalisationKnowsTrainingSubjectsOnly() throws {
    let recordings = try SyntheticRecordings()
    try recordings.writeCSV("a.csv", stretches: 4)
    try recordings.writeCSV("b.csv", stretches: 4, amplitude: 1)
    let first = try recordings.run(recordings.pipeline()).run().statistics
    try recordings.writeCSV("b.csv", stretches: 4, amplitude: 100)
    let second = try recordings.run(recordings.pipeline()).run().statistics
    #expect(first == second)
    #expect(first != nil)
  }
}
