import Foundation
import Learning
import PipelineModel
import Reports
import Tensors
import Testing

@testable import PipelineRunner

@Suite struct StreamPreviewTests {
  /// The excerpt is where summing over every stretch finds most mistakes, the first of several.
  @Test(arguments: 1...30) func theExcerptIsTheWorstStretch(seed: Int) {
    var state = UInt64(seed)
    func next(_ limit: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % limit
    }
    let verdicts = (0..<next(40)).map { _ in
      StreamPreview.Window(start: 0, label: next(2), before: next(2), after: next(2))
    }
    let count = next(12)
    let chosen = PreviewChoice.worst(verdicts, count: count)
    func wrong(_ range: Range<Int>) -> Int {
      verdicts[range].reduce(0) { $0 + ($1.before == $1.label ? 0 : 1) + ($1.after == $1.label ? 0 : 1) }
    }
    let length = min(count, verdicts.count)
    #expect(chosen.count == length, "seed \(seed)")
    guard length > 0 else { return }
    let all = (0...(verdicts.count - length)).map { wrong($0..<$0 + length) }
    #expect(chosen.lowerBound == all.firstIndex(of: all.max() ?? 0), "seed \(seed)")
  }

  /// Overlapping windows of two stretches over a ramp, normalised.
  private func windows(length: Int, hop: Int, count: Int, channels: Int) -> WindowSet {
    let starts = (0..<count).map { $0 * hop + ($0 >= count / 2 ? 1_000 : 0) }
    var set = WindowSet(
      shape: ActivationShape(length: length, channels: channels),
      values: starts.flatMap { start in
        (0..<length).flatMap { frame in (0..<channels).map { Float((start + frame) * ($0 + 1)) / 16 } }
      }, labels: starts.map { _ in 0 }, subjects: starts.map { _ in 0 }, recordings: starts.map { _ in 0 },
      startFrames: starts, stretches: starts.map { $0 >= 1_000 ? 1 : 0 },
      startNanoseconds: starts.map { Int64($0) * 20_000_000 }, classNames: ["a", "b"], subjectNames: ["s"])
    set.normalize(with: ChannelStatistics(of: set, indices: Array(0..<count)))
    return set
  }

  @Test(arguments: [(8, 4), (8, 8), (8, 12), (5, 1)]) func everyFrameStandsOnceAsItWasMeasured(length: Int, hop: Int) {
    let set = windows(length: length, hop: hop, count: 12, channels: 2)
    let choice = PreviewChoice(
      windows: set, channels: [.init(name: "x"), .init(name: "y", unit: "g")], hertz: 50, hopSamples: hop)
    let test = Array(0..<12)
    let preview = choice.previews([("s", test, test.map { $0 % 2 }, test.map { _ in 0 })])[0]
    #expect(preview.windows.count == 12 && preview.omittedWindows == 0)
    #expect(preview.pieces.flatMap { Array($0.windows) } == Array(0..<12))
    // Windows that neither overlap nor meet have frames between them that nobody has.
    #expect(preview.pieces.count == (hop > length ? 12 : 2))
    for piece in preview.pieces {
      let start = Int((piece.start * 50).rounded())
      #expect(piece.values.count == 2)
      #expect(piece.values[0].count == (piece.windows.count - 1) * hop + length)
      for (channel, values) in piece.values.enumerated() {
        for (frame, value) in values.enumerated() {
          #expect(abs(value - Float((start + frame) * (channel + 1)) / 16) < 1e-3)
        }
      }
    }
  }

  @Test(arguments: [(1, 3, 64, 32), (40, 6, 128, 32), (2, 60, 5_000, 2_500), (6, 12, 48_000, 48_000)])
  func previewsStayWithinBounds(subjects: Int, channels: Int, length: Int, hop: Int) {
    let count = length > 1_000 ? 3 : 60
    let set = windows(length: length, hop: hop, count: count, channels: channels)
    let choice = PreviewChoice(
      windows: set, channels: (0..<channels).map { StreamPreview.Channel(name: "\($0)") }, hertz: 50, hopSamples: hop)
    let test = Array(0..<count)
    let previews = choice.previews((0..<subjects).map { ("\($0)", test, test, test) })
    #expect(previews.count == min(6, subjects))
    let values = previews.flatMap(\.pieces).flatMap(\.values).reduce(0) { $0 + $1.count }
    #expect(values <= 48_000, "\(values)")
    #expect(previews.allSatisfy { $0.windows.count == count && $0.channels.count <= 12 })
  }

  @Test func aRunShowsItsStreamUnlessThePipelineKeepsItOut() throws {
    let recordings = try SyntheticRecordings()
    for name in ["a.csv", "b.csv"] { try recordings.writeCSV(name, stretches: 6) }
    let run = try recordings.run(recordings.pipeline())
    let outcome = try run.run()
    let subject = try #require(outcome.training?.subjects.first)
    let preview = try #require(outcome.report.previews.first)
    #expect(preview.subject == "b" && preview.channels.map(\.name) == ["x", "y", "z"])
    #expect(preview.windows.count == subject.testedWindows)
    #expect(preview.windows.count { $0.label == $0.before } == subject.before.correct)
    #expect(preview.windows.count { $0.label == $0.after } == subject.after.correct)
    // The third channel is always 1.
    #expect(preview.pieces.allSatisfy { $0.values[2].allSatisfy { abs($0 - 1) < 1e-5 } })
    var pipeline = recordings.pipeline()
    pipeline.stages[7] = .report(Report("report.html", preview: false))
    let silent = try recordings.run(pipeline).run()
    #expect(silent.report.previews.isEmpty)
    #expect(silent.metrics.evaluation == outcome.metrics.evaluation)
    let page = ReportPage(silent.report).html()
    #expect(!page.contains("Test stream of") && page.contains("Subject by subject"))
  }

  @Test func recordingsAddUpToTheIngest() throws {
    let recordings = try SyntheticRecordings()
    for name in ["a.csv", "b.csv"] { try recordings.writeCSV(name, stretches: 4) }
    let metrics = try recordings.run(recordings.pipeline()).run().metrics
    let found = try #require(metrics.ingest.recordings)
    #expect(found.map(\.file) == ["a.csv", "b.csv"] && found.map(\.subject) == ["a", "b"])
    #expect(found.reduce(0) { $0 + $1.frames } == metrics.ingest.frames)
    #expect(found.reduce(0) { $0 + $1.gaps } == metrics.ingest.gaps)
    #expect(found.allSatisfy { $0.gaps == 3 && abs($0.hertz - 50) < 0.01 && $0.lowestHertz > 49 })
  }

  @Test func layersAddUpToTheStep() throws {
    let recordings = try SyntheticRecordings()
    for name in ["a.csv", "b.csv"] { try recordings.writeCSV(name, stretches: 4) }
    let outcome = try recordings.run(recordings.pipeline()).run()
    let layers = outcome.report.layers
    #expect(layers.first?.name == "conv1" && layers.last?.name == "dense1")
    #expect(layers.reduce(0) { $0 + $1.weights + $1.biases } == outcome.parameters)
    #expect(
      layers.reduce(0) { $0 + $1.updatedWeights + $1.updatedBiases } == outcome.training?.plan.updatedParameterCount)
    #expect(layers.reduce(0) { $0 + $1.forward } == outcome.multiplyAccumulates)
    // The whole network is updated: each weight gradient costs a forward pass, and so does each input gradient, but for
    // that of the recording itself.
    #expect(layers.allSatisfy { $0.weightGradient == $0.forward })
    #expect(layers.map { $0.inputGradient == 0 } == layers.map { $0.name == "conv1" })
    // One byte a weight, four a bias.
    #expect(layers.allSatisfy { $0.arenaBytes == $0.updatedWeights + 4 * $0.updatedBiases })
  }
}
