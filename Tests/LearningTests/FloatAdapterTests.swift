import MartletTesting
import Testing
import TrainingCompiler

@testable import Learning

@Suite struct FloatAdapterTests {
  private func fixture() throws -> (network: FloatNetwork, windows: WindowSet) {
    var graph = NetworkGraph(input: .init(length: 6, channels: 2))
    let conv = try graph.appendConvolution(
      named: "conv", to: 0, channels: 4, kernel: NetworkGraph.SlidingKernel(size: 3, padding: 1),
      batchNormalized: false, activation: .relu6)
    let block = try graph.appendInvertedResidual(
      named: "block", to: conv, channels: 4, expansion: 2, kernel: NetworkGraph.SlidingKernel(size: 3, padding: 1),
      batchNormalized: false)
    try graph.append(.dense(hasBias: true), named: "out", to: [block], channels: 3)
    var random = TestRandom(seed: 7)
    let windows = WindowSet(
      length: 6, channels: 2, values: random.floats(9 * 12, in: -3...3), labels: (0..<9).map { $0 % 3 }, classes: 3)
    var network = FloatNetwork(initializing: graph, with: .kaimingUniform, seed: 2)
    // With biases of zero, patches of clamped zeros sit exactly on a kink, where no gradient exists.
    for index in graph.nodes.indices {
      network.parameters[index].bias = random.floats(network.parameters[index].bias.count, in: -0.5...0.5)
    }
    return (network, windows)
  }

  /// The float64 reference with finite differences, stepped by hand.
  @Test func threeStepsAreThoseOfGradientDescentInFloat64() throws {
    let (network, windows) = try fixture()
    let full = network.graph.nodes.map { _ in FloatAdapter.NodeUpdate.full }
    let order = [4, 0, 4]
    let result = try FloatAdapter.adapt(
      FloatAdapter.Job(network: network, windows: windows, order: order, updates: full, rate: .linearToZero(0.03)))
    var reference = ReferenceNetwork(network)
    for (step, index) in order.enumerated() {
      let rate = 0.03 * Double(3 - step) / 3
      let batch = [windows.window(index).map(Double.init)]
      func loss(_ network: ReferenceNetwork) -> Double {
        network.loss(batch, labels: [windows.labels[index]], smoothing: 0, batchStatistics: false)
      }
      #expect(abs(Double(result.losses[step]) - loss(reference)) < 1e-4)
      var next = reference
      for node in reference.numbers.indices {
        for part in [\ReferenceNetwork.Numbers.weights, \.bias] {
          for position in reference.numbers[node][keyPath: part].indices {
            var moved = reference
            moved.numbers[node][keyPath: part][position] += 1e-5
            let up = loss(moved)
            moved.numbers[node][keyPath: part][position] -= 2e-5
            next.numbers[node][keyPath: part][position] -= rate * (up - loss(moved)) / 2e-5
          }
        }
      }
      reference = next
    }
    for (found, expected) in zip(result.network.parameters, reference.numbers) {
      for (left, right) in zip(found.weights + found.bias, expected.weights + expected.bias) {
        #expect(abs(Double(left) - right) < 1e-4)
      }
    }
  }

  /// Every choice of one node: what was chosen moves as in the full gradient, all else stays bit for bit.
  @Test func onlyTheChosenNumbersMove() throws {
    let (network, windows) = try fixture()
    let nodes = network.graph.nodes.indices
    func step(_ updates: [FloatAdapter.NodeUpdate]) throws -> FloatNetwork {
      try FloatAdapter.adapt(
        FloatAdapter.Job(network: network, windows: windows, order: [1], updates: updates, rate: .constant(0.1))
      ).network
    }
    let full = try step(nodes.map { _ in .full })
    for node in nodes where network.graph.weightCount(ofNode: node) > 0 {
      for choice in [
        FloatAdapter.NodeUpdate.full, .frozen, .init(weights: true, bias: false), .init(weights: false, bias: true),
      ] {
        let found = try step(nodes.map { $0 == node ? choice : .frozen })
        var expected = network
        if choice.weights { expected.parameters[node].weights = full.parameters[node].weights }
        if choice.bias { expected.parameters[node].bias = full.parameters[node].bias }
        #expect(found == expected)
        #expect(!choice.weights || found.parameters[node].weights != network.parameters[node].weights)
      }
    }
  }

  @Test func manyJobsGiveWhatEachGivesAlone() throws {
    let (network, windows) = try fixture()
    let jobs = (0..<7).map { index in
      FloatAdapter.Job(
        network: network, windows: windows, order: [index, 8 - index, index],
        updates: network.graph.nodes.map { _ in .full }, rate: .constant(0.05))
    }
    let together = try FloatAdapter.adapt(jobs, threads: 3)
    for (job, result) in zip(jobs, together) {
      let alone = try FloatAdapter.adapt(job)
      #expect(alone.network == result.network && alone.losses == result.losses)
    }
  }

  @Test func adaptationLearnsItsWindows() throws {
    let (network, windows) = try fixture()
    let result = try FloatAdapter.adapt(
      FloatAdapter.Job(
        network: network, windows: windows, order: (0..<600).map { $0 % 9 },
        updates: network.graph.nodes.map { _ in .full }, rate: .constant(0.02)))
    #expect(try result.network.confusion(on: windows, threads: 1).accuracy == 1)
  }

  @Test func unusableJobsAreRefused() throws {
    let (network, windows) = try fixture()
    let full = network.graph.nodes.map { _ in FloatAdapter.NodeUpdate.full }
    func job(_ order: [Int], _ rate: Float) -> FloatAdapter.Job {
      FloatAdapter.Job(network: network, windows: windows, order: order, updates: full, rate: .constant(rate))
    }
    #expect(throws: LearningError.windowOutOfRange(index: 9, windows: 9)) { try FloatAdapter.adapt(job([0, 9], 0.1)) }
    #expect(throws: LearningError.self) { try FloatAdapter.adapt(job([0], -1)) }
    #expect(throws: LearningError.self) { try FloatAdapter.adapt(job([0, 1, 2, 3], 1e30)) }
    #expect(throws: LearningError.self) { try FloatAdapter.adapt([job([0], 0.1), job([-1], 0.1)], threads: 2) }
  }
}
