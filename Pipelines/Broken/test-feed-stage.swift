import Martlet

let broken = Pipeline("broken", seed: 1) {
    Ingest("recordings") {
        Read(.csv, "*.csv", channels: ["acc_x", "acc_y", "acc_z"])
        Subjects(from: .fileName)
        Labels(column: "label", names: ["fall", "rest"])
        Filter(.highPass(hertz: 0.1), .zeroPhase)
        Filter(.lowPass(hertz: 20), .zeroPhase)
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
    Test("no such stage") {
        Feed(.constant(1), seconds: 3, at: .resampel)
        Expect(windows: 2)
    }
    Test("a stage that this pipeline lacks") {
        Feed(.constant(1), seconds: 3, at: .gravity)
        Expect(windows: 2)
    }
    Test("one of two") {
        Feed(.constant(1), seconds: 3, at: .filter)
        Expect(after: .filter(3), frames: 150)
    }
    Test("frames where windows are") {
        Feed(.constant(1), seconds: 3, at: .normalize)
        Expect(windows: 2)
    }
    Test("at two places") {
        Feed(.constant(1), seconds: 3)
        Feed(.constant(1), seconds: 3, at: .resample)
        Expect(windows: 2)
    }
}
