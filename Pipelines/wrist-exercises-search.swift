import Martlet

/// Finds out what `wrist-exercises` should update to adapt to a new wearer within 24 KiB.
///
/// Three of the seven training wearers play newcomers to a network that was pretrained on the other four; those of the
/// test play no part.
let wristExercisesSearch = Pipeline("wrist-exercises-search", seed: 7) {
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
    Search(arena: .kibibytes(24), by: .both(threshold: 1), evaluations: 30) {
        Split(by: .subject, holdOut: ["s02", "s04", "s06"])
    }
    Train(
        on: .heldOut, adaptFraction: 0.5, adaptFrom: .eachSeries, epochs: 5, optimizer: .sgd(0.003), scaling: .qas,
        arena: .kibibytes(24))
    Evaluate { Accuracy(); MacroF1(); ConfusionMatrix(); PerSubject(); Memory(); Latency() }
    Report("report.html")
}
