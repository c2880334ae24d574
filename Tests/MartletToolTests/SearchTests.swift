import Foundation
import Testing

@Suite(.enabled(if: Tool.isBuilt, "the executable martlet is not beside the tests; build the whole package"))
struct SearchTests {
  /// One wearer alone has fewer windows than a batch.
  static let batch = ["--set", "pretrain.batch=16", "--quiet"]
  static let options = ["--budget", "4KiB", "--evaluations", "3", "--by", "contribution"] + batch

  private func object(_ text: String) throws -> [String: Any] {
    try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test func aPipelineWithoutASearchIsSearchedAndTheAnswerCanBePasted() throws {
    try withTool { tool in
      try Samples.writePipeline(tool)
      let result = try tool.run(["search", "tiny.swift", "--budget", "3KiB"] + Self.options)
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output.contains("validated on   s2, ") && result.output.contains("pretrained on  s1"))
      #expect(result.output.contains("3,072 bytes: ") && result.output.contains("4,096 bytes: "))
      #expect(result.output.hasSuffix("search directory: runs/tiny-search-1\n"))
      let answers = result.output.split(separator: "\n").filter { $0.hasPrefix("Update(.tensors([") }
      #expect(answers.count == 2)
      let text = Samples.pipeline.replacing("Update(.full)", with: try #require(answers.last))
      try tool.workspace.write(text, to: "pasted.swift")
      #expect(try tool.run("check", "pasted.swift").status == 0)
      let explained = try tool.run("explain", "pasted.swift")
      #expect(explained.status == 0)
      // What was searched can be read again.
      #expect(try tool.run("check", "runs/tiny-search-1/pipeline.swift").status == 0)
    }
  }

  @Test func jsonIsTheFileAndNothingElse() throws {
    try withTool { tool in
      try Samples.writePipeline(tool)
      let result = try tool.run(["search", "tiny.swift", "--output", "found", "--json"] + Self.options)
      #expect(result.status == 0 && result.errors.isEmpty)
      #expect(try result.output == String(contentsOf: tool.workspace["found/search.json"], encoding: .utf8))
      let searches = try #require(try object(result.output)["searches"] as? [[String: Any]])
      #expect(searches.count == 1 && searches[0]["budgetBytes"] as? Int == 4096)
    }
  }

  @Test func threadsChangeNothing() throws {
    try withTool { tool in
      try Samples.writePipeline(tool)
      let outputs = try ["1", "2"].map { threads in
        try tool.run(["search", "tiny.swift", "--json", "--threads", threads] + Self.options).output
      }
      #expect(outputs[0] == outputs[1])
      #expect(!outputs[0].isEmpty)
      let other = try tool.run(["search", "tiny.swift", "--json", "--set", "seed=4"] + Self.options).output
      #expect(other != outputs[0])
    }
  }

  @Test(arguments: ["search", "run"])
  func anInterruptedSearchSaysHowToGoOnAndDoesSo(command: String) throws {
    try withTool { tool in
      // A run would take what the whole one found from the cache.
      let batch = Self.batch + (command == "run" ? ["--no-cache"] : [])
      try Samples.writePipeline(tool)
      try tool.workspace.write(
        Samples.pipeline.replacing("Update(.full)", with: "Search(by: .contribution, evaluations: 3)"),
        to: "tiny.swift")
      let whole = try tool.run([command, "tiny.swift", "--output", "whole"] + batch)
      #expect(whole.status == 0, "\(whole.errors)")
      let journal = tool.workspace["stopped/search.jsonl"]
      let running = try tool.start([command, "tiny.swift", "--output", "stopped"] + batch)
      while running.process.isRunning,
        ((try? Data(contentsOf: journal)) ?? Data()).count(where: { $0 == UInt8(ascii: "\n") }) < 4
      {
        usleep(500)
      }
      kill(running.process.processIdentifier, SIGINT)
      let stopped = try running.wait()
      // On a machine that is very fast the search may be over before the signal comes.
      if stopped.status != 0 {
        #expect(stopped.status == 130)
        #expect(
          stopped.errors.contains(
            "go on with: martlet \(command) tiny.swift --output stopped --set pretrain.batch=16 --quiet\(command == "run" ? " --no-cache" : "") --resume"
          ),
          "\(stopped.errors)")
      }
      let refused = try tool.run([command, "tiny.swift", "--output", "stopped"] + batch)
      #expect(refused.status == 73)
      let resumed = try tool.run([command, "tiny.swift", "--output", "stopped", "--resume"] + batch)
      #expect(resumed.status == 0, "\(resumed.errors)")
      // Threads finish schemes in any order.
      for name in ["search.json", "search.jsonl", "search-network.json"] {
        let lines = try ["whole", "stopped"].map { folder in
          try String(contentsOf: tool.workspace["\(folder)/\(name)"], encoding: .utf8).split(separator: "\n").sorted()
        }
        #expect(lines[0] == lines[1], "\(name)")
      }
      let other = try tool.run(
        [command, "tiny.swift", "--output", "stopped", "--resume", "--set", "train.epochs=2"] + batch)
      #expect(other.status == 65)
      #expect(other.errors.contains("was begun with other recordings"))
    }
  }

  static let misuses: [(arguments: [String], status: Int32, says: String)] = [
    (["--budget", "64 elephants"], 64, "--budget takes a size such as 64KiB or 65536, found '64 elephants'"),
    (["--budget", "0"], 64, "--budget takes a size"),
    (["--by", "luck"], 64, "contribution, freeze, both"),
    (["--by", "contribution", "--threshold", "1"], 64, "--threshold is about freezing"),
    (["--threshold", "101"], 64, "--threshold takes points of accuracy from 0 to 100"),
    (["--evaluations", "0"], 64, "--evaluations takes a whole number from 1 to 10000"),
    (["--resume"], 64, "--resume needs the --output folder"),
    (["--resume", "--output", "nowhere"], 66, "nowhere: no search was begun here"),
    (["--budget", "100"], 78, "no update scheme fits 100 bytes"),
    (["--order", "conv9.weights"], 78, "the model has no tensor \"conv9.weights\""),
    (["--output", "data"], 73, "data: the folder is not empty"),
  ]

  @Test func everyMisuseHasItsStatusAndSaysWhatToDo() throws {
    try withTool { tool in
      try Samples.writePipeline(tool)
      let before = tool.workspace.contents
      for misuse in Self.misuses {
        let result = try tool.run(["search", "tiny.swift", "--quiet"] + misuse.arguments)
        #expect(result.status == misuse.status, "\(misuse.arguments): \(result.errors)")
        #expect(result.errors.contains(misuse.says), "\(misuse.arguments): \(result.errors)")
        #expect(result.output.isEmpty)
        #expect(tool.workspace.contents == before, "\(misuse.arguments) leaves nothing behind")
      }
    }
  }
}
