import Foundation
import Tensors
import Testing

@testable import Training
@testable import TrainingCompiler

/// The engine against PyTorch's autograd on the same integer graph, with straight-through rounding, clamps that
/// stop gradients and int8 errors. `Scripts/Reference/torch_gradients.py` made the fixtures.
struct TorchTests {
  static let networks: [TestNetwork] = [
    .plainConvolutions, .depthwiseConvolutions, .invertedResidual, .twoJoins, .joinOfTwoConvolutions, .poolIntoJoin,
    .averagePool, .overlappingMaxPool, .denseInTheMiddle, .doubled,
  ]

  static func fileName(_ test: TestNetwork) -> String { test.name.replacing(" ", with: "-") + ".json" }

  @Test(.enabled(if: ProcessInfo.processInfo.environment["MARTLET_FIXTURES"] != nil, "writes fixtures"))
  func writeTorchInputs() throws {
    let folder = try #require(ProcessInfo.processInfo.environment["MARTLET_FIXTURES"])
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    for test in Self.networks {
      let data = try encoder.encode(TorchFixture(test, cases: 40))
      try data.write(to: URL(fileURLWithPath: folder).appendingPathComponent(Self.fileName(test)))
    }
  }

  static func fixture(_ test: TestNetwork) throws -> TorchFixture {
    let url = try #require(
      Bundle.module.url(forResource: "Fixtures/torch/\(fileName(test))", withExtension: nil), "\(test.name)")
    return try JSONDecoder().decode(TorchFixture.self, from: Data(contentsOf: url))
  }

  /// Integers are equal, all of them: the script leaves out windows with a value near a rounding tie, where
  /// 31-bit scales and float64 may differ. The loss is a multiple of 2^-20 and its gradient one of 2^-30; where
  /// the network is right already, that gradient is small, and error scales have fewer digits: 1e-5 of a scale
  /// and four units of the loss are tolerated.
  @Test(arguments: networks)
  func theEngineEqualsAutograd(_ test: TestNetwork) throws {
    let fixture = try Self.fixture(test)
    let network = fixture.network
    try #require(!fixture.cases.isEmpty)
    let plan = try disjointPlan(network, scheme: .full(network), staged: true)
    for sample in fixture.cases {
      let expected = try #require(sample.expected)
      let (arena, loss) = try withEngine(plan) { engine in
        engine.fill(sample.window)
        engine.step(label: sample.label)
        return (engine.bytes, engine.lastLoss)
      }
      #expect(abs(Double(loss) / 0x1p20 - expected.loss) < 4 / 0x1p20)
      for (n, node) in network.nodes.enumerated() where n > 0 && n < network.nodes.count - 1 {
        #expect(plan.int8s(of: "\(node.name) output", in: arena) == expected.activations[n], "\(node.name)")
      }
      #expect(int32s(try #require(plan.bytes(of: "\(network.nodes.last!.name) output", in: arena))) == expected.logits)
      for (name, layer) in expected.layers {
        #expect(plan.int8s(of: "\(name) error", in: arena, skipping: 8) == layer.error, "\(name)")
        let words = int32s(try #require(plan.bytes(of: "\(name) error", in: arena)).prefix(8))
        let scale = Double(sign: .plus, exponent: Int(words[1]), significand: Double(words[0]))
        #expect(abs(scale - layer.errorScale) <= 1e-5 * layer.errorScale, "\(name)")
      }
      try expectEqualGradientSums(network, plan: plan, arena: arena, sample: sample, expected: expected)
    }
  }

  /// In the engine no weight gradient outlives its row: the workspace holds that of the last output channel, or
  /// of a depthwise kernel's last tap. The other rows are compared with the integer reference, which the engine
  /// equals after any number of steps. In the same way, the staging room of an activation with one reader holds
  /// that reader's input gradient.
  private func expectEqualGradientSums(
    _ network: QuantizedNetwork, plan: TrainingPlan, arena: [UInt8], sample: TorchFixture.Case,
    expected: TorchFixture.Expected
  ) throws {
    var reference = IntegerReference(
      network, scheme: .full(network), options: TrainingOptions(), rate: 0.01, seed: 7)
    let trace = reference.step(sample.window, label: sample.label)
    for (n, node) in network.nodes.enumerated() {
      guard let layer = expected.layers[node.name] else { continue }
      #expect(trace.weightSums[n] == layer.weightSums, "\(node.name)")
      #expect(trace.biasSums[n] == layer.biasSums, "\(node.name)")
      if let inputSums = trace.inputSums[n] { #expect(inputSums == layer.inputSums, "\(node.name)") }
      let row = int32s(try #require(plan.bytes(of: "\(node.name) weight gradient", in: arena)))
      #expect(!row.isEmpty && row == layer.weightSums.suffix(row.count), "\(node.name)")
      let input = node.inputs[0]
      let readers = network.nodes.flatMap(\.inputs).count { $0 == input }
      if input > 0 && readers == 1 {
        let staging = try #require(
          plan.bytes(of: "\(network.nodes[input].name) gradient staging", in: arena), "\(node.name)")
        #expect(int32s(staging) == layer.inputSums, "\(node.name)")
      }
    }
  }
}
