import Foundation
import Testing

/// `martlet init`: a pipeline file that is right, says why, and runs.
@Suite(.enabled(if: Tool.isBuilt, "the executable martlet is not beside the tests; build the whole package"))
struct InitTests {
  /// Three axes at 100 Hz that show one of three things for some seconds each, again and again.
  private static func table(seconds: Int = 60, label: String = "label", time: String = "time_s") -> String {
    var text = "\(time),ax,ay,az,\(label)\n"
    let names = ["rest", "shake", "turn"]
    for index in 0..<seconds * 100 {
      let shown = index / 700 % 3
      let phase = Double(index) * [0.02, 0.9, 0.25][shown]
      let values = [0, 1, 2].map { (sin(phase + Double($0)) * [0.1, 2, 1][shown] * 1000).rounded() / 1000 }
      let stamp = time == "time_s" ? "\(Double(index) / 100)" : "\(index * 10)"
      text += "\(stamp),\(values[0]),\(values[1]),\(values[2]),\(names[shown])\n"
    }
    return text
  }

  @Test func aRecordingOfOnesOwnBecomesAReportInTwoCommands() throws {
    try withTool { tool in
      try tool.workspace.write(Self.table(), to: "mine.csv")
      let made = try tool.run("init", "mine.csv", "-q")
      #expect(made.status == 0, "\(made.errors)")
      let text = try String(contentsOf: tool.workspace["mine.swift"], encoding: .utf8)
      for part in [
        "Pipeline(\"mine\"", "Read(.csv, \"mine.csv\", channels: [\"ax\", \"ay\", \"az\"])", "Resample(hertz: 100",
        "names: [\"rest\", \"shake\", \"turn\"]", "holdOutLast: 0.5", "arena: .kibibytes(64)",
        "// 1 recording, 6,000 frames",
      ] { #expect(text.contains(part), "\(part) in\n\(text)") }
      let ran = try tool.run(
        "run", "mine.swift", "-q", "--set", "pretrain.epochs=3", "--set", "train.epochs=1", "--output", "run")
      #expect(ran.status == 0, "\(ran.errors)")
      #expect(try String(contentsOf: tool.workspace["run/report.html"], encoding: .utf8).contains("</html>"))
    }
  }

  @Test func peopleAreHeldOutWhereEachHasMostLabels() throws {
    try withTool { tool in
      for name in ["anna", "ben", "cleo", "dan"] {
        try tool.workspace.write(Self.table(seconds: 30), to: "\(name).csv")
      }
      #expect(try tool.run("init", ".", "-q", "-o", "people.swift").status == 0)
      let text = try String(contentsOf: tool.workspace["people.swift"], encoding: .utf8)
      #expect(text.contains("Read(.csv, \"*.csv\"") && text.contains("Subjects()"), "\(text)")
      #expect(text.contains("holdOut: [\"dan\"]"), "\(text)")
      let chosen = try tool.run("init", ".", "-q", "-o", "-", "--hold-out", "anna,ben")
      #expect(chosen.output.contains("holdOut: [\"anna\", \"ben\"]"), "\(chosen.output)")
      #expect(try tool.run("init", ".", "-q", "-o", "-", "--hold-out", "zoe").status == 65)
    }
  }

  @Test func otherNamesOfColumnsAreFound() throws {
    try withTool { tool in
      try tool.workspace.write(Self.table(label: "Activity", time: "timestamp_ms"), to: "phone.csv")
      let made = try tool.run("init", "phone.csv", "-q", "-o", "-")
      #expect(made.status == 0, "\(made.errors)")
      #expect(made.output.contains("Read(.auto, \"phone.csv\"") && made.output.contains("column: \"Activity\""))
      #expect(made.output.contains("Resample(hertz: 100"), "\(made.output)")
    }
  }

  /// What is written is right: the check finds nothing, the arena is within the budget, and nothing larger would be.
  @Test(arguments: ["16KiB", "24KiB", "40KiB", "1MiB"]) func thePipelineFitsTheBudget(_ budget: String) throws {
    try withTool { tool in
      try tool.workspace.write(Self.table(), to: "mine.csv")
      #expect(try tool.run("init", "mine.csv", "-q", "--budget", budget).status == 0)
      let checked = try tool.run("check", "mine.swift")
      #expect(checked.status == 0, "\(checked.errors)")
      #expect(try tool.run("explain", "mine.swift").status == 0)
      let text = try String(contentsOf: tool.workspace["mine.swift"], encoding: .utf8)
      let schemes = [".full", ".lastBlocks(1)", ".biasesAndLastLayer", ".lastLayer"]
      let chosen = try #require(schemes.firstIndex { text.contains("Update(\($0))") }, "\(text)")
      for larger in schemes[..<chosen] {
        let refused = try tool.run("check", "mine.swift", "--set", "update=\(larger)")
        #expect(refused.status == 78 && refused.errors.contains("the training step needs"), "\(larger): \(refused)")
      }
    }
  }

  struct Refusal: Sendable, CustomTestStringConvertible {
    let text: String
    let status: Int32
    let says: String
    var testDescription: String { says }
  }

  @Test(arguments: [
    Refusal(text: "time_s,ax\n0,1\n0.01,2\n", status: 65, says: "no frame is labelled"),
    Refusal(text: "time_s,ax,label\n0,1,a\n0.01,2,a\n", status: 65, says: "at least two labels"),
    Refusal(text: "time_s,ax,label\n0,1,a\n0.01,2,b\n0.02,4,a\n", status: 65, says: "label longer stretches"),
    Refusal(text: "ax,label\n1,a\n2,b\n", status: 65, says: "--rate"),
    Refusal(text: "", status: 65, says: "holds no data"),
  ]) func whatCannotBeLearnedFromIsSaid(_ refusal: Refusal) throws {
    try withTool { tool in
      try tool.workspace.write(refusal.text, to: "in.csv")
      let result = try tool.run("init", "in.csv", "-q")
      #expect(result.status == refusal.status && result.errors.contains(refusal.says), "\(result.errors)")
      #expect(tool.workspace.contents == ["in.csv"])
    }
  }

  @Test func aFileIsReplacedOnlyByForce() throws {
    try withTool { tool in
      try tool.workspace.write(Self.table(), to: "mine.csv")
      try tool.workspace.write("precious", to: "mine.swift")
      #expect(try tool.run("init", "mine.csv", "-q").status == 73)
      #expect(try String(contentsOf: tool.workspace["mine.swift"], encoding: .utf8) == "precious")
      #expect(try tool.run("init", "mine.csv", "-q", "--force").status == 0)
    }
  }
}
