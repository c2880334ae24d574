import Tensors
import Testing

@testable import Training
@testable import TrainingCompiler

/// What must not change a bit: running again, where buffers stand, whether gradients are staged.
struct DeterminismTests {
  static let steps = 6

  private func trained(_ test: TestNetwork, plan: TrainingPlan, seed: UInt64 = 7) throws -> Parameters {
    try withEngine(plan, EngineSetup(rate: 0.05, seed: seed)) { engine in
      for (i, window) in test.windows(Self.steps, seed: 8).enumerated() {
        engine.fill(window)
        engine.step(label: i % test.network.classCount)
      }
      return Parameters(of: test.network, plan: plan, arena: engine.bytes)
    }
  }

  @Test(arguments: TestNetwork.all)
  func placementAndStagingDoNotChangeABit(_ test: TestNetwork) throws {
    let scheme = UpdateScheme.full(test.network)
    let expected = try trained(test, plan: TrainingPlan.compile(test.network, scheme: scheme))
    for staged in [false, true] {
      for gap in [0, 4, 64] {
        for reversed in [false, true] {
          let plan = try disjointPlan(test.network, scheme: scheme, staged: staged, gap: gap, reversed: reversed)
          #expect(try trained(test, plan: plan) == expected, "staged \(staged), gap \(gap), reversed \(reversed)")
        }
      }
    }
  }

  /// Neither do they with errors, scales and velocities of every kind.
  @Test(arguments: TestNetwork.all)
  func placementAndStagingDoNotChangeABitOfAnyOption(_ test: TestNetwork) throws {
    let scheme = UpdateScheme.full(test.network)
    let number = TestNetwork.all.firstIndex { $0.name == test.name } ?? 0
    for k in stride(from: number, to: OptionTests.all.count, by: 43) {
      let options = OptionTests.all[k]
      let expected = try trained(
        test, plan: TrainingPlan.compile(test.network, scheme: scheme, options: options))
      for (staged, gap, reversed) in [(false, 4, true), (true, 64, false)] {
        let plan = try disjointPlan(
          test.network, scheme: scheme, options: options, staged: staged, gap: gap, reversed: reversed)
        #expect(try trained(test, plan: plan) == expected, "\(options)")
      }
    }
  }

  /// Offsets as the planner finds them with fewer and with more tries.
  @Test(arguments: TestNetwork.all)
  func thePlannersEffortDoesNotChangeABit(_ test: TestNetwork) throws {
    let scheme = UpdateScheme.full(test.network)
    let graph = try StepPass.graph(of: test.network, scheme: scheme, options: TrainingOptions())
    let lifetimes = Lifetimes(of: graph)
    var results: [Parameters] = []
    for rounds in [0, 1, 20, 400] {
      let placement = Placement.place(lifetimes.requests, effort: Placement.Effort(evaluations: rounds))
      try placement.verify(lifetimes.requests)
      let plan = placedPlan(graph, lifetimes, offsets: placement.offsets, scheme: scheme, network: test.network)
      #expect(plan.arenaBytes == placement.peakBytes)
      results.append(try trained(test, plan: plan))
    }
    #expect(results.allSatisfy { $0 == results[0] })
  }

  @Test(arguments: TestNetwork.all)
  func oneSeedGivesTheSameBitsTwiceAndAnotherSeedOthers(_ test: TestNetwork) throws {
    let plan = try TrainingPlan.compile(test.network, scheme: .full(test.network))
    let first = try trained(test, plan: plan)
    #expect(try trained(test, plan: plan) == first)
    #expect(try trained(test, plan: plan, seed: 8) != first)
    #expect(try TrainingPlan.compile(test.network, scheme: .full(test.network)) == plan)
  }

  @Test func resettingReturnsToTheInitialWeights() throws {
    let test = TestNetwork.twoJoins
    for rounding in IntegerStepTests.roundings {
      let plan = try TrainingPlan.compile(
        test.network, scheme: .full(test.network), options: TrainingOptions(rounding: rounding))
      try withEngine(plan, EngineSetup(rate: 0.05)) { engine in
        var runs: [Parameters] = []
        for _ in 0..<2 {
          for (i, window) in test.windows(Self.steps, seed: 8).enumerated() {
            engine.fill(window)
            engine.step(label: i % test.network.classCount)
          }
          runs.append(Parameters(of: test.network, plan: plan, arena: engine.bytes))
          engine.reset()
          #expect(engine.stepCount == 0 && engine.lastLoss == 0)
        }
        #expect(runs[0] == runs[1])
      }
    }
  }

  /// Predictions between steps may use the same bytes, but change neither weights nor what later steps draw.
  @Test(arguments: TestNetwork.all)
  func predictingBetweenStepsChangesNothing(_ test: TestNetwork) throws {
    let plan = try TrainingPlan.compile(test.network, scheme: .full(test.network))
    let expected = try trained(test, plan: plan)
    let others = test.windows(Self.steps, seed: 80)
    try withEngine(plan, EngineSetup(rate: 0.05)) { engine in
      for (i, window) in test.windows(Self.steps, seed: 8).enumerated() {
        engine.fill(others[i])
        _ = engine.predict()
        engine.fill(window)
        let predicted = engine.predict()
        engine.fill(window)
        #expect(engine.step(label: i % test.network.classCount) == predicted)
      }
      #expect(Parameters(of: test.network, plan: plan, arena: engine.bytes) == expected)
    }
  }

  /// A plan without updates predicts what the training plan predicts.
  @Test(arguments: TestNetwork.all)
  func aPlanThatOnlyPredictsAgrees(_ test: TestNetwork) throws {
    let nothing = UpdateScheme(name: "nothing", updates: test.network.nodes.map { _ in .none })
    let plan = try TrainingPlan.compile(test.network, scheme: nothing)
    let training = try TrainingPlan.compile(test.network, scheme: .full(test.network))
    #expect(plan.arenaBytes < training.arenaBytes)
    let reference = IntegerReference(
      test.network, scheme: nothing, options: TrainingOptions(), rate: 0.01, seed: 1)
    try withEngine(plan) { engine in
      for window in test.windows(10, seed: 81) {
        engine.fill(window)
        #expect(engine.predict() == reference.forward(window).prediction)
      }
    }
  }
}
