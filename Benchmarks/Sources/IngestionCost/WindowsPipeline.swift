import PipelineModel
import PipelineRunner

/// A pipeline's ingestion of one table, with windows of 128 frames, 64 apart.
struct WindowsPipeline {
  private let run: PipelineRun

  init(_ path: String) throws {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    let folder = name == path ? "." : String(path.dropLast(name.count))
    let subject = String(name.prefix { $0 != "." })
    let pipeline = Pipeline("windows", seed: 1) {
      Ingest(folder) {
        Read(.auto, name)
        Subjects(from: .fileName)
        Labels(from: .fileName, names: [subject, "another"])
        Window(samples: 128, every: 64)
        Split(by: .subject, holdOut: [subject])
      }
      Model {
        GlobalAveragePool()
        Dense(.classes)
      }
      Pretrain(epochs: 1)
      Evaluate { Accuracy() }
    }
    run = PipelineRun(try pipeline.checked(), threads: 1)
  }

  /// Hands each window out of the ring and keeps none.
  func pass() throws -> String {
    var sum = 0.0
    let streamed = try run.forEachWindow { _, values in sum += Double(values[values.count - 1]) }
    return "\(streamed.summary.windows) windows of \(streamed.summary.frames) frames, \(sum)"
  }

  /// Keeps all of them, as pretraining needs.
  func keep() throws -> String {
    let ingested = try run.ingest()
    return "\(ingested.windows.count) windows of \(ingested.summary.frames) frames"
  }
}
