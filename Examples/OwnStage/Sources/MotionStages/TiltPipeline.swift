import Martlet

/// Shoulder exercises seen by a smartwatch, told apart with the help of `Tilt` and `Magnitude`.
///
/// - Parameters:
///   - folder: Of `SampleData/wrist`.
///   - epochs: Of pretraining.
public func tiltPipeline(_ folder: String, epochs: Int = 4) -> Pipeline {
  Pipeline("own-stage", seed: 7) {
    Ingest(folder) {
      Read(
        .mcap, "s0[3-8].mcap", topic: "/imu",
        channels: ["acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z"])
      Subjects(from: .fileName)
      Labels(
        topic: "/exercise",
        names: [
          "pendulum", "abduction", "forward_elevation", "internal_rotation_band", "external_rotation_band",
          "trapezius_row_band", "bent_over_row",
        ])
      Resample(hertz: 50)
      Tilt(accelerations: ["acc_x", "acc_y", "acc_z"], turns: ["gyro_x", "gyro_y", "gyro_z"])
      Magnitude(of: ["gyro_x", "gyro_y", "gyro_z"])
      Window(seconds: 2.56, every: 1.28)
      Split(by: .subject, holdOut: ["s08"])
    }
    Model {
      Conv1D(16, kernel: 5, stride: 2)
      InvertedResidual(24, expand: 2, kernel: 5, stride: 2)
      GlobalAveragePool()
      Dense(.classes)
    }
    Pretrain(epochs: epochs, optimizer: .adam(0.003))
    Quantize(calibration: 128)
    Update(.lastLayer)
    Train(
      on: .heldOut, adaptFraction: 0.5, adaptFrom: .eachSeries, epochs: 3, optimizer: .sgd(0.003), arena: .kibibytes(16)
    )
    Evaluate {
      Accuracy(); ConfusionMatrix()
    }
    Report("report.html")
  }
}
