import PipelineModel
import PipelineText
import Testing

@testable import PipelineRunner

/// A pipeline whose arena is too small is refused before anything is read, with what would fit.
@Suite struct TrainingFitTests {
  private static func source(
    update: String = ".full", arena: Int, options: String = "", labels: String = "names: [\"rest\", \"walk\", \"run\"]",
    channels: String = "channels: [\"ax\", \"ay\", \"az\"]"
  ) -> String {
    """
    import Martlet

    let fit = Pipeline("fit", seed: 3) {
        Ingest("recordings") {
            Read(.csv, "*.csv"\(channels.isEmpty ? "" : ", " + channels))
            Subjects(from: .fileName)
            Labels(column: "label", \(labels))
            Window(samples: 64, every: 32)
            Split(by: .subject, holdOut: ["s1"])
        }
        Model {
            Conv1D(16, kernel: 5, stride: 2)
            InvertedResidual(16, expand: 2, kernel: 3)
            InvertedResidual(24, expand: 2, kernel: 3, stride: 2)
            GlobalAveragePool()
            Dense(.classes)
        }
        Pretrain(epochs: 1, optimizer: .adam(0.001))
        Quantize(calibration: 16)
        Update(\(update))
        Train(on: .heldOut\(options), arena: .bytes(\(arena)))
        Evaluate { Accuracy() }
    }
    """
  }

  private func shortage(_ source: String) throws -> ArenaShortage? {
    let pipeline = try #require(Pipeline.read(source).pipeline)
    guard let issue = try pipeline.checked().planningIssue() else { return nil }
    guard case .arenaTooSmall(let shortage) = issue.fact else {
      Issue.record("\(issue.message)")
      return nil
    }
    return shortage
  }

  private func arenaBytes(_ source: String) throws -> Int {
    let pipeline = try #require(Pipeline.read(source).pipeline).checked()
    return try #require(try PipelineExplanation(pipeline).plan).arenaBytes
  }

  @Test(arguments: [".full", ".lastBlocks(2)", ".lastBlocks(1)", ".biasesAndLastLayer", ".lastLayer"])
  func theLastByteDecides(update: String) throws {
    let needed = try arenaBytes(Self.source(update: update, arena: 1 << 20))
    #expect(try shortage(Self.source(update: update, arena: needed)) == nil)
    let short = try #require(try shortage(Self.source(update: update, arena: needed - 1)))
    #expect(short.neededBytes == needed && short.budgetBytes == needed - 1 && !short.isLowerBound)
    let file = Pipeline.read(Self.source(update: update, arena: needed - 1)).planned()
    #expect(file.pipeline == nil && file.diagnostics.count == 1)
    #expect(file.rendered.contains("needs \(needed) bytes"))
  }

  /// What is proposed is a change that can be written, and it needs the bytes that it is said to need.
  @Test(arguments: [
    "", ", optimizer: .sgd(0.001, momentum: 0.9)", ", accumulate: 4", ", rounding: .errorFeedback, errors: .int16",
  ])
  func whatIsProposedFits(options: String) throws {
    let most = try arenaBytes(Self.source(arena: 1 << 20, options: options))
    var proposed: Set<String> = []
    for arena in stride(from: 500, to: most, by: (most - 500) / 12) {
      let text = Self.source(arena: arena, options: options)
      let short = try #require(try shortage(text))
      #expect(short.neededBytes == most)
      #expect((short.smallest?.neededBytes ?? .max) <= (short.fitting.map(\.neededBytes).min() ?? .max))
      for change in short.fitting {
        proposed.insert(change.source)
        let pipeline = try #require(Pipeline.read(text).pipeline)
        let changed = try pipeline.applying(overrides: [Self.override(change.source)])
        let plan = try #require(try PipelineExplanation(changed.checked()).plan)
        #expect(plan.arenaBytes == change.neededBytes && change.neededBytes <= arena, "\(change.source), \(arena)")
      }
      if short.fitting.isEmpty {
        let smallest = try #require(short.smallest)
        #expect(smallest.neededBytes > arena)
      }
    }
    #expect(proposed.contains("Update(.lastLayer)"))
    #expect(options.isEmpty || proposed.contains { $0.hasPrefix("Train(") }, "\(proposed)")
  }

  /// `Update(.lastLayer)` as `--set` writes it.
  private static func override(_ source: String) -> String {
    let parts = source.dropLast().split(separator: "(", maxSplits: 1)
    if parts[0] == "Update" { return "update=\(parts[1])" }
    let argument = parts[1].split(separator: ": ", maxSplits: 1)
    return "train.\(argument[0])=\(argument[1])"
  }

  /// As few channels and classes as can be, where only recordings tell how many there are.
  @Test func whatRecordingsTellIsTakenToBeLittle() throws {
    let least = Self.source(arena: 1 << 20, labels: "names: [\"a\", \"b\"]", channels: "channels: [\"ax\"]")
    let needed = try arenaBytes(least)
    let unknown = Self.source(arena: needed - 1, labels: "ignore: [\"void\"]", channels: "")
    let short = try #require(try shortage(unknown))
    #expect(short.isLowerBound && short.neededBytes == needed)
    #expect(try shortage(Self.source(arena: needed, labels: "ignore: [\"void\"]", channels: "")) == nil)
  }
}
