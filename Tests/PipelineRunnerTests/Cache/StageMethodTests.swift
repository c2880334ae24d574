import Foundation
import PipelineModel
import Testing

@testable import Learning
@testable import PipelineRunner

/// What each stage computes is held here: a result that changes without a new number of its method would be taken from
/// caches filled before.
@Suite struct StageMethodTests {
  /// Times are no part of a result.
  private func digest(_ outcome: RunOutcome, _ cache: ResultCache, _ stage: RunStage) throws -> String {
    var sum = SHA256()
    for record in outcome.stages where record.stage == stage {
      var writer = ResultWriter()
      let name = Self.name(record)
      switch stage {
      case .ingest: try #require(Self.read(cache, name) as KeptWindows?).write(to: &writer)
      case .pretrain:
        var kept = try #require(Self.read(cache, name) as KeptNetwork?)
        for index in kept.epochs.indices { kept.epochs[index].windowsPerSecond = 0 }
        kept.write(to: &writer)
      case .quantize: try #require(Self.read(cache, name) as KeptCalibration?).write(to: &writer)
      case .evaluate: try #require(Self.read(cache, name) as KeptConfusion?).write(to: &writer)
      case .search: try #require(Self.read(cache, name) as KeptSearchOutcome?).write(to: &writer)
      case .train:
        var kept = try #require(Self.read(cache, name) as KeptAdaptation?)
        kept.result.microsecondsPerStep = 0
        kept.write(to: &writer)
      }
      sum.add(writer.bytes)
    }
    return String(sum.hexadecimal().prefix(16))
  }

  private static func name(_ record: StageRecord) -> String {
    guard let part = record.part else { return "\(record.stage.rawValue)-\(record.key)" }
    var sum = SHA256()
    sum.add(record.key)
    sum.add(part)
    return "\(record.stage.rawValue)-\(sum.hexadecimal())"
  }

  private static func read<Result: KeptResult>(_ cache: ResultCache, _ name: String) -> Result? {
    guard case .result(let result, _) = cache.read(name, as: Result.self) else { return nil }
    return result
  }

  /// The number of the method and the digest of what it brings. Where a digest is another one, raise the number in
  /// `RunStage.method` and write both here.
  static let held: [RunStage: (method: Int, digest: String)] = [
    .ingest: (2, "d8eebe664d585b5d"), .pretrain: (1, "e9dfb49f24ebe771"), .quantize: (1, "ddae36f42c2e778a"),
    .evaluate: (1, "8aa77893fa8f9967"), .search: (2, "b970ed3c7864ca7e"), .train: (3, "a540615e61f406ff"),
  ]

  #if arch(x86_64)
    @Test func aStageWhoseResultsChangeHasANewMethod() throws {
      let recordings = try SyntheticRecordings()
      try recordings.writeWearers()
      let folder = CacheFolder()
      let pipeline = recordings.searching(
        Search(arena: .bytes(1500), by: .contribution, evaluations: 2) { Split(by: .subject, holdOut: ["d"]) })
      var run = try recordings.run(pipeline)
      run.cache = folder.cache()
      let outcome = try run.run()
      for stage in RunStage.allCases {
        let held = try #require(Self.held[stage])
        #expect(stage.method == held.method, "\(stage)")
        let found = try digest(outcome, folder.cache(), stage)
        #expect(found == held.digest, "\(stage) brings \(found): raise its method")
      }
    }
  #endif
}
