import Foundation
import Testing

@Suite(.enabled(if: Tool.isBuilt, "the executable martlet is not beside the tests; build the whole package"))
struct ReplayTests {
  @Test func everyPacePrintsTheRecordingAndReportsIt() throws {
    try withTool { tool in
      let source = Tool.project.appendingPathComponent("SampleData/wrist/s10.csv.zst").path
      let fast = try tool.run("replay", source, "--rate", "1000", "--report", "fast.json")
      let fastest = try tool.run("replay", source, "--rate", "max", "--quiet")
      #expect(fast.status == 0)
      #expect(fast.output == fastest.output)
      #expect(fast.errors.contains("replayed: 26,863 frames"))
      #expect(fast.errors.contains("pace: "))
      #expect(fastest.errors.isEmpty)
      let report = try #require(
        JSONSerialization.jsonObject(with: Data(contentsOf: tool.workspace["fast.json"])) as? [String: Any])
      let replay = try #require(report["replay"] as? [String: Any])
      #expect(replay["frames"] as? Int == 26_863)
      #expect((replay["overrun"] as? [String: Any])?["frames"] as? Int == 0)
      #expect(replay["pace"] != nil)
      // A table of the same frames is the table that convert writes.
      let table = try tool.run("replay", source, "--rate", "max", "--format", "csv", "--quiet")
      let lines = try Samples.wearer(tool)
      #expect(table.output == lines.map { $0 + "\n" }.joined())
    }
  }

  @Test func aReaderThatGoesAwayEndsAnEndlessReplay() throws {
    try withTool { tool in
      _ = try Samples.writeSlice(tool, rows: 50)
      let pipe = Pipe()
      let running = try tool.start(
        ["replay", "slice.csv", "--rate", "max", "--loop"], output: pipe.fileHandleForWriting)
      try pipe.fileHandleForWriting.close()
      #expect(try pipe.fileHandleForReading.read(upToCount: 1000)?.isEmpty == false)
      try pipe.fileHandleForReading.close()
      let result = try running.wait()
      #expect(result.status == 0)
      #expect(result.errors.isEmpty)
    }
  }

  @Test func anInterruptedReplayKeepsAndReportsWhatItPlayed() throws {
    try withTool { tool in
      _ = try Samples.writeSlice(tool, rows: 50)
      let running = try tool.start(["replay", "slice.csv", "--rate", "max", "--loop", "--report", "report.json"])
      while (try? FileManager.default.attributesOfItem(atPath: running.outputFile.path))?[.size] as? Int ?? 0 == 0 {
        usleep(1000)
      }
      running.process.interrupt()
      let result = try running.wait()
      #expect(result.status == 130)
      #expect(result.errors.contains("replayed: "))
      #expect(result.errors.contains("interrupted after "))
      #expect(result.output.hasSuffix("}\n"))
      let text = try String(contentsOf: tool.workspace["report.json"], encoding: .utf8)
      #expect(text.contains("\"interrupted\" : true"))
      #expect(text.contains("\"frames\" : \(result.output.split(separator: "\n").count)"))
    }
  }

  @Test func aModelPredictsWindowsAsTheStreamPlays() throws {
    try withTool { tool in
      try Samples.writePipeline(tool)
      #expect(try tool.run("run", "tiny.swift", "--output", "run", "--quiet").status == 0)
      let result = try tool.run(
        "replay", "data/s3.csv", "--model", "run", "--rate", "max", "--subject", "none", "--report", "report.json")
      #expect(result.status == 0)
      let lines = result.output.split(separator: "\n")
      let lastLine = try #require(lines.last)
      let last = try #require(JSONSerialization.jsonObject(with: Data(lastLine.utf8)) as? [String: Any])
      // The run's own figure for the quantised network on the held-out wearer's windows.
      let metrics = try #require(
        JSONSerialization.jsonObject(with: Data(contentsOf: tool.workspace["run/metrics.json"])) as? [String: Any])
      let accuracy = try #require(last["accuracy"] as? Double)
      let expected = try #require(quantizedAccuracy(metrics))
      #expect(abs(accuracy - expected) < 0.0001)
      #expect(result.errors.contains("weights: as quantised"))
      #expect(result.errors.contains("pendulum"))
      let adapted = try tool.run("replay", "data/s3.csv", "--model", "run", "--rate", "max", "--format", "csv")
      #expect(adapted.output.hasPrefix("time_s,end_s,label,prediction,accuracy\n"))
      #expect(adapted.errors.contains("weights: adapted to s3"))
      let cut = try tool.run("replay", "data/s3.csv", "--pipeline", "tiny.swift", "--rate", "max")
      #expect(cut.output.split(separator: "\n").count == lines.count)
      #expect(cut.errors.contains("windows: \(lines.count), \(lines.count) of them labelled"))
      #expect(cut.status == 0)
      // What a run warns of, a replay does too.
      let text = try String(contentsOf: tool.workspace["data/s3.csv"], encoding: .utf8)
      let rows = text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().map { index, row in
        var cells = row.split(separator: ",", omittingEmptySubsequences: false)
        if (200..<240).contains(index) { cells[1] = "nan" }
        return cells.joined(separator: ",")
      }
      try tool.workspace.write(rows.joined(separator: "\n"), to: "holes.csv")
      let holes = try tool.run("replay", "holes.csv", "--pipeline", "tiny.swift", "--rate", "max")
      #expect(holes.status == 3)
      #expect(holes.errors.contains("40 frames were dropped because a value was not finite"))
      #expect(try tool.run("replay", "data/s3.csv", "--model", "nowhere").status == 66)
    }
  }

  private func quantizedAccuracy(_ metrics: [String: Any]) -> Double? {
    (metrics["quantization"] as? [String: Any])?["accuracy"] as? Double
  }

  @Test func whatIsLostGivesAStatusOfItsOwn() throws {
    try withTool { tool in
      let text = try Samples.writeSlice(tool, rows: 50)
      try tool.workspace.write(text.replacing("0.02,", with: "what,", maxReplacements: 1), to: "bad.csv")
      let result = try tool.run("replay", "bad.csv", "--rate", "max")
      #expect(result.status == 3)
      #expect(result.errors.contains("martlet: warning: bad.csv: byte "))
      #expect(result.output.split(separator: "\n").count == 49)
    }
  }

  @Test(arguments: [
    (["slice.csv", "--step"], "no terminal"), (["slice.csv", "--rate", "0"], "--rate"),
    (["slice.csv", "--from", "soon"], "--from"), (["slice.csv", "--to", "1s", "--duration", "1s"], "--duration"),
    (["slice.csv", "--loop", "0"], "--loop"), (["slice.csv", "--model", "a", "--pipeline", "b"], "--pipeline"),
    (["slice.csv", "--subject", "a"], "--model"), (["-", "--loop"], "standard input"),
  ]) func misuseIsRefusedWithASentence(arguments: [String], word: String) throws {
    try withTool { tool in
      _ = try Samples.writeSlice(tool, rows: 10)
      let result = try tool.run(["replay"] + arguments)
      #expect(result.status == 64)
      #expect(result.errors.contains(word), "\(result.errors)")
    }
  }
}
