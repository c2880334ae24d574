import Foundation
import Reports
import Testing

@Suite struct ReadmeTests {
  @Test func theReadmeListsEveryKeyOfTheMetrics() throws {
    let root = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let readme = try String(contentsOf: root.appendingPathComponent("README.md"), encoding: .utf8)
    #expect(readme.contains(RunMetrics.keysAsMarkdown), "copy RunMetrics.keysAsMarkdown into README.md")
  }
}
