import MartletTesting
import Testing
import TrainingCompiler

@testable import Learning

@Suite struct CalibrationTests {
  private func fixture() throws -> (network: FloatNetwork, windows: WindowSet, outputs: [[Double]]) {
    var graph = NetworkGraph(input: .init(length: 9, channels: 2))
    try graph.append(
      .convolution(NetworkGraph.SlidingKernel(size: 3, padding: 1), hasBias: true), named: "conv", to: [0], channels: 5)
    try graph.append(.activation(.relu), named: "relu", to: [1])
    try graph.append(.add, named: "add", to: [1, 2])
    try graph.append(.dense(hasBias: true), named: "out", to: [3], channels: 3)
    let network = FloatNetwork(initializing: graph, with: .fanInUniform, seed: 8)
    var random = TestRandom(seed: 9)
    let windows = WindowSet(
      length: 9, channels: 2, values: random.floats(50 * 18, in: -3...3), labels: (0..<50).map { $0 % 3 }, classes: 3)
    let batch = (0..<50).map { windows.window($0).map(Double.init) }
    let outputs = ReferenceNetwork(network).activations(batch, batchStatistics: true).map { Array($0.joined()) }
    return (network, windows, outputs)
  }

  @Test func minMaxIsTheRangeOfEveryNode() throws {
    let (network, windows, outputs) = try fixture()
    let ranges = try Calibration.ranges(of: network, on: windows, input: .sameAsOthers, threads: 2)
    #expect(ranges.count == network.graph.nodes.count)
    for (range, values) in zip(ranges, outputs) {
      #expect(abs(Double(range.lowerBound) - (values.min() ?? 0)) < 1e-5)
      #expect(abs(Double(range.upperBound) - (values.max() ?? 0)) < 1e-5)
    }
  }

  @Test(arguments: [0.6, 0.9, 0.99, 0.9995])
  func percentilesCutHalfOfTheRestAtEachEnd(share: Double) throws {
    let (network, windows, outputs) = try fixture()
    let ranges = try Calibration.ranges(
      of: network, on: windows, method: .percentile(share), input: .sameAsOthers, threads: 2)
    for (range, values) in zip(ranges, outputs) {
      let sorted = values.sorted()
      let cut = Int(Double(sorted.count) * (1 - share) / 2)
      // A bin's width, and the float32 rounding of the values themselves.
      let tolerance = (sorted[sorted.count - 1] - sorted[0]) / 8192 + 1e-5
      #expect(abs(Double(range.lowerBound) - sorted[cut]) <= tolerance)
      #expect(abs(Double(range.upperBound) - sorted[sorted.count - 1 - cut]) <= tolerance)
    }
  }

  @Test func theInputIsSymmetricAtTheQuantileOfItsMagnitudes() throws {
    let (network, windows, _) = try fixture()
    let ranges = try Calibration.ranges(of: network, on: windows, input: .absoluteQuantile(0.75))
    let sorted = windows.values.map(abs).sorted()
    // 900 values: position 0.75 · 899 = 674.25.
    let expected = sorted[674] * 0.75 + sorted[675] * 0.25
    #expect(abs(ranges[0].upperBound - expected) < 1e-6)
    #expect(ranges[0].lowerBound == -ranges[0].upperBound)
  }

  @Test(arguments: [Calibration.Method.minMax, .percentile(0.99)])
  func threadsDoNotChangeARange(method: Calibration.Method) throws {
    let (network, windows, _) = try fixture()
    let alone = try Calibration.ranges(of: network, on: windows, method: method, threads: 1)
    for threads in 2...4 {
      #expect(try Calibration.ranges(of: network, on: windows, method: method, threads: threads) == alone)
    }
  }

  @Test func unusableInputIsRefused() throws {
    let (network, windows, _) = try fixture()
    #expect(throws: LearningError.noWindows) { try Calibration.ranges(of: network, on: windows.subset([])) }
    #expect(throws: LearningError.self) {
      try Calibration.ranges(of: network, on: windows, method: .percentile(0.3))
    }
    var huge = network
    huge.parameters[1].weights = huge.parameters[1].weights.map { _ in 3e38 }
    #expect(throws: LearningError.activationNotFinite(node: "conv")) {
      try Calibration.ranges(of: huge, on: windows)
    }
    var graph = NetworkGraph(input: .init(length: 9, channels: 2))
    try graph.appendConvolution(
      named: "conv", to: 0, channels: 3, kernel: NetworkGraph.SlidingKernel(size: 9), activation: nil)
    let unfolded = FloatNetwork(initializing: graph, with: .fanInUniform, seed: 0)
    #expect(throws: LearningError.batchNormalizationLeft(node: "conv.norm")) {
      try Calibration.ranges(of: unfolded, on: windows)
    }
  }
}
