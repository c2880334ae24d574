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
    Test("frames of two lengths") {
        Feed(frames: [[0, 0, 1], [0, 1]])
        Expect(windows: 0)
    }
    Test("frames of two channels") {
        Feed(frames: [[0, 1]])
        Expect(windows: 0)
    }
    Test("a time is missing, and a unit") {
        Feed(frames: [[0, 0, 1], [0, 0, 1]], times: [0], units: ["g"])
        Expect(windows: 0)
    }
    Test("nothing at all") {
        Feed(frames: [])
        Expect(windows: 0)
    }
    Test("no signal") {
        Feed(signals: [], seconds: 2)
        Expect(windows: 0)
    }
    Test("a signal for each of two channels") {
        Feed(signals: [.constant(1), .constant(2)], seconds: 2)
        Expect(windows: 0)
    }
    Test("words for numbers") {
        Feed(frames: [[0, .nam, "1"]])
        Expect(windows: 0)
    }
}
