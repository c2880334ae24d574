import Foundation
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite(.enabled(if: Tool.isBuilt, "the executable martlet is not beside the tests; build the whole package"))
struct ArenaTests {
  private static let pipeline = "Pipelines/wrist-exercises.swift"

  /// What the three forms say of one plan.
  private struct Map: Decodable {
    struct Buffer: Decodable {
      var name: String
      var bytes: Int
    }
    struct Operation: Decodable {
      var name: String
      var liveBytes, freeBytes: Int
    }
    var schemaVersion, arenaBytes, peakOperation: Int
    var buffers: [Buffer]
    var operations: [Operation]
  }

  private func map(_ tool: Tool) throws -> Map {
    let result = try tool.run("explain", Self.pipeline, "--arena", "--format", "json", in: Tool.project)
    #expect(result.status == 0 && result.errors.isEmpty)
    return try JSONDecoder().decode(Map.self, from: Data(result.output.utf8))
  }

  @Test func theTextHasEveryOperationAndNoColourInAFile() throws {
    try withTool { tool in
      let map = try map(tool)
      #expect(map.schemaVersion == 1)
      let text = try tool.run("explain", Self.pipeline, "--arena", in: Tool.project)
      #expect(text.status == 0 && text.errors.isEmpty)
      #expect(!text.output.contains("\u{1B}"))
      for operation in map.operations {
        #expect(text.output.contains(operation.name))
        #expect(operation.liveBytes + operation.freeBytes == map.arenaBytes)
      }
      #expect(
        text.output.contains("Alive at operation \(map.peakOperation), \(map.operations[map.peakOperation].name)"))
      #expect(
        try tool.run("explain", Self.pipeline, "--arena", "--format", "text", in: Tool.project).output == text.output)
    }
  }

  @Test func thePictureIsXMLWithARectangleForEachBuffer() throws {
    final class Reader: NSObject, XMLParserDelegate {
      var counts: [String: Int] = [:]
      var titles: [String] = []
      private var path: [String] = []

      func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
      ) {
        counts[name, default: 0] += 1
        path.append(name)
        if name == "title" { titles.append("") }
      }

      func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
        path.removeLast()
      }

      func parser(_ parser: XMLParser, foundCharacters text: String) {
        if path.suffix(2) == ["rect", "title"] { titles[titles.count - 1] += text }
      }
    }
    try withTool { tool in
      let map = try map(tool)
      let file = tool.workspace["arena.svg"].path
      let written = try tool.run(
        "explain", Self.pipeline, "--arena", "--format", "svg", "--output", file, in: Tool.project)
      #expect(written.status == 0 && written.output.isEmpty && written.errors.isEmpty)
      let data = try Data(contentsOf: tool.workspace["arena.svg"])
      let reader = Reader()
      let parser = XMLParser(data: data)
      parser.delegate = reader
      #expect(parser.parse(), "\(String(describing: parser.parserError))")
      #expect(reader.counts["rect"] == map.buffers.count)
      for buffer in map.buffers {
        #expect(reader.titles.contains { $0.hasPrefix("\(buffer.name) (") }, "\(buffer.name)")
      }
      #expect(String(decoding: data, as: UTF8.self).contains("prefers-color-scheme: dark"))

      let again = try tool.run("explain", Self.pipeline, "--arena", "--format", "svg", "-o", file, in: Tool.project)
      #expect(again.status == 73 && again.errors.contains("arena.svg: exists already; choose another name, or --force"))
      let forced = try tool.run(
        "explain", Self.pipeline, "--arena", "--format", "svg", "-o", file, "--force", in: Tool.project)
      #expect(forced.status == 0)
      #expect(try Data(contentsOf: tool.workspace["arena.svg"]) == data)
    }
  }

  @Test func whatMakesNoSenseIsRefused() throws {
    try withTool { tool in
      for (arguments, says) in [
        (["--arena", "--format", "dot"], "--arena is not shown as dot"),
        (["--ladder", "--format", "svg"], "--ladder is not shown as svg"),
        (["--after", "prune", "--format", "json"], "--after is not shown as json"),
        (["--force"], "--force is about the file"), (["--arena", "--format", "png"], "png"),
      ] {
        let result = try tool.run(["explain", Self.pipeline] + arguments, in: Tool.project)
        #expect(result.status == 64 && result.errors.contains(says), "\(result.errors)")
        #expect(result.output.isEmpty)
      }
      let nowhere = try tool.run(
        "explain", Self.pipeline, "--arena", "-o", "no/folder/x.txt", in: tool.workspace.folder)
      #expect(nowhere.status == 73 && nowhere.errors.contains("there is no folder 'no/folder'"), "\(nowhere.errors)")
      // Without the stages that train there is no arena.
      var text = try String(contentsOf: Tool.project.appendingPathComponent(Self.pipeline), encoding: .utf8)
      text = text.replacing(/\ +Update\([^\]]*\]\)\)\n/, with: "")
      text = text.replacing(/(?s)\n    Test\(.*\n    \}\n/, with: "\n")
      text = text.split(separator: "\n", omittingEmptySubsequences: false).filter { line in
        !["Quantize(", "Train(", "on: .heldOut", "arena:"].contains { line.drop { $0 == " " }.hasPrefix($0) }
      }.joined(separator: "\n").replacing(/Evaluate \{.*\}/, with: "Evaluate { Accuracy() }")
      try tool.workspace.write(text, to: "float.swift")
      let float = try tool.run("explain", "float.swift", "--arena", "--channels", "6")
      #expect(float.status == 78)
      #expect(float.errors.contains("float.swift: the pipeline does not train in an arena"), "\(float.errors)")
    }
  }
}

@Suite(.enabled(if: Tool.isBuilt, "the executable martlet is not beside the tests; build the whole package"))
struct PassListingTests {
  @Test func everyPassIsShown() throws {
    try withTool { tool in
      var listings: Set<String> = []
      for (pass, text) in [
        ("shapes", "batch normalization"), ("fold", "depthwise convolution"), ("quantize", "int8, scales"),
        ("select-channels", "int8, scales"),
        ("differentiate", "to int8"), ("prune", "weight gradient"), ("pack-masks", "clamp bits"),
        ("fuse", "weight gradient and descent, row by row"), ("reorder", "bias gradient and descent"),
        ("in-place", "may write block1.depthwise output over block1.expand output"), ("lifetimes", "for ever"),
        ("place", "no placement needs less than"),
      ] {
        let result = try tool.run(
          "explain", "Pipelines/wrist-exercises.swift", "--set", "update=.biasesAndLastLayer", "--after", pass,
          in: Tool.project)
        #expect(result.status == 0 && result.errors.isEmpty, "\(pass): \(result.errors)")
        #expect(result.output.contains(text), "\(pass): \(result.output.prefix(400))")
        listings.insert(result.output)
      }
      // Without shares there is nothing to select, to slice or to copy.
      #expect(listings.count == 11, "every other pass changes something")
      let wrong = try tool.run("explain", "Pipelines/wrist-exercises.swift", "--after", "magic", in: Tool.project)
      #expect(wrong.status == 64 && wrong.errors.contains("magic"))
      let both = try tool.run(
        "explain", "Pipelines/wrist-exercises.swift", "--after", "fuse", "--arena", in: Tool.project)
      #expect(both.status == 64)
    }
  }
}
