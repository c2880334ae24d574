import Foundation
import PipelineModel
import SensorLogs

@testable import PipelineRunner

/// A folder of small recordings in which class 0 rests and class 1 swings; removed with the value.
final class SyntheticRecordings {
  let folder: String
  static let names = ["rest", "swing"]

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("martlet-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: folder)
  }

  /// One row a frame at 50 Hz: stretches of 2 s, alternating labels, a 1 s pause of the clock after each.
  ///
  /// - Parameter amplitude: Differs between subjects, so that there is something to adapt to.
  @discardableResult
  func writeCSV(_ name: String, stretches: Int = 8, amplitude: Double = 1, heading: String = "time_s,x,y,z,label")
    throws -> [String]
  {
    var rows = [heading]
    var time = 0.0
    for stretch in 0..<stretches {
      let label = stretch % 2
      for i in 0..<100 {
        let swing = label == 1 ? amplitude * sin(Double(i) * 0.6) : 0.02 * Double((i * 7 + stretch) % 5)
        rows.append("\(String(format: "%.2f", time)),\(swing),\(0.5 * swing),1,\(label)")
        time += 0.02
      }
      time += 1
    }
    try (rows.joined(separator: "\n") + "\n").write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
    return rows
  }

  /// A pipeline over the folder, small enough to run in a test.
  func pipeline(
    holdOut: [String] = ["b"], arena: MemorySize = .kibibytes(64), scheme: PipelineModel.UpdateScheme = .full,
    seed: Int = 3, steps: [IngestStep] = []
  ) -> Pipeline {
    var pipeline = Pipeline("synthetic", seed: seed) {
      Ingest(folder) {
        Read(.csv, "*.csv")
        Subjects(from: .fileName)
        Labels(column: "label", names: Self.names)
        Window(samples: 32, every: 16)
        Split(by: .subject, holdOut: holdOut)
      }
      Model {
        Conv1D(8, kernel: 5, stride: 2)
        InvertedResidual(8, expand: 2, kernel: 3)
        GlobalAveragePool()
        Dense(.classes)
      }
      Pretrain(epochs: 6, batch: 8, optimizer: .adam(0.01))
      Quantize(calibration: 16)
      Update(scheme)
      Train(on: .heldOut, adaptFraction: 0.5, epochs: 2, optimizer: .sgd(0.01), arena: arena)
      Evaluate { Accuracy() }
      Report("report.html")
    }
    if case .ingest(var ingest) = pipeline.stages[0] {
      ingest.steps.insert(contentsOf: steps, at: 3)
      pipeline.stages[0] = .ingest(ingest)
    }
    return pipeline
  }

  /// Four wearers, of whom `d` plays a newcomer and `b` is tested.
  func writeWearers() throws {
    for (name, amplitude) in [("a", 1.0), ("b", 0.6), ("c", 0.9), ("d", 0.5)] {
      try writeCSV("\(name).csv", stretches: 4, amplitude: amplitude)
    }
  }

  /// The same pipeline with a search in place of its update.
  func searching(_ search: Search, arena: MemorySize = .kibibytes(64), steps: [IngestStep] = []) -> Pipeline {
    var pipeline = pipeline(arena: arena, steps: steps)
    pipeline.stages[4] = .search(search)
    return pipeline
  }

  func run(_ pipeline: Pipeline, threads: Int = 1) throws -> PipelineRun {
    PipelineRun(try pipeline.checked(), threads: threads)
  }
}
