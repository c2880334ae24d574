import Martlet

let broken = Pipeline("broken", seed: 1) {
  Ingest("recordings") {
    Read(.csv, "*.csv", channels: ["acc_x", "acc_y", "acc_z"])
    Subjects(from: .fileName)
    Labels(column: "label", names: ["fall", "rest"])
    Duplicates(.error, within: 0.02)
    Resample(hertz: 33.3333)
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
