import Foundation

/// What the stages of the last run of a pipeline followed from.
struct LastRun: Codable, Sendable, Hashable {
  var schemaVersion = 1
  var pipeline: String
  var stages: [StageDeclaration]

  init(pipeline: String, stages: [StageDeclaration]) {
    self.pipeline = pipeline
    self.stages = stages
  }
}

extension ResultCache {
  /// A pipeline's name may hold what a file's must not.
  private static func recordName(of pipeline: String) -> String {
    var sum = SHA256()
    sum.add(pipeline)
    return "\(sum.hexadecimal().prefix(32)).json"
  }

  /// - Parameter run: Of the stages that came to their end; of the others the older record stays.
  func remember(_ run: LastRun) {
    var run = run
    let ended = Set(run.stages.map(\.stage))
    run.stages += (lastRun(of: run.pipeline)?.stages ?? []).filter { !ended.contains($0.stage) }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(run) else { return }
    writeRecord(Self.recordName(of: run.pipeline), Array(data))
  }

  /// Nil where the pipeline has not run with this cache, or its record cannot be read.
  func lastRun(of pipeline: String) -> LastRun? {
    let path = "\(recordFolder)/\(Self.recordName(of: pipeline))"
    guard let data = BoundedFile.contents(path),
      let run = try? JSONDecoder().decode(LastRun.self, from: data), run.schemaVersion == 1,
      run.pipeline == pipeline
    else { return nil }
    return run
  }
}
