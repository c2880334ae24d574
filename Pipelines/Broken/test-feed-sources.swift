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
    Test("says how much, and not what") {
        Feed(seconds: 3, label: "fall")
        Expect(windows: 2)
    }
    Test("says two things") {
        Feed(.constant(1), frames: [[0, 0, 1]], seconds: 3)
        Expect(windows: 2)
    }
    Test("a file has frames of its own") {
        Feed(file: "walk.csv", hertz: 50, label: "fall")
        Expect(windows: 2)
    }
    Test("nobody knows how long") {
        Feed(.sine(hertz: 2))
        Expect(windows: 2)
    }
    Test("a rate and times, one label and several") {
        Feed(frames: [[0, 0, 1]], hertz: 50, times: [0], label: "fall", labels: [.from(0, "rest")])
        Expect(windows: 0)
    }
    Test("nameless") {
        Feed(file: "", subject: "")
        Expect(windows: 0)
    }
}
