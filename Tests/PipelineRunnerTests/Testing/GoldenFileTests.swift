import Foundation
import PipelineModel
import Testing

@testable import PipelineRunner

struct GoldenFileTests {
  private static func lines(_ name: String, value: String = "2.5", options: String = "") -> String {
    "Feed(.constant(\(value)), seconds: 2, hertz: 50, label: \"a\"); Expect(golden: \"\(name)\"\(options))"
  }

  private static func update(_ lines: String, in folder: String) throws -> TestResult {
    let tester = try TestedPipeline.tester(folder: folder, "Test(\"one\") { \(lines) }")
    tester.updatesGoldenFiles = true
    return try #require(try tester.run().first)
  }

  @Test(arguments: ["g.json", "g.csv"]) func whatWasFoundOnceIsExpectedAgain(name: String) throws {
    try withTestFolder { folder in
      let lines = Self.lines(name)
      let missing = try TestedPipeline.failures(folder: folder, lines)
      #expect(missing.count == 1 && missing[0].contains("there is no such file"))
      #expect(try Self.update(lines, in: folder).written == [folder + "/" + name])
      #expect(try TestedPipeline.failures(folder: folder, lines) == [])
      // What has not changed is not written again.
      #expect(try Self.update(lines, in: folder).written == [])

      let changed = try TestedPipeline.failures(folder: folder, Self.lines(name, value: "2.75"))
      #expect(
        changed == [
          "\(name) differs in window 0, frame 0, x: expected 2.5, found 2.75; 200 of 200 values differ, by at most 0.25"
        ])
      #expect(
        try TestedPipeline.failures(folder: folder, Self.lines(name, value: "2.75", options: ", tolerance: 0.3")) == [])
    }
  }

  @Test(arguments: ["g.json", "g.csv"]) func theFirstDifferenceIsNamed(name: String) throws {
    try withTestFolder { folder in
      let feed = { (faults: String, label: String) in
        "Feed(.ramp(from: 0, to: 4), seconds: 4, hertz: 50, label: \"\(label)\", faults: [\(faults)]); "
          + "Expect(golden: \"\(name)\")"
      }
      _ = try Self.update(feed("", "a"), in: folder)
      for (faults, label, message) in [
        (".value(9, at: 2.04, channel: \"y\")", "a", "window 2, frame 2, y: expected 2.04, found 9; 1 of 400"),
        ("", "b", "window 0: expected label \"a\", found \"b\""),
        (".gap(at: 3, seconds: 0.1)", "a", "holds 4 windows, found 3"),
        (".jump(at: 1, seconds: 0.3)", "a", "window 1, frame 0: expected time 1 s, found 1.3 s"),
      ] {
        let failures = try TestedPipeline.failures(folder: folder, feed(faults, label))
        #expect(failures.count == 1 && failures[0].contains(message), "\(failures)")
      }
    }
  }

  @Test(arguments: ["g.json", "g.csv"]) func framesAndWhatIsNoNumberAreKeptToo(name: String) throws {
    try withTestFolder { folder in
      let lines = { (value: String) in
        "Feed(frames: [[1, \(value)], [-0.125, .infinity]], hertz: 50, label: \"a,\\\"b\", subject: \"s 1\"); "
          + "Expect(after: .read, golden: \"\(name)\")"
      }
      _ = try Self.update(lines(".nan"), in: folder)
      #expect(try TestedPipeline.failures(folder: folder, lines(".nan")) == [])
      let failures = try TestedPipeline.failures(folder: folder, lines("0"))
      #expect(failures.first?.contains("frame 0, y: expected nan, found 0") == true, "\(failures)")
    }
  }

  @Test func aChoiceOfValuesMakesASmallFile() throws {
    try withTestFolder { folder in
      _ = try Self.update(
        Self.lines("g.csv", options: "").replacing(
          "Expect(", with: "Expect(window: 1, channel: \"y\", from: 0.5, to: 0.56, "), in: folder)
      let text = try String(contentsOfFile: folder + "/g.csv", encoding: .utf8)
      #expect(text == "window,subject,label,time_s,y\n0,fed,a,1.5,2.5\n0,fed,a,1.52,2.5\n0,fed,a,1.54,2.5\n")
    }
  }

  @Test(arguments: ["g.json", "g.csv"]) func aFileOfSomethingElseIsNeverReplaced(name: String) throws {
    try withTestFolder { folder in
      try "{\"precious\": 1}".write(toFile: folder + "/" + name, atomically: true, encoding: .utf8)
      let failures = try TestedPipeline.failures(folder: folder, Self.lines(name))
      #expect(failures.first?.contains("it is no golden file") == true)
      do {
        _ = try Self.update(Self.lines(name), in: folder)
        Issue.record("the file was replaced")
      } catch let error as RunError {
        #expect(error.exitStatus == 73)
      }
      #expect(try String(contentsOfFile: folder + "/" + name, encoding: .utf8) == "{\"precious\": 1}")
    }
  }

  /// Whatever becomes of a golden file, it is compared or refused.
  @Test(arguments: ["g.json", "g.csv"]) func aDamagedFileFailsTheTest(name: String) throws {
    try withTestFolder { folder in
      _ = try Self.update(Self.lines(name), in: folder)
      let whole = Array(try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name)))
      for end in stride(from: 0, to: whole.count - 3, by: max(1, whole.count / 40)) {
        try Data(whole[..<end]).write(to: URL(fileURLWithPath: folder + "/" + name))
        #expect(try TestedPipeline.failures(folder: folder, Self.lines(name)).count == 1, "cut at \(end)")
      }
    }
  }
}
