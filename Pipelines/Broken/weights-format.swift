import Martlet

let broken = Pipeline("weights-format") {
    Ingest("data") {
        Read(.csv, "*.csv", channels: ["x", "y", "z"])
        Subjects(from: .fileName)
        Labels(column: "label", names: ["rest", "swing"])
        Window(samples: 100, every: 50)
        Split(by: .subject, holdOut: ["s01"])
    }
    Model { Conv1D(8, kernel: 5); GlobalAveragePool(); Dense(.classes) }
    Pretrain(from: "network.pt", modules: ["stem", "stem", ""])
    Quantize()
    Evaluate { Accuracy() }
}
