import MartletTesting
import Testing
import TrainingCompiler

@testable import Learning

@Suite struct InferenceTests {
  /// A network with every operation and with norms that have seen data.
  private func trained() throws -> (network: FloatNetwork, windows: WindowSet) {
    var graph = NetworkGraph(input: .init(length: 15, channels: 3))
    let stem = try graph.appendConvolution(
      named: "stem", to: 0, channels: 6, kernel: NetworkGraph.SlidingKernel(size: 4, stride: 2, padding: 1),
      activation: .relu)
    let block = try graph.appendInvertedResidual(
      named: "block", to: stem, channels: 6, expansion: 2, kernel: NetworkGraph.SlidingKernel(size: 3, padding: 1))
    let pool = try graph.append(.maxPool(NetworkGraph.SlidingKernel(size: 2, stride: 2)), named: "pool", to: [block])
    try graph.append(.dense(hasBias: true), named: "out", to: [pool], channels: 4)
    var random = TestRandom(seed: 3)
    let windows = WindowSet(
      length: 15, channels: 3, values: random.floats(37 * 45, in: -2...2), labels: (0..<37).map { $0 % 4 },
      classes: 4)
    let configuration = PretrainingConfiguration(epochs: 2, batchSize: 8, seed: 1)
    return (try Pretrainer(configuration: configuration).train(graph: graph, on: windows).0, windows)
  }

  @Test func logitsAreThoseOfTheFloat64Reference() throws {
    let (network, windows) = try trained()
    let logits = try network.logits(of: windows, threads: 2)
    let batch = (0..<windows.count).map { windows.window($0).map(Double.init) }
    let expected = ReferenceNetwork(network).activations(batch, batchStatistics: false).last ?? []
    for (found, expected) in zip(logits, expected.joined()) { #expect(abs(Double(found) - expected) < 1e-4) }
  }

  @Test func neitherThreadsNorTheOtherWindowsChangeABit() throws {
    let (network, windows) = try trained()
    let together = try network.logits(of: windows, threads: 1).map(\.bitPattern)
    for threads in 2...5 {
      #expect(try network.logits(of: windows, threads: threads).map(\.bitPattern) == together)
    }
    for index in 0..<windows.count {
      let alone = try network.logits(of: windows.subset([index]), threads: 1).map(\.bitPattern)
      #expect(alone == Array(together[index * 4..<(index + 1) * 4]))
    }
  }

  @Test func foldingKeepsTheLogitsUpToRounding() throws {
    let (network, windows) = try trained()
    let folded = try BatchNormFolding.fold(network)
    let before = try network.logits(of: windows, threads: 1)
    let after = try folded.logits(of: windows, threads: 1)
    for (left, right) in zip(before, after) { #expect(abs(left - right) < 1e-4 * max(1, abs(left))) }
    // Norms that have learned: folding that dropped one would show.
    #expect(network.parameters.contains { $0.runningMean.contains { abs($0) > 0.01 } })
  }

  @Test func windowsThatDoNotFitAreRefused() throws {
    let (network, windows) = try trained()
    let longer = WindowSet(length: 16, channels: 3, values: Array(repeating: 0, count: 48), labels: [0], classes: 4)
    #expect(throws: LearningError.shapeMismatch(network: network.graph.inputShape, windows: longer.shape)) {
      try network.logits(of: longer, threads: 1)
    }
    var broken = windows
    broken.values[5 * 45 + 7] = .nan
    #expect(throws: LearningError.valueNotFinite(window: 5)) { try network.logits(of: broken, threads: 1) }
    let moreClasses = WindowSet(
      length: 15, channels: 3, values: Array(repeating: 0, count: 90), labels: [0, 4], classes: 5)
    #expect(throws: LearningError.labelOutOfRange(window: 1, label: 4, classes: 4)) {
      try network.logits(of: moreClasses, threads: 1)
    }
    #expect(try network.logits(of: windows.subset([]), threads: 2).isEmpty)
  }
}
