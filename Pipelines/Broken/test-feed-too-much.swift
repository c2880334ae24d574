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
    Test("a day at 1 MHz") {
        Feed(.constant(1), seconds: 86_400, hertz: 1_000_000)
        Expect(windows: .atLeast(1))
    }
    Test("several times a little too much") {
        Feed(.constant(1), seconds: 20_000)
        Feed(.constant(1), seconds: 20_000)
        Expect(windows: .atLeast(1))
    }
    Test("more than fits a number") {
        Feed(.constant(1), seconds: 3, faults: [.nan(at: 1, frames: 9_000_000_000)])
        Expect(windows: .between(1, 99_999_999_999_999_999))
    }
}
