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
    Test("nothing is fed") {
        Expect(windows: 2)
    }
    Test("no such stage") {
        Feed(.constant(1), seconds: 3)
        Expect(after: .gaps, frames: 150)
    }
    Test("frames in windows, windows in frames") {
        Feed(.constant(1), seconds: 3)
        Expect(frames: 150, times: [0])
        Expect(after: .resample, windows: 2, window: 0, mean: 1)
    }
    Test("upstream") {
        Feed(.constant(1), seconds: 3, at: .window)
        Expect(after: .resample, frames: 150)
    }
}
