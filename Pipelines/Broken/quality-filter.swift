import Martlet

let broken = Pipeline("broken", seed: 1) {
    Ingest("recordings") {
        Read(.csv, "*.csv", channels: ["acc_x", "acc_y", "acc_z"])
        Subjects(from: .fileName)
        Labels(column: "label", names: ["fall", "rest"])
        Median(frames: 4)
        Resample(hertz: 50, by: .polyphase)
        Filter(.lowPass(hertz: 25))
        Filter(.bandPass(from: 10, to: 5, order: 9))
        Gravity(of: ["acc_x", "acc_q"], below: 30)
        Select(["acc_x", "body_acc_x", "gravity_acc_y"])
        Window(samples: 128)
        Split(by: .subject, holdOut: ["s01"])
    }
    Model {
        Conv1D(8, kernel: 5)
        GlobalAveragePool()
        Dense(.classes)
    }
    Pretrain(epochs: 1)
    Evaluate { Accuracy() }
}
