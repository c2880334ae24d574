import Foundation
import Martlet
import MartletTesting
import MotionStages
import Testing

/// The stage in a pipeline.
@Suite struct TiltPipelineTests {
  @Test func thePipelineIsSound() {
    #expect(tiltPipeline("recordings").diagnosis == "")
  }

  @Test func aMissingChannelIsShownInThePipeline() throws {
    var pipeline = tiltPipeline("recordings")
    guard case .ingest(var ingest) = pipeline.stages[0] else { return }
    ingest.steps[0] = Read(.mcap, "*.mcap", topic: "/imu", channels: ["acc_x", "acc_y", "acc_z"]).ingestStep
    pipeline.stages[0] = .ingest(ingest)
    #expect(pipeline.diagnosis.contains("'Tilt' takes a channel \"gyro_x\", and there is none here"))
  }

  /// Lost frames break the stream; the stage begins anew behind each break, and no window spans one.
  @Test func everyLossIsABreak() throws {
    let stream = TestStream.sine(
      channels: ["acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z"], hertz: 50, seconds: 60, frequency: 0.5,
      label: "pendulum")
    let faulty = stream.with(.drop(frames: 3), .gap(frames: 20), seed: 11)
    let folder = try RecordingFolder(["s01.csv": faulty.stream])
    var pipeline = tiltPipeline(folder.path)
    guard case .ingest(var ingest) = pipeline.stages[0] else { return }
    ingest.steps[0] = Read(.csv, "*.csv").ingestStep
    ingest.steps[2] = Labels(names: ["pendulum", "abduction"]).ingestStep
    pipeline.stages[0] = .ingest(ingest)
    let windows = try CollectedWindows(of: pipeline)
    #expect(windows.summary.findings.gaps == faulty.breaks, "\(faulty.note)")
    #expect(windows.channelNames.suffix(4) == ["up_x", "up_y", "up_z", "magnitude"])
    #expect(!windows.windows.isEmpty)
  }
}
