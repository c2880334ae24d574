import Foundation
import Reports
import Testing

@Suite struct ReadmeTests {
  private let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  private func text(_ path: String) throws -> String {
    try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
  }

  @Test func theReadmeListsEveryKeyOfTheMetrics() throws {
    #expect(try text("README.md").contains(RunMetrics.keysAsMarkdown), "copy RunMetrics.keysAsMarkdown into README.md")
  }

  /// What the README shows of a stage of one's own is code that `Scripts/examples-check` compiles.
  @Test func theStageOfTheReadmeIsThatOfTheExample() throws {
    let section = try #require(try text("README.md").components(separatedBy: "\n## Your own stage\n").last)
    let blocks = section.components(separatedBy: "\n## ")[0].components(separatedBy: "```")
    let shown = stride(from: 1, to: blocks.count, by: 2).map { blocks[$0].dropFirst("swift\n".count) }
    try #require(shown.count == 2)
    #expect(try text("Examples/OwnStage/Sources/MotionStages/Magnitude.swift") == shown[0])
    let program = try text("Examples/OwnStage/Sources/own-stage/main.swift").split(separator: "\n")
      .map { $0.trimmingCharacters(in: .whitespaces) }
    for line in shown[1].split(separator: "\n") { #expect(program.contains(String(line)), "\(line)") }
  }
}
