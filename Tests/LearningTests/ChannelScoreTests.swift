import MartletTesting
import Tensors
import Testing
import TrainingCompiler

@testable import Learning

@Suite struct ChannelScoreTests {
  /// A small folded network with a join and a depthwise convolution, its int8 form, and windows.
  private func fixture() throws -> (float: FloatNetwork, quantized: QuantizedNetwork, windows: WindowSet) {
    var graph = NetworkGraph(input: .init(length: 12, channels: 2))
    var last = try graph.appendConvolution(
      named: "stem", to: 0, channels: 6, kernel: NetworkGraph.SlidingKernel(size: 3, padding: 1),
      batchNormalized: false, activation: .relu)
    last = try graph.appendInvertedResidual(
      named: "block", to: last, channels: 6, expansion: 2, kernel: NetworkGraph.SlidingKernel(size: 3, padding: 1),
      batchNormalized: false)
    last = try graph.append(.globalAveragePool, named: "pool", to: [last])
    try graph.append(.dense(hasBias: true), named: "head", to: [last], channels: 3)
    let network = FloatNetwork(initializing: graph, with: .fanInUniform, seed: 4)
    var random = TestRandom(seed: 6)
    let windows = WindowSet(
      length: 12, channels: 2, values: random.floats(37 * 24, in: -2...2), labels: (0..<37).map { $0 % 3 },
      classes: 3)
    let ranges = try Calibration.ranges(of: network, on: windows)
    return (network, try QuantizedNetwork(quantizing: network, ranges: ranges), windows)
  }

  /// The sum of |∂L/∂w · w| by central differences of the loss, window by window. Steps of 1e-3 in float32 err by
  /// about 1e-4 of the loss over the step, so a score of many weights by a few hundredths.
  @Test func scoresAreTheGradientTimesTheWeight() throws {
    let (float, quantized, all) = try fixture()
    let windows = all.subset([0, 1, 2])
    let scores = try ChannelScores.gradient(of: float, for: quantized, on: windows)
    let reference = { (network: FloatNetwork, window: Int) -> Double in
      let logits = ReferenceNetwork(network).activations(
        [windows.window(window).map(Double.init)], batchStatistics: false
      ).map { Array($0.joined()) }[network.graph.nodes.count - 1]
      let peak = logits.max() ?? 0
      let total = logits.reduce(0) { $0 + Elementary.exponential($1 - peak) }
      return peak + Elementary.logarithm(total) - logits[windows.labels[window]]
    }
    for (n, node) in quantized.nodes.enumerated() where !node.weights.isEmpty {
      let index = try #require(float.graph.nodes.firstIndex { $0.name == node.name })
      let channels = quantized.nodes[node.inputs[0]].shape.channels
      var expected = [Double](repeating: 0, count: channels)
      for window in 0..<windows.count {
        for (i, weight) in float.parameters[index].weights.enumerated() {
          var changed = float
          changed.parameters[index].weights[i] = weight + 1e-3
          let above = reference(changed, window)
          changed.parameters[index].weights[i] = weight - 1e-3
          let below = reference(changed, window)
          expected[i % channels] += abs((above - below) / 2e-3 * Double(weight))
        }
      }
      let largest = expected.max() ?? 0
      #expect(largest > 0, "\(node.name)")
      #expect(scores.layers[n].count == channels)
      for (found, wanted) in zip(scores.layers[n], expected) {
        #expect(abs(found - wanted) <= 0.02 * largest, "\(node.name): \(found), \(wanted)")
      }
    }
  }

  @Test func scoresDoNotDependOnThreads() throws {
    let (float, quantized, windows) = try fixture()
    let expected = try ChannelScores.gradient(of: float, for: quantized, on: windows, threads: 1)
    for threads in [2, 3, 8] {
      #expect(try ChannelScores.gradient(of: float, for: quantized, on: windows, threads: threads) == expected)
    }
    #expect(expected != ChannelScores.magnitude(of: quantized))
  }

  /// By gradient other channels may be chosen than by magnitude, and the plan says which.
  @Test func aPlanTakesTheChannelsOfTheHighestScores() throws {
    let (float, quantized, windows) = try fixture()
    let scores = try ChannelScores.gradient(of: float, for: quantized, on: windows)
    let scheme = try UpdateScheme.tensors(["block.project.weights/4"], of: quantized)
    let plan = try TrainingPlan.compile(quantized, scheme: scheme, scores: scores)
    let layer = try #require(plan.updatedLayers.first)
    let ranked = scores.layers[layer.node].enumerated().sorted { ($1.element, $0.offset) < ($0.element, $1.offset) }
    #expect(layer.inputChannels == ranked.prefix(3).map(\.offset))
  }

  @Test func windowsMustFit() throws {
    let (float, quantized, _) = try fixture()
    let windows = WindowSet(length: 5, channels: 2, values: Array(repeating: 0, count: 10), labels: [0], classes: 3)
    #expect(throws: LearningError.self) { try ChannelScores.gradient(of: float, for: quantized, on: windows) }
  }
}
