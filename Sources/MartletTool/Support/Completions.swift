import ArgumentParser
import Foundation
import PipelineModel
import PipelineText

/// What a shell offers for an argument.
extension CompletionKind {
  static let pipelineFile = CompletionKind.file(extensions: ["swift"])

  static let recordingFormat = CompletionKind.list([
    "csv", "tsv", "jsonl", "mcap", "sds", "raw", "edgeImpulse", "wfdb", "edf",
  ])

  /// `--set` and `--sweep`: the arguments of the pipeline file that stands on the same line.
  static let override = CompletionKind.custom { words, _, _ in
    OverrideCompletion.keys(pipelineFile: words.first { $0.hasSuffix(".swift") })
  }

  static let stageName = CompletionKind.custom { _, _, _ in
    StageReference.pipeline.all().map(\.stage.name).uniqued()
  }
}

enum OverrideCompletion {
  /// `train.epochs=` and its like, of the file; where there is none that can be read, of all stages that there are.
  static func keys(pipelineFile path: String?) -> [String] {
    var keys = ["seed="]
    if let path, let bytes = try? InputFile.bytes(of: path, atMost: Pipeline.fileSizeLimit),
      let pipeline = Pipeline.read(bytes: bytes, named: path).pipeline
    {
      // A stage without arguments is there or not; there is nothing to replace.
      keys += pipeline.facts.filter { !$0.value.isEmpty }.map { "\($0.path)=" }
      return keys.uniqued()
    }
    for stage in Catalogue.pipeline.children ?? [] {
      keys += stage.parameters.map { "\(stage.key).\($0.name)=" }
    }
    return keys
  }
}

extension Sequence where Element: Hashable {
  /// Each element once, at its first place.
  func uniqued() -> [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}
