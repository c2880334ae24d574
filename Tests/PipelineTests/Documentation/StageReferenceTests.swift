import Foundation
import PipelineModel
import PipelineText
import Testing

/// The page on stages is what the catalogue says.
struct StageReferenceTests {
  private static let page = "Sources/Martlet/Martlet.docc/Stages.md"

  @Test func thePageIsWhatTheCatalogueSays() throws {
    let file = PipelineFiles.root.appending(path: Self.page)
    if ProcessInfo.processInfo.environment["MARTLET_UPDATE_GOLDEN"] != nil {
      try StageReference.markdown.write(to: file, atomically: true, encoding: .utf8)
    }
    #expect(
      try String(contentsOf: file, encoding: .utf8) == StageReference.markdown,
      "renew it by MARTLET_UPDATE_GOLDEN=1 Scripts/test --filter StageReferenceTests")
  }

  @Test func everyStageAndArgumentIsExplained() {
    let all = StageReference.pipeline.all()
    #expect(all.count > 40)
    for (_, stage) in all {
      #expect(stage.summary.count > 5 && stage.summary.hasSuffix("."), "\(stage.name)")
      for argument in stage.arguments { expectExplained(argument, of: stage.name) }
    }
  }

  private func expectExplained(_ argument: ArgumentReference, of owner: String) {
    #expect(argument.summary.count > 5 && argument.summary.hasSuffix("."), "\(owner), \(argument.name)")
    for member in argument.members {
      #expect(member.summary.hasSuffix("."), "\(owner), .\(member.name)")
      for inner in member.arguments { expectExplained(inner, of: ".\(member.name)") }
    }
  }

  @Test func theTextForTerminalsNamesEveryArgumentAndKeepsToItsWidth() {
    for (_, stage) in StageReference.pipeline.all() {
      let text = stage.text(columns: 80)
      for argument in stage.arguments {
        #expect(text.contains(argument.label.map { "\($0):" } ?? argument.name), "\(stage.name), \(argument.name)")
        #expect(text.contains(argument.defaultValue.map { $0 == "nil" ? "may be left out" : $0 } ?? "must be written"))
      }
      for inner in stage.stages { #expect(text.contains("    \(inner.name) ")) }
    }
    let window = StageReference.pipeline.all().first { $0.stage.name == "Window" }
    #expect(window?.path == ["Pipeline", "Ingest"])
  }
}
