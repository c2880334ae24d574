import Martlet

let broken = Pipeline("broken", seed: 7) {
    Ingest("recordings") {
        Read(.csv, "s*.csv.zst", channels: ["acc_x", "acc_y", "acc_z"])
        Subjects(from: .fileName)
        Labels(column: "label", names: ["walking", "sitting"])
        Resample(hertz: 50)
        Window(samples: 70_000, every: 70_000)
        Split(by: .subject, holdOut: ["s08", "s09"])
    }
    Model {
        Conv1D(8, kernel: 5)
        InvertedResidual(16, expand: 3, kernel: 5, stride: 2)
        GlobalAveragePool()
        Dense(.classes)
    }
    Pretrain(epochs: 12, optimizer: .adam(0.002))
    Quantize(calibration: 256)
    Update(.full)
    Train(on: .heldOut, epochs: 5, optimizer: .sgd(0.003), arena: .kibibytes(96))
    Evaluate { Accuracy(); Memory() }
    Report("report.html")
}
