import Martlet

/// Finds out what the reference network should update to adapt within 42 KiB to people who wear the sensor turned.
///
/// Seven of the training subjects play newcomers to a network that was pretrained without them, each turned by a rotation
/// drawn from another seed than those of the test.
let mcu1dRotatedSearch = Pipeline("mcu1d-rotated-search", seed: 1) {
    Ingest("$MARTLET_DATA/HAPT9") {
        Read(
            .csv, "s*.csv.zst",
            channels: [
                "body_acc_x", "body_acc_y", "body_acc_z", "gyro_x", "gyro_y", "gyro_z", "total_acc_x", "total_acc_y",
                "total_acc_z",
            ])
        Subjects(from: .fileName)
        Labels(
            column: "label",
            names: ["walking", "walking_upstairs", "walking_downstairs", "sitting", "standing", "laying"])
        Rotate(by: .subject, matrices: "Pipelines/Data/har-rotations.json", on: .heldOut)
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
    Search(arena: .kibibytes(42), by: .contribution, evaluations: 24) {
        Rotate(by: .subject, seed: 99, on: .heldOut)
        Split(by: .subject, holdOut: ["s03", "s07", "s11", "s16", "s21", "s25", "s29"])
    }
    Train(
        on: .heldOut, adaptFraction: 0.5, epochs: 5, optimizer: .sgd(0.01), schedule: .linear, scaling: .qas,
        arena: .kibibytes(128))
    Evaluate { Accuracy(); MacroF1(); ConfusionMatrix(); PerSubject(); Memory(); Latency() }
    Report("report.html")
}
