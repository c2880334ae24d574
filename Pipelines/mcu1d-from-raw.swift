import Martlet

/// The reference network on raw recordings: the filters that made its nine channels stand in the pipeline.
let mcu1dFromRaw = Pipeline("mcu1d-from-raw", seed: 1) {
    Ingest("$MARTLET_DATA/HAPT") {
        Read(.csv, "s*.csv.zst", channels: ["acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z"])
        Subjects(from: .fileName)
        Labels(
            column: "label",
            names: [
                "walking", "walking_upstairs", "walking_downstairs", "sitting", "standing", "laying", "stand_to_sit",
                "sit_to_stand", "sit_to_lie", "lie_to_sit", "stand_to_lie", "lie_to_stand",
            ],
            ignore: ["stand_to_sit", "sit_to_stand", "sit_to_lie", "lie_to_sit", "stand_to_lie", "lie_to_stand"])
        Median(frames: 3)
        Filter(.lowPass(hertz: 20, order: 3), .zeroPhase)
        Gravity(of: ["acc_x", "acc_y", "acc_z"], below: 0.3, .zeroPhase)
        Select([
            "body_acc_x", "body_acc_y", "body_acc_z", "gyro_x", "gyro_y", "gyro_z", "acc_x", "acc_y", "acc_z",
        ])
        Window(samples: 128, every: 64)
        Normalize(.perChannel)
        Split(by: .subject, holdOut: ["s02", "s04", "s09", "s10", "s12", "s13", "s18", "s20", "s24"])
    }
    Model {
        Conv1D(32, kernel: 5, stride: 2)
        InvertedResidual(32, expand: 3, kernel: 5)
        InvertedResidual(48, expand: 3, kernel: 5, stride: 2)
        InvertedResidual(48, expand: 3, kernel: 5)
        InvertedResidual(64, expand: 3, kernel: 5, stride: 2)
        Pointwise(128)
        GlobalAveragePool()
        Dense(.classes)
    }
    Pretrain(
        epochs: 20, batch: 64, optimizer: .adam(0.002), schedule: .cosine, weightDecay: 0.0001, labelSmoothing: 0.05,
        augment: [.scale(0.1), .jitter(0.05)])
    Quantize(calibration: 500)
    Update(.full)
    Train(on: .heldOut, adaptFraction: 0.5, epochs: 5, optimizer: .sgd(0.001), scaling: .qas, arena: .kibibytes(128))
    Evaluate { Accuracy(); MacroF1(); ConfusionMatrix(); PerSubject(); Memory(); Latency() }
    Report("report.html")

    Test("gravity leaves the body's acceleration, and a spike of one frame is gone") {
        Feed(
            signals: [
                .sine(hertz: 2, amplitude: 0.5), .constant(0), .constant(9.81), .constant(0), .constant(0), .constant(0),
            ],
            seconds: 20, hertz: 50, label: "walking", faults: [.value(40, at: 10, channel: "acc_z")])
        Expect(after: .median, channel: "acc_z", from: 5, to: 15, minimum: 9.81, maximum: 9.81, tolerance: 0.00001)
        Expect(after: .gravity, channel: "gravity_acc_z", from: 5, to: 15, mean: 9.81, tolerance: 0.01)
        Expect(after: .gravity, channel: "body_acc_z", from: 5, to: 15, rms: .atMost(0.01))
        Expect(after: .gravity, channel: "body_acc_x", from: 5, to: 15, rms: .between(0.34, 0.36))
        Expect(
            channels: [
                "body_acc_x", "body_acc_y", "body_acc_z", "gyro_x", "gyro_y", "gyro_z", "acc_x", "acc_y", "acc_z",
            ])
    }
    Test("the filter keeps a walk and takes out what is above 20 Hz") {
        Feed(
            .sine(hertz: 24), plus: .sine(hertz: 2), seconds: 20, hertz: 50, label: "walking")
        Expect(after: .median, channel: "gyro_x", from: 2, to: 18, rms: .atLeast(0.7))
        Expect(after: .filter, channel: "gyro_x", from: 2, to: 18, rms: .between(0.65, 0.71))
    }
    Test("changes of posture are in no window") {
        Feed(
            .constant(1), seconds: 12, hertz: 50,
            labels: [.from(0, "sitting"), .from(5, "sit_to_stand"), .from(7, "standing")])
        Expect(labels: ["sitting", "sitting", "standing", "standing"], found: [.unlabelledFrames(100)])
    }
    Test("windows are normalised by those who train only") {
        Feed(.sine(hertz: 2, amplitude: 2, offset: 5), seconds: 6, hertz: 50, label: "walking", subject: "s01")
        Feed(.constant(5), seconds: 6, hertz: 50, label: "walking", subject: "s02")
        Expect(after: .normalize, subject: "s01", channel: "gyro_x", mean: 0, rms: 1, tolerance: 0.0001)
        Expect(after: .window, subject: "s02", channel: "gyro_x", mean: 5, tolerance: 0.01)
        Expect(after: .normalize, subject: "s02", channel: "gyro_x", mean: .between(-0.2, 0.2))
    }
}
