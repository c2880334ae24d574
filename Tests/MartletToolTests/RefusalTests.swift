import Foundation
import Testing

/// Options that could do nothing, and recordings without a frame, are no success.
@Suite(.enabled(if: Tool.isBuilt, "the executable martlet is not beside the tests; build the whole package"))
struct RefusalTests {
  private static let table = "time_s,x\n" + (0..<300).map { "\(Double($0) / 100),\($0 % 7)\n" }.joined()

  struct Refusal: Sendable, CustomTestStringConvertible {
    let arguments: [String]
    let says: String
    var testDescription: String { arguments.joined(separator: " ") }

    init(_ command: String, says: String) {
      arguments = command.split(separator: " ").map(String.init)
      self.says = says
    }
  }

  @Test(arguments: [
    Refusal("info in.csv --topic /imu", says: "have no topics"),
    Refusal("info in.csv --label-topic /l", says: "have no topics"),
    Refusal("convert in.csv out.jsonl --topic /imu", says: "have no topics"),
    Refusal("cat in.csv --topic /imu", says: "have no topics"),
    Refusal("replay in.csv --rate max --topic a,b", says: "has no topics"),
    Refusal("replay in.csv --rate max --label-topic a", says: "leave out --label-topic"),
    Refusal("replay in.csv in.mcap --rate max --topic /imu,/imu", says: "in.csv: the recording has no topics"),
    Refusal("cut in.csv -o out.csv --topics /imu", says: "--topics is about the messages"),
    Refusal("cut in.csv -o out.csv --from 1s --latched", says: "--latched is about the messages"),
    Refusal("cut in.csv -o out.csv --from 1s --all-attachments", says: "--all-attachments is about the messages"),
    Refusal("cut in.mcap -o out.csv --topics /imu", says: "--topics is about the messages"),
    Refusal("cut in.mcap -o out.mcap --to 1s --latched", says: "give --from with it"),
    Refusal("replay in.csv --from 500", says: "write 500s or 500ns"),
    Refusal("cut in.csv -o out.csv --to 500", says: "write 500s or 500ns"),
    Refusal("cat in.csv --from 0", says: "write 0s or 0ns"),
    Refusal("cat in.csv --from soon", says: "write an offset such as 90s"),
    Refusal("convert in.csv out.csv --encoding json", says: "--encoding is about mcap outputs, and this one is csv"),
    Refusal("convert in.csv out.csv --encoding cdr", says: "--encoding is about"),
    Refusal("convert in.csv out.csv --chunk-size 4096", says: "--chunk-size is about"),
    Refusal("convert in.csv out.mcap --raw-output time:uint32[ms],x:float32", says: "--raw-output is about raw"),
    Refusal("merge in.csv in.csv -o out.csv --chunk-size 4096", says: "--chunk-size is about"),
    Refusal("merge in.mcap in.mcap -o out.mcap --topic /imu", says: "every message of an MCAP recording is merged"),
    Refusal("merge in.mcap in.mcap -o out.mcap --channels x", says: "every message of an MCAP recording is merged"),
    Refusal("doctor in.csv --topic /imu", says: "have no topics"),
    Refusal("replay in.csv --rate max --latched", says: "give --from with it"),
    Refusal("replay in.csv --rate max --from 2s --to 1s", says: "--to must be later than --from"),
    Refusal("replay in.csv --rate max --report -", says: "name a file for --report"),
  ]) func whatWouldDoNothingIsRefusedWithASentence(_ refusal: Refusal) throws {
    try withTool { tool in
      try tool.workspace.write(Self.table, to: "in.csv")
      #expect(try tool.run("convert", "in.csv", "in.mcap").status == 0)
      let before = tool.workspace.contents
      let result = try tool.run(refusal.arguments)
      #expect(result.status == 64, "\(result.errors)")
      #expect(result.errors.contains(refusal.says), "\(result.errors)")
      #expect(tool.workspace.contents == before)
    }
  }

  @Test(arguments: ["time_s,x\n", "time_s,x\nbad,1\n"])
  func aRecordingWithoutFramesIsUnusableForAllCommands(_ text: String) throws {
    try withTool { tool in
      try tool.workspace.write(text, to: "empty.csv")
      for command in [
        "info empty.csv", "convert empty.csv out.csv", "convert empty.csv empty.csv out.mcap", "cat empty.csv",
        "cut empty.csv -o out.csv --from 1s", "cut empty.csv -o out.jsonl --from 1s",
        "merge empty.csv empty.csv -o out.csv", "merge empty.csv empty.csv -o out.mcap",
        "merge empty.csv empty.csv -o out.csv --align", "replay empty.csv --rate max",
      ] {
        let result = try tool.run(command.split(separator: " ").map(String.init))
        #expect(result.status == 65, "\(command): \(result.errors)")
        if !command.hasPrefix("info") { #expect(result.errors.contains("holds no frame"), "\(result.errors)") }
        #expect(tool.workspace.contents == ["empty.csv"], "\(command)")
      }
    }
  }

  @Test func ofSeveralRecordingsTheOthersAreStillWritten() throws {
    try withTool { tool in
      try tool.workspace.write("time_s,x\n", to: "empty.csv")
      try tool.workspace.write(Self.table, to: "in.csv")
      for command in ["convert empty.csv in.csv out.jsonl", "merge in.csv empty.csv -o out.jsonl"] {
        let result = try tool.run(command.split(separator: " ").map(String.init))
        #expect(
          result.status == 65 && result.errors.contains("empty.csv: the recording holds no frame"), "\(result.errors)")
        #expect(
          try String(contentsOf: tool.workspace["out.jsonl"], encoding: .utf8).split(separator: "\n").count == 300)
        try FileManager.default.removeItem(at: tool.workspace["out.jsonl"])
      }
      // A part without frames is none of this.
      #expect(try tool.run("cut", "in.csv", "-o", "out.csv", "--from", "100s").status == 0)
      #expect(try tool.run("replay", "in.csv", "--from", "100s", "--rate", "max").status == 0)
    }
  }

  @Test func namesAreTrimmedAndOneIsNoPlural() throws {
    try withTool { tool in
      try tool.workspace.write("time_s,x,y\n0,1,2\n", to: "in.csv")
      let result = try tool.run("convert", "in.csv", "out.csv", "--channels", " y , x ")
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output.hasPrefix("out.csv: 1 frame of 2 channels"))
      #expect(try String(contentsOf: tool.workspace["out.csv"], encoding: .utf8) == "time_s,y,x\n0,2,1\n")
      // Standard error is no terminal here, and the work is done at once.
      #expect(result.errors.isEmpty)
      let replay = try tool.run("replay", "in.csv", "--rate", "max")
      #expect(replay.errors.hasPrefix("replayed: 1 frame, "), "\(replay.errors)")
    }
  }

  @Test func helpAndReadmeGiveTheSameStatuses() throws {
    try withTool { tool in
      let help = try tool.run("--help").output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      let readme = try String(contentsOf: Tool.project.appendingPathComponent("README.md"), encoding: .utf8)
        .split(whereSeparator: \.isWhitespace).joined(separator: " ")
      func statuses(_ text: String, after words: String) throws -> Substring {
        let start = try #require(text.range(of: words)?.upperBound)
        let end = try #require(text.range(of: "143 terminated.", range: start..<text.endIndex)?.upperBound)
        return text[start..<end]
      }
      #expect(try statuses(help, after: "Exit status: ") == statuses(readme, after: "Exit statuses: "))
    }
  }
}
