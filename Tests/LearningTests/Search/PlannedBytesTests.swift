import Testing
import TrainingCompiler

@testable import Learning

struct PlannedBytesTests {
  /// What the exact search relies on: whatever else is updated, one tensor more never lowers the bound, and
  /// raises it by its own numbers at least, because they are in the arena throughout.
  @Test(arguments: [1, 2, 3] as [UInt64])
  func updatingMoreRaisesTheLowerBoundByTheParametersAtLeast(seed: UInt64) throws {
    let network = try SearchWorld.network()
    var random = TestRandom(seed: seed)
    for round in 0..<40 {
      let less = UpdateScheme.random(of: network, probability: [0.1, 0.4, 0.8][round % 3], using: &random)
      let before = try TrainingPlan.compile(network, scheme: less)
      for tensor in ParameterTensor.all(of: network) where less[tensor] == .none {
        var more = less
        more[tensor] = .all
        let after = try TrainingPlan.compile(network, scheme: more)
        let own =
          tensor.part == .weights
          ? network.nodes[tensor.node].weights.count : 4 * network.nodes[tensor.node].bias.count
        #expect(
          after.lowerBoundBytes >= before.lowerBoundBytes + own,
          "seed \(seed): \(tensor.name(in: network)) added to \(less.tensorNames(in: network))")
      }
    }
  }

  @Test func everySchemeIsPlannedOnceOnAnyNumberOfThreads() throws {
    let network = try SearchWorld.network()
    let schemes: [UpdateScheme] = [.full(network), .lastLayer(network), .full(network), .biases(network)]
    for threads in [1, 3] {
      let tally = Tally()
      let bytes = PlannedBytes(threads: threads) { scheme throws(CompilationError) in
        tally.add("\(scheme.tensorNames(in: network))")
        let plan = try TrainingPlan.compile(network, scheme: scheme)
        return .init(arenaBytes: plan.arenaBytes, lowerBoundBytes: plan.lowerBoundBytes)
      }
      let found = try bytes.footprints(of: schemes)
      #expect(found.map(\.arenaBytes) == (try schemes.map { try TrainingPlan.compile(network, scheme: $0).arenaBytes }))
      #expect(try bytes.footprint(of: schemes[3]) == found[3])
      #expect(tally.all.values.allSatisfy { $0 == 1 } && tally.total == 3)
      #expect(bytes.planCount == 3)
    }
  }

  @Test func aPlanThatCannotBeMadeIsAnErrorForThatSchemeOnly() throws {
    let network = try SearchWorld.network()
    let bytes = PlannedBytes(threads: 2) { scheme throws(CompilationError) in
      guard scheme.updates != UpdateScheme.full(network).updates else { throw .tooLarge }
      return .init(arenaBytes: 1, lowerBoundBytes: 1)
    }
    #expect(throws: SearchError.compilation(.tooLarge)) {
      try bytes.footprints(of: [.lastLayer(network), .full(network)])
    }
    #expect(try bytes.footprint(of: .lastLayer(network)).arenaBytes == 1)
  }

  @Test func cancellingStopsPlanning() throws {
    let network = try SearchWorld.network()
    let bytes = PlannedBytes(network: network, options: TrainingOptions(), threads: 1, isCancelled: { true })
    #expect(throws: SearchError.cancelled) { try bytes.footprint(of: .full(network)) }
  }
}
