import Tensors
import Testing

@testable import TrainingCompiler

@Suite struct ChannelSelectionTests {
  /// The channels that should be chosen for a layer, found the slow way: activations that must agree are joined one
  /// pair at a time until nothing changes.
  private func naiveChoice(
    _ layer: Int, _ network: QuantizedNetwork, _ scheme: UpdateScheme, scores: [[Double]]
  ) -> [Int] {
    var labels = Array(network.nodes.indices)
    var changed = true
    while changed {
      changed = false
      for (n, node) in network.nodes.enumerated() {
        switch node.operation {
        case .input, .convolution, .dense: continue
        default: break
        }
        for input in node.inputs where labels[input] != labels[n] {
          let (low, high) = (min(labels[input], labels[n]), max(labels[input], labels[n]))
          labels = labels.map { $0 == high ? low : $0 }
          changed = true
        }
      }
    }
    let input = network.nodes[layer].inputs[0]
    let channels = network.nodes[input].shape.channels
    var votes = [Double](repeating: 0, count: channels)
    for (n, node) in network.nodes.enumerated() where !node.weights.isEmpty && labels[node.inputs[0]] == labels[input] {
      let count = scheme[n].weights.count(of: channels)
      guard count > 0 && count < channels else { continue }
      let sum = scores[n].reduce(0, +)
      for c in 0..<channels { votes[c] += scores[n][c] / sum }
    }
    let ranked = (0..<channels).sorted { a, b in votes[a] == votes[b] ? a < b : votes[a] > votes[b] }
    return Array(ranked.prefix(scheme[layer].weights.count(of: channels)))
  }

  private func randomScores(_ network: QuantizedNetwork, seed: UInt64) -> ChannelScores {
    var random = SeededRandom(seed: seed)
    return ChannelScores(
      layers: network.nodes.map { node in
        guard !node.weights.isEmpty else { return [] }
        return (0..<network.nodes[node.inputs[0]].shape.channels).map { _ in
          Double(Int.random(in: 1...4, using: &random))
        }
      })
  }

  /// Coarse random scores have many ties, which the lower index wins.
  @Test(arguments: 1...20) func theHighestScoresAreChosen(seed: UInt64) throws {
    for (name, network) in try SmallNetworks.all() {
      let scores = randomScores(network, seed: seed)
      for scheme in SmallNetworks.shares(network) {
        let plan = try TrainingPlan.compile(network, scheme: scheme, scores: scores)
        for layer in plan.updatedLayers where scheme[layer.node].weights != .none {
          #expect(
            layer.inputChannels == naiveChoice(layer.node, network, scheme, scores: scores.layers),
            "seed \(seed), \(name), \(scheme.name), \(layer.name)")
        }
      }
    }
  }

  @Test func magnitudesAreThoseOfRealWeights() throws {
    for (_, network) in try SmallNetworks.all() {
      let scores = ChannelScores.magnitude(of: network)
      for (n, node) in network.nodes.enumerated() where !node.weights.isEmpty {
        let channels = network.nodes[node.inputs[0]].shape.channels
        let isDepthwise = if case .depthwiseConvolution = node.operation { true } else { false }
        let taps = network.geometry(ofNode: n).kernel
        for c in 0..<channels {
          var sum = 0.0
          for o in 0..<node.shape.channels where !isDepthwise || o == c {
            for k in 0..<taps {
              let weight = node.weights[isDepthwise ? k * channels + c : (o * taps + k) * channels + c]
              sum += abs(Double(weight)) * Double(node.weightScales[o])
            }
          }
          #expect(abs(scores.layers[n][c] - sum) <= 1e-12 * sum)
        }
      }
    }
  }

  // MARK: Fault 5 of the published code: the first channels instead of the important ones

  @Test func faultTheFirstChannelsAreTakenWhateverTheyWeigh() throws {
    var network = try SmallNetworks.quantized(SmallNetworks.residuals())
    let expand = try #require(network.nodes.firstIndex { $0.name == "block2.project" })
    let channels = network.nodes[network.nodes[expand].inputs[0]].shape.channels
    // The last channels weigh most, the first nothing at all.
    for i in network.nodes[expand].weights.indices {
      network.nodes[expand].weights[i] = Int8(i % channels * (i % 2 == 0 ? 10 : -10))
    }
    let scheme = try UpdateScheme.tensors(["block2.project.weights/4"], of: network)
    let plan = try TrainingPlan.compile(network, scheme: scheme)
    #expect(channels == 12)
    #expect(plan.updatedLayers.map(\.inputChannels) == [[11, 10, 9]])
  }

  @Test func whatIsChosenDoesNotDependOnTheOrderInWhichChannelsStand() throws {
    for (name, network) in try SmallNetworks.all() {
      let spaces = ChannelSpaces(of: network)
      var random = SeededRandom(seed: 12)
      var orders: [Int: [Int]] = [:]
      for space in spaces.free {
        orders[space] = Array(0..<network.nodes[space].shape.channels).shuffled(using: &random)
      }
      let shuffled = network.reordered(by: orders, spaces: spaces)
      for scheme in SmallNetworks.shares(network) {
        let expected = try TrainingPlan.compile(network, scheme: scheme)
        let found = try TrainingPlan.compile(shuffled, scheme: scheme)
        #expect(
          found.updatedLayers.map { Set($0.inputChannels) } == expected.updatedLayers.map { Set($0.inputChannels) },
          "\(name), \(scheme.name)")
        #expect(found.arenaBytes == expected.arenaBytes)
      }
    }
  }

  // MARK: What keeps its order

  @Test func aShareOfTheSensorsChannelsIsRefused() throws {
    for (name, network) in try SmallNetworks.all() {
      let first = network.nodes[1].name
      for share in [2, 4, 8] {
        let scheme = try UpdateScheme.tensors(["\(first).weights/\(share)"], of: network)
        #expect(throws: CompilationError.fixedChannels(layer: first), "\(name)") {
          try TrainingPlan.compile(network, scheme: scheme)
        }
      }
      #expect(throws: Never.self) {
        try TrainingPlan.compile(network, scheme: .tensors(["\(first).weights"], of: network))
      }
    }
  }

  @Test func withoutSharesNothingMoves() throws {
    for (_, network) in try SmallNetworks.all() {
      for scheme in [UpdateScheme.full(network), .lastLayer(network), .biasesAndLastLayer(network)] {
        #expect(try ChannelSelection.run(network, scheme: scheme) == network)
      }
    }
  }

  @Test func aShareThatRoundsUpToAllIsTheWholeTensor() throws {
    var graph = NetworkGraph(input: ActivationShape(length: 5, channels: 3))
    let one = try graph.appendConvolution(
      named: "one", to: 0, channels: 1, kernel: NetworkGraph.SlidingKernel(size: 3), batchNormalized: false,
      activation: .relu)
    let pool = try graph.append(.globalAveragePool, named: "pool", to: [one])
    try graph.append(.dense(hasBias: true), named: "classifier", to: [pool], channels: 3)
    let network = try SmallNetworks.quantized(graph)
    let whole = try TrainingPlan.compile(network, scheme: .tensors(["classifier.weights"], of: network))
    let share = try TrainingPlan.compile(network, scheme: .tensors(["classifier.weights/8"], of: network))
    #expect(share.words == whole.words && share.constants == whole.constants)
  }
}
