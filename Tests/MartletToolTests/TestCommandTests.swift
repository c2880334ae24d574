import Foundation
import Testing

@Suite(.enabled(if: Tool.isBuilt, "the executable martlet is not beside the tests; build the whole package"))
struct TestCommandTests {
  private static func pipeline(_ tests: String) -> String {
    """
    import Martlet
    let p = Pipeline("p") {
        Ingest("nowhere") {
            Read(.csv, "*.csv", channels: ["x"])
            Subjects()
            Labels(names: ["a", "b"])
            Window(samples: 50)
            Split(holdOut: ["s"])
        }
        Model { GlobalAveragePool(); Dense(.classes) }
        Pretrain(epochs: 1)
        Evaluate { Accuracy() }
        \(tests)
    }

    """
  }

  private static let feed = "Feed(.constant(1), seconds: 2, hertz: 50, label: \"a\")"

  @Test func theTestsOfTheProjectsPipelinesPass() throws {
    try withTool { tool in
      let files = CheckTests.pipelines(in: "Pipelines")
      let result = try tool.run(["test"] + files, in: Tool.project)
      #expect(result.status == 0, "\(result.output)\(result.errors)")
      #expect(result.output.contains("✓ a gap ends a window"))
      #expect(result.output.contains("Pipelines/mcu1d.swift: no tests"))
      #expect(result.errors.isEmpty)
    }
  }

  @Test func aFailureIsShownAtItsPlace() throws {
    try withTool { tool in
      try tool.workspace.write(
        Self.pipeline(
          "Test(\"good\") { \(Self.feed); Expect(windows: 2) }\nTest(\"bad\") { \(Self.feed); Expect(windows: 3) }"),
        to: "p.swift")
      let result = try tool.run("test", "p.swift")
      #expect(result.status == 4)
      #expect(result.errors.isEmpty)
      let lines = result.output.split(separator: "\n")
      #expect(lines.count == 7, "\(result.output)")
      #expect(lines[1].hasPrefix("  ✓ good  "))
      #expect(lines[2].hasPrefix("  ✗ bad  "))
      #expect(lines[3].hasPrefix("    p.swift:14:"))
      #expect(lines[3].hasSuffix(": error: expected 3 windows, found 2"))
      #expect(lines[5].hasSuffix("`- found 2 of \"a\""))
      #expect(lines[6].hasPrefix("1 passed, 1 failed, "))
      #expect(try tool.run("test", "p.swift", "--filter", "GOOD").status == 0)
      let none = try tool.run("test", "p.swift", "--filter", "gone")
      #expect(none.status == 64 && none.errors.contains("no test has 'gone' in its name"), "\(none.errors)")
    }
  }

  @Test func aFileThatIsWrongIsAnErrorOfItsReports() throws {
    try withTool { tool in
      try tool.workspace.write(Self.pipeline("Test(\"good\") { \(Self.feed); Expect(windows: 2) }"), to: "good.swift")
      try tool.workspace.write(Self.pipeline("Test(\"bad\") { Feet() }"), to: "bad.swift")
      let result = try tool.run("test", "bad.swift", "good.swift", "--json", "--junit", "out.xml")
      #expect(result.status == 78)
      let object = try #require(
        try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
      #expect(object["passed"] as? Int == 1)
      let broken = try #require(object["broken"] as? [[String: Any]])
      #expect(broken.count == 1 && broken[0]["file"] as? String == "bad.swift")
      #expect((broken[0]["messages"] as? [String])?.isEmpty == false)
      let xml = try String(contentsOf: tool.workspace["out.xml"], encoding: .utf8)
      #expect(xml.contains("<testsuites name=\"martlet\" tests=\"2\" failures=\"0\" errors=\"1\""), "\(xml)")
      #expect(xml.contains("<error message=\"bad.swift:13:"), "\(xml)")
    }
  }

  @Test func resultsAreJSONAndJUnit() throws {
    try withTool { tool in
      try tool.workspace.write(Self.pipeline("Test(\"a < b\") { \(Self.feed); Expect(windows: 3) }"), to: "p.swift")
      let result = try tool.run("test", "p.swift", "--json", "--junit", "out.xml")
      #expect(result.status == 4)
      let object = try #require(
        try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
      #expect(object["schemaVersion"] as? Int == 1)
      #expect(object["failed"] as? Int == 1)
      let tests = try #require(object["tests"] as? [[String: Any]])
      #expect(tests[0]["name"] as? String == "a < b")
      #expect(tests[0]["passed"] as? Bool == false)
      let failures = try #require(tests[0]["failures"] as? [[String: Any]])
      #expect(failures[0]["line"] as? Int == 13)
      let xml = try String(contentsOf: tool.workspace["out.xml"], encoding: .utf8)
      #expect(xml.contains("<testcase classname=\"p.swift\" name=\"a &lt; b\""))
      #expect(xml.contains("expected 3 windows, found 2"))
      // It is not replaced unasked.
      #expect(try tool.run("test", "p.swift", "--junit", "out.xml").status == 73)
      #expect(try tool.run("test", "p.swift", "--junit", "out.xml", "--force").status == 4)
    }
  }

  @Test func goldenFilesAreWrittenWhenAskedFor() throws {
    try withTool { tool in
      try tool.workspace.write(Self.pipeline("Test(\"g\") { \(Self.feed); Expect(golden: \"g.json\") }"), to: "p.swift")
      #expect(try tool.run("test", "p.swift").status == 4)
      let updated = try tool.run("test", "p.swift", "--update")
      #expect(updated.status == 0)
      #expect(updated.output.contains("wrote g.json"))
      #expect(try tool.run("test", "p.swift").status == 0)
      try tool.workspace.write("precious", to: "g.json")
      #expect(try tool.run("test", "p.swift", "--update").status == 73)
      #expect(try String(contentsOf: tool.workspace["g.json"], encoding: .utf8) == "precious")
    }
  }

  @Test func whatCannotBeTestedHasItsStatus() throws {
    try withTool { tool in
      try tool.workspace.write(Self.pipeline(""), to: "none.swift")
      let none = try tool.run("test", "none.swift")
      #expect(none.status == 0)
      #expect(none.output == "none.swift: no tests\nno tests\n")
      try tool.workspace.write(Self.pipeline("Test(\"x\") { Expect(windows: 3) }"), to: "broken.swift")
      #expect(try tool.run("test", "broken.swift").status == 78)
      #expect(try tool.run("test", "nowhere.swift").status == 66)
      #expect(try tool.run("test").status == 64)
      #expect(try tool.run("test", "none.swift", "--set", "seed=3").status == 64)
      #expect(try tool.run("test", "none.swift", "--junit", "no/folder/out.xml").status == 73)
    }
  }
}
