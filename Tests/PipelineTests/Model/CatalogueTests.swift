import PipelineModel
import PipelineText
import Testing

struct CatalogueTests {
  /// Every stage of the catalogue with the names of the braces it stands in.
  private static func all(_ description: StageDescription = Catalogue.pipeline) -> [(StageDescription, parent: String?)]
  {
    [(description, nil)]
      + (description.children ?? []).flatMap { child in all(child).map { ($0.0, $0.parent ?? description.name) } }
  }

  @Test func theCatalogueKnowsEveryStage() {
    let names = Self.all().map(\.0.name)
    #expect(Set(names).count == 52)
    // Only the words in which validation says what the test says stand in two places.
    let twice = Set(names).filter { name in names.count { $0 == name } > 1 }
    #expect(twice == ["Rotate", "Split"])
    #expect(names.count == 54)
  }

  @Test func everyStageExplainsItself() {
    for (stage, _) in Self.all() {
      #expect(stage.summary.hasSuffix("."), "\(stage.name)")
      #expect(Set(stage.parameters.map(\.name)).count == stage.parameters.count, "\(stage.name)")
      for parameter in stage.parameters {
        #expect(parameter.summary.hasSuffix("."), "\(stage.name).\(parameter.name)")
        for member in parameter.type.members { #expect(member.summary.hasSuffix("."), "\(stage.name).\(member.name)") }
      }
    }
  }

  @Test func everyDefaultLiesWithinItsLimits() {
    for (stage, _) in Self.all() {
      for parameter in stage.parameters {
        switch parameter.defaultValue {
        case .integer(let value): #expect(parameter.limits?.contains(Double(value)) != false, "\(stage.name)")
        case .number(let value): #expect(parameter.limits?.contains(value) != false, "\(stage.name)")
        default: continue
        }
      }
    }
  }

  /// An example is what a suggestion tells the user to write, so it has to be right.
  @Test func everyExampleCanBeWritten() throws {
    let base = try PipelineFiles.pipeline("mcu1d.swift")
    for (stage, parent) in Self.all() where stage.children == nil && parent != "Search" && parent != "Test" {
      let text = base.source()
      let anchor =
        switch parent {
        case "Ingest": "        Subjects()\n"
        case "Model": "        Pointwise(128)\n"
        case "Evaluate": "    Evaluate {"
        default: "    Pretrain("
        }
      let changed =
        parent == "Evaluate" || parent == "Ingest" || parent == "Model"
        ? text.replacing(anchor, with: anchor + " \(stage.example)" + (parent == "Evaluate" ? ";" : "\n"))
        : text.replacing(anchor, with: "    \(stage.example)\n" + anchor)
      #expect(changed != text, "\(stage.name)")
      let file = Pipeline.read(changed)
      let expected = ["has a second", "is the last layer", "must stand before", "needs a convolution"]
      #expect(
        file.diagnostics.allSatisfy { diagnostic in expected.contains { diagnostic.message.contains($0) } },
        "\(stage.example)\n\(file.rendered)")
    }
  }

  @Test func theExamplesOfATestCanBeWritten() throws {
    let test = try #require(Catalogue.pipeline.children?.first { $0.name == "Test" })
    let lines = (test.children ?? []).map(\.example)
    #expect(lines.count == 2)
    let text = try PipelineFiles.pipeline("mcu1d.swift").source()
    let stage = "    Test(\"examples\") { \(lines.joined(separator: "; ")) }\n"
    #expect(Pipeline.read(text.replacing("    Pretrain(", with: stage + "    Pretrain(")).rendered == "")
  }

  /// The search stands in place of the update, with braces of its own or without.
  @Test(arguments: [
    "", " {\n        Rotate(by: .subject, seed: 1)\n        Split(by: .subject, holdOut: [\"a\"])\n    }",
  ])
  func theExampleOfASearchCanBeWritten(braces: String) throws {
    let search = try #require(Self.all().first { $0.0.name == "Search" }).0
    let text = try PipelineFiles.pipeline("mcu1d.swift").source()
    let changed = text.replacing("    Update(.full)\n", with: "    \(search.example)\(braces)\n")
    #expect(changed != text)
    let file = Pipeline.read(changed)
    #expect(file.rendered == "")
    let pipeline = try #require(file.pipeline)
    #expect(Pipeline.read(pipeline.source()).pipeline == pipeline)
    #expect(file.pipeline?.search?.validation?.count == (braces.isEmpty ? nil : 2))
  }

  @Test func keysAreNamesInCamelCase() {
    let keys = Dictionary(Self.all().map { ($0.0.name, $0.0.key) }, uniquingKeysWith: { first, _ in first })
    #expect(keys["Ingest"] == "ingest")
    #expect(keys["Conv1D"] == "conv1D")
    #expect(keys["DepthwiseConv1D"] == "depthwiseConv1D")
    #expect(keys["ReLU6"] == "reLU6")
    #expect(keys["GlobalAveragePool"] == "globalAveragePool")
    #expect(keys["MacroF1"] == "macroF1")
  }

  @Test(arguments: [
    ("Quantise", "Quantize"), ("quantize", "Quantize"), ("Qauntize", "Quantize"), ("Evalute", "Evaluate"),
    ("Modle", "Model"),
  ])
  func aSlipOfTheFingerIsRecognised(written: String, meant: String) {
    let names = (Catalogue.pipeline.children ?? []).map(\.name)
    #expect(nearestName(to: written, in: names) == meant)
  }

  @Test(arguments: ["Banana", "", "X", "Whiten", String(repeating: "Train", count: 50)])
  func anotherWordIsNot(written: String) {
    #expect(nearestName(to: written, in: (Catalogue.pipeline.children ?? []).map(\.name)) == nil)
  }
}
