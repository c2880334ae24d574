import Foundation

/// Small recordings cut from the sample data, and a pipeline that learns from them in a second.
enum Samples {
  /// The table of one wearer, heading first, as lines.
  static func wearer(_ tool: Tool) throws -> [Substring] {
    let source = Tool.project.appendingPathComponent("SampleData/wrist/s10.csv.zst").path
    _ = try tool.run("convert", source, "whole.csv", "--quiet")
    let text = try String(contentsOf: tool.workspace["whole.csv"], encoding: .utf8)
    try FileManager.default.removeItem(at: tool.workspace["whole.csv"])
    return text.split(separator: "\n")
  }

  /// Writes `slice.csv`: the first rows of a wearer.
  static func writeSlice(_ tool: Tool, rows: Int) throws -> String {
    let text = try wearer(tool).prefix(rows + 1).map { $0 + "\n" }.joined()
    try tool.workspace.write(text, to: "slice.csv")
    return text
  }

  /// Writes `data/s1.csv` to `data/s3.csv`, each with some of two exercises, and `tiny.swift` that reads them.
  static func writePipeline(_ tool: Tool) throws {
    let lines = try wearer(tool)
    for subject in 0..<3 {
      var text = lines[0] + "\n"
      for exercise in ["pendulum", "abduction"] {
        let rows = lines.filter { $0.hasSuffix(",\(exercise)") }
        text += rows[subject * 400..<(subject + 1) * 400].map { $0 + "\n" }.joined()
      }
      try tool.workspace.write(String(text), to: "data/s\(subject + 1).csv")
    }
    try tool.workspace.write(pipeline, to: "tiny.swift")
  }

  static let pipeline = """
    import Martlet

    let tiny = Pipeline("tiny", seed: 3) {
        Ingest("data") {
            Read(.csv, "*.csv")
            Subjects(from: .fileName)
            Labels(column: "label", names: ["pendulum", "abduction"])
            Window(samples: 64, every: 16)
            Split(by: .subject, holdOut: ["s3"])
        }
        Model {
            Conv1D(8, kernel: 5, stride: 2)
            GlobalAveragePool()
            Dense(.classes)
        }
        Pretrain(epochs: 1, optimizer: .adam(0.002))
        Quantize(calibration: 16)
        Update(.full)
        Train(on: .heldOut, adaptFraction: 0.5, epochs: 1, optimizer: .sgd(0.003), scaling: .qas, arena: .kibibytes(32))
        Evaluate { Accuracy(); Memory() }
        Report("report.html")
    }

    """
}
