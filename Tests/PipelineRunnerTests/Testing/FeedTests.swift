import Foundation
import PipelineModel
import PipelineText
import Testing

@testable import PipelineRunner

/// What `Feed` makes, seen behind `Read` and behind the stages that it is for.
struct FeedTests {
  private static func check(_ lines: String, steps: String = "", window: String = "Window(samples: 50)") throws {
    #expect(try TestedPipeline.failures(steps: steps, window: window, lines) == [])
  }

  @Test(arguments: [
    (".constant(2.5)", "[2.5, 2.5, 2.5, 2.5]"), (".sine(hertz: 1, amplitude: 2, offset: 1)", "[1, 3, 1, -1]"),
    (".ramp(from: 1, to: 3)", "[1, 1.5, 2, 2.5]"), (".step(at: 0.5)", "[0, 0, 1, 1]"),
    (".step(at: 0.3, from: 5, to: 6)", "[5, 5, 6, 6]"), (".impulse(at: 0.25, height: 7)", "[0, 7, 0, 0]"),
    (".impulse(at: 0.3)", "[0, 0, 1, 0]"),
  ])
  func signalsAreAsWritten(signal: String, values: String) throws {
    try Self.check(
      "Feed(\(signal), seconds: 1, hertz: 4); Expect(after: .read, frames: 4); "
        + "Expect(after: .read, channel: \"y\", values: \(values))")
  }

  @Test func noiseFollowsFromItsSeedAndStaysInside() throws {
    let noise = { (seed: Int) in "Feed(.noise(amplitude: 2, seed: \(seed)), seconds: 100, hertz: 10)" }
    try Self.check(
      noise(3) + "; Expect(after: .read, mean: .between(-0.1, 0.1), rms: .between(1.1, 1.2), "
        + "minimum: .between(-2, -1.9), maximum: .between(1.9, 2))")
    let found = try [3, 3, 4].map { seed in
      try TestedPipeline.failures("\(noise(seed)); Expect(after: .read, values: [9, 9, 9])")
    }
    #expect(found[0] == found[1])
    #expect(found[0] != found[2])
  }

  @Test func aSignalForEachChannelAndOneOnTop() throws {
    try Self.check(
      "Feed(signals: [.constant(1), .constant(2)], plus: .step(at: 0.5), seconds: 1, hertz: 2); "
        + "Expect(after: .read, values: [1, 2, 2, 3])")
  }

  /// What is wrong with a recording, what ingestion makes of it, and what is left.
  @Test(arguments: [
    ("", ".gap(at: 1, seconds: 0.4)", 180, ".gaps(1)"),
    ("Gaps(.fill(.linear, upTo: 1))", ".gap(at: 1, seconds: 0.4)", 200, ".filledGaps(1), .filledFrames(20)"),
    ("", ".jump(at: 1, seconds: 2)", 200, ".gaps(1)"), ("", ".jump(at: 1, seconds: 7200)", 200, ".clockJumps(1)"),
    ("", ".jump(at: 1, seconds: -0.5)", 200, ".stepsBackwards(1)"),
    ("", ".jump(at: 2, seconds: -1.5)", 200, ".clockJumps(1)"),
    ("", ".duplicate(at: 1, frames: 2)", 200, ".duplicateFrames(2)"),
    ("Duplicates(.average)", ".duplicate(at: 1, frames: 2)", 200, ".duplicateFrames(2)"),
    ("Disorder(.reorder(within: 0.5))", ".late(at: 1, frames: 3)", 200, ".reorderedFrames(1)"),
    ("", ".nan(at: 1, frames: 3)", 197, ".gaps(1), .nonFiniteFrames(3)"),
    ("NonFinite(.hold(upTo: 3))", ".nan(at: 1, frames: 3, channel: \"x\")", 200, ".heldValues(3)"),
    ("NonFinite(.rejectWindow)", ".nan(at: 1, frames: 3)", 200, ".heldValues(6), .rejectedWindows(1)"),
    ("", ".value(.infinity, at: 1)", 199, ".gaps(1), .nonFiniteFrames(1)"),
    ("Saturation(at: 8)", ".value(9, at: 1, frames: 4, channel: \"y\")", 200, ".saturatedValues(4)"),
    ("Stuck(frames: 20)", ".stuck(at: 1, seconds: 0.5, channel: \"x\")", 200, ".stuckValues(25)"),
    ("", ".segment(at: 1)", 200, ".leftoverFrames(0)"),
  ])
  func faultsAreFoundByTheStagesThatLookForThem(
    steps: String, fault: String, frames: Int, found: String
  ) throws {
    let feed = "Feed(.sine(hertz: 1, amplitude: 5), seconds: 4, hertz: 50, label: \"a\", faults: [\(fault)])"
    let lines = "\(feed); Expect(found: [\(found)])"
    try Self.check(lines, steps: steps)
    // And without the fault nothing of it is found.
    let clean = lines.replacing("faults: [\(fault)]", with: "faults: []")
    if !found.contains("leftover") { #expect(try TestedPipeline.failures(steps: steps, clean) != []) }
    let behind = try TestedPipeline.failures(steps: steps, feed + "; Expect(windows: .atMost(4))")
    #expect(behind == [])
    guard steps.isEmpty || steps.hasPrefix("Gaps") else { return }
    let place = steps.isEmpty ? "Median(frames: 3)" : steps + "\nMedian(frames: 3)"
    try Self.check("\(feed); Expect(after: .median, frames: \(frames))", steps: place)
  }

  @Test func aSegmentBreaksAWindow() throws {
    try Self.check(
      "Feed(.constant(1), seconds: 2, hertz: 50, label: \"a\", faults: [.segment(at: 0.5)]); Expect(windows: 1)")
  }

  @Test func framesEnterInFrontOfAStage() throws {
    let steps = "Filter(.lowPass(hertz: 1), .zeroPhase)\nGravity(of: [\"x\"], below: 0.3)\nResample(hertz: 25)"
    let feed = { (at: String) in
      "Feed(.sine(hertz: 10), seconds: 4, hertz: 50, label: \"a\", at: \(at))"
    }
    try Self.check(feed(".read") + "; Expect(after: .filter, channel: \"x\", rms: .atMost(0.1))", steps: steps)
    try Self.check(
      feed(".gravity") + "; Expect(after: .gravity, channel: \"x\", rms: 0.7071, tolerance: 0.001)", steps: steps)
    try Self.check(
      feed(".resample")
        + "; Expect(after: .resample, frames: 100, channels: [\"x\", \"y\", \"gravity_x\", \"body_x\"])",
      steps: steps)
    try Self.check(feed(".window") + "; Expect(windows: 4, hertz: 50)", steps: steps)
  }

  @Test func unitsAreConverted() throws {
    let steps = "Convert([\"x\"], to: \"m/s2\")"
    let feed = "Feed(.constant(1), seconds: 2, hertz: 50, units: [\"g\", \"g\"])"
    try Self.check("\(feed); Expect(after: .convert, channel: \"x\", mean: 9.80665)", steps: steps)
    try Self.check("\(feed); Expect(after: .read, channel: \"x\", mean: 1)", steps: steps)
    try Self.check("Feed(.constant(1), seconds: 2, hertz: 50); Expect(error: \"states no unit\")", steps: steps)
  }

  @Test func aRecordingMayLackAChannelOrHaveMore() throws {
    let feed = "Feed(.constant(1), seconds: 2, hertz: 50, channels: [\"x\"], label: \"a\")"
    try Self.check("\(feed); Expect(error: \"no channel 'y'\")")
    try Self.check(
      "\(feed); Expect(windows: 2, found: [.absentChannels(1)]); Expect(channel: \"y\", mean: -3)",
      steps: "OptionalChannels([\"y\"], value: -3)")
    try Self.check(
      "Feed(signals: [.constant(1), .constant(2), .constant(3)], seconds: 2, hertz: 50, channels: [\"y\", \"z\", \"x\"]); "
        + "Expect(after: .read, values: [3, 1])")
  }

  @Test func severalRecordingsStaySeparate() throws {
    try Self.check(
      "Feed(.constant(1), seconds: 1.5, hertz: 50, label: \"a\", subject: \"p\"); "
        + "Feed(.constant(5), seconds: 1.5, hertz: 50, label: \"b\", subject: \"q\"); "
        + "Expect(windows: 2, labels: [\"a\", \"b\"]); Expect(subject: \"q\", windows: 1, mean: 5)")
  }

  @Test func windowsEnterAsTheyAre() throws {
    let feed = { (value: Int, subject: String) in
      "Feed(windows: [[[\(value), 0], [\(value + 2), 0]]], label: \"a\", subject: \"\(subject)\")"
    }
    try Self.check(
      feed(1, "p") + "; " + feed(11, "held")
        + "; Expect(windows: 2, labels: [\"a\", \"a\"], values: [1, 0, 3, 0, 11]); "
        + "Expect(after: .normalize, subject: \"p\", channel: \"x\", values: [-1, 1]); "
        + "Expect(after: .normalize, subject: \"held\", channel: \"x\", values: [9, 11])", window: "Window(samples: 2)")
    #expect(
      try TestedPipeline.failures(
        window: "Window(samples: 2)", feed(1, "held") + "; Expect(after: .normalize, windows: 1)"
      ).first?.contains("is refused") == true)
  }

  @Test func aFileIsReadAsTheRecordingsAre() throws {
    try withTestFolder { folder in
      let rows = (0..<100).map { "\(Double($0) / 50),\($0),1,\($0 < 50 ? "a" : "b"),0" }
      try "time_s,x,y,label,segment\n\(rows.joined(separator: "\n"))\n".write(
        toFile: folder + "/s7_walk.csv", atomically: true, encoding: .utf8)
      #expect(
        try TestedPipeline.failures(
          folder: folder,
          "Feed(file: \"s7_walk.csv\"); Expect(windows: 2, labels: [\"a\", \"b\"]); "
            + "Expect(subject: \"s7\", window: 1, channel: \"x\", values: [50, 51])") == [])
      #expect(
        try TestedPipeline.failures(folder: folder, "Feed(file: \"no.csv\"); Expect(error: \"cannot open\")") == [])
    }
  }

  @Test func aTestThatWouldTakeTooMuchIsNoPipeline() throws {
    for feed in [
      "Feed(.constant(1), seconds: 86_400, hertz: 1_000_000)", "Feed(.constant(1), seconds: 3e9, hertz: 50)",
      "Feed(.constant(1), seconds: 30_000, hertz: 50); Feed(.constant(1), seconds: 30_000, hertz: 50)",
      "Feed(.constant(1), seconds: 1, hertz: 50, faults: [" + String(repeating: ".nan(at: 0),", count: 101) + "])",
    ] {
      let source = TestedPipeline.source(tests: "Test(\"one\") { \(feed); Expect(windows: 1) }")
      #expect(Pipeline.read(source).pipeline == nil, "\(feed)")
    }
  }
}
