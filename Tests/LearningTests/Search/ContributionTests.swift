import Foundation
import Testing
import TrainingCompiler

@testable import Learning

struct ContributionTests {
  @Test func aTableHoldsWhatEachPartAddsOnItsOwn() throws {
    let network = try SearchWorld.network()
    let values = [
      "stem.weights": 0.1, "stem.bias": 0.01, "block1.depthwise.weights": 0.03, "head.bias": 0.002,
      "classifier.weights": 0.2, "classifier.bias": 0.07,
    ]
    let analysis = ContributionAnalysis()
    let evaluator = SchemeEvaluator(network: network, trial: .additive(values, network: network), threads: 2)
    let table = try analysis.table(evaluator: evaluator)
    #expect(table.layers == ["stem", "block1.expand", "block1.depthwise", "block1.project", "head", "classifier"])
    #expect(table.base == ["classifier.weights", "classifier.bias"])
    func close(_ value: Double, _ expected: Double) -> Bool { abs(value - expected) < 1e-12 }
    #expect(zip(table.biasDepths.map(\.value), [0, 0, 0.002, 0.002, 0.002, 0.002, 0.012]).allSatisfy(close))
    #expect(zip(table.weights.map { $0[0].entry.value }, [0.1, 0, 0.03, 0, 0, 0]).allSatisfy(close))
    #expect(close(table.baseEvaluation?.accuracy ?? 0, 0.51 + 0.27))
    // The base and the shallowest depth are one scheme, and so are the base and its own weights.
    #expect(evaluator.measuredCount == 1 + 5 + 5)
    #expect(analysis.evaluationCount(of: network) == 11)
    let choice = TableChoice(biasDepth: 6, shares: [.all, .none, .all, .none, .none, .none])
    #expect(close(table.value(of: choice), 0.142))
    #expect(close(table.tensorValues["stem.bias"] ?? 0, 0.01) && close(table.tensorValues["head.bias"] ?? 0, 0.002))
    #expect(try JSONDecoder().decode(ContributionTable.self, from: JSONEncoder().encode(table)) == table)
  }

  @Test func sharesAndBaseAreThoseAskedFor() throws {
    let network = try SearchWorld.network()
    // Half of a tensor gives half of its value.
    let trial = SchemeTrial.known { scheme, _ in
      network.parameterLayers.reduce(0) { $0 + Double(scheme[$1].weights.rawValue) / 100 }
    }
    let evaluator = SchemeEvaluator(network: network, trial: trial, threads: 2)
    let table = try ContributionAnalysis(shares: [.all, .eighth, .half], base: .biases(network))
      .table(evaluator: evaluator)
    #expect(table.base.count == 6 && table.biasDepths.allSatisfy { $0.value == 0 })
    for (layer, node) in zip(table.weights, network.parameterLayers) {
      // What reads the sensor's channels is updated whole.
      #expect(layer.map(\.share) == (network.mayUpdateShare(ofNode: node) ? [.eighth, .half, .all] : [.all]))
      for entry in layer { #expect(abs(entry.entry.value - Double(entry.eighths) / 100) < 1e-12) }
    }
    #expect(evaluator.measuredCount == 1 + 1 + 3 * 5)
    #expect(throws: SearchError.self) { try ContributionAnalysis(shares: [.none]).table(evaluator: evaluator) }
  }

  @Test func aChoiceIsAddedToTheBase() throws {
    let network = try SearchWorld.network()
    let table = ContributionTable.random(of: network, base: ["head.weights"], shares: [.half, .all], seed: 1)
    let scheme = try TableChoice(biasDepth: 2, shares: [.half, .none, .none, .none, .half, .none])
      .scheme(over: table, of: network)
    #expect(
      scheme.tensorNames(in: network) == ["stem.weights/2", "head.weights", "head.bias", "classifier.bias"])
  }
}

extension ContributionTable {
  /// Values of either sign, most of them positive.
  static func random(
    of network: QuantizedNetwork, base: [String], shares: [ChannelShare] = [.all], seed: UInt64
  ) -> ContributionTable {
    var random = TestRandom(seed: seed)
    let layers = network.parameterLayers
    return ContributionTable(
      layers: layers.map { network.nodes[$0].name }, base: base,
      biasDepths: [.init(value: 0)]
        + layers.map { _ in .init(value: Double.random(in: -0.02...0.06, using: &random)) },
      weights: layers.map { _ in
        shares.map { ShareEntry($0, .init(value: Double.random(in: -0.03...0.1, using: &random))) }
      })
  }
}
