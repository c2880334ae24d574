import Foundation
import Testing
import TrainingCompiler

@testable import Learning

struct FreezeUntilDipTests {
  let network: QuantizedNetwork
  let bytes: PlannedBytes

  init() throws {
    let network = try SearchWorld.network()
    self.network = network
    bytes = PlannedBytes(network: network, options: TrainingOptions(), threads: 2)
  }

  private func path(
    _ settings: FreezeUntilDip, budgetBytes: Int? = nil, values: [String: Double]
  ) throws -> FreezePath {
    try settings.path(
      budgetBytes: budgetBytes,
      evaluator: SchemeEvaluator(network: network, trial: .additive(values, network: network), threads: 2),
      bytes: bytes)
  }

  private static let named = FreezeOrder.named([
    "head.weights", "stem.bias", "block1.project.weights", "classifier.weights",
  ])

  /// The third tensor is worth two points, those before it nothing.
  @Test func itStopsAtTheDipAndKeepsTheLastGoodScheme() throws {
    let found = try path(
      FreezeUntilDip(order: Self.named, threshold: 1), values: ["block1.project.weights": 0.02, "stem.bias": 0.005])
    #expect(found.steps.map(\.frozen) == [nil, "head.weights", "stem.bias", "block1.project.weights"])
    #expect(found.steps.map(\.outcome) == [.start, .kept, .kept, .dipped])
    #expect(found.end == .dip && found.answer == 2 && found.lastGood == 2)
    let expected = UpdateScheme.full(network).tensorNames(in: network).filter {
      $0 != "head.weights" && $0 != "stem.bias"
    }
    #expect(found.tensors == expected)
    for step in found.steps {
      let scheme = try UpdateScheme(tensors: step.evaluation.tensors, of: network)
      #expect(step.arenaBytes == (try TrainingPlan.compile(network, scheme: scheme).arenaBytes))
      #expect(step.evaluation.accuracies[0].count == 3)
    }
  }

  /// Three falls of 0.6 points: none is a dip by itself, and the second is one from the best so far.
  @Test func aFallIsMeasuredFromTheBestSoFarOrFromTheStart() throws {
    let values = ["head.weights": -0.01, "stem.bias": 0.006, "block1.project.weights": 0.006]
    let best = try path(FreezeUntilDip(order: Self.named, threshold: 1), values: values)
    #expect(best.steps.map(\.outcome) == [.start, .kept, .kept, .dipped])
    let start = try path(FreezeUntilDip(order: Self.named, threshold: 1, reference: .start), values: values)
    #expect(start.steps.map(\.outcome) == [.start, .kept, .kept, .kept, .kept])
    #expect(start.end == .nothingLeft && start.answer == 4)
  }

  @Test func aFallOfExactlyTheThresholdIsNoDip() throws {
    let found = try path(FreezeUntilDip(order: Self.named, threshold: 2), values: ["head.weights": 0.02])
    #expect(found.steps[1].outcome == .kept)
    let less = try path(FreezeUntilDip(order: Self.named, threshold: 1.99), values: ["head.weights": 0.02])
    #expect(less.steps[1].outcome == .dipped && less.answer == 0)
  }

  @Test func aTensorThatDipsMayBeSkipped() throws {
    let found = try path(
      FreezeUntilDip(order: Self.named, threshold: 1, skipsDips: true), values: ["stem.bias": 0.02])
    #expect(found.steps.map(\.outcome) == [.start, .kept, .skipped, .kept, .kept])
    #expect(found.end == .nothingLeft && found.answer == 4)
    #expect(found.tensors.contains("stem.bias") && !found.tensors.contains("classifier.weights"))
  }

  @Test func aBudgetIsMetBeforeOrAfterTheDip() throws {
    let full = try bytes.footprint(of: .full(network)).arenaBytes
    let settings = FreezeUntilDip(order: .largestFirst, threshold: 1)
    let free = try path(settings, budgetBytes: full * 3 / 4, values: [:])
    #expect(free.end == .budgetMet && free.fitsBudget && !free.dippedBeforeBudget)
    #expect(free.answer == free.steps.count - 1 && free.lastGood == free.answer)
    #expect(free.steps.dropLast().allSatisfy { $0.arenaBytes > full * 3 / 4 })
    #expect(free.arenaBytes <= full * 3 / 4)

    let first = try #require(free.steps[1].frozen)
    let dipped = try path(settings, budgetBytes: full * 3 / 4, values: [first: 0.02])
    #expect(dipped.steps.map(\.frozen) == free.steps.map(\.frozen))
    #expect(dipped.end == .budgetMet && dipped.dippedBeforeBudget && dipped.lastGood == 0)
    #expect(dipped.steps[1].outcome == .dipped && dipped.tensors == free.tensors)

    let everything = try path(settings, budgetBytes: full, values: [:])
    #expect(everything.steps.count == 1 && everything.end == .budgetMet && everything.answer == 0)
    let impossible = try path(settings, budgetBytes: 10, values: [:])
    #expect(impossible.end == .nothingLeft && !impossible.fitsBudget && !impossible.dippedBeforeBudget)
    #expect(impossible.tensors.count == 1)
  }

  /// What was skipped goes all the same, in the same order, where the budget needs it.
  @Test func skippedTensorsAreForcedIfTheBudgetNeedsThem() throws {
    let smallest = try bytes.footprint(of: .lastLayer(network)).arenaBytes
    let found = try path(
      FreezeUntilDip(order: .firstLayersFirst, threshold: 1, skipsDips: true), budgetBytes: smallest,
      values: ["stem.weights": 0.02, "stem.bias": 0.03, "classifier.weights": 0.1, "classifier.bias": 0.1])
    let outcomes = Dictionary(grouping: found.steps, by: \.outcome).mapValues { $0.map(\.frozen) }
    #expect(outcomes[.skipped] == ["stem.weights", "stem.bias", "classifier.weights", "classifier.bias"])
    #expect(outcomes[.forced] == ["stem.weights", "stem.bias"])
    #expect(found.dippedBeforeBudget && found.fitsBudget && found.end == .budgetMet)
  }

  @Test func ordersSortTheTensors() throws {
    func names(_ order: FreezeOrder) throws -> [String] {
      try order.tensors(of: network).map { $0.name(in: network) }
    }
    let inOrder = UpdateScheme.full(network).tensorNames(in: network)
    #expect(try names(.firstLayersFirst) == inOrder)
    #expect(
      try names(.lastLayersFirst).prefix(4) == [
        "classifier.weights", "classifier.bias", "head.weights", "head.bias",
      ])
    // 90 weights read 72 input elements; a bias has four bytes a channel and keeps nothing.
    let stem = ParameterTensor(node: network.parameterLayers[0], part: .weights)
    #expect(stem.ownBytes(in: network) == 90 + 72)
    #expect(ParameterTensor(node: stem.node, part: .bias).ownBytes(in: network) == 24)
    let sizes = try FreezeOrder.largestFirst.tensors(of: network).map { $0.ownBytes(in: network) }
    #expect(sizes == sizes.sorted(by: >))
    let values = ["stem.weights": 16.2, "stem.bias": 2.5, "head.bias": -1]
    let byValue = try names(.leastValuePerByte(values))
    #expect(byValue.first == "head.bias" && byValue.suffix(2) == ["stem.weights", "stem.bias"])
    #expect(byValue[1..<10] == inOrder.filter { values[$0] == nil }[...])
    #expect(throws: SearchError.self) { try names(.named(["nothing.weights"])) }
    #expect(throws: SearchError.self) { try names(.named(["stem.bias", "stem.bias"])) }
    #expect(throws: SearchError.self) { try names(.leastValuePerByte(["stem": 1])) }
  }

  @Test func aPathIsWrittenAndReadBack() throws {
    let found = try path(FreezeUntilDip(order: .largestFirst), budgetBytes: 2000, values: ["stem.bias": 0.1])
    #expect(try JSONDecoder().decode(FreezePath.self, from: JSONEncoder().encode(found)) == found)
  }

  @Test func aThresholdBelowZeroIsRefused() throws {
    #expect(throws: SearchError.self) { try path(FreezeUntilDip(order: .largestFirst, threshold: -1), values: [:]) }
  }
}
