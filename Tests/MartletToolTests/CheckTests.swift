import Foundation
import Testing

@Suite(.enabled(if: Tool.isBuilt, "the executable martlet is not beside the tests; build the whole package"))
struct CheckTests {
  static func pipelines(in folder: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: Tool.project.appendingPathComponent(folder).path))
    return (names ?? []).filter { $0.hasSuffix(".swift") }.sorted().map { "\(folder)/\($0)" }
  }

  @Test func everyPipelineOfTheProjectIsFreeOfMistakes() throws {
    let files = Self.pipelines(in: "Pipelines")
    #expect(files.contains("Pipelines/wrist-exercises.swift"))
    try withTool { tool in
      let result = try tool.run(["check"] + files, in: Tool.project)
      #expect(result.status == 0)
      #expect(result.output == files.map { "\($0): no mistakes\n" }.joined())
      #expect(result.errors.isEmpty)
    }
  }

  @Test(arguments: pipelines(in: "Pipelines/Broken")) func everyBrokenPipelineIsRefused(file: String) throws {
    try withTool { tool in
      let result = try tool.run("check", file, in: Tool.project)
      #expect(result.status == 78)
      #expect(result.output.isEmpty)
      let expected = try String(
        contentsOf: Tool.project.appendingPathComponent(file.replacing(".swift", with: ".err")), encoding: .utf8)
      let name = try #require(file.split(separator: "/").last)
      // The golden files name the pipeline as their own test does.
      let shown = result.errors.replacing(file, with: name)
      #expect(shown.hasPrefix(expected.replacing(file, with: name)), "\(result.errors)")
      #expect(shown.contains("martlet: error: \(name): "))
    }
  }

  @Test func aFileThatIsMissingDoesNotHideTheOthers() throws {
    try withTool { tool in
      let result = try tool.run(
        "check", "nowhere.swift", "Pipelines/Broken/unit.swift", "Pipelines/mcu1d.swift", in: Tool.project)
      #expect(result.status == 66)
      #expect(result.output == "Pipelines/mcu1d.swift: no mistakes\n")
      #expect(result.errors.contains("nowhere.swift: cannot open the file"))
      #expect(result.errors.contains("Pipelines/Broken/unit.swift:9:25: error:"))
    }
  }

  @Test func overridesAreCheckedLikeTheFile() throws {
    try withTool { tool in
      let pipeline = "Pipelines/wrist-exercises.swift"
      #expect(try tool.run("check", pipeline, "--set", "train.epochs=3", in: Tool.project).status == 0)
      let refused = try tool.run("check", pipeline, "--set", "train.epochs=-3", in: Tool.project)
      #expect(refused.status == 64)
      #expect(refused.errors.contains("'train.epochs=-3'"))
    }
  }

  @Test func explainShowsShapesAndTheArena() throws {
    try withTool { tool in
      let result = try tool.run("explain", "Pipelines/wrist-exercises.swift", in: Tool.project)
      #expect(result.status == 0)
      for text in ["Pipeline wrist-exercises", "conv1", "planned peak"] { #expect(result.output.contains(text)) }
    }
  }
}
