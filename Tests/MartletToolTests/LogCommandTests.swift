import Foundation
import Testing

@Suite(.enabled(if: Tool.isBuilt, "the executable martlet is not beside the tests; build the whole package"))
struct LogCommandTests {
  @Test func aTableComesBackFromMCAPUnchanged() throws {
    try withTool { tool in
      let text = try Samples.writeSlice(tool, rows: 3000)
      for encoding in ["cdr", "json"] {
        let there = try tool.run(
          "convert", "slice.csv", "\(encoding).mcap", "--topic", "/imu", "--label-topic", "/exercise", "--encoding",
          encoding)
        #expect(there.status == 0)
        #expect(there.output.hasPrefix("\(encoding).mcap: 3,000 frames of 6 channels"))
        let back = try tool.run("convert", "\(encoding).mcap", "\(encoding).csv", "--quiet")
        #expect(back.status == 0)
        #expect(back.errors.isEmpty)
        #expect(try String(contentsOf: tool.workspace["\(encoding).csv"], encoding: .utf8) == text)
      }
    }
  }

  @Test func numbersOfLabelsGetTheirNames() throws {
    try withTool { tool in
      try tool.workspace.write("time_s,x,label\n0,1,1\n0.1,2,0\n", to: "in.csv")
      try tool.workspace.write(#"{"1": "run", "0": "walk"}"#, to: "labels.json")
      #expect(
        try tool.run("convert", "in.csv", "file.csv", "--label-names-file", "labels.json", "--unit", "x=g").status == 0)
      #expect(try tool.run("convert", "in.csv", "list.csv", "--label-names", "walk,run", "--unit", "x=g").status == 0)
      let text = try String(contentsOf: tool.workspace["file.csv"], encoding: .utf8)
      #expect(text == "time_s,x[g],label\n0,1,run\n0.1,2,walk\n")
      #expect(try String(contentsOf: tool.workspace["list.csv"], encoding: .utf8) == text)
    }
  }

  @Test func labelsComeFromFilesOfTheirOwn() throws {
    try withTool { tool in
      try tool.workspace.write("time_s,x\n0,1\n0.1,2\n0.2,3\n", to: "walk.csv")
      try tool.workspace.write("start,end,label\n0,0.2,on\n", to: "intervals.csv")
      try tool.workspace.write("frame;label\n1;off\n", to: "events.csv")
      let labelled = [
        (["--labels", "intervals.csv"], "on,on,-1"),
        (["--labels", "events.csv", "--label-clock", "frames"], "-1,off,off"),
        (["--labels", "events.csv", "--label-clock", "frames", "--label-tolerance", "0"], "-1,off,-1"),
        (["--label", "all"], "all,all,all"), (["--label-from-name"], "walk,walk,walk"),
      ]
      for (options, labels) in labelled {
        #expect(try tool.run(["convert", "walk.csv", "out.csv", "--force"] + options).status == 0)
        let rows = try String(contentsOf: tool.workspace["out.csv"], encoding: .utf8).split(separator: "\n").dropFirst()
        let found = rows.map { $0.split(separator: ",", omittingEmptySubsequences: false).last ?? "" }
        #expect(found.joined(separator: ",") == labels, "\(options)")
      }
      let both = try tool.run("info", "walk.csv", "--label", "a", "--labels", "intervals.csv")
      #expect(both.status == 64 && both.errors.contains("give one of --labels"))
      let wrong = try tool.run("info", "walk.csv", "--labels", "intervals.csv", "--label-tolerance", "1")
      #expect(wrong.status == 64 && wrong.errors.contains("labels of instants"))
    }
  }

  @Test func rawRecordingsAreReadByADescriptionOfTheirFrames() throws {
    try withTool { tool in
      // A header of 3 bytes, then big-endian int16 in thousandths, a byte that means nothing, and a label.
      try Data([1, 2, 3] + [0x03, 0xE8, 9, 1] + [0xFC, 0x18, 9, 0]).write(to: tool.workspace["a.dat"])
      let result = try tool.run(
        "convert", "a.dat", "a.csv", "--raw", "x:int16[g]*0.001,skip:1,label:uint8", "--byte-order", "big",
        "--skip-bytes", "3", "--rate", "10")
      #expect(result.status == 0, "\(result.errors)")
      #expect(
        try String(contentsOf: tool.workspace["a.csv"], encoding: .utf8) == "time_s,x[g],label\n0,1,1\n0.1,-1,0\n")
      let bad = try tool.run("info", "a.dat", "--raw", "x:int17")
      #expect(bad.status == 64 && bad.errors.contains("has no type among int8"))
    }
  }

  @Test func anOutputIsReplacedOnlyByForce() throws {
    try withTool { tool in
      _ = try Samples.writeSlice(tool, rows: 10)
      try tool.workspace.write("precious", to: "out.csv")
      let refused = try tool.run("convert", "slice.csv", "out.csv")
      #expect(refused.status == 73)
      #expect(refused.errors.contains("out.csv: exists already"))
      #expect(try String(contentsOf: tool.workspace["out.csv"], encoding: .utf8) == "precious")
      #expect(try tool.run("convert", "slice.csv", "out.csv", "--force").status == 0)
      #expect(try String(contentsOf: tool.workspace["out.csv"], encoding: .utf8) != "precious")
    }
  }

  @Test func infoPrintsJSONWithTimesAsText() throws {
    try withTool { tool in
      _ = try Samples.writeSlice(tool, rows: 100)
      let result = try tool.run("info", "slice.csv", "slice.csv", "--json", "--quiet")
      #expect(result.status == 0)
      #expect(result.errors.isEmpty)
      let object = try #require(
        JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
      #expect(object["schemaVersion"] as? Int == 1)
      let logs = try #require(object["logs"] as? [[String: Any]])
      #expect(logs.count == 2)
      #expect(logs[0]["frames"] as? Int == 100)
      #expect(logs[0]["path"] as? String == "slice.csv")
      let topic = try #require((logs[0]["topics"] as? [[String: Any]])?.first)
      let timing = try #require(topic["timing"] as? [String: Any])
      #expect(timing["lastTime"] as? String == "1980000000")
    }
  }

  @Test func lossesGiveAStatusOfTheirOwnAndAreTold() throws {
    try withTool { tool in
      let text = try Samples.writeSlice(tool, rows: 100)
      try tool.workspace.write(text.replacing("0.02,", with: "what,", maxReplacements: 1), to: "bad.csv")
      let info = try tool.run("info", "bad.csv", "slice.csv", "--quiet")
      #expect(info.status == 3)
      let json = try tool.run("info", "bad.csv", "--json", "--quiet")
      #expect(json.status == 3)
      #expect(json.output.contains("\"badTime\" : 1"))
      let convert = try tool.run("convert", "bad.csv", "good.csv", "--quiet")
      #expect(convert.status == 3)
      #expect(convert.errors.contains("martlet: warning: bad.csv: byte "))
      #expect(try tool.run("info", "good.csv", "--quiet").status == 0)
    }
  }

  @Test func aFileWithoutFramesIsUnusableAndAMissingOneWeighsMore() throws {
    try withTool { tool in
      _ = try Samples.writeSlice(tool, rows: 10)
      try tool.workspace.write("", to: "empty.csv")
      #expect(try tool.run("info", "empty.csv", "slice.csv").status == 65)
      let both = try tool.run("info", "empty.csv", "nowhere.csv", "slice.csv")
      #expect(both.status == 66)
      #expect(both.output.contains("slice.csv"))
    }
  }
}
