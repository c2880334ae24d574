import Foundation
import Martlet
import MartletTesting
import MotionStages
import Testing

/// The whole way: learning with the stage, and applying what was learned to a recording.
@Suite struct TiltRunTests {
  static let channels = ["acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z"]

  /// Someone who swings an arm slowly, then lets it rest.
  static func wearer(pace: Double) -> TestStream {
    let swinging = TestStream(channels: channels, hertz: 50, seconds: 40, label: "pendulum") { time, channel in
      let angle = sin(2 * .pi * pace * time)
      return switch channel {
      case 1: Float(sin(angle))
      case 2: Float(cos(angle))
      case 3: Float(2 * .pi * pace * cos(2 * .pi * pace * time))
      default: 0
      }
    }
    let resting = TestStream(channels: channels, hertz: 50, seconds: 40, label: "abduction") { _, channel in
      channel == 2 ? 1 : 0
    }
    return swinging.followed(by: resting, afterSeconds: 1).addingNoise(deviation: 0.01, seed: UInt64(pace * 1000))
  }

  @Test func whatWasLearnedIsAppliedToARecording() throws {
    let folder = try RecordingFolder([
      "a.csv": Self.wearer(pace: 0.5), "b.csv": Self.wearer(pace: 0.7), "c.csv": Self.wearer(pace: 0.6),
    ])
    var pipeline = tiltPipeline(folder.path, epochs: 4)
    guard case .ingest(var ingest) = pipeline.stages[0] else { return }
    ingest.steps = ingest.steps.map { step in
      switch step {
      case .read: Read(.csv, "*.csv").ingestStep
      case .labels: Labels(names: ["pendulum", "abduction"]).ingestStep
      case .split: Split(by: .subject, holdOut: ["c"]).ingestStep
      default: step
      }
    }
    pipeline.stages[0] = .ingest(ingest)
    let directory = folder.path + "/run"
    let run = try pipeline.run(writingTo: directory, cache: nil)
    #expect(run.outcome.channelNames == Self.channels + ["up_x", "up_y", "up_z", "magnitude"])
    #expect(FileManager.default.fileExists(atPath: directory + "/report.html"))
    let model = try TrainedModel(run: directory, of: pipeline)
    let predictions = try model.predictions(for: folder.path + "/c.csv")
    #expect(predictions.count == run.outcome.heldOutWindows)
    #expect(predictions.count { $0.className == $0.label } * 10 > predictions.count * 8)
  }
}
