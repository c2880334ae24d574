import Foundation
import PipelineModel
import Testing

@testable import PipelineRunner

/// Every argument of `Expect` holds what is so, and fails on what is nearly so.
struct ExpectationTests {
  struct Example: Sendable, CustomTestStringConvertible {
    var steps = ""
    var window = "Window(samples: 50)"
    var feed: String
    /// What holds.
    var expect: String
    /// What does not, with a part of what is said of it.
    var wrong: [(expect: String, message: String)]
    var testDescription: String { expect }

    init(
      steps: String = "", window: String = "Window(samples: 50)", _ feed: String, _ expect: String,
      wrong: (String, String)...
    ) {
      (self.steps, self.window, self.feed, self.expect) = (steps, window, feed, expect)
      self.wrong = wrong.map { ($0.0, $0.1) }
    }
  }

  private static let second = "Feed(.ramp(from: 0, to: 100), seconds: 2, hertz: 50, label: \"a\")"
  private static let gap =
    "Feed(.constant(1), seconds: 4, hertz: 50, label: \"a\", faults: [.gap(at: 1.5, seconds: 0.5)])"

  static let examples: [Example] = [
    Example(
      second, "Expect(windows: 2)", wrong: ("Expect(windows: 3)", "expected 3 windows, found 2"),
      ("Expect(windows: .atLeast(3))", "at least 3"), ("Expect(windows: .atMost(1))", "at most 1"),
      ("Expect(windows: .between(3, 9))", "3 to 9")),
    Example(
      second, "Expect(after: .read, frames: .between(100, 100))",
      wrong: ("Expect(after: .read, frames: 99)", "expected 99 frames, found 100")),
    Example(
      second, "Expect(hertz: 50)", wrong: ("Expect(hertz: 51)", "expected 51 Hz, found 50"),
      ("Expect(after: .read, hertz: .atMost(49))", "found 50")),
    Example(
      second, #"Expect(channels: ["x", "y"])"#,
      wrong: (#"Expect(channels: ["y", "x"])"#, #"found "x", "y""#), (#"Expect(channels: ["x"])"#, "found")),
    Example(
      "Feed(.constant(0), seconds: 2, hertz: 50, labels: [.from(0, \"a\"), .from(1, \"b\")])",
      #"Expect(labels: ["a", "b"])"#, wrong: (#"Expect(labels: ["a", "a"])"#, #"expected "a" for window 1, found "b""#),
      (#"Expect(labels: ["a"])"#, "expected 1 label, found 2"),
      (#"Expect(labels: ["a", "b", "a"])"#, "expected 3 labels, found 2")),
    Example(
      "Feed(.constant(0), seconds: 2, hertz: 50, labels: [.from(0, \"a\"), .from(1, \"\"), .from(1.5, \"b\")])",
      #"Expect(after: .read, labels: ["a", "", "b"])"#,
      wrong: (#"Expect(after: .read, labels: ["a", "b"])"#, "found")),
    Example(
      second, #"Expect(window: 1, channel: "x", values: [50, 51])"#,
      wrong: (#"Expect(window: 1, channel: "x", values: [50, 51.001])"#, "expected 51.001, found 51 in window 1"),
      (#"Expect(window: 0, channel: "x", values: [50])"#, "expected 50, found 0"),
      (#"Expect(window: 2, channel: "x", values: [0])"#, "expected a window 2, found 2 windows")),
    Example(
      second, #"Expect(window: 1, channel: "x", values: [50.4, 51], tolerance: 0.5)"#,
      wrong: (#"Expect(window: 1, channel: "x", values: [50.6], tolerance: 0.5)"#, "expected 50.6")),
    Example(
      "Feed(frames: [[1, .nan], [.infinity, -2.5]], hertz: 50)",
      "Expect(after: .read, values: [1, .nan, .infinity, -2.5])",
      wrong: ("Expect(after: .read, values: [.nan])", "expected nan, found 1"),
      ("Expect(after: .read, values: [1, 0])", "expected 0, found nan"),
      ("Expect(after: .read, values: [1, .nan, .negativeInfinity])", "expected -infinity, found infinity"),
      ("Expect(after: .read, values: [1, .nan, .infinity, -2.5, 0])", "expected 5 values, found 4")),
    Example(
      "Feed(frames: [[1, 1], [1, 1]], times: [0.5, 0.75])", "Expect(after: .read, times: [0.5, 0.75])",
      wrong: ("Expect(after: .read, times: [0.5, 0.76])", "expected 0.76 s for frame 1, found 0.75 s"),
      ("Expect(after: .read, times: [0.5, 0.75, 1])", "expected 3 frames, found 2")),
    Example(
      second, #"Expect(channel: "y", from: 0.2, to: 0.24, mean: 35.5)"#,
      wrong: (#"Expect(channel: "y", from: 0.2, to: 0.26, mean: 35.5)"#, "as the mean of 6 values")),
    Example(
      "Feed(signals: [.constant(3), .constant(-4)], seconds: 1, hertz: 50, label: \"a\")",
      "Expect(mean: -0.5, rms: 3.535534, minimum: -4, maximum: 3)",
      wrong: ("Expect(mean: 0)", "expected 0 as the mean"), ("Expect(rms: .atMost(3.5))", "at most 3.5"),
      ("Expect(minimum: .atLeast(-3.9))", "at least -3.9"), ("Expect(maximum: .between(-5, 2.9))", "-5 to 2.9")),
    Example(
      gap, "Expect(windows: 3, found: [.gaps(1), .leftoverFrames(25)])",
      wrong: ("Expect(found: [])", "expected nothing else to be wrong, found 1 gaps"),
      ("Expect(found: [.gaps(2)])", "expected 2 gaps, found 1"),
      ("Expect(found: [.gaps(1), .leftoverFrames(24)])", "expected 24 frames in no window, found 25"),
      ("Expect(found: [.gaps(1), .stuckValues(.atLeast(1))])", "at least 1 stuck values, found 0")),
    Example(
      steps: "Gaps(.error)", gap, #"Expect(error: "no frame for 0.52 s")"#,
      wrong: (#"Expect(error: "time steps back")"#, "found: what is fed, 2"), ("Expect(windows: 3)", "is refused")),
    Example(
      second, #"Expect(windows: 2)"#, wrong: (#"Expect(error: "a gap")"#, "found none")),
    Example(
      second, #"Expect(subject: "fed", windows: 2)"#, wrong: (#"Expect(subject: "fed", windows: 0)"#, "found 2")),
    Example(
      second, #"Expect(layer: "conv1", shape: [50, 8])"#,
      wrong: (#"Expect(layer: "conv1", shape: [8, 50])"#, "found [50, 8]")),
    Example(
      second, "Expect(parameters: 106, multiplyAccumulates: .atLeast(3000))",
      wrong: ("Expect(parameters: 105)", "found 106"), ("Expect(multiplyAccumulates: 1)", "multiply-accumulates")),
    Example(
      second, "Expect(arena: .atMost(.kibibytes(64)))",
      wrong: ("Expect(arena: .atMost(.bytes(64)))", "at most 64 bytes of arena"),
      ("Expect(arena: .exactly(.kibibytes(64)))", "of arena, found")),
  ]

  @Test(arguments: examples) func whatIsSoHolds(example: Example) throws {
    #expect(
      try TestedPipeline.failures(
        steps: example.steps, window: example.window, example.feed + "; " + example.expect) == [])
  }

  @Test(arguments: examples) func whatIsNearlySoFails(example: Example) throws {
    for (expect, message) in example.wrong {
      let failures = try TestedPipeline.failures(
        steps: example.steps, window: example.window, example.feed + "; " + expect)
      #expect(failures.count == 1, "\(expect)")
      #expect(failures.first?.contains(message) == true, "\(expect): \(failures)")
    }
  }

  @Test func aFailureTellsWhereItIsExpected() throws {
    let tester = try TestedPipeline.tester(
      "Test(\"one\") { \(Self.second); Expect(windows: 2, labels: [\"a\", \"b\"]) }")
    let failure = try #require(try tester.run().first?.failures.first)
    #expect(failure.path.steps.suffix(3) == [.child(1), .parameter("labels"), .element(1)])
  }

  @Test func onlyTestsOfTheNameRun() throws {
    let tester = try TestedPipeline.tester(
      "Test(\"A gap\") { \(Self.gap); Expect(windows: 3) }\nTest(\"two\") { \(Self.second); Expect(windows: 2) }")
    #expect(try tester.run(filter: "a GAP").map(\.name) == ["A gap"])
    #expect(try tester.run(filter: "three").isEmpty)
    #expect(try tester.run().map(\.isPassed) == [true, true])
  }
}
