import Foundation
import Testing

/// Colours and drawn-over lines go to a terminal that has them, and nowhere else.
@Suite(.enabled(if: Tool.isBuilt, "the executable martlet is not beside the tests; build the whole package"))
struct ColourTests {
  private static let escape: Character = "\u{1B}"

  /// What the tool writes where both its outputs are a terminal.
  private func onTerminal(_ tool: Tool, _ arguments: [String], environment: [String: String]) throws -> String? {
    guard let terminal = PseudoTerminal() else { return nil }
    let process = Process()
    let executable: URL = try #require(Tool.executable)
    process.executableURL = executable
    process.arguments = arguments
    process.currentDirectoryURL = tool.workspace.folder
    var all = ProcessInfo.processInfo.environment
    all["NO_COLOR"] = nil
    process.environment = all.merging(environment) { $1 }
    process.standardOutput = terminal.secondary
    process.standardError = terminal.secondary
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let text = terminal.text()
    process.waitUntilExit()
    return text
  }

  private func withSample(_ body: (Tool) throws -> Void) throws {
    try withTool { tool in
      try Samples.writePipeline(tool)
      try body(tool)
    }
  }

  @Test(arguments: [["check", "nowhere.swift"], ["explain", "tiny.swift", "--arena"], ["info", "data/s1.csv"]])
  func nothingIsColouredInAFile(arguments: [String]) throws {
    try withSample { tool in
      let result = try tool.run(arguments)
      #expect(!result.output.contains(Self.escape) && !result.errors.contains(Self.escape))
    }
  }

  @Test func aTerminalGetsColours() throws {
    try withSample { tool in
      let environment = ["TERM": "xterm-256color"]
      guard let mistake = try onTerminal(tool, ["check", "nowhere.swift"], environment: environment) else { return }
      #expect(mistake.contains("\u{1B}[1;31merror:\u{1B}[0m"), "\(mistake)")
      let arena = try onTerminal(tool, ["explain", "tiny.swift", "--arena"], environment: environment)
      #expect(arena?.contains("\u{1B}[") == true)
    }
  }

  @Test(arguments: [["TERM": "xterm-256color", "NO_COLOR": "1"], ["TERM": "dumb"]])
  func whoAsksForNoColoursGetsNone(environment: [String: String]) throws {
    try withSample { tool in
      guard let mistake = try onTerminal(tool, ["check", "nowhere.swift"], environment: environment) else { return }
      #expect(mistake.contains("martlet: error: nowhere.swift"), "\(mistake)")
      #expect(!mistake.contains("\u{1B}["))
      let arena = try onTerminal(tool, ["explain", "tiny.swift", "--arena"], environment: environment)
      #expect(arena?.contains("\u{1B}[") == false)
    }
  }

  private static let table = Tool.project.appendingPathComponent("SampleData/wrist/s10.csv.zst").path
  private static let messages = Tool.project.appendingPathComponent("SampleData/wrist/s01.mcap").path

  /// Command lines that read or compute, and the word for what they do.
  static let longWork: [(arguments: [String], phase: String)] = [
    (["run", "tiny.swift", "--no-cache"], "pretraining"),
    (["run", "tiny.swift", "--sweep", "train.epochs=1,2"], "sweeping"),
    (["search", "tiny.swift", "--evaluations", "1", "--set", "pretrain.batch=8"], "searching"),
    (["init", "data", "-o", "new.swift", "--budget", "256KiB"], "looking at"),
    (["info", "data/s1.csv"], "reading"),
    (["doctor", "data/s1.csv"], "examining"),
    (["convert", "data/s1.csv", "s1.mcap"], "converting"),
    (["recover", table, "-o", "again.csv"], "recovering"),
    (["recover", messages, "-o", "again.mcap"], "recovering"),
    (["cut", table, "-o", "part.csv", "--from", "1s"], "cutting"),
    (["cut", messages, "-o", "part.mcap", "--from", "1s"], "cutting"),
    (["merge", messages, messages, "-o", "twice.mcap"], "merging"),
    (["merge", "data/s1.csv", "data/s2.csv", "-o", "both.csv"], "merging"),
  ]

  @Test func longWorkShowsItsProgressOnATerminalOnly() throws {
    try withSample { tool in
      for (arguments, phase) in Self.longWork {
        let shown = try onTerminal(tool, arguments, environment: ["TERM": "xterm", "NO_COLOR": "1"])
        guard let shown else { return }
        #expect(shown.contains("\r\u{1B}[2K\(phase)"), "\(arguments): \(shown)")
      }
      let quiet = try onTerminal(tool, ["info", "data/s1.csv", "--quiet"], environment: ["TERM": "xterm"])
      #expect(quiet?.contains(Self.escape) == false)
    }
  }
}
