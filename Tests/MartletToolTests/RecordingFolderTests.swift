import Foundation
import Testing

/// Folders of recordings in place of recordings.
@Suite(.enabled(if: Tool.isBuilt, "the executable martlet is not beside the tests; build the whole package"))
struct RecordingFolderTests {
  private static func table(_ labels: [String]) -> String {
    "time_s,x,y,label\n"
      + (0..<4000).map { index in
        let shown = index / 500 % labels.count
        return "\(Double(index) / 50),\(sin(Double(index) * Double(shown + 1) * 0.1)),\(index % 7),\(labels[shown])\n"
      }.joined()
  }

  private func withFolders(_ body: (Tool) throws -> Void) throws {
    try withTool { tool in
      try tool.workspace.write(Self.table(["a", "b"]), to: "all/one/ann.csv")
      try tool.workspace.write(Self.table(["b", "a"]), to: "all/one/bob.csv")
      try tool.workspace.write(Self.table(["a", "b"]), to: "all/two/cy.csv")
      try tool.workspace.write("{\"0\": \"a\"}", to: "all/one/labels.json")
      try tool.workspace.write("{\"author\": \"x\"}", to: "all/one/about.json")
      try body(tool)
    }
  }

  @Test(arguments: ["info", "doctor"]) func eachFileIsLookedAtInTurn(command: String) throws {
    try withFolders { tool in
      let both = try tool.run(command, "all/one", "all/two")
      #expect(both.status == 0, "\(both)")
      for path in ["all/one/ann.csv", "all/one/bob.csv", "all/two/cy.csv"] { #expect(both.output.contains(path)) }
      #expect(both.errors.contains("left out") && both.errors.contains("about.json"), "\(both.errors)")
      // Named, it must be a recording.
      #expect(try tool.run(command, "all/one/about.json").status == 65)
      try tool.workspace.write(Self.table(["a", "b"]) + "80,what,1,a\n", to: "all/two/dee.csv")
      #expect(try tool.run(command, "all/two").status == 3)
    }
  }

  @Test(arguments: ["info", "doctor", "init"]) func whereTheRecordingsAreIsSaid(command: String) throws {
    try withFolders { tool in
      let above = try tool.run(command, "all")
      #expect(above.status == 66 && above.errors.contains("but its folders one, two do"), "\(above)")
      try tool.workspace.write("nothing", to: "none/readme.txt")
      let none = try tool.run(command, "none")
      #expect(none.status == 66 && none.errors.contains("holds no file whose name is that of a recording"), "\(none)")
    }
  }

  @Test(arguments: [["all/one", "all/two"], ["all/one/ann.csv", "all/one/bob.csv", "all/two/cy.csv"]])
  func initTakesSeveralFolders(logs: [String]) throws {
    try withFolders { tool in
      let made = try tool.run(["init"] + logs + ["-q", "-o", "folk.swift"])
      #expect(made.status == 0, "\(made)")
      let text = try String(contentsOf: tool.workspace["folk.swift"], encoding: .utf8)
      #expect(text.contains("Ingest(\"all\")") && text.contains("Read(.csv, \"one/*.csv\""), "\(text)")
      #expect(text.contains("Read(.csv, \"two/cy.csv\"") && text.contains("holdOut: [\"cy\"]"), "\(text)")
      let ran = try tool.run(
        "run", "folk.swift", "-q", "--set", "pretrain.epochs=1", "--set", "train.epochs=1", "--output", "run")
      #expect(ran.status == 0, "\(ran)")
    }
  }

  @Test(arguments: ["replay", "evaluate"]) func otherCommandsSayWhatAFolderIsNot(command: String) throws {
    try withFolders { tool in
      let result = try tool.run(command == "replay" ? ["replay", "all/one"] : ["evaluate", "run", "all/one"])
      #expect(result.status == 66, "\(result)")
      if command == "replay" { #expect(result.errors.contains("name the recordings in it"), "\(result)") }
    }
  }
}
