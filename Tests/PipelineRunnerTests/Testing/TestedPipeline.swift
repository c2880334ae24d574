import Foundation
import PipelineModel
import PipelineText
import Testing

@testable import PipelineRunner

/// Small pipelines with tests in them.
enum TestedPipeline {
  /// - Parameters:
  ///   - steps: Lines of `Ingest` between `Labels` and `Window`.
  ///   - tests: Whatever stands behind the last stage.
  static func source(steps: String = "", window: String = "Window(samples: 50)", tests: String) -> String {
    """
    import Martlet
    let tested = Pipeline("tested", seed: 1) {
        Ingest("nowhere") {
            Read(.csv, "*.csv", channels: ["x", "y"])
            Subjects(from: .fileName)
            Labels(column: "label", names: ["a", "b"])
            Segments(column: "segment")
            \(steps)
            \(window)
            Split(by: .subject, holdOut: ["held"])
        }
        Model {
            Conv1D(8, kernel: 5)
            GlobalAveragePool()
            Dense(.classes)
        }
        Pretrain(epochs: 1)
        Quantize(calibration: 8)
        Update(.full)
        Train(on: .heldOut, adaptFraction: 0.5, epochs: 1, optimizer: .sgd(0.01), arena: .kibibytes(64))
        Evaluate { Accuracy() }
        \(tests)
    }

    """
  }

  static func tester(
    steps: String = "", window: String = "Window(samples: 50)", folder: String = "", _ tests: String
  ) throws -> PipelineTester {
    let file = Pipeline.read(source(steps: steps, window: window, tests: tests), named: "tested.swift")
    try #require(file.rendered == "", "\(file.rendered)")
    return PipelineTester(try #require(file.pipeline).checked(), folder: folder, environment: [:])
  }

  /// What fails of one test's lines.
  static func failures(
    steps: String = "", window: String = "Window(samples: 50)", folder: String = "", _ lines: String
  ) throws -> [String] {
    let results = try tester(steps: steps, window: window, folder: folder, "Test(\"one\") { \(lines) }").run()
    return results.flatMap { $0.failures.map(\.message) }
  }
}

/// A folder that is gone afterwards.
func withTestFolder(_ body: (String) throws -> Void) throws {
  let folder = NSTemporaryDirectory() + "martlet-tests-" + UUID().uuidString
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  try body(folder)
}
