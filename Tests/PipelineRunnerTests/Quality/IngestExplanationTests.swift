import PipelineModel
import Testing

@testable import PipelineRunner

/// Each step says what it holds back and for how long.
@Suite struct IngestExplanationTests {
  private func text(_ steps: [IngestStep]) throws -> String {
    let pipeline = try SyntheticRecordings().pipeline(steps: steps)
    return try PipelineExplanation(pipeline.checked(), channels: 3).text
  }

  @Test func everyStepIsListedWithItsDelay() throws {
    let text = try text([
      .disorder(Disorder(.reorder(within: 0.5))), .duplicates(Duplicates(.spread)),
      .gaps(Gaps(.fill(.linear, upTo: 0.2))), .nonFinite(NonFinite(.hold(upTo: 3))), .stuck(Stuck(frames: 50)),
      .saturation(Saturation(at: 8, .rejectWindow)), .median(Median(frames: 3)),
      .filter(Filter(.lowPass(hertz: 5, order: 1))), .resample(Resample(hertz: 50, by: .polyphase)),
      .gravity(Gravity(of: ["x"], .zeroPhase)), .select(Select(["x", "body_x"])),
    ])
    for words in [
      "waits 0.5 s of the recording's time", "waits a burst, at most 1,024 frames", "filled up to 0.2 s, linear",
      "the last good value for up to 3 frames", "50 equal values in a row", "counted, and no window holds them",
      "waits 1 frame, stamps", "waits 10 periods of the lower rate, at least 200 ms", "no delay; holds a whole segment",
      "32 × 2, 64 bytes as int8",
    ] {
      #expect(text.contains(words), "\(words)\n\(text)")
    }
    // A first-order low-pass lags by 1 / (2π · 5 Hz).
    #expect(text.contains("delays by 31.8"), "\(text)")
  }

  @Test func aPipelineWithoutSuchStepsListsNone() throws {
    let text = try text([])
    #expect(!text.contains("delay") && !text.contains("waits"))
  }
}
