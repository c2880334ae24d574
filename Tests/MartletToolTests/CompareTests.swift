import Foundation
import Testing

@Suite(.enabled(if: Tool.isBuilt, "the executable martlet is not beside the tests; build the whole package"))
struct CompareTests {
  private func object(_ text: String) throws -> [String: Any] {
    try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test func figuresStandSideBySideWithWhatDiffered() throws {
    try withTool { tool in
      try Samples.writePipeline(tool)
      for (name, options) in [
        ("a", []), ("b", ["--set", "train.epochs=3", "--set", "update=.lastLayer"]), ("c", ["--seed", "9"]),
        ("d", ["--set", "pretrain.epochs=2"]),
      ] as [(String, [String])] {
        #expect(try tool.run(["run", "tiny.swift", "-q", "-o", "runs/\(name)"] + options).status == 0)
      }
      let two = try tool.run("compare", "runs/a", "runs/b")
      #expect(two.status == 0)
      let lines = two.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
      #expect(lines[0] == ["a", "b"])
      let arena = try #require(lines.first { $0.first == "arena," })
      // The last layer needs less than everything; what is better bears the mark, and the difference its sign.
      let numbers = arena.compactMap { Int($0.replacing(",", with: "")) }
      #expect(numbers.count == 3 && numbers[1] < numbers[0] && numbers[2] == numbers[1] - numbers[0], "\(arena)")
      #expect(arena[4] == "*" && arena[3].hasSuffix("\(numbers[1] % 1000)".suffix(2)))
      #expect(lines.contains(["train.epochs", "1", "3"]) && lines.contains(["update.scheme", ".full", ".lastLayer"]))
      #expect(!two.output.contains("pretrain.epochs"))

      let json = try object(tool.run("compare", "runs/a", "runs/c", "--json").output)
      #expect(json["schemaVersion"] as? Int == 1)
      let differences = try #require(json["differences"] as? [[String: Any]])
      #expect(differences.map { $0["name"] as? String } == ["seed"])
      #expect(differences[0]["values"] as? [String] == ["3", "9"])
      let figures = try #require(json["figures"] as? [[String: Any]])
      let metrics = try ["a", "c"].map { name in
        try object(String(contentsOf: tool.workspace["runs/\(name)/metrics.json"], encoding: .utf8))
      }
      for key in ["memory.arenaBytes", "evaluation.accuracyAfter", "ingest.frames"] {
        let parts = key.split(separator: ".").map(String.init)
        let expected = metrics.map { (($0[parts[0]] as? [String: Any])?[parts[1]] as? Double) ?? -1 }
        let figure = try #require(figures.first { $0["key"] as? String == key })
        #expect(figure["values"] as? [Double] == expected, "\(key)")
        let differences = try #require(figure["differences"] as? [Double])
        #expect(zip(differences, expected).allSatisfy { abs($0 - ($1 - expected[0])) < 1e-12 }, "\(key)")
      }

      // Many runs stand from the best to the worst.
      let many = try object(tool.run("compare", "runs/a", "runs/b", "runs/c", "runs/d", "--json").output)
      let order = try #require(
        (many["figures"] as? [[String: Any]])?.first { $0["key"] as? String == "evaluation.accuracyAfter" })
      let values = try #require(order["values"] as? [Double])
      #expect(values == values.sorted(by: >) && values.count == 4)
      let table = try tool.run("compare", "runs/a", "runs/b", "runs/c", "runs/d").output
      #expect(table.hasPrefix("run ") && table.contains("\n  train.epochs  "))
    }
  }

  @Test func otherRecordingsAreNamedAndFoldersThatAreNoRunsRefused() throws {
    try withTool { tool in
      try Samples.writePipeline(tool)
      #expect(try tool.run("run", "tiny.swift", "-q", "-o", "runs/a").status == 0)
      var text = try String(contentsOf: tool.workspace["data/s2.csv"], encoding: .utf8)
      text.removeLast(2)
      try tool.workspace.write(text + "9\n", to: "data/s2.csv")
      #expect(try tool.run("run", "tiny.swift", "-q", "-o", "runs/b").status == 0)
      let json = try object(tool.run("compare", "runs/a", "runs/b", "--json").output)
      let differences = try #require(json["differences"] as? [[String: Any]])
      #expect(differences.map { $0["kind"] as? String } == ["input"])
      #expect(differences.map { $0["name"] as? String } == ["data/s2.csv"])
      #expect(
        try tool.run("compare", "runs/a", "runs/a").output.contains("nothing differs in pipeline, files and martlet"))
      // A run of a martlet that did not write run.json, whose pipeline is gone.
      for name in ["run.json", "pipeline.swift"] {
        try FileManager.default.removeItem(at: tool.workspace["runs/b/\(name)"])
      }
      let old = try tool.run("compare", "runs/a", "runs/b")
      #expect(old.status == 0 && old.output.contains("runs/b: it has no run.json"))
      let none = try tool.run("compare", "runs/a", "data")
      #expect(none.status == 66)
      #expect(none.errors.contains("data: it holds no metrics.json; give a folder that 'martlet run' left"))
      try tool.workspace.write("{}", to: "runs/b/metrics.json")
      #expect(try tool.run("compare", "runs/b").errors.contains("its metrics.json cannot be read"))
    }
  }
}
