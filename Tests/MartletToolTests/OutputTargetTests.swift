import Foundation
import Testing

/// What an output's path may lead to: links, pipes, and the files that go with a recording.
@Suite(.enabled(if: Tool.isBuilt, "the executable martlet is not beside the tests; build the whole package"))
struct OutputTargetTests {
  private static let table = "time_s,x\n" + (0..<300).map { "\(seconds($0)),\($0 % 7)\n" }.joined()
  private static let labelled =
    "time_s,x,label\n" + (0..<300).map { "\(seconds($0)),\($0 % 7),l\($0 / 100)\n" }.joined()

  /// As it is written anew: without a fraction of zero.
  private static func seconds(_ row: Int) -> String {
    row % 100 == 0 ? "\(row / 100)" : "\(Double(row) / 100)"
  }

  /// Commands that write `in.csv`, all of it, to a table of the name that comes last.
  private static let copying = [
    ["convert", "in.csv", "-q"], ["cut", "in.csv", "-q", "--to", "9s", "-o"], ["recover", "in.csv", "-q", "-o"],
  ]

  private func text(_ tool: Tool, _ name: String) throws -> String {
    try String(contentsOf: tool.workspace[name], encoding: .utf8)
  }

  private func kind(_ tool: Tool, _ name: String) -> FileAttributeType? {
    (try? FileManager.default.attributesOfItem(atPath: tool.workspace[name].path))?[.type] as? FileAttributeType
  }

  @Test(arguments: copying) func aLinkStaysALinkAndItsFileIsReplaced(_ command: [String]) throws {
    try withTool { tool in
      try tool.workspace.write(Self.table, to: "in.csv")
      try tool.workspace.write("precious", to: "far/real.csv")
      let link = tool.workspace["link.csv"].path
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "far/real.csv")
      #expect(try tool.run(command + ["link.csv"]).status == 73)
      #expect(try text(tool, "far/real.csv") == "precious")
      #expect(try tool.run(command + ["link.csv", "--force"]).status == 0)
      #expect(kind(tool, "link.csv") == .typeSymbolicLink)
      #expect(try text(tool, "far/real.csv") == Self.table)
      // A link to nothing is where the file is made.
      try FileManager.default.removeItem(at: tool.workspace["far/real.csv"])
      #expect(try tool.run(command + ["link.csv"]).status == 0)
      #expect(try text(tool, "far/real.csv") == Self.table)
      #expect(try FileManager.default.contentsOfDirectory(atPath: tool.workspace["far"].path) == ["real.csv"])
      #expect(tool.workspace.contents == ["far", "in.csv", "link.csv"])
      try FileManager.default.removeItem(atPath: link)
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "link.csv")
      let circle = try tool.run(command + ["link.csv", "--force"])
      #expect(circle.status == 73 && circle.errors.contains("circle"), "\(circle.errors)")
    }
  }

  @Test(arguments: copying + [["merge", "in.csv", "none.csv", "-q", "-o"]])
  func aPipeGetsTheRecordingAndStaysAPipe(_ command: [String]) throws {
    try withTool { tool in
      try tool.workspace.write(Self.table, to: "in.csv")
      try tool.workspace.write("time_s,x\n9,1\n", to: "none.csv")
      try #require(mkfifo(tool.workspace["pipe.csv"].path, 0o600) == 0)
      for force in [[], ["--force"]] {
        let reader = try PipeReader(tool.workspace["pipe.csv"])
        let result = try tool.run(command + ["pipe.csv"] + force)
        // Where the pipe was replaced or never opened, the reader still waits.
        let found = reader.text(giveUp: result.status != 0 || kind(tool, "pipe.csv") == .typeRegular)
        #expect(result.status == 0, "\(result.errors)")
        #expect(found == Self.table + (command[0] == "merge" ? "9,1\n" : ""))
        #expect(tool.workspace.contents == ["in.csv", "none.csv", "pipe.csv"])
      }
    }
  }

  @Test(arguments: ["edf", "hea", "json", "sds"]) func whatIsGoneOverAgainNeedsAFile(_ ending: String) throws {
    try withTool { tool in
      try tool.workspace.write(Self.table, to: "in.csv")
      try #require(mkfifo(tool.workspace["pipe.\(ending)"].path, 0o600) == 0)
      let result = try tool.run("convert", "in.csv", "pipe.\(ending)", "--force")
      #expect(result.status == 64 && result.errors.contains("a pipe or device; name a file"), "\(result.errors)")
      #expect(tool.workspace.contents == ["in.csv", "pipe.\(ending)"])
    }
  }

  @Test func aReportGoesThroughALink() throws {
    try withTool { tool in
      try tool.workspace.write(Self.table, to: "in.csv")
      try tool.workspace.write("old", to: "real.json")
      try FileManager.default.createSymbolicLink(
        atPath: tool.workspace["link.json"].path, withDestinationPath: "real.json")
      #expect(try tool.run("replay", "in.csv", "--rate", "max", "-q", "--report", "link.json", "--force").status == 0)
      #expect(kind(tool, "link.json") == .typeSymbolicLink)
      #expect(try text(tool, "real.json").contains("\"frames\" : 300"))
    }
  }

  @Test func whereAReportCannotBeWrittenNothingIsPlayed() throws {
    try withTool { tool in
      try tool.workspace.write(Self.table, to: "in.csv")
      let result = try tool.run("replay", "in.csv", "--rate", "max", "-q", "--report", "in.csv/report.json")
      #expect(result.status == 73 && result.output.isEmpty && result.errors.contains("is no folder"))
    }
  }

  // MARK: Companions

  @Test(arguments: [("new.hea", "new.dat"), ("new.hea", "new.atr"), ("new.sds", "new.sds.yml")])
  func companionsAreReplacedOnlyByForce(output: String, companion: String) throws {
    try withTool { tool in
      try tool.workspace.write(Self.table, to: "in.csv")
      try tool.workspace.write("precious", to: companion)
      for command in [["convert", "in.csv"], ["cut", "in.csv", "--to", "9s", "-o"], ["recover", "in.csv", "-o"]] {
        let result = try tool.run(command + [output])
        #expect(result.status == 73 && result.errors.contains("\(companion): exists already"), "\(result.errors)")
        #expect(try text(tool, companion) == "precious")
        #expect(tool.workspace.contents == ["in.csv", companion].sorted())
      }
      #expect(try tool.run("convert", "in.csv", output, "--force").status == 0)
      #expect((try? text(tool, companion)) != "precious")
    }
  }

  @Test(arguments: [
    ["convert", "new.hea"], ["recover", "new.hea", "-o"], ["convert", "new.json"],
  ]) func labelsOfAnOlderRecordingDoNotStay(_ words: [String]) throws {
    try withTool { tool in
      try tool.workspace.write(Self.labelled, to: "labelled.csv")
      try tool.workspace.write(Self.table, to: "plain.csv")
      func write(_ input: String) throws -> String {
        let output = words.count == 3 ? ["-o", words[1]] : [words[1]]
        let result = try tool.run([words[0], input] + output + ["--force", "-q"])
        #expect(result.status == 0, "\(result.errors)")
        return try tool.run("cat", words[1]).output
      }
      #expect(try write("labelled.csv").hasSuffix(",l2\n"))
      #expect(try write("plain.csv") == Self.table)
    }
  }
}

/// Reads a named pipe to its end on a thread of its own.
private final class PipeReader: @unchecked Sendable {
  private let path: String
  private let ended = DispatchSemaphore(value: 0)
  private var data = Data()

  init(_ pipe: URL) throws {
    path = pipe.path
    Thread.detachNewThread { [self] in
      data = (try? FileHandle(forReadingFrom: pipe).readToEnd()) ?? Data()
      ended.signal()
    }
  }

  /// - Parameter giveUp: Whether nobody writes any more.
  func text(giveUp: Bool) -> String {
    if ended.wait(timeout: .now() + (giveUp ? 0.2 : 60)) == .timedOut {
      // Lets the reader go.
      let descriptor = open(path, O_WRONLY | O_NONBLOCK)
      if descriptor >= 0 { close(descriptor) }
      return "nothing came"
    }
    return String(decoding: data, as: UTF8.self)
  }
}
