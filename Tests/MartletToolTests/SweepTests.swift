import Foundation
import Testing

@Suite(.enabled(if: Tool.isBuilt, "the executable martlet is not beside the tests; build the whole package"))
struct SweepTests {
  private func object(_ url: URL) throws -> [String: Any] {
    try #require(JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any])
  }

  private func names(_ tool: Tool, _ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: tool.workspace[folder].path).sorted()
  }

  @Test func everyCombinationRunsOnceAndJobsChangeNothing() throws {
    try withTool { tool in
      try Samples.writePipeline(tool)
      let sweep = ["run", "tiny.swift", "-q", "--sweep", "train.epochs=1,2", "--sweep", "update=.full,.lastLayer"]
      let one = try tool.run(sweep)
      #expect(one.status == 0, "\(one.errors)")
      #expect(one.output.hasSuffix("sweep directory: runs/tiny-sweep-1\n"))
      let expected = ["1", "2"].flatMap { epochs in
        [".full", ".lastLayer"].map { "train.epochs=\(epochs)+update=\($0)" }
      }
      #expect(try names(tool, "runs/tiny-sweep-1") == (expected + ["sweep.json"]).sorted())
      let two = try tool.run(sweep + ["--jobs", "3", "--cache", "other", "--threads", "2"])
      #expect(two.status == 0, "\(two.errors)")
      for name in expected {
        for file in ["model.martlet", "pipeline.swift"] {
          let bytes = try [1, 2].map { try Data(contentsOf: tool.workspace["runs/tiny-sweep-\($0)/\(name)/\(file)"]) }
          #expect(bytes[0] == bytes[1], "\(name)/\(file)")
        }
      }
      // What they have in common is done once, however many begin with it at the same time.
      for sweep in [1, 2] {
        let pretrained = try expected.map { name in
          let record = try object(tool.workspace["runs/tiny-sweep-\(sweep)/\(name)/run.json"])
          let stages = try #require(record["stages"] as? [[String: Any]])
          return stages.contains { $0["stage"] as? String == "pretrain" && $0["fromCache"] as? Bool == false }
        }
        #expect(pretrained.count(where: { $0 }) == 1)
      }
      // The same as a run of its own.
      #expect(
        try tool.run("run", "tiny.swift", "-q", "--no-cache", "--set", "train.epochs=2", "-o", "single").status == 0)
      #expect(
        try Data(contentsOf: tool.workspace["single/model.martlet"])
          == Data(contentsOf: tool.workspace["runs/tiny-sweep-1/train.epochs=2+update=.full/model.martlet"]))
      let table = try tool.run(["compare"] + expected.map { "runs/tiny-sweep-1/\($0)" })
      #expect(one.output.hasPrefix(table.output))
      let record = try object(tool.workspace["runs/tiny-sweep-1/sweep.json"])
      #expect(
        (record["differences"] as? [[String: Any]])?.map { $0["name"] as? String } == ["update.scheme", "train.epochs"])
    }
  }

  @Test func allMistakesAreToldAtOnceBeforeAnythingRuns() throws {
    try withTool { tool in
      try Samples.writePipeline(tool)
      let before = tool.workspace.contents
      let result = try tool.run(
        "run", "tiny.swift", "--sweep", "train.epochs=1,many,-2", "--sweep", "train.epoch=3", "--sweep", "seed",
        "--sweep", "pretrain.epochs=1,1", "--sweep", "update=.full,", "--sweep", "train.epochs=4")
      #expect(result.status == 64)
      for part in [
        "'train.epochs=many'", "'train.epochs=-2'", "did you mean 'epochs'?", "'seed': a sweep is written",
        "the value 1 stands twice", "'update=.full,': a sweep is written", "'train.epochs' is given twice",
      ] { #expect(result.errors.contains(part), "\(part): \(result.errors)") }
      #expect(result.output.isEmpty && tool.workspace.contents == before)
      let twice = try tool.run("run", "tiny.swift", "--set", "train.epochs=3", "--sweep", "train.epochs=4,5")
      #expect(twice.status == 64 && twice.errors.contains("'train.epochs' is given twice"))
      #expect(try tool.run("run", "tiny.swift", "--jobs", "2").status == 64)
      let many = (1...40).map(String.init).joined(separator: ",")
      let grid = try tool.run("run", "tiny.swift", "--sweep", "seed=\(many)", "--sweep", "train.epochs=\(many)")
      #expect(grid.status == 64 && grid.errors.contains("more than 1000 runs"))
    }
  }

  @Test func aRunThatFailsDoesNotTakeTheOthersAlong() throws {
    try withTool { tool in
      try Samples.writePipeline(tool)
      let result = try tool.run("run", "tiny.swift", "-q", "--sweep", "pretrain.batch=4096,16")
      #expect(result.status == 65)
      #expect(result.errors.contains("pretrain.batch=4096: "), "\(result.errors)")
      #expect(try names(tool, "runs/tiny-sweep-1") == ["pretrain.batch=16", "sweep.json"])
      #expect(result.output.contains("sweep directory: runs/tiny-sweep-1"))
    }
  }

  @Test func whatCannotTrainIsToldBeforeAnythingRuns() throws {
    try withTool { tool in
      try Samples.writePipeline(tool)
      let before = tool.workspace.contents
      let result = try tool.run("run", "tiny.swift", "-q", "--sweep", "train.arena=.bytes(100),.kibibytes(32)")
      #expect(result.status == 64)
      #expect(
        result.errors.contains("--sweep train.arena=.bytes(100): the training step needs "), "\(result.errors)")
      #expect(tool.workspace.contents == before)
      // A range is no list of values, and one mistake is told once.
      let range = try tool.run("run", "tiny.swift", "-q", "--sweep", "train.rate=0.001:0.01")
      #expect(range.status == 64 && !range.errors.contains("more than"), "\(range.errors)")
    }
  }

  @Test func foldersTellTheirValues() throws {
    try withTool { tool in
      try Samples.writePipeline(tool)
      let result = try tool.run(
        "run", "tiny.swift", "-q", "--sweep", "train.arena=.kibibytes(32),.kibibytes(48),kibibytes(48)")
      #expect(result.status == 0, "\(result.errors)")
      #expect(
        try names(tool, "runs/tiny-sweep-1") == [
          "sweep.json", "train.arena=.kibibytes-32", "train.arena=.kibibytes-48", "train.arena=kibibytes-48",
        ])
    }
  }

  @Test func anInterruptedSweepEndsInOrderAndGoesOn() throws {
    try withTool { tool in
      try Samples.writePipeline(tool)
      let sweep = ["run", "tiny.swift", "-q", "-o", "s", "--sweep", "train.epochs=1,20000,20001", "--jobs", "1"]
      let running = try tool.start(sweep)
      let first = tool.workspace["s/train.epochs=1/metrics.json"]
      while running.process.isRunning, !FileManager.default.fileExists(atPath: first.path) { usleep(2_000) }
      kill(running.process.processIdentifier, SIGINT)
      let result = try running.wait()
      #expect(result.status == 130)
      #expect(result.errors.contains("interrupted; 1 of 3 runs came to an end in 's'"), "\(result.errors)")
      #expect(try names(tool, "s") == ["train.epochs=1"])
      let again = try tool.run(["run", "tiny.swift", "-q", "-o", "s", "--sweep", "train.epochs=1,2", "--resume"])
      #expect(again.status == 0)
      let record = try object(tool.workspace["s/train.epochs=1/run.json"])
      #expect((record["stages"] as? [[String: Any]])?.allSatisfy { $0["fromCache"] as? Bool == true } == true)
    }
  }
}
