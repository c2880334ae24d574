import Foundation
import PipelineModel
import PipelineText
import Testing

/// The blocks of README and catalogue: `Scripts/docs-check` runs them, and every pipeline among them is read here.
struct DocumentationBlockTests {
  struct Block: Sendable, CustomTestStringConvertible {
    var place: String
    var language: String
    var text: String
    var hasMarker: Bool
    var testDescription: String { place }
  }

  static let documents: [String] = {
    let catalogue = "Sources/Martlet/Martlet.docc"
    let articles = PipelineFiles.names(in: PipelineFiles.root.appending(path: catalogue), ending: ".md")
    return ["README.md", "CONTRIBUTING.md"] + articles.map { "\(catalogue)/\($0)" }
  }()

  static let blocks: [Block] = documents.flatMap { blocks(of: $0) }
  /// Pipeline files; with a comment before them they are programs, or wrong on purpose.
  static let pipelines = blocks.filter { $0.language == "swift" && $0.text.contains("= Pipeline(") && !$0.hasMarker }

  private static func blocks(of document: String) -> [Block] {
    let text = (try? String(contentsOf: PipelineFiles.root.appending(path: document), encoding: .utf8)) ?? ""
    var found: [Block] = []
    var open: Block?
    var hasMarker = false
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      if line.hasPrefix("```") {
        if let block = open {
          found.append(block)
          (open, hasMarker) = (nil, false)
        } else {
          open = Block(
            place: "\(document):\(index + 1)", language: String(line.dropFirst(3)), text: "", hasMarker: hasMarker)
        }
      } else if open != nil {
        open?.text += line + "\n"
      } else if !line.isEmpty {
        hasMarker = line.hasPrefix("<!-- docs: ") && line.hasSuffix(" -->")
      }
    }
    return found
  }

  @Test(arguments: pipelines) func everyPipelineOfTheDocumentationIsRight(block: Block) {
    let file = Pipeline.read(block.text, named: block.place)
    #expect(file.rendered == "")
    #expect(file.pipeline?.issues() == [])
  }

  @Test func everyBlockSaysHowItIsChecked() {
    #expect(Self.documents.count > 8 && Self.pipelines.count >= 1)
    for block in Self.blocks {
      #expect(["console", "swift", "json"].contains(block.language) || block.hasMarker, "\(block.place)")
      if block.language == "swift" {
        // What is no whole file says where it stands so, or why it cannot be compiled.
        #expect(block.text.hasPrefix("import ") || block.hasMarker, "\(block.place)")
      }
    }
  }

  @Test func everyArticleIsReachedFromTheLandingPage() throws {
    let catalogue = PipelineFiles.root.appending(path: "Sources/Martlet/Martlet.docc")
    let landing = try String(contentsOf: catalogue.appending(path: "Martlet.md"), encoding: .utf8)
    for name in PipelineFiles.names(in: catalogue, ending: ".md") where name != "Martlet.md" {
      #expect(landing.contains("- <doc:\(name.dropLast(3))>"), "\(name)")
    }
  }
}
