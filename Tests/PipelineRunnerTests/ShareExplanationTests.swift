import PipelineModel
import Testing

@testable import PipelineRunner

@Suite struct ShareExplanationTests {
  private func text(_ names: [String], channels: ChannelCriterion = .magnitude) throws -> String {
    let recordings = try SyntheticRecordings()
    try recordings.writeCSV("a.csv", stretches: 2)
    var pipeline = recordings.pipeline(scheme: .tensors(names))
    for index in pipeline.stages.indices {
      guard case .update(var update) = pipeline.stages[index] else { continue }
      update.channels = channels
      pipeline.stages[index] = .update(update)
    }
    return try PipelineExplanation(try recordings.run(pipeline).pipeline, channels: 3).text
  }

  @Test func sharesAreNamedWithTheirChannels() throws {
    let found = try text(["block1.expand.weights/2", "block1.project.weights/8", "dense1.weights"])
    #expect(found.contains("block1.expand.weights/2: 4 of 8 channels, by magnitude"))
    #expect(found.contains("block1.project.weights/8: 2 of 16 channels, by magnitude"))
    #expect(!found.contains("dense1.weights/"))
    #expect(try text(["block1.expand.weights/2"], channels: .gradient).contains("4 of 8 channels, by gradient"))
  }

  @Test func withoutSharesNoneIsNamed() throws {
    #expect(!(try text(["dense1.weights"]).contains(" channels, by ")))
  }
}
