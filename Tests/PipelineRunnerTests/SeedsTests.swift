import Foundation
import Learning
import PipelineModel
import Tensors
import Testing

@testable import PipelineRunner

/// Adapting with several seeds: the first is the run as it is without the others, and all are kept.
@Suite struct SeedsTests {
  private func recordings() throws -> SyntheticRecordings {
    let recordings = try SyntheticRecordings()
    for (name, amplitude) in [("a", 1.0), ("b", 0.6), ("c", 0.8)] {
      try recordings.writeCSV("\(name).csv", stretches: 4, amplitude: amplitude)
    }
    return recordings
  }

  private func pipeline(_ recordings: SyntheticRecordings, seeds: Int) -> Pipeline {
    var pipeline = recordings.pipeline(holdOut: ["b", "c"])
    pipeline.changeTrain { $0.seeds = seeds }
    return pipeline
  }

  private func arenas(_ outcome: RunOutcome) throws -> [[[UInt8]]] {
    let training = try #require(outcome.training)
    return [training.subjects.map(\.result.arena)] + training.repetitions.map { $0.subjects.map(\.result.arena) }
  }

  @Test func theFirstSeedIsTheRunWithoutTheOthers() throws {
    let recordings = try recordings()
    let alone = try recordings.run(pipeline(recordings, seeds: 1)).run()
    let outcome = try recordings.run(pipeline(recordings, seeds: 3)).run()
    let threaded = try recordings.run(pipeline(recordings, seeds: 3), threads: 2).run()
    let (all, single) = (try arenas(outcome), try arenas(alone))
    #expect(all.count == 3)
    #expect(all[0] == single[0])
    let again = try arenas(threaded)
    #expect(again == all)
    // Every subject and seed ends in weights of its own.
    #expect(Set(all.flatMap { $0 }).count == 6)
    var metrics = outcome.metrics
    let seeds = try #require(metrics.evaluation?.seeds)
    let first = outcome.seed
    #expect(seeds.runs.map(\.seed) == [first, first + 1, first + 2])
    #expect(seeds.runs[0].accuracyAfter == metrics.evaluation?.accuracyAfter)
    #expect(seeds.runs[0].macroF1After == metrics.evaluation?.macroF1After)
    #expect(abs(seeds.accuracyMean - seeds.runs.map(\.accuracyAfter).reduce(0, +) / 3) < 1e-12)
    #expect(outcome.report.adaptationCurves.map(\.seed) == [0, 0, 1, 1, 2, 2].map { first + $0 })
    #expect(outcome.report.adaptationCurves.map(\.subject) == ["b", "c", "b", "c", "b", "c"])
    metrics.evaluation?.seeds = nil
    metrics.training?.microsecondsPerStep = 0
    var expected = alone.metrics
    expected.training?.microsecondsPerStep = 0
    #expect(metrics == expected)
    #expect(alone.metrics.evaluation?.seeds == nil)
  }

  /// The orders and roundings of a repetition are those of a pipeline with its seed, on the same quantised network.
  @Test func aRepetitionDrawsWhatItsSeedDraws() throws {
    #expect(
      CounterRandom.adaptationSeed(seed: 8, subject: 1) != CounterRandom.adaptationSeed(seed: 7, subject: 1))
    let recordings = try recordings()
    let checked = try pipeline(recordings, seeds: 3).checked()
    #expect(checked.adaptationSeeds == [checked.seed, checked.seed + 1, checked.seed + 2])
    let names = checked.adaptationSeeds.map { checked.adaptationPart(of: "b", seed: $0) }
    #expect(names == ["b", "b, seed \(checked.seed + 1)", "b, seed \(checked.seed + 2)"])
  }

  @Test func allSeedsComeFromTheCache() throws {
    let recordings = try recordings()
    let folder = CacheFolder()
    func run() throws -> RunOutcome {
      var run = try recordings.run(pipeline(recordings, seeds: 2))
      run.cache = folder.cache()
      return try run.run()
    }
    let first = try run()
    let status = try PipelineStatus(pipeline(recordings, seeds: 2).checked(), cache: folder.cache())
    #expect(status.stages.allSatisfy { $0.isCached })
    let train = try #require(status.stages.last { $0.stage == .train })
    #expect(train.parts == ["b", "c", "b, seed \(first.seed + 1)", "c, seed \(first.seed + 1)"])
    let second = try run()
    #expect(second.stages.allSatisfy { $0.fromCache })
    let (before, after) = (try arenas(first), try arenas(second))
    #expect(before == after)
  }
}
