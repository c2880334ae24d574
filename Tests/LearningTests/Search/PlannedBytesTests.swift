import Testing
import TrainingCompiler

@testable import Learning

struct PlannedBytesTests {
  /// What the exact search relies on: a scheme that updates one tensor more needs no less than what was proved of
  /// the smaller one and the numbers of that tensor, because these are in the arena throughout.
  @Test(arguments: [1, 2, 3] as [UInt64])
  func updatingMoreNeedsItsParametersMoreAtLeast(seed: UInt64) throws {
    let network = try SearchWorld.network()
    let bytes = PlannedBytes(network: network, options: TrainingOptions(), threads: 2)
    var random = TestRandom(seed: seed)
    for round in 0..<9 {
      let less = UpdateScheme.random(
        of: network, probability: [0.1, 0.4, 0.8][round % 3], shares: [.quarter, .all], using: &random)
      let bounds = [try bytes.bounds(of: [less])[0], try bytes.footprint(of: less)]
      for tensor in ParameterTensor.all(of: network) where less[tensor] == .none {
        var more = less
        more[tensor] = .all
        let own =
          tensor.part == .weights
          ? network.nodes[tensor.node].weights.count : 4 * network.nodes[tensor.node].bias.count
        let needed = try bytes.footprint(of: more)
        #expect(
          bounds.allSatisfy { $0.lowerBoundBytes + own <= needed.arenaBytes },
          "seed \(seed): \(tensor.name(in: network)) added to \(less.tensorNames(in: network))")
      }
    }
  }

  @Test func aQuickPlanBoundsAThoroughOne() throws {
    let network = try SearchWorld.network()
    let bytes = PlannedBytes(network: network, options: TrainingOptions(), threads: 2)
    var random = TestRandom(seed: 6)
    let schemes = (0..<36).map { UpdateScheme.random(of: network, probability: Double($0 % 9) / 8, using: &random) }
    let quick = try bytes.bounds(of: schemes)
    let thorough = try bytes.footprints(of: schemes)
    for (quick, thorough) in zip(quick, thorough) {
      #expect(quick.lowerBoundBytes <= thorough.arenaBytes && thorough.arenaBytes <= quick.arenaBytes)
    }
  }

  /// The thorough planner is asked only where the quick one leaves it open.
  @Test func aBudgetIsDecidedByTheQuickPlanWhereItCan() throws {
    let network = try SearchWorld.network()
    let tally = Tally()
    let schemes: [UpdateScheme] = [.lastLayer(network), .biases(network), .full(network)]
    let sizes = Dictionary(uniqueKeysWithValues: zip(schemes.map(\.updates), [100, 200, 300]))
    let quick: PlannedBytes.Planner = { scheme in
      let size = sizes[scheme.updates] ?? 0
      return .init(arenaBytes: size + 20, lowerBoundBytes: size)
    }
    let bytes = PlannedBytes(threads: 1, quickPlan: quick) { scheme in
      tally.add("\(sizes[scheme.updates] ?? 0)")
      let size = sizes[scheme.updates] ?? 0
      return .init(arenaBytes: size + 10, lowerBoundBytes: size)
    }
    #expect(try bytes.bytes(of: schemes, within: 215) == [120, 210, nil])
    #expect(tally.all == ["200": 1])
    #expect(try bytes.bytes(of: schemes, within: 205) == [120, nil, nil])
    #expect(try bytes.bytes(of: schemes, within: 99) == [nil, nil, nil])
    #expect(tally.total == 1 && bytes.planCount == 4)
    #expect(try bytes.footprints(of: schemes).map(\.arenaBytes) == [110, 210, 310])
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
