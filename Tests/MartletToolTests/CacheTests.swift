import Foundation
import Testing

@Suite(.enabled(if: Tool.isBuilt, "the executable martlet is not beside the tests; build the whole package"))
struct CacheTests {
  private func object(_ text: String) throws -> [String: Any] {
    try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  private func data(_ tool: Tool, _ name: String) throws -> Data { try Data(contentsOf: tool.workspace[name]) }

  /// The metrics without what tells where they come from, and without times unless they are asked for.
  private func metrics(_ tool: Tool, _ run: String, times: Bool = false) throws -> NSDictionary {
    var found = try object(String(decoding: data(tool, "\(run)/metrics.json"), as: UTF8.self))
    found["cachedStages"] = nil
    var training = try #require(found["training"] as? [String: Any])
    if !times { training["microsecondsPerStep"] = nil }
    found["training"] = training
    return found as NSDictionary
  }

  @Test func theSecondRunTakesEverythingFromTheCacheAndHasTheSameBits() throws {
    try withTool { tool in
      try Samples.writePipeline(tool)
      #expect(try tool.run("run", "tiny.swift", "-q", "--no-cache", "-o", "without").status == 0)
      #expect(!tool.workspace.contents.contains(".martlet"))
      let first = try tool.run("run", "tiny.swift", "-q", "-o", "first")
      #expect(first.status == 0 && first.errors.isEmpty && !first.output.contains("cached"))
      #expect(tool.workspace.contents.contains(".martlet"))
      #expect(FileManager.default.fileExists(atPath: tool.workspace[".martlet/cache/CACHEDIR.TAG"].path))
      // A comment is no change.
      try tool.workspace.write("// A remark.\n" + Samples.pipeline, to: "tiny.swift")
      let second = try tool.run("run", "tiny.swift", "-q", "-o", "second")
      #expect(
        second.output.contains("cached    ingest, pretrain, quantize, evaluate, train; times as measured then\n"),
        "\(second.output)")
      for name in ["first", "second"] {
        #expect(try data(tool, "\(name)/model.martlet") == data(tool, "without/model.martlet"))
        #expect(try metrics(tool, name) == metrics(tool, "without"))
      }
      // The time of a step is that of the run that took the steps.
      #expect(try metrics(tool, "second", times: true) == metrics(tool, "first", times: true))
      let record = try object(String(decoding: data(tool, "second/run.json"), as: UTF8.self))
      #expect((record["inputs"] as? [[String: Any]])?.count == 3)
      #expect((record["stages"] as? [[String: Any]])?.allSatisfy { $0["fromCache"] as? Bool == true } == true)
      let elsewhere = try tool.run("run", "tiny.swift", "-q", "--cache", "elsewhere", "-o", "third")
      #expect(!elsewhere.output.contains("cached"))
      #expect(tool.workspace.contents.contains("elsewhere"))
    }
  }

  @Test func statusTellsWhatWouldRunAndWhy() throws {
    try withTool { tool in
      try Samples.writePipeline(tool)
      let before = try tool.run("status", "tiny.swift")
      #expect(before.status == 0)
      #expect(before.output.hasPrefix("ingest    would run: it has not run yet\n"))
      #expect(!tool.workspace.contents.contains(".martlet"))
      #expect(try tool.run("run", "tiny.swift", "-q").status == 0)
      let lines = ["ingest", "pretrain", "quantize", "evaluate", "train"]
      #expect(
        try tool.run("status", "tiny.swift").output
          == lines.map { $0.padding(toLength: 10, withPad: " ", startingAt: 0) + "cached\n" }.joined())
      let changed = try tool.run("status", "tiny.swift", "--set", "pretrain.epochs=2", "--set", "train.epochs=3")
      #expect(
        changed.output == """
          ingest    cached
          pretrain  would run: pretrain.epochs was 1, is 2
          quantize  would run: 'pretrain' would run again
          evaluate  would run: 'pretrain' would run again
                               'quantize' would run again
          train     would run: train.epochs was 1, is 3
                               'quantize' would run again

          """)
      var text = try String(contentsOf: tool.workspace["data/s2.csv"], encoding: .utf8)
      text.removeLast(2)
      try tool.workspace.write(text + "9\n", to: "data/s2.csv")
      let status = try object(tool.run("status", "tiny.swift", "--json").output)
      #expect(status["schemaVersion"] as? Int == 1 && status["pipeline"] as? String == "tiny")
      let stages = try #require(status["stages"] as? [[String: Any]])
      #expect(stages.map { $0["stage"] as? String } == lines)
      #expect(stages[0]["reasons"] as? [String] == ["data/s2.csv changed"])
      #expect(stages[0]["isCached"] as? Bool == false)
      #expect(stages[4]["parts"] as? [String] == ["s3"] && stages[4]["cachedParts"] as? [String] == [])
      #expect(try tool.run("status", "nowhere.swift").status == 66)
      #expect(try tool.run("status", "tiny.swift", "--set", "train.epoch=3").status == 64)
    }
  }

  @Test func theCacheCanBeLookedAtAndCleared() throws {
    try withTool { tool in
      try Samples.writePipeline(tool)
      #expect(try tool.run("run", "tiny.swift", "-q").status == 0)
      let shown = try tool.run("cache")
      #expect(shown.output.hasPrefix("ingest    1 result, ") && shown.output.contains(".martlet/cache: "))
      let contents = try object(tool.run("cache", "show", "--json").output)
      let bytes = try #require(contents["bytes"] as? Int)
      #expect(contents["schemaVersion"] as? Int == 1 && bytes > 10_000)
      // The windows were used first.
      #expect(try tool.run("cache", "prune", "--to", "\(bytes - 1)").status == 0)
      #expect(
        try tool.run("status", "tiny.swift").output.hasPrefix(
          "ingest    would run: its result is not in the cache any more\n"))
      #expect(try tool.run("cache", "prune", "--to", "much").status == 64)
      #expect(try tool.run("cache", "clear").status == 0)
      #expect(!FileManager.default.fileExists(atPath: tool.workspace[".martlet/cache"].path))
      #expect(try tool.run("run", "tiny.swift", "-q", "--cache", "x", "--no-cache").status == 64)
    }
  }

  @Test func aKilledRunGoesOnAndResumeWritesIntoItsFolder() throws {
    try withTool { tool in
      try Samples.writePipeline(tool)
      let long = ["run", "tiny.swift", "--set", "pretrain.epochs=4000", "--set", "model.conv1.channels=128"]
      let running = try tool.start(long)
      let results = tool.workspace[".martlet/cache/results"]
      while running.process.isRunning,
        ((try? FileManager.default.contentsOfDirectory(atPath: results.path)) ?? []).isEmpty
      { usleep(2_000) }
      kill(running.process.processIdentifier, SIGKILL)
      running.process.waitUntilExit()
      #expect(running.process.terminationReason == .uncaughtSignal)
      // Nobody was there to say what had come to its end, and yet it is found.
      #expect(try tool.run("status", "tiny.swift").output.hasPrefix("ingest    cached\n"))
      try tool.workspace.write("half of it", to: "half/metrics.json")
      #expect(try tool.run("run", "tiny.swift", "-q", "-o", "half").status == 73)
      let resumed = try tool.run("run", "tiny.swift", "-q", "-o", "half", "--resume")
      #expect(resumed.status == 0 && resumed.output.contains("cached    ingest; times"), "\(resumed.errors)")
      #expect(try tool.run("run", "tiny.swift", "-q", "-o", "half", "--resume", "--no-cache").status == 64)
      // A run of another pipeline is never written over by mistake.
      let kept = try String(contentsOf: tool.workspace["half/metrics.json"], encoding: .utf8)
      let other = try tool.run("run", "tiny.swift", "-q", "-o", "half", "--resume", "--set", "train.epochs=2")
      #expect(other.status == 73 && other.errors.contains("holds the run of another pipeline"), "\(other.errors)")
      #expect(try String(contentsOf: tool.workspace["half/metrics.json"], encoding: .utf8) == kept)
    }
  }
}
