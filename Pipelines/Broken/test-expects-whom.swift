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
    Test("names") {
        Feed(.constant(1), seconds: 3, label: "fall", subject: "s01")
        Expect(subject: "s02", windows: 2)
        Expect(labels: ["fall", "rset"])
        Expect(channel: "acc_w", mean: 1)
        Expect(layer: "conv2", shape: [60, 8])
        Expect(found: [.gap(1)])
    }
    Test("memory without training") {
        Expect(arena: .atMost(.kibibytes(24)))
    }
}
