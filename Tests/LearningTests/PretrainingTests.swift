import MartletTesting
import Testing
import TrainingCompiler

@testable import Learning

@Suite struct PretrainingTests {
  /// Slow, middle and fast oscillations with a random phase, one class each.
  private func oscillations(count: Int, seed: UInt64) -> WindowSet {
    var random = TestRandom(seed: seed)
    var values: [Float] = []
    for index in 0..<count {
      let phase = Double.random(in: 0..<1, using: &random)
      for frame in 0..<16 {
        let turns = (phase + Double(frame) * Double(1 + 2 * (index % 3)) / 16).truncatingRemainder(dividingBy: 1)
        let turn = Elementary.cosineAndSine(turns: turns)
        values += [Float(turn.cosine), Float(turn.sine), Float.random(in: -0.2...0.2, using: &random)]
      }
    }
    return WindowSet(length: 16, channels: 3, values: values, labels: (0..<count).map { $0 % 3 }, classes: 3)
  }

  private func graph() throws -> NetworkGraph {
    var graph = NetworkGraph(input: .init(length: 16, channels: 3))
    let stem = try graph.appendConvolution(
      named: "stem", to: 0, channels: 8, kernel: NetworkGraph.SlidingKernel(size: 3, stride: 2, padding: 1),
      activation: .relu6)
    let block = try graph.appendInvertedResidual(
      named: "block", to: stem, channels: 8, expansion: 2, kernel: NetworkGraph.SlidingKernel(size: 3, padding: 1))
    let pool = try graph.append(.globalAveragePool, named: "pool", to: [block])
    try graph.append(.dense(hasBias: true), named: "out", to: [pool], channels: 3)
    return graph
  }

  private func configuration(epochs: Int = 2) -> PretrainingConfiguration {
    PretrainingConfiguration(
      epochs: epochs, batchSize: 16, learningRate: 0.02,
      augmentation: Augmentation(jitter: 0.05, scale: 0.1, rotationDegrees: 10), seed: 4)
  }

  @Test(arguments: [
    (PretrainingConfiguration.Optimizer.adam(), Float(0.02)), (.stochasticGradientDescent(), Float(0.1)),
  ])
  func aSmallProblemIsLearnedWithoutAMistake(
    optimizer: PretrainingConfiguration.Optimizer, rate: Float
  ) throws {
    var configuration = configuration(epochs: 12)
    configuration.optimizer = optimizer
    configuration.learningRate = rate
    let (network, epochs) = try Pretrainer(configuration: configuration).train(
      graph: try graph(), on: oscillations(count: 96, seed: 1))
    #expect(epochs.count == 12 && epochs[11].loss < epochs[0].loss / 2)
    let unseen = try network.confusion(on: oscillations(count: 60, seed: 2), threads: 2)
    #expect(unseen.accuracy == 1)
    let folded = try BatchNormFolding.fold(network)
    #expect(try folded.confusion(on: oscillations(count: 60, seed: 2), threads: 2).accuracy == 1)
  }

  @Test func twoRunsAndAnyNumberOfThreadsGiveTheSameBytes() throws {
    let windows = oscillations(count: 50, seed: 1)
    var configuration = configuration()
    let first = try Pretrainer(configuration: configuration).train(graph: graph(), on: windows)
    for threads in 1...4 {
      configuration.threads = threads
      let again = try Pretrainer(configuration: configuration).train(graph: graph(), on: windows)
      #expect(Self.bits(again.0) == Self.bits(first.0))
      #expect(again.1.map(\.loss) == first.1.map(\.loss))
    }
  }

  @Test func anotherSeedGivesAnotherNetwork() throws {
    let windows = oscillations(count: 50, seed: 1)
    var configuration = configuration(epochs: 1)
    let first = try Pretrainer(configuration: configuration).train(graph: graph(), on: windows).0
    configuration.seed = 5
    let second = try Pretrainer(configuration: configuration).train(graph: graph(), on: windows).0
    #expect(Self.bits(second) != Self.bits(first))
  }

  private static func bits(_ network: FloatNetwork) -> [UInt32] {
    network.parameters.flatMap { node in
      let all = [node.weights, node.bias, node.normScale, node.normShift, node.runningMean, node.runningVariance]
      return all.flatMap { $0.map(\.bitPattern) }
    }
  }

  /// One batch of all windows: the running statistics are a tenth of the batch's and nine tenths of (0, 1).
  @Test func runningStatisticsMoveATenthTowardsTheUnbiasedOnesOfTheBatch() throws {
    var graph = NetworkGraph(input: .init(length: 16, channels: 3))
    try graph.append(
      .convolution(NetworkGraph.SlidingKernel(size: 3, stride: 2), hasBias: false), named: "a", to: [0], channels: 5)
    try graph.append(.batchNormalization(epsilon: 1e-5), named: "norm", to: [1])
    try graph.append(.dense(hasBias: true), named: "out", to: [2], channels: 3)
    let windows = oscillations(count: 11, seed: 3)
    let start = FloatNetwork(initializing: graph, with: .fanInUniform, seed: 6)
    let configuration = PretrainingConfiguration(epochs: 1, batchSize: 11, seed: 6)
    let (network, _) = try Pretrainer(configuration: configuration).train(graph: graph, on: windows)
    let batch = (0..<11).map { windows.window($0).map(Double.init) }
    let outputs = ReferenceNetwork(start).activations(batch, batchStatistics: true)[1]
    for channel in 0..<5 {
      let all = outputs.flatMap { sample in stride(from: channel, to: sample.count, by: 5).map { sample[$0] } }
      let batch = Summary(all)
      let expectedMean = 0.1 * batch.mean
      let expectedVariance = 0.9 + 0.1 * batch.standardDeviation * batch.standardDeviation
      let norm = network.parameters[2]
      #expect(abs(Double(norm.runningMean[channel]) - expectedMean) < 1e-6)
      #expect(abs(Double(norm.runningVariance[channel]) - expectedVariance) < 1e-6)
    }
  }

  @Test func aCancelledTrainingSaysHowFarItCame() throws {
    var asked = 0
    #expect(throws: LearningError.cancelled(finishedEpochs: 2)) {
      try Pretrainer(configuration: configuration(epochs: 9)).train(
        graph: graph(), on: oscillations(count: 48, seed: 1),
        isCancelled: {
          asked += 1
          return asked > 7
        })
    }
  }

  @Test func everyEpochReportsOnce() throws {
    var seen: [Int] = []
    let (_, epochs) = try Pretrainer(configuration: configuration(epochs: 3)).train(
      graph: graph(), on: oscillations(count: 20, seed: 1), progress: { seen.append($0.epoch) })
    #expect(seen == [0, 1, 2] && epochs.map(\.epoch) == seen)
    #expect(epochs.allSatisfy { (0...1).contains($0.accuracy) && $0.windowsPerSecond > 0 })
  }

  @Test func whatCannotBeLearnedFromIsRefusedWithItsReason() throws {
    let windows = oscillations(count: 10, seed: 1)
    func train(_ windows: WindowSet, _ change: (inout PretrainingConfiguration) -> Void = { _ in }) throws {
      var configuration = configuration()
      change(&configuration)
      _ = try Pretrainer(configuration: configuration).train(graph: graph(), on: windows)
    }
    #expect(throws: LearningError.tooFewWindows(windows: 10, batchSize: 16)) { try train(windows) }
    #expect(throws: LearningError.noWindows) { try train(windows.subset([])) }
    #expect(throws: LearningError.invalidSetting(name: "the learning rate", value: "-1.0", allowed: "above 0")) {
      try train(windows) { $0.learningRate = -1 }
    }
    #expect(throws: LearningError.self) { try train(windows) { $0.epochs = 0 } }
    #expect(throws: LearningError.self) { try train(windows) { $0.labelSmoothing = 1 } }
    #expect(throws: LearningError.self) { try train(windows) { $0.augmentation.rotationDegrees = 181 } }
    #expect(throws: LearningError.diverged(epoch: 0)) {
      try train(oscillations(count: 64, seed: 1)) {
        $0.optimizer = .stochasticGradientDescent(momentum: 0)
        $0.learningRate = 1e38
      }
    }
    var pair = NetworkGraph(input: .init(length: 4, channels: 2))
    try pair.append(.dense(hasBias: true), named: "out", to: [0], channels: 2)
    let twoChannels = WindowSet(
      length: 4, channels: 2, values: Array(repeating: 0, count: 16 * 8), labels: Array(repeating: 0, count: 16),
      classes: 2)
    #expect(throws: LearningError.channelsAreNotTriplets(channels: 2)) {
      try Pretrainer(configuration: configuration()).train(graph: pair, on: twoChannels)
    }
  }

  @Test func aBatchMayBeSmallerThanItsShards() throws {
    var configuration = configuration(epochs: 1)
    configuration.batchSize = 3
    configuration.threads = 4
    let (network, _) = try Pretrainer(configuration: configuration).train(
      graph: graph(), on: oscillations(count: 10, seed: 1))
    #expect(network.isFinite)
  }
}
