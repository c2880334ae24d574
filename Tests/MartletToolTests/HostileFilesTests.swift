import Foundation
import Testing

/// Run directories, caches and companions that somebody else may have made or changed.
@Suite(.enabled(if: Tool.isBuilt, "the executable martlet is not beside the tests; build the whole package"))
struct HostileFilesTests {
  private func withRun(_ body: (Tool) throws -> Void) throws {
    try withTool { tool in
      try Samples.writePipeline(tool)
      let result = try tool.run("run", "tiny.swift", "-q", "-o", "run")
      #expect(result.status == 0, "\(result.errors)")
      try body(tool)
    }
  }

  private func bytes(_ tool: Tool, _ name: String) throws -> Data { try Data(contentsOf: tool.workspace[name]) }

  @Test func whatIsReadIsNeverReplacedEvenByForce() throws {
    try withRun { tool in
      let recording = "data/s3.csv"
      let before = try bytes(tool, recording)
      try FileManager.default.createSymbolicLink(
        atPath: tool.workspace["link.csv"].path, withDestinationPath: "data/s3.csv")
      for arguments in [
        ["predict", "run", recording, "-o", recording], ["predict", "run", recording, "-o", "./data/../data/s3.csv"],
        ["replay", recording, "--rate", "max", "-q", "--report", recording], ["convert", recording, recording],
        ["convert", recording, "link.csv"], ["convert", "link.csv", recording],
        ["cut", recording, "-o", recording, "--to", "1s"], ["recover", recording, "-o", recording],
        ["merge", recording, "data/s1.csv", "-o", recording],
      ] {
        let result = try tool.run(arguments + ["--force"])
        #expect(result.status == 64, "\(arguments): \(result.status) \(result.errors)")
        #expect(try bytes(tool, recording) == before, "\(arguments)")
      }
    }
  }

  @Test func absurdFiguresOfARunAreShownAsTheyAre() throws {
    try withRun { tool in
      let text = try String(contentsOf: tool.workspace["run/metrics.json"], encoding: .utf8)
      var object = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
      for (section, key, value) in [
        ("training", "microsecondsPerStep", 1e308 as Any), ("memory", "arenaBytes", Int.max),
        ("model", "parameters", Int.min),
      ] {
        var part = try #require(object[section] as? [String: Any])
        part[key] = value
        object[section] = part
      }
      try FileManager.default.copyItem(at: tool.workspace["run"], to: tool.workspace["other"])
      try JSONSerialization.data(withJSONObject: object).write(to: tool.workspace["other/metrics.json"])
      let result = try tool.run("compare", "run", "other")
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output.contains("1e+308"), "\(result.output)")
    }
  }

  @Test(arguments: ["model.martlet", "pipeline.swift"])
  func aPipeInARunIsNotWaitedFor(name: String) throws {
    try withRun { tool in
      let path = tool.workspace["run/\(name)"].path
      try FileManager.default.removeItem(atPath: path)
      #expect(mkfifo(path, 0o600) == 0)
      let result = try tool.run("predict", "run", "data/s3.csv", "-q")
      #expect(result.status == 66 && result.errors.contains("is no regular file"), "\(result.errors)")
    }
  }

  @Test func aPipeBesideARecordingIsNotWaitedFor() throws {
    try withTool { tool in
      try tool.workspace.write("r 1 100 2\nr.dat 16 100/mV 16 0 0 0 0 x\n", to: "wfdb/r.hea")
      #expect(mkfifo(tool.workspace["wfdb/r.dat"].path, 0o600) == 0)
      let wfdb = try tool.run("info", "wfdb/r.hea")
      #expect(wfdb.status != 0 && wfdb.errors.contains("r.dat: cannot open the file: it is no regular file"))
      try tool.workspace.write("x", to: "bag/readme.txt")
      #expect(mkfifo(tool.workspace["bag/metadata.yaml"].path, 0o600) == 0)
      let bag = try tool.run("info", "bag")
      #expect(bag.status == 66, "\(bag.errors)")
    }
  }

  /// The names of a recording that was written to deceive.
  private static let evil = "a\u{1B}]0;owned\u{7}\u{1B}[31m\u{202E}b"

  @Test func noNameSteersTheTerminal() throws {
    try withRun { tool in
      let name = try #require(String(data: JSONEncoder().encode(Self.evil), encoding: .utf8))
      let rows = (0..<400).map { "{\"time_s\":\(Double($0) / 100),\(name):1,\"label\":\"l\(Self.json)\"}\n" }.joined()
      try tool.workspace.write(rows, to: "evil.jsonl")
      for arguments in [
        ["predict", "run", "evil.jsonl", "-q"], ["evaluate", "run", "evil.jsonl"],
        ["init", "evil.jsonl", "-o", "e.swift"],
        ["info", "evil.jsonl"], ["doctor", "evil.jsonl"], ["replay", "evil.jsonl", "--model", "run"],
      ] {
        let result = try tool.run(arguments)
        for (stream, text) in [("output", result.output), ("errors", result.errors)] {
          let isClean = text.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 32 && $0.value != 0x202E }
          #expect(isClean, "\(arguments) \(stream): \(text.debugDescription)")
        }
      }
    }
  }

  private static let json = "\\u001b[2J\\n"

  @Test func aCacheThatLiesIsComputedAgain() throws {
    try withRun { tool in
      let results = tool.workspace[".martlet/cache/results"]
      let names = try FileManager.default.contentsOfDirectory(atPath: results.path)
      #expect(names.count >= 4)
      for name in names { truncate(results.appendingPathComponent(name).path, off_t(1) << 36) }
      let result = try tool.run("run", "tiny.swift", "-q", "-o", "again")
      #expect(result.status == 0, "\(result.errors)")
      let same = try bytes(tool, "again/model.martlet") == bytes(tool, "run/model.martlet")
      #expect(same)
    }
  }

  @Test func aModelBeyondReasonIsNotRead() throws {
    try withRun { tool in
      #expect(truncate(tool.workspace["run/model.martlet"].path, off_t(1) << 38) == 0)
      let result = try tool.run("predict", "run", "data/s3.csv", "-q")
      #expect(result.status == 65, "\(result.errors)")
      #expect(result.errors.contains("model.martlet"), "\(result.errors)")
    }
  }

  @Test func aFileThatABagListsTwiceIsReadOnce() throws {
    try withTool { tool in
      let rows = "time_s,x\n" + (0..<200).map { "\(Double($0) / 100),\($0)\n" }.joined()
      try tool.workspace.write(rows, to: "in.csv")
      try tool.workspace.write("x", to: "bag/readme.txt")
      #expect(try tool.run("convert", "in.csv", "bag/a.mcap").status == 0)
      let files = Array(repeating: "    - a.mcap\n", count: 9).joined() + "    - ./a.mcap\n"
      try tool.workspace.write(
        "rosbag2_bagfile_information:\n  storage_identifier: mcap\n  relative_file_paths:\n\(files)",
        to: "bag/metadata.yaml")
      let result = try tool.run("cat", "bag")
      #expect(result.output.split(separator: "\n").count == 201, "\(result.output.prefix(200)) \(result.errors)")
      let info = try tool.run("info", "bag")
      #expect((info.output + info.errors).contains("lists 'a.mcap' more than once"), "\(info.output) \(info.errors)")
    }
  }

  @Test func aDeepNetworkIsCheckedToItsEnd() throws {
    try withTool { tool in
      let layers = Array(repeating: "Conv1D(8, kernel: 3)", count: 300).joined(separator: "\n        ")
      let text = Samples.pipeline.replacing("Conv1D(8, kernel: 5, stride: 2)", with: layers)
      try tool.workspace.write(text, to: "deep.swift")
      // Whatever is said of it: it ends, and does not take the memory of the machine.
      let result = try tool.run("check", "deep.swift")
      #expect([0, 78].contains(result.status), "\(result.errors)")
    }
  }
}
