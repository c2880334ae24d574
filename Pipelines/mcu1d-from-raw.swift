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
}
