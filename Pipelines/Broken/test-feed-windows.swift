import Martlet

let broken = Pipeline("broken", seed: 1) {
    Ingest("recordings") {
        Read(.csv, "*.csv", channels: ["acc_x", "acc_y", "acc_z"])
        Subjects(from: .fileName)
        Labels(column: "label", names: ["fall", "rest"])
        Resample(hertz: 50)
        Window(samples: 64)
        Split(by: .subject, holdOut: ["s01"])
    }
    Model {
        Conv1D(8, kernel: 5)
        GlobalAveragePool()
        Dense(.classes)
    }
    Pretrain(epochs: 1)
    Evaluate { Accuracy() }
    Test("a window of two frames") {
        Feed(windows: [[[0, 0, 1], [0, 0, 1]]], label: "fall")
        Expect(windows: 1)
    }
    Test("windows have no rate") {
        Feed(windows: [[[0, 0, 1], [0, 0]]], hertz: 50)
        Expect(windows: 1)
    }
}
