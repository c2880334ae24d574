import Foundation
import Testing

@Suite(.enabled(if: Tool.isBuilt, "the executable martlet is not beside the tests; build the whole package"))
struct RunTests {
  /// The metrics without the one figure that is a time, and without what tells where they come from.
  private func metrics(_ tool: Tool, _ directory: String) throws -> NSDictionary {
    let data = try Data(contentsOf: tool.workspace["\(directory)/metrics.json"])
    var object = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    var training = try #require(object["training"] as? [String: Any])
    #expect(training.removeValue(forKey: "microsecondsPerStep") is NSNumber)
    object["training"] = training
    object["cachedStages"] = nil
    return object as NSDictionary
  }

  @Test func theSameSeedGivesTheSameBytesAgainAndOnMoreThreads() throws {
    try withTool { tool in
      try Samples.writePipeline(tool)
      let first = try tool.run("run", "tiny.swift", "--threads", "1", "--no-cache")
      #expect(first.status == 0, "\(first.errors)")
      #expect(first.output.hasSuffix("run directory: runs/tiny-1\n"))
      // The next free number, without being told.
      let second = try tool.run("run", "tiny.swift", "--threads", "2", "--quiet", "--no-cache")
      #expect(second.status == 0)
      #expect(second.errors.isEmpty)
      #expect(second.output.hasSuffix("run directory: runs/tiny-2\n"))
      let model = try Data(contentsOf: tool.workspace["runs/tiny-1/model.martlet"])
      #expect(try model == Data(contentsOf: tool.workspace["runs/tiny-2/model.martlet"]))
      #expect(try metrics(tool, "runs/tiny-1") == metrics(tool, "runs/tiny-2"))
      // A comparison that cannot fail would show nothing.
      #expect(try tool.run("run", "tiny.swift", "--seed", "4", "--output", "other", "--quiet").status == 0)
      #expect(try model != Data(contentsOf: tool.workspace["other/model.martlet"]))
    }
  }

  @Test func theRunDirectoryHoldsThePipelineThatRan() throws {
    try withTool { tool in
      try Samples.writePipeline(tool)
      #expect(try tool.run("run", "tiny.swift", "--output", "as-written", "--quiet").status == 0)
      let copy = try String(contentsOf: tool.workspace["as-written/pipeline.swift"], encoding: .utf8)
      #expect(copy == Samples.pipeline)
      #expect(try tool.run("run", "tiny.swift", "--set", "train.epochs=2", "-o", "changed", "--quiet").status == 0)
      // What ran can be run again from what is left of it.
      #expect(try tool.run("run", "changed/pipeline.swift", "-o", "again", "--quiet", "--no-cache").status == 0)
      #expect(
        try Data(contentsOf: tool.workspace["changed/model.martlet"])
          == Data(contentsOf: tool.workspace["again/model.martlet"]))
      #expect(try metrics(tool, "as-written") != metrics(tool, "changed"))
    }
  }

  @Test func aFormatThatIsStatedIsHeldTo() throws {
    try withTool { tool in
      try Samples.writePipeline(tool)
      let other = Samples.pipeline.replacing("Read(.csv", with: "Read(.mcap")
      try tool.workspace.write(other, to: "other.swift")
      let result = try tool.run("run", "other.swift", "-q")
      #expect(result.status == 65, "\(result.errors)")
      #expect(result.errors.contains("s1.csv: the recording is .csv, and 'Read' says .mcap"), "\(result.errors)")
    }
  }

  @Test func aRunDirectoryIsOverwrittenOnlyByForce() throws {
    try withTool { tool in
      try Samples.writePipeline(tool)
      try tool.workspace.write("precious", to: "taken/notes.txt")
      let refused = try tool.run("run", "tiny.swift", "--output", "taken")
      #expect(refused.status == 73)
      #expect(refused.errors.contains("taken: the folder is not empty"))
      #expect(try tool.run("run", "tiny.swift", "--output", "taken", "--force", "--quiet").status == 0)
      #expect(try String(contentsOf: tool.workspace["taken/notes.txt"], encoding: .utf8) == "precious")
    }
  }

  @Test func progressGoesToStandardErrorAsPlainLinesWhereThereIsNoTerminal() throws {
    try withTool { tool in
      try Samples.writePipeline(tool)
      let result = try tool.run("run", "tiny.swift")
      for phase in ["reading: 100 %", "pretraining: 100 %", "calibrating: ", "planned: ", "adapting: 100 %"] {
        #expect(result.errors.contains(phase), "\(result.errors)")
      }
      #expect(!result.errors.contains("\r") && !result.errors.contains("\u{1B}"))
    }
  }

  @Test func lostRowsGiveAStatusOfTheirOwnAfterACompleteRun() throws {
    try withTool { tool in
      try Samples.writePipeline(tool)
      let file = tool.workspace["data/s1.csv"]
      var text = try String(contentsOf: file, encoding: .utf8)
      text += "so much for this row\n"
      try Data(text.utf8).write(to: file)
      let result = try tool.run("run", "tiny.swift", "--quiet")
      #expect(result.status == 3)
      #expect(result.errors.contains("martlet: warning: data/s1.csv: "))
      #expect(result.output.hasSuffix("run directory: runs/tiny-1\n"))
    }
  }

  @Test(arguments: [(SIGINT, 130), (SIGTERM, 143)] as [(Int32, Int32)])
  func anInterruptedRunEndsInOrderAndLeavesNothing(signal: Int32, status: Int32) throws {
    try withTool { tool in
      try Samples.writePipeline(tool)
      let before = tool.workspace.contents
      // Far more than will run, and yet an end if the signal is not heeded.
      let running = try tool.start(
        ["run", "tiny.swift", "--set", "pretrain.epochs=5000", "--set", "model.conv1.channels=256"])
      // The line about reading stands there once the first epoch is over, so the run is under way.
      while running.process.isRunning, !running.errorsSoFar.contains("reading") { usleep(2_000) }
      kill(running.process.processIdentifier, signal)
      let result = try running.wait()
      #expect(result.status == status)
      #expect(result.errors.contains("martlet: error: interrupted"))
      #expect(result.output.isEmpty)
      #expect(tool.workspace.contents.filter { $0 != ".martlet" } == before)
    }
  }
}
