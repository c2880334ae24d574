import Foundation
import Testing

/// `doctor`, `recover`, `cut`, `cat` and `merge`.
@Suite(.enabled(if: Tool.isBuilt, "the executable martlet is not beside the tests; build the whole package"))
struct RecordingCommandTests {
  private static let table = "time_s,x[g],label\n" + (0..<300).map(row).joined()
  private static func row(_ index: Int) -> String { "\(Double(index) / 100),\((index * 37) % 101),l\(index / 100)\n" }

  private func text(_ tool: Tool, _ name: String) throws -> String {
    try String(contentsOf: tool.workspace[name], encoding: .utf8)
  }

  private func object(_ text: String) throws -> [String: Any] {
    try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  // MARK: Doctor

  @Test func doctorTellsAndItsStatusSaysHowBadItIs() throws {
    try withTool { tool in
      try tool.workspace.write(Self.table, to: "good.csv")
      try tool.workspace.write(Self.table + "9,1,l2\n", to: "gap.csv")
      try tool.workspace.write(Self.table + "what,1,l2\n", to: "bad.csv")
      try tool.workspace.write("\u{1}\u{2}", to: "none.csv")
      #expect(
        try tool.run("doctor", "good.csv", "-q").output
          == "good.csv: csv, \(Self.table.utf8.count) bytes, 300 frames\n  nothing wrong was found\n")
      #expect(try tool.run("doctor", "gap.csv", "-q").status == 0)
      #expect(try tool.run("doctor", "gap.csv", "-q", "--strict").status == 3)
      #expect(try tool.run("doctor", "good.csv", "bad.csv", "-q").status == 3)
      #expect(try tool.run("doctor", "none.csv", "-q").status == 65)
      #expect(try tool.run("doctor", "nowhere.csv", "bad.csv", "-q").status == 66)
    }
  }

  /// Without frames that anyone asked for, messages alone are no fault.
  @Test func doctorMissesATopicOnlyWhereItIsNamed() throws {
    try withTool { tool in
      try tool.workspace.write("time_s,x\n0,1\n0.01,2\n", to: "in.csv")
      #expect(try tool.run("convert", "in.csv", "in.mcap", "--topic", "/imu").status == 0)
      #expect(try tool.run("doctor", "in.mcap", "--topic", "/imu", "-q").status == 0)
      let missed = try tool.run("doctor", "in.mcap", "--topic", "/gps", "-q")
      #expect(missed.status == 65 && missed.errors.contains("the file has '/imu'"), "\(missed.errors)")
    }
  }

  @Test func doctorPrintsJSON() throws {
    try withTool { tool in
      try tool.workspace.write(Self.table + "9,1,l2\nwhat,1,l2\n", to: "bad.csv")
      let report = try object(tool.run("doctor", "bad.csv", "--json", "-q").output)
      #expect(report["schemaVersion"] as? Int == 1)
      let log = try #require((report["logs"] as? [[String: Any]])?.first)
      #expect(log["errors"] as? Int == 1 && log["warnings"] as? Int == 1)
      let problems = try #require(log["problems"] as? [[String: Any]])
      #expect(problems.map { $0["code"] as? String } == ["badTime", "gap"])
      #expect(problems[0]["line"] as? Int == 303 && problems[1]["time"] as? String == "2990000000")
    }
  }

  // MARK: Recover

  @Test func recoverKeepsTheGoodRowsAndSaysWhatIsLost() throws {
    try withTool { tool in
      try tool.workspace.write(Self.table, to: "good.csv")
      try tool.workspace.write(Self.table + "what,1,l2\n" + Self.row(300), to: "bad.csv")
      let whole = try tool.run("recover", "good.csv", "-o", "copy.csv")
      #expect(whole.status == 0 && whole.output.hasPrefix("copy.csv: 300 frames kept, nothing lost"))
      #expect(try text(tool, "copy.csv") == Self.table)
      let result = try tool.run("recover", "bad.csv", "-o", "kept.csv", "--json", "-q")
      #expect(result.status == 3 && result.errors.contains("bad.csv: byte "))
      #expect(try object(result.output)["isComplete"] as? Bool == false)
      #expect(try text(tool, "kept.csv") == Self.table + Self.row(300))
      #expect(try tool.run("recover", "bad.csv", "-o", "kept.csv").status == 73)
      #expect(try tool.run("recover", "bad.csv", "-o", "bad.csv", "--force").status == 64)
      #expect(try text(tool, "bad.csv").contains("what"))
      #expect(try tool.run("recover", "bad.csv", "-o", "-", "-q").output == Self.table + Self.row(300))
      try tool.workspace.write("", to: "empty.csv")
      #expect(try tool.run("recover", "empty.csv", "-o", "no.csv").status == 65)
      #expect(tool.workspace.contents == ["bad.csv", "copy.csv", "empty.csv", "good.csv", "kept.csv"])
    }
  }

  // MARK: Cut, cat, merge

  @Test func thePartsOfACutAreMergedToTheWhole() throws {
    try withTool { tool in
      try tool.workspace.write(Self.table, to: "whole.csv")
      for (name, arguments) in [
        ("a", ["--to", "1s"]), ("b", ["--from", "1s", "--duration", "1s"]), ("c", ["--from", "2s"]),
      ] {
        let result = try tool.run(["cut", "whole.csv", "-o", "\(name).csv", "-q"] + arguments)
        #expect(result.status == 0 && result.errors.isEmpty)
      }
      #expect(try text(tool, "b.csv") == "time_s,x[g],label\n" + (100..<200).map(Self.row).joined())
      let merged = try tool.run("merge", "c.csv", "a.csv", "b.csv", "-o", "again.csv")
      #expect(merged.status == 0 && merged.output.hasPrefix("again.csv: 300 frames by time, from 3 recordings"))
      #expect(try text(tool, "again.csv") == tool.run("cat", "whole.csv").output)
      #expect(try tool.run("cut", "whole.csv", "-o", "d.csv").status == 64)
      #expect(try tool.run("cut", "whole.csv", "-o", "a.csv", "--to", "1s").status == 73)
      #expect(try tool.run("merge", "whole.csv", "-o", "e.csv").status == 64)
    }
  }

  @Test func catPrintsFramesInEveryFormat() throws {
    try withTool { tool in
      try tool.workspace.write("time_s,x[g],y\n1,2,3\n2,4,5\n", to: "a.csv")
      try tool.workspace.write("time_s,x,y\n0,6,\n", to: "b.csv")
      #expect(try tool.run("cat", "a.csv").output == "time_s,x[g],y\n1,2,3\n2,4,5\n")
      #expect(
        try tool.run("cat", "a.csv", "b.csv", "--channels", "y", "--format", "tsv").output
          == "time_s\ty\tsegment\n1\t3\t0\n2\t5\t0\n0\t\t1\n")
      #expect(try tool.run("cat", "a.csv", "--json", "--from", "1s").output == #"{"time_s":2,"x[g]":4,"y":5}"# + "\n")
      try tool.workspace.write("time_s,z\n0,6\n", to: "c.csv")
      let differ = try tool.run("cat", "a.csv", "c.csv")
      #expect(differ.status == 65 && differ.errors.contains("channels 'z' differ from 'x', 'y'"))
      try tool.workspace.write("time_s,x\n0,6\nbad,6\n", to: "d.csv")
      #expect(try tool.run("cat", "d.csv").status == 3)
    }
  }

  @Test func catPrintsMessagesAndEndsWhenNobodyReads() throws {
    try withTool { tool in
      try tool.workspace.write("time_s,x\n" + (0..<200_000).map { "\($0),\($0)\n" }.joined(), to: "a.csv")
      _ = try tool.run("convert", "a.csv", "a.mcap", "-q", "--topic", "/imu")
      let first = try tool.run("cat", "a.mcap", "--messages", "--to", "1s").output
      #expect(first == #"{"topic":"/imu","log_time":"0","publish_time":"0","sequence":0,"data":{"x":0}}"# + "\n")
      for arguments in [["a.csv"], ["a.mcap", "--messages"]] {
        let pipe = Pipe()
        let running = try tool.start(["cat"] + arguments, output: pipe.fileHandleForWriting)
        try pipe.fileHandleForWriting.close()
        _ = try pipe.fileHandleForReading.read(upToCount: 10)
        try pipe.fileHandleForReading.close()
        let result = try running.wait()
        #expect(result.status == 0 && result.errors.isEmpty)
      }
    }
  }

  @Test func unitsAreNotMixedAndChannelsAreJoinedOnDemand() throws {
    try withTool { tool in
      try tool.workspace.write("time_s,x[g]\n0,1\n", to: "g.csv")
      try tool.workspace.write("time_s,x[m/s2]\n0,1\n", to: "m.csv")
      try tool.workspace.write("time_s,w\n0,7\n", to: "w.csv")
      let mixed = try tool.run("merge", "g.csv", "m.csv", "-o", "out.csv")
      #expect(mixed.status != 0 && mixed.errors.contains("two units are not mixed"))
      let different = try tool.run("merge", "g.csv", "w.csv", "-o", "out.csv")
      #expect(different.status != 0 && different.errors.contains("--align"))
      #expect(try tool.run("merge", "g.csv", "w.csv", "-o", "-", "--align", "-q").output == "time_s,x[g],w\n0,1,7\n")
      let topics = try tool.run("merge", "g.csv", "w.csv", "-o", "out.mcap", "--json", "-q")
      let merge = try #require(object(topics.output)["merge"] as? [String: Any])
      #expect((merge["inputs"] as? [[String: Any]])?.map { $0["topic"] as? String } == ["/g", "/w"])
    }
  }

  /// The input never ends, so that only the interrupt can end the command.
  @Test(arguments: [
    ["doctor", "-"], ["recover", "-", "-o", "out.csv"], ["cut", "-", "-o", "out.csv", "--from", "1s"],
    ["merge", "-", "small.csv", "-o", "out.csv"], ["cat", "-"],
  ]) func anInterruptLeavesNothingUnfinished(_ arguments: [String]) throws {
    try withTool { tool in
      signal(SIGPIPE, SIG_IGN)
      try tool.workspace.write("time_s,x\n1,2\n", to: "small.csv")
      let pipe = Pipe()
      let running = try tool.start(arguments, input: pipe.fileHandleForReading)
      try pipe.fileHandleForReading.close()
      var rows = Array("time_s,x\n".utf8)
      var count = 0
      var written = 0
      while running.process.isRunning {
        while rows.count < 1 << 16 {
          rows += "\(count),\(count % 89)\n".utf8
          count += 1
        }
        let taken = write(pipe.fileHandleForWriting.fileDescriptor, rows, rows.count)
        if taken < 0 { break }
        rows.removeFirst(taken)
        // By now the command is at work.
        if written < 4 << 20, written + taken >= 4 << 20 { running.process.interrupt() }
        written += taken
      }
      let result = try running.wait()
      #expect(result.status == 130 && result.errors.contains("interrupted"))
      #expect(tool.workspace.contents == ["small.csv"])
    }
  }
}
