import PipelineModel
import PipelineText
import Testing

/// Tests stand in a pipeline without being a part of what it does.
struct TestWordsTests {
  private static func source(_ stages: [String]) -> String {
    "import Martlet\nlet p = Pipeline(\"p\") {\n" + stages.joined(separator: "\n") + "\n}\n"
  }

  private static let stages = [
    "Ingest(\"x\") { Read(.csv, \"*.csv\", channels: [\"a\", \"b\"]); Subjects(); Labels(names: [\"u\", \"v\"]); "
      + "Filter(.highPass(hertz: 1)); Filter(.lowPass(hertz: 5)); Window(samples: 8); Split(holdOut: [\"s\"]) }",
    "Model { GlobalAveragePool(); Dense(.classes) }", "Pretrain(epochs: 1)", "Evaluate { Accuracy() }",
  ]

  private static let test = """
    Test("all words") {
        Feed(.sine(hertz: 2, offset: -1), plus: .noise(amplitude: 0.5, seed: 3), seconds: 2, hertz: 50, units: ["g", "g"],
            labels: [.from(0, "u"), .from(1, "")], subject: "s",
            faults: [.gap(at: 1, seconds: 0.5), .value(.negativeInfinity, at: 0.25, frames: 2, channel: "b"),
                .value(-3, at: 0), .late(at: 0.5, frames: 2), .segment(at: 1)], at: .filter(2))
        Expect(after: .filter(2), subject: "s", frames: .between(1, 9), hertz: .atMost(50.5), channels: ["a", "b"],
            labels: ["u", ""], channel: "a", from: 0.5, to: 1, values: [0, .nan, -1.5, .infinity], times: [0, 0.02],
            mean: 0, rms: .between(0, 1), minimum: -1.5, maximum: .atLeast(2), found: [.gaps(1), .stuckValues(.atMost(3))],
            golden: "words/g.csv", tolerance: 0.001)
    }
    Test("windows") {
        Feed(windows: [[[0, 1], [0, 1], [0, 1], [0, 1], [0, 1], [0, 1], [0, 1], [0, .nan]]], label: "v")
        Expect(windows: 1, window: 0, rms: 1)
    }
    Test("sizes") { Expect(layer: "dense1", shape: [1, 2], parameters: 6, multiplyAccumulates: .atLeast(1)) }
    """

  @Test func everyWordIsPrintedAsItIsRead() throws {
    let file = Pipeline.read(Self.source(Self.stages + [Self.test]))
    #expect(file.rendered == "")
    let pipeline = try #require(file.pipeline)
    #expect(pipeline.tests.count == 3)
    for includingDefaults in [false, true] {
      let printed = Pipeline.read(pipeline.source(includingDefaults: includingDefaults))
      #expect(printed.rendered == "")
      #expect(printed.pipeline == pipeline)
    }
  }

  @Test func testsStandAnywhereAndAreNoFacts() throws {
    let plain = try #require(Pipeline.read(Self.source(Self.stages)).pipeline)
    for place in 0...Self.stages.count {
      var stages = Self.stages
      stages.insert(Self.test, at: place)
      let file = Pipeline.read(Self.source(stages))
      #expect(file.rendered == "", "in front of stage \(place)")
      #expect(file.pipeline?.facts == plain.facts)
    }
  }
}
