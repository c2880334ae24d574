import Foundation
import Testing

@Suite(.enabled(if: Tool.isBuilt, "the executable martlet is not beside the tests; build the whole package"))
struct MisuseTests {
  struct Case: CustomTestStringConvertible {
    var arguments: [String]
    var status: Int32
    /// Part of what standard error says.
    var says: String
    var testDescription: String { arguments.joined(separator: " ") }
  }

  static let wrist = Tool.project.appendingPathComponent("Pipelines/wrist-exercises.swift").path
  static let broken = Tool.project.appendingPathComponent("Pipelines/Broken/unit.swift").path
  static let log = Tool.project.appendingPathComponent("SampleData/wrist/s03.mcap").path

  static let cases = [
    Case(arguments: ["chek", "x.swift"], status: 64, says: "no command 'chek'; did you mean 'check'?"),
    Case(arguments: ["run"], status: 64, says: "Missing expected argument"),
    Case(arguments: ["run", "x.swift", "--outptu", "y"], status: 64, says: "--output"),
    Case(arguments: ["run", "x.swift", "--threads", "0"], status: 64, says: "--threads takes a whole number"),
    Case(arguments: ["run", "x.swift", "--threads", "many"], status: 64, says: "many"),
    Case(arguments: ["run", "x.swift", "--seed", "1.5"], status: 64, says: "1.5"),
    Case(arguments: ["run", "nowhere.swift"], status: 66, says: "nowhere.swift: cannot open the file"),
    Case(arguments: ["run", "."], status: 66, says: "cannot open the file"),
    Case(arguments: ["run", broken], status: 78, says: "unit.swift:9:25: error:"),
    Case(arguments: ["run", wrist, "--set", "train.epoch=3"], status: 64, says: "did you mean 'epochs'?"),
    Case(arguments: ["run", wrist, "--set", "train"], status: 64, says: "stage.argument=value"),
    // Its recordings count from the current folder, where there are none.
    Case(arguments: ["run", wrist], status: 66, says: "no file matches 's0[1-9].mcap'"),
    Case(arguments: ["run", wrist, "--output", "/dev/null"], status: 73, says: "choose another --output"),
    Case(arguments: ["run", wrist, "--output", "/dev/null/deeper"], status: 73, says: "choose another --output"),
    Case(arguments: ["explain", "nowhere.swift"], status: 66, says: "nowhere.swift: cannot open the file"),
    Case(arguments: ["explain", wrist, "--channels", "0"], status: 64, says: "--channels takes a whole number"),
    Case(arguments: ["info"], status: 64, says: "Missing expected argument"),
    Case(arguments: ["info", "nowhere.csv"], status: 66, says: "nowhere.csv: cannot open the file"),
    Case(arguments: ["info", wrist], status: 65, says: "wrist-exercises.swift"),
    Case(arguments: ["convert", "only.csv"], status: 64, says: "at least two paths"),
    Case(arguments: ["convert", "nowhere.csv", "out.mcap"], status: 66, says: "nowhere.csv: cannot open the file"),
    Case(arguments: ["convert", log, "out.xls"], status: 64, says: ".csv.zst"),
    Case(arguments: ["convert", log, "no/folder/out.csv"], status: 73, says: "there is no folder 'no/folder'"),
    Case(arguments: ["convert", log, "out.csv", "--topic", "/imo"], status: 65, says: "no message on topic '/imo'"),
    Case(arguments: ["convert", log, "out.csv", "--unit", "acc_x"], status: 64, says: "such as acc_x=g"),
    Case(arguments: ["convert", log, "out.csv", "--level", "99"], status: 64, says: "from 1 to 22"),
    Case(
      arguments: ["convert", log, "out.csv", "--label-names-file", wrist], status: 65, says: "holds no label names"),
  ]

  @Test(arguments: cases) func everyMisuseHasItsStatusAndSaysWhatToDo(_ misuse: Case) throws {
    try withTool { tool in
      let result = try tool.run(misuse.arguments)
      #expect(result.status == misuse.status)
      #expect(result.errors.contains(misuse.says), "\(result.errors)")
      #expect(result.errors.contains("martlet: error: "))
      #expect(result.output.isEmpty)
      #expect(tool.workspace.contents.isEmpty, "nothing is left behind")
    }
  }

  @Test(arguments: [["--help"], ["help", "run"], ["run", "--help"], ["convert", "--help-hidden"], ["--version"]])
  func helpIsAResultAndBeginsWithAnExample(arguments: [String]) throws {
    try withTool { tool in
      let result = try tool.run(arguments)
      #expect(result.status == 0)
      #expect(result.errors.isEmpty)
      #expect(arguments == ["--version"] || result.output.contains(#/EXAMPLES?:\s+martlet /#))
    }
  }

  @Test func anOutputThatCannotBeWrittenToIsAnError() throws {
    guard let full = FileHandle(forWritingAtPath: "/dev/full") else { return }
    try withTool { tool in
      let result = try tool.run(["info", Self.log, "--quiet"], output: full)
      #expect(result.status == 74)
      #expect(result.errors.contains("standard output: cannot write"))
    }
  }

  @Test func aReaderThatGoesAwayIsNoError() throws {
    try withTool { tool in
      let pipe = Pipe()
      try pipe.fileHandleForReading.close()
      let result = try tool.run(["info", Self.log, "--quiet"], output: pipe.fileHandleForWriting)
      #expect(result.status == 0)
      #expect(result.errors.isEmpty)
    }
  }
}
