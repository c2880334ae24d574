import Foundation
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// The stages of a pipeline as text, JSON, Graphviz, Mermaid and a picture say the same.
@Suite(.enabled(if: Tool.isBuilt, "the executable martlet is not beside the tests; build the whole package"))
struct ExplainFormatTests {
  private static let pipeline = "Pipelines/wrist-exercises.swift"

  private struct Document: Decodable {
    struct Stage: Decodable {
      var id, stage: String
      var details: [String]
    }
    struct Arrow: Decodable {
      var from, to, carries: String
    }
    struct Layer: Decodable {
      var name: String
      var parameters, multiplyAccumulates: Int
    }
    struct Arena: Decodable {
      var plannedBytes, budgetBytes: Int
    }
    var schemaVersion, parameters, multiplyAccumulates: Int
    var stages: [Stage]
    var arrows: [Arrow]
    var layers: [Layer]
    var arena: Arena
  }

  private func shown(_ tool: Tool, _ format: String, _ file: String = Self.pipeline) throws -> String {
    let result = try tool.run("explain", file, "--format", format, in: Tool.project)
    #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
    return result.output
  }

  @Test func allFormatsSayTheSame() throws {
    try withTool { tool in
      let json = try JSONDecoder().decode(Document.self, from: Data(shown(tool, "json").utf8))
      #expect(json.schemaVersion == 1)
      #expect(json.layers.reduce(0) { $0 + $1.parameters } == json.parameters)
      #expect(json.layers.reduce(0) { $0 + $1.multiplyAccumulates } == json.multiplyAccumulates)
      #expect(json.arena.plannedBytes <= json.arena.budgetBytes)
      #expect(Set(json.stages.map(\.id)).count == json.stages.count)
      // Every stage but those that begin is reached by an arrow, and arrows lead forward.
      let places = Dictionary(uniqueKeysWithValues: json.stages.enumerated().map { ($1.id, $0) })
      for arrow in json.arrows {
        let from = try #require(places[arrow.from])
        let to = try #require(places[arrow.to])
        #expect(from < to, "\(arrow)")
      }
      for stage in json.stages where !["Read", "Model"].contains(stage.stage) {
        #expect(json.arrows.contains { $0.to == stage.id }, "\(stage.id)")
      }
      let text = try shown(tool, "text")
      let dot = try shown(tool, "dot")
      let mermaid = try shown(tool, "mermaid")
      let picture = try shown(tool, "svg")
      for stage in json.stages {
        #expect(text.contains(stage.stage) || ["Evaluate", "Report"].contains(stage.stage), "\(stage.stage)")
        for shown in [dot, mermaid, picture] { #expect(shown.contains(stage.stage), "\(stage.stage)") }
      }
      for arrow in json.arrows {
        #expect(dot.contains("  \(arrow.from) -> \(arrow.to)"), "\(arrow)")
        #expect(
          mermaid.split(separator: "\n").contains {
            $0.hasPrefix("  \(arrow.from) -->") && $0.hasSuffix(" \(arrow.to)")
          }, "\(arrow)")
      }
      for shown in [dot, mermaid] { #expect(shown.components(separatedBy: "->").count == json.arrows.count + 1) }
      #expect(picture.components(separatedBy: "marker-end").count == json.arrows.count + 1)
      let parser = XMLParser(data: Data(picture.utf8))
      #expect(parser.parse(), "the picture is no XML: \(String(describing: parser.parserError))")
    }
  }

  /// A pipeline is a file that others may have written.
  @Test func namesThatMeanSomethingElsewhereStayText() throws {
    try withTool { tool in
      let source = try String(contentsOf: Tool.project.appendingPathComponent(Self.pipeline), encoding: .utf8)
      let name = #"<script>alert(1)</script>\"]; x -> y"#
      try tool.workspace.write(
        source.replacing("Pipeline(\"wrist-exercises\"", with: "Pipeline(\"\(name)\"")
          .replacing("holdOut: [\"s08\"", with: "holdOut: [\"<b>|s08\\\"]\""), to: "hostile.swift")
      let file = tool.workspace["hostile.swift"].path
      let picture = try shown(tool, "svg", file)
      #expect(!picture.contains("<script") && !picture.contains("<b>"))
      #expect(XMLParser(data: Data(picture.utf8)).parse())
      let mermaid = try shown(tool, "mermaid", file)
      #expect(!mermaid.contains("<script") && !mermaid.contains("<b>") && mermaid.contains("#60;b#62;"))
      let dot = try shown(tool, "dot", file)
      #expect(dot.contains(#"<b>|s08\"]"#), "\(dot)")
    }
  }
}
