import Foundation
import PipelineModel
import Reports
import Testing

@testable import PipelineRunner

@Suite struct RunDirectoryTests {
  @Test func aRunLeavesItsFilesBehind() throws {
    let recordings = try SyntheticRecordings()
    for name in ["a.csv", "b.csv"] { try recordings.writeCSV(name, stretches: 4) }
    let run = try recordings.run(recordings.pipeline())
    let outcome = try run.run()
    let folder = "\(recordings.folder)/run"
    let directory = try RunDirectory.write(outcome, of: run, source: "// source\n", to: folder)
    let files = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    #expect(
      files == [
        "int8.safetensors", "metrics.json", "model.martlet", "network.safetensors", "pipeline.swift", "report.html",
        "run.json",
      ])
    let metrics = try RunMetrics(json: Data(contentsOf: URL(fileURLWithPath: "\(folder)/metrics.json")))
    #expect(metrics == directory.metrics)
    #expect(try String(contentsOfFile: "\(folder)/pipeline.swift", encoding: .utf8) == "// source\n")
    #expect(try String(contentsOfFile: "\(folder)/report.html", encoding: .utf8).contains("synthetic"))
    #expect(!directory.terminalSummary.isEmpty)
  }

  @Test func thePageShowsTheTablesThatEvaluateNames() throws {
    let recordings = try SyntheticRecordings()
    for name in ["a.csv", "b.csv"] { try recordings.writeCSV(name, stretches: 4) }
    var pipeline = recordings.pipeline()
    var pages: [String] = []
    for metrics in [
      Evaluate { Accuracy() },
      Evaluate {
        Accuracy(); ConfusionMatrix(); PerSubject(); Memory()
      },
    ] {
      pipeline.stages[6] = .evaluate(metrics)
      let run = try recordings.run(pipeline)
      let folder = "\(recordings.folder)/run"
      _ = try RunDirectory.write(try run.run(), of: run, source: "", to: folder)
      pages.append(try String(contentsOfFile: "\(folder)/report.html", encoding: .utf8))
    }
    for heading in ["Subject by subject", "What is taken for what", "Who has the memory"] {
      #expect(!pages[0].contains(heading))
      #expect(pages[1].contains(heading))
    }
  }

  @Test func aPlaceThatCannotBeWrittenIsNamed() throws {
    let recordings = try SyntheticRecordings()
    for name in ["a.csv", "b.csv"] { try recordings.writeCSV(name, stretches: 4) }
    let run = try recordings.run(recordings.pipeline())
    let outcome = try run.run()
    #expect(throws: RunError.self) {
      try RunDirectory.write(outcome, of: run, source: "", to: "\(recordings.folder)/a.csv/run")
    }
  }

  @Test func explainingNeedsNoDataAndPlansTheSameArena() throws {
    let recordings = try SyntheticRecordings()
    for name in ["a.csv", "b.csv"] { try recordings.writeCSV(name, stretches: 4) }
    let run = try recordings.run(recordings.pipeline())
    let explanation = try PipelineExplanation(run.pipeline, channels: 3)
    #expect(explanation.plan?.arenaBytes == (try run.run()).training?.plan.arenaBytes)
    #expect(explanation.text.contains("conv1"))
    #expect(explanation.text.contains("planned peak"))
  }
}
