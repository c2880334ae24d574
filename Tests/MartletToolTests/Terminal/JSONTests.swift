import Foundation
import Testing

/// Every command that reports does so as one JSON document with the version of its layout.
@Suite(.enabled(if: Tool.isBuilt, "the executable martlet is not beside the tests; build the whole package"))
struct JSONTests {
  /// Command lines by command; they run behind each other, from a folder with `tiny.swift` and its data.
  static let lines: [(command: String, arguments: [String], status: Int32)] = [
    ("init", ["init", "data", "-o", "first.swift", "--budget", "256KiB"], 0),
    ("check", ["check", "tiny.swift", "first.swift"], 0),
    ("check", ["check", "broken.swift", "tiny.swift"], 78),
    ("stages", ["stages"], 0),
    ("stages", ["stages", "Train", "Window"], 0),
    ("explain", ["explain", "tiny.swift"], 0),
    ("explain", ["explain", "tiny.swift", "--arena"], 0),
    ("status", ["status", "tiny.swift"], 0),
    ("run", ["run", "tiny.swift", "-o", "run", "-q"], 0),
    ("run", ["run", "tiny.swift", "-o", "sweep", "-q", "--sweep", "train.epochs=1,2"], 0),
    ("compare", ["compare", "run", "sweep/train.epochs=2"], 0),
    ("evaluate", ["evaluate", "run", "data/s3.csv"], 0),
    ("search", ["search", "tiny.swift", "-q", "-o", "search", "--set", "pretrain.batch=8", "--evaluations", "1"], 0),
    ("info", ["info", "data/s1.csv", "data/s2.csv"], 0),
    ("doctor", ["doctor", "data/s1.csv"], 0),
    ("convert", ["convert", "data/s1.csv", "s1.mcap"], 0),
    ("recover", ["recover", "s1.mcap", "-o", "s1-again.mcap"], 0),
    ("cut", ["cut", "data/s1.csv", "-o", "part.csv", "--duration", "2s"], 0),
    ("merge", ["merge", "data/s1.csv", "data/s2.csv", "-o", "both.csv"], 0),
    ("cache show", ["cache", "show"], 0),
    ("cache prune", ["cache", "prune", "--to", "1KiB"], 0),
    ("cache clear", ["cache", "clear"], 0),
  ]

  /// What prints a stream of lines or has tests of its own.
  static let others: Set<String> = ["cat", "test", "export"]

  @Test func everyReportIsOneDocumentWithAVersion() throws {
    try withTool { tool in
      try Samples.writePipeline(tool)
      try tool.workspace.write(Samples.pipeline.replacing("kernel: 5", with: "kernal: five"), to: "broken.swift")
      for line in Self.lines {
        let result = try tool.run(line.arguments + ["--json"])
        #expect(result.status == line.status, "\(line.arguments): \(result.errors)")
        let document = try? JSONSerialization.jsonObject(with: Data(result.output.utf8))
        let object = try #require(document as? [String: Any], "\(line.arguments): \(result.output.prefix(200))")
        #expect((object["schemaVersion"] as? Int ?? 0) >= 1, "\(line.arguments)")
      }
    }
  }

  @Test func everyCommandWithTheOptionIsTriedHere() throws {
    try withTool { tool in
      let commands = try HelpDocument.commands(tool).filter { command in
        (command.arguments ?? []).contains { $0.names?.contains { $0.name == "json" } == true }
      }
      let names = Set(commands.map { String($0.path.dropFirst("martlet ".count)) })
      #expect(names.subtracting(Self.others) == Set(Self.lines.map(\.command)))
    }
  }

  @Test func theMistakesOfAFileHavePlacesAndSuggestions() throws {
    try withTool { tool in
      try tool.workspace.write(Samples.pipeline.replacing("kernel: 5", with: "kernal: 5"), to: "broken.swift")
      let result = try tool.run("check", "broken.swift", "--json")
      #expect(result.status == 78 && result.errors.isEmpty)
      let object = try #require(JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
      let file = try #require((object["files"] as? [[String: Any]])?.first)
      #expect(file["file"] as? String == "broken.swift" && file["isValid"] as? Bool == false)
      let mistake = try #require((file["mistakes"] as? [[String: Any]])?.first)
      let place = try #require(mistake["place"] as? [String: Int])
      // The text before the misspelt word tells where it stands.
      let before = try #require(Samples.pipeline.range(of: "kernel")).lowerBound
      let lines = Samples.pipeline[..<before].split(separator: "\n", omittingEmptySubsequences: false)
      #expect(place["line"] == lines.count && place["column"] == lines[lines.count - 1].utf8.count + 1)
      #expect((mistake["message"] as? String)?.contains("kernal") == true)
      #expect((mistake["suggestion"] as? String)?.contains("kernel") == true)
    }
  }
}
