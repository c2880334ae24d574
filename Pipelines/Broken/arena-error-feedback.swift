import Martlet

let broken = Pipeline("broken", seed: 7) {
    Ingest("recordings") {
        Read(.csv, "s*.csv.zst", channels: ["acc_x", "acc_y", "acc_z"])
        Subjects(from: .fileName)
        Labels(column: "label", names: ["walking", "sitting"])
        Resample(hertz: 50)
        Window(seconds: 2.56, every: 0.64)
        Split(by: .subject, holdOut: ["s08", "s09"])
    }
    Model {
        Conv1D(32, kernel: 5, stride: 2)
        InvertedResidual(48, expand: 3, kernel: 5, stride: 2)
        GlobalAveragePool()
        Dense(.classes)
    }
    Pretrain(epochs: 12, optimizer: .adam(0.002))
    Quantize(calibration: 256)
    Update(.full)
    Train(on: .heldOut, epochs: 5, optimizer: .sgd(0.003), rounding: .errorFeedback, errors: .int16, arena: .kibibytes(40))
    Evaluate { Accuracy(); Memory() }
    Report("report.html")
}
