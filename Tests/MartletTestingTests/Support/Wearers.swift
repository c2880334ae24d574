import Foundation
import Martlet
import MartletTesting

/// Three wearers who rest and swing, and a pipeline over them that is small enough to run in a test.
struct Wearers {
  let folder: RecordingFolder

  init() throws {
    var streams: [String: TestStream] = [:]
    for (name, amplitude) in [("a", 1.0), ("b", 0.6), ("c", 0.9)] {
      var stream: TestStream?
      for stretch in 0..<8 {
        let swings = stretch % 2 == 1
        let part = TestStream(
          channels: ["x", "y", "z"], hertz: 50, seconds: 2, label: swings ? "swing" : "rest"
        ) { time, channel in
          let swing = swings ? amplitude * sin(30 * time) : 0.02 * sin(7 * time + Double(stretch))
          return channel == 2 ? 1 : Float(channel == 0 ? swing : 0.5 * swing)
        }
        stream = stream?.followed(by: part, afterSeconds: 1) ?? part
      }
      streams["\(name).csv"] = stream
    }
    folder = try RecordingFolder(streams)
  }

  /// - Parameter own: Stages that stand before `Window`.
  func pipeline(_ own: any IngestStepConvertible..., channels: [String]? = ["x", "y", "z"]) -> Pipeline {
    var pipeline = Pipeline("wearers", seed: 3) {
      Ingest(folder.path) {
        Read(.csv, "*.csv", channels: channels)
        Subjects(from: .fileName)
        Labels(column: "label", names: ["rest", "swing"])
        Window(samples: 32, every: 16)
        Split(by: .subject, holdOut: ["b"])
      }
      Model {
        Conv1D(8, kernel: 5, stride: 2)
        GlobalAveragePool()
        Dense(.classes)
      }
      Pretrain(epochs: 10, batch: 8, optimizer: .adam(0.01))
      Quantize(calibration: 16)
      Update(.lastLayer)
      Train(on: .heldOut, adaptFraction: 0.5, epochs: 1, optimizer: .sgd(0.01), arena: .kibibytes(64))
      Evaluate { Accuracy() }
      Report("report.html", preview: false)
    }
    if case .ingest(var ingest) = pipeline.stages[0] {
      ingest.steps.insert(contentsOf: own.map(\.ingestStep), at: 3)
      pipeline.stages[0] = .ingest(ingest)
    }
    return pipeline
  }
}
