import Foundation
import Testing

@Suite(.enabled(if: Tool.isBuilt, "the executable martlet is not beside the tests; build the whole package"))
struct ModelUseTests {
  private func object(_ text: String) throws -> [String: Any] {
    try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  private func withRun(_ body: (Tool) throws -> Void) throws {
    try withTool { tool in
      try Samples.writePipeline(tool)
      #expect(try tool.run("run", "tiny.swift", "-q", "--no-cache", "-o", "run").status == 0)
      try body(tool)
    }
  }

  @Test func theEvaluationOfTheHeldOutRecordingIsThatOfTheRun() throws {
    try withRun { tool in
      let metrics = try object(String(contentsOf: tool.workspace["run/metrics.json"], encoding: .utf8))
      let expected = try #require(metrics["quantization"] as? [String: Any])
      let found = try object(tool.run("evaluate", "run", "data/s3.csv", "--subject", "none", "--json").output)
      #expect(found["accuracy"] as? Double == expected["accuracy"] as? Double)
      #expect(found["macroF1"] as? Double == expected["macroF1"] as? Double)
      #expect(found["schemaVersion"] as? Int == 1)
      let confusion = try #require(found["confusion"] as? [[Int]])
      #expect(confusion.joined().reduce(0, +) == found["labelled"] as? Int)
      #expect(confusion.count == 2 && found["classes"] as? [String] == ["pendulum", "abduction"])
      // Adapted weights are those of the recording's subject, unless told otherwise.
      let both = try object(tool.run("evaluate", "run", "data/s3.csv", "data/s1.csv", "--json").output)
      let files = try #require(both["files"] as? [[String: Any]])
      #expect(files.map { $0["weights"] as? String } == ["s3", nil])
      #expect(files.compactMap { $0["labelled"] as? Int }.reduce(0, +) == both["labelled"] as? Int)
      let text = try tool.run("evaluate", "run", "data/s3.csv", "data/s1.csv")
      #expect(text.status == 0 && text.errors.isEmpty)
      let lines = text.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
      #expect(lines[0] == ["recording", "weights", "windows", "labelled", "accuracy", "macro-F1"])
      #expect(lines[1].starts(with: ["data/s3.csv", "of", "s3"]) && lines[2].starts(with: ["data/s1.csv", "as"]))
      #expect(lines.contains { $0.starts(with: ["1", "pendulum"]) }, "\(text.output)")
      let other = try object(tool.run("evaluate", "run", "data/s1.csv", "--subject", "s3", "--json").output)
      #expect((other["files"] as? [[String: Any]])?[0]["weights"] as? String == "s3")
    }
  }

  @Test func everyWindowIsPredictedAsReplayDoesWithAScoreForEachClass() throws {
    try withRun { tool in
      let result = try tool.run("predict", "run", "data/s3.csv")
      #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
      let rows = result.output.split(separator: "\n").map { $0.split(separator: ",").map(String.init) }
      #expect(rows[0] == ["start_s", "end_s", "prediction", "score_pendulum", "score_abduction"])
      let replayed = try tool.run("replay", "data/s3.csv", "--model", "run", "--rate", "max", "--format", "csv", "-q")
      let expected = replayed.output.split(separator: "\n").map {
        $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      }
      #expect(rows.dropFirst().map { Array($0[..<3]) } == expected.dropFirst().map { [$0[0], $0[1], $0[3]] })
      #expect(rows.count > 20)
      for row in rows.dropFirst() {
        let scores = try row[3...].map { try #require(Double($0)) }
        #expect(abs(scores.reduce(0, +) - 1) < 0.0002 && scores.allSatisfy { (0...1).contains($0) })
        #expect(scores[row[2] == "pendulum" ? 0 : 1] == scores.max())
      }
      // Into a file, as JSON Lines, from standard input: the same.
      let input = try FileHandle(forReadingFrom: tool.workspace["data/s3.csv"])
      let piped = try tool.start(
        ["predict", "run", "-", "--subject", "s3", "--format", "jsonl", "-o", "out.jsonl"], input: input
      ).wait()
      #expect(piped.status == 0 && piped.output.isEmpty, "\(piped.errors)")
      let lines = try String(contentsOf: tool.workspace["out.jsonl"], encoding: .utf8).split(separator: "\n")
      #expect(lines.count == rows.count - 1)
      let first = try object(String(lines[0]))
      #expect(first["prediction"] as? String == rows[1][2])
      #expect(first["score_pendulum"] as? Double == Double(rows[1][3]))
      #expect(try tool.run("predict", "run", "data/s3.csv", "-o", "out.jsonl").status == 73)
      #expect(try tool.run("predict", "run", "data/s3.csv", "-o", "out.jsonl", "--force").status == 0)
      let several = try tool.run("predict", "run", "data/s3.csv", "data/s1.csv")
      #expect(several.output.hasPrefix("start_s,end_s,prediction,score_pendulum,score_abduction,recording\n"))
      #expect(several.output.hasSuffix(",data/s1.csv\n"))
      #expect(tool.workspace.contents.allSatisfy { !$0.hasSuffix(".tmp") })
    }
  }

  @Test func whatIsWrongWithRunsAndRecordingsHasItsStatus() throws {
    try withRun { tool in
      #expect(try tool.run("predict", "data", "data/s3.csv").status == 66)
      #expect(try tool.run("predict", "run", "nowhere.csv").status == 66)
      let unknown = try tool.run("predict", "run", "data/s3.csv", "--subject", "s9")
      #expect(unknown.status == 65 && unknown.errors.contains("it holds those of s3"))
      // A row that cannot be read is a loss after all the others have been predicted.
      let text = try String(contentsOf: tool.workspace["data/s3.csv"], encoding: .utf8)
      try tool.workspace.write(text + "so much for this row\n", to: "lossy.csv")
      for command in ["predict", "evaluate"] {
        let lossy = try tool.run(command, "run", "lossy.csv", "--subject", "s3")
        #expect(lossy.status == 3 && lossy.errors.contains("martlet: warning: lossy.csv: "), "\(lossy.errors)")
        #expect(!lossy.output.isEmpty)
      }
      let rows = text.split(separator: "\n")
      try tool.workspace.write(rows.prefix(20).joined(separator: "\n") + "\n", to: "short.csv")
      let short = try tool.run("predict", "run", "short.csv")
      #expect(short.status == 65 && short.errors.contains("no window came out of 19 frames"))
      try tool.workspace.write(
        rows.map {
          $0.hasSuffix("label") ? String($0) : $0.split(separator: ",").dropLast().joined(separator: ",") + ",walking"
        }
        .joined(separator: "\n") + "\n", to: "other.csv")
      let other = try tool.run("evaluate", "run", "other.csv")
      #expect(other.status == 65 && other.errors.contains("has a label of the run's classes (pendulum, abduction)"))
      #expect(try tool.run("evaluate", "run", "other.csv", "--label", "pendulum").status == 0)
    }
  }

  /// What a program's own stage does to frames, only that program knows.
  @Test func aRunWithAStageOfAProgramsOwnIsRefused() throws {
    try withRun { tool in
      let record = try String(contentsOf: tool.workspace["run/run.json"], encoding: .utf8)
      let own = #"{"ownStages": [{"name": "Jerk", "type": "Gait.Jerk", "version": 2}],"#
      try tool.workspace.write(own + record.dropFirst(), to: "run/run.json")
      for command in [
        ["predict", "run", "data/s3.csv"], ["evaluate", "run", "data/s3.csv"],
        ["replay", "data/s3.csv", "--model", "run"],
      ] {
        let result = try tool.run(command)
        #expect(
          result.status == 78
            && result.errors.contains(
              "run/pipeline.swift: the stage 'Jerk' is Gait.Jerk of the program that made the run, and martlet does not have it"
            ), "\(result.errors)")
      }
    }
  }
}
