import Martlet

/// An int8 network that knows other people's exercises adapts to a new wearer within 24 KiB.
///
/// The first half of each recorded series teaches, the second half tests. What is updated was found by
/// `wrist-exercises-search`.
let wristExercises = Pipeline("wrist-exercises", seed: 7) {
    Ingest("SampleData/wrist") {
        Read(.mcap, "s0[1-9].mcap", topic: "/imu")
        Read(.csv, "s10.csv.zst")
        Subjects(from: .fileName)
        Labels(
            topic: "/exercise", column: "label",
            names: [
                "pendulum", "abduction", "forward_elevation", "internal_rotation_band", "external_rotation_band",
                "trapezius_row_band", "bent_over_row",
            ])
        Resample(hertz: 50)
        Window(seconds: 2.56, every: 0.64)
        Split(by: .subject, holdOut: ["s08", "s09", "s10"])
    }
    Model {
        Conv1D(32, kernel: 5, stride: 2)
        InvertedResidual(32, expand: 3, kernel: 5)
        InvertedResidual(48, expand: 3, kernel: 5, stride: 2)
        Pointwise(128)
        GlobalAveragePool()
        Dense(.classes)
    }
    Pretrain(epochs: 12, optimizer: .adam(0.002))
    Quantize(calibration: 256)
    Update(
        .tensors([
            "conv1.weights", "conv1.bias", "block1.expand.weights", "block1.expand.bias", "block1.depthwise.bias",
            "block1.project.bias", "block2.expand.bias", "block2.depthwise.bias", "block2.project.bias",
            "pointwise1.bias", "dense1.weights", "dense1.bias",
        ]))
    Train(
        on: .heldOut, adaptFraction: 0.5, adaptFrom: .eachSeries, epochs: 5, optimizer: .sgd(0.003), scaling: .qas,
        arena: .kibibytes(24))
    Evaluate { Accuracy(); MacroF1(); ConfusionMatrix(); PerSubject(); Memory(); Latency() }
    Report("report.html")

    Test("a gap ends a window") {
        Feed(
            .sine(hertz: 2), seconds: 8, channels: ["acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z"],
            label: "abduction", subject: "s01", faults: [.gap(at: 4, seconds: 1)])
        Expect(windows: 4, found: [.gaps(1), .leftoverFrames(.between(1, 128))])
    }
    Test("no window holds two exercises, and none what has no label") {
        Feed(
            .constant(1), seconds: 12, channels: ["acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z"],
            labels: [.from(0, "pendulum"), .from(4, ""), .from(8, "bent_over_row")])
        Expect(windows: 6, labels: ["pendulum", "pendulum", "pendulum", "bent_over_row", "bent_over_row", "bent_over_row"])
        Expect(found: [.unlabelledFrames(200)])
    }
    Test("100 Hz become 50 Hz, and a sine stays one") {
        Feed(
            .sine(hertz: 2, amplitude: 1.5), seconds: 6, hertz: 100,
            channels: ["acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z"], label: "pendulum")
        Expect(after: .resample, frames: 300, hertz: 50)
        Expect(after: .resample, channel: "gyro_z", rms: 1.0607, maximum: .atMost(1.5), tolerance: 0.001)
        Expect(found: [])
    }
    Test("the network and its training fit the device") {
        Expect(layer: "block2", shape: [32, 48])
        Expect(parameters: .atMost(24_000), multiplyAccumulates: .atMost(1_100_000), arena: .atMost(.kibibytes(24)))
    }
}
