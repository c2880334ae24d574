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
    Test("feeds in vain") {
        Feed(.constant(1), seconds: 3)
    }
    Test("expects nothing") {
        Feed(.constant(1), seconds: 3)
        Expect(after: .resample)
        Expect(channel: "acc_x")
        Expect(window: 1)
    }
    Test("expects nothing of a layer") {
        Expect(layer: "conv1")
        Expect(shape: [60, 8])
        Expect(layer: "conv1", shape: [60])
    }
    Test("expects nothing of values") {
        Feed(.constant(1), seconds: 3)
        Expect(channel: "acc_x", values: [])
        Expect(after: .resample, times: [])
        Expect(channel: "acc_x", from: 2, to: 1, mean: 0, tolerance: -1)
        Expect(error: "")
    }
    Test("") {
        Feed(.constant(1), seconds: 3)
        Expect(windows: 2)
    }
}
