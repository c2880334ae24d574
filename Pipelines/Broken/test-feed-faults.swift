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
    Test("what goes wrong") {
        Feed(
            .constant(1), seconds: 3,
            faults: [.gap(at: 4, seconds: 1), .nan(at: 1, channel: "acc_q"), .stuk(at: 1, seconds: 1), .jump(at: -1, seconds: 1)])
        Expect(found: [.gaps(1)])
    }
    Test("where it goes wrong") {
        Feed(
            .constant(1), seconds: 3,
            faults: [.gap(at: 4, seconds: 1), .nan(at: 1, channel: "acc_q")])
        Expect(found: [.gaps(1)])
    }
}
