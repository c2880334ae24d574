import Tensors
import Testing

@testable import Training
@testable import TrainingCompiler

/// Channels in another order: the same logits, and the same training, bit for bit.
struct ChannelOrderTests {
  /// The network with the channels of every activation that may be reordered in a random order.
  static func shuffled(_ test: TestNetwork, seed: UInt64) -> QuantizedNetwork {
    let spaces = ChannelSpaces(of: test.network)
    var random = SplitMix(seed: seed)
    var orders: [Int: [Int]] = [:]
    for space in spaces.free {
      orders[space] = Array(0..<test.network.nodes[space].shape.channels).shuffled(using: &random)
    }
    return test.network.reordered(by: orders, spaces: spaces)
  }

  @Test(arguments: TestNetwork.all + TestNetwork.randoms)
  func aReorderedNetworkHasTheSameLogits(_ test: TestNetwork) {
    let original = IntegerReference(
      test.network, scheme: .full(test.network), options: TrainingOptions(), rate: 0.1, seed: 1)
    for seed: UInt64 in 1...5 {
      let network = Self.shuffled(test, seed: seed)
      let reordered = IntegerReference(network, scheme: .full(network), options: TrainingOptions(), rate: 0.1, seed: 1)
      for window in test.windows(4, seed: seed) {
        #expect(
          reordered.forward(window).activations.last == original.forward(window).activations.last, "seed \(seed)")
      }
    }
  }

  /// Random bits belong to the parameter as described, wherever it stands.
  @Test(arguments: TestNetwork.all + TestNetwork.randoms)
  func aReorderedNetworkLearnsTheSameBits(_ test: TestNetwork) throws {
    func trained(_ network: QuantizedNetwork, _ rounding: UpdateRounding) throws -> Parameters {
      let plan = try TrainingPlan.compile(
        network, scheme: .full(network), options: TrainingOptions(rounding: rounding))
      return try withEngine(plan, EngineSetup(rate: 0.1)) { engine in
        for (i, window) in test.windows(4, seed: 3).enumerated() {
          engine.fill(window)
          engine.step(label: i % network.classCount)
        }
        return Parameters(of: test.network, plan: plan, arena: engine.bytes)
      }
    }
    for rounding in IntegerStepTests.roundings {
      let expected = try trained(test.network, rounding)
      for seed: UInt64 in 1...3 {
        #expect(try trained(Self.shuffled(test, seed: seed), rounding) == expected, "seed \(seed), \(rounding)")
      }
    }
  }

  /// A shuffled order is only worth something if the networks have channels to shuffle.
  @Test func mostNetworksHaveChannelsThatMove() {
    let moved = TestNetwork.all.count { test in
      Self.shuffled(test, seed: 1).nodes.contains { !$0.channelOrigins.isEmpty }
    }
    #expect(moved >= TestNetwork.all.count - 2)
  }
}
