import Foundation
import PipelineRunner
import Testing

/// The version stands in one place, and the changelog's newest heading is it.
@Suite(.enabled(if: Tool.isBuilt, "the executable martlet is not beside the tests; build the whole package"))
struct VersionTests {
  @Test func toolAndChangelogAgree() throws {
    #expect(Version.current.wholeMatch(of: #/\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?/#) != nil, "is a semantic version")
    let changelog = try String(contentsOf: Tool.project.appendingPathComponent("CHANGELOG.md"), encoding: .utf8)
    let heading = try #require(changelog.split(separator: "\n").first { $0.hasPrefix("## ") })
    #expect(heading.hasPrefix("## \(Version.current) "))
    try withTool { tool in
      let shown = try tool.run("--version").output
      #expect(shown == "martlet \(Version.current)\n")
    }
  }
}
