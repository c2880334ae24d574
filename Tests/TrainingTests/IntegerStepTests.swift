import Tensors
import Testing

@testable import Training
@testable import TrainingCompiler

/// The engine against a whole training step in plain integer loops, bit for bit.
struct IntegerStepTests {
  static let roundings: [UpdateRounding] = [.stochastic, .nearest, .errorFeedback]

  /// A rate at which the steps of these networks are resolved by int8 weights.
  static func rate(_ scaling: TrainingOptions.Scaling) -> Double { scaling == .quantizationAware ? 0.1 : 20_000 }

  @Test(arguments: TestNetwork.all + TestNetwork.randoms)
  func everySchemeAndRoundingEqualsTheReference(_ test: TestNetwork) throws {
    var random = SplitMix(seed: 99)
    for scheme in try test.schemes() {
      for rounding in Self.roundings {
        for scaling in [TrainingOptions.Scaling.quantizationAware, .none] {
          let options = TrainingOptions(scaling: scaling, rounding: rounding)
          let plan = try TrainingPlan.compile(test.network, scheme: scheme, options: options)
          for fallingOver in [nil, 5] {
            let setup = EngineSetup(
              rate: Self.rate(scaling), fallingOver: fallingOver, seed: random.next())
            // A random network may have clamped everything.
            try expectEqualSteps(
              test, plan: plan, options: options, setup: setup, steps: 4, mayRest: test.name.hasPrefix("random"))
          }
        }
      }
    }
  }

  /// A rate so large that weights saturate at both ends, and one that has run out.
  @Test(arguments: [TestNetwork.plainConvolutions, .twoJoins])
  func extremeRatesEqualTheReference(_ test: TestNetwork) throws {
    for rounding in Self.roundings {
      let options = TrainingOptions(rounding: rounding)
      let plan = try TrainingPlan.compile(test.network, scheme: .full(test.network), options: options)
      for rate in [1e-12, 30, 1e9, 1e30] {
        try expectEqualSteps(
          test, plan: plan, options: options, setup: EngineSetup(rate: rate), steps: 2, mayRest: true)
      }
      try expectEqualSteps(
        test, plan: plan, options: options, setup: EngineSetup(rate: 0.1, fallingOver: 2), steps: 4)
    }
  }

  private func expectEqualSteps(
    _ test: TestNetwork, plan: TrainingPlan, options: TrainingOptions, setup: EngineSetup, steps: Int,
    mayRest: Bool = false
  ) throws {
    let network = test.network
    let context: Comment =
      "\(test.name), \(plan.scheme.name), \(options.rounding), \(options.scaling), \(setup)"
    var reference = IntegerReference(
      network, scheme: plan.scheme, options: options, rate: setup.rate, fallingOver: setup.fallingOver,
      seed: setup.seed)
    reference.chosenChannels = Dictionary(uniqueKeysWithValues: plan.updatedLayers.map { ($0.node, $0.inputChannels) })
    let start = Parameters(of: reference)
    let windows = test.windows(steps, seed: setup.seed)
    try withEngine(plan, setup) { engine in
      for (i, window) in windows.enumerated() {
        let label = (i * 7 + 1) % network.classCount
        engine.fill(window)
        let prediction = engine.step(label: label)
        let trace = reference.step(window, label: label)
        try #require(prediction == trace.prediction, context)
        try #require(Int64(engine.lastLoss) == trace.loss, context)
        let trained = Parameters(of: network, plan: plan, arena: engine.bytes)
        try #require(trained == Parameters(of: reference), "step \(i): \(context)")
      }
      // The scale is the largest magnitude over 127, so nothing can saturate.
      #expect(engine.saturatedErrors == 0)
      #expect(engine.stepCount == UInt32(steps))
    }
    // Equality means little where nothing moved.
    #expect(mayRest || Parameters(of: reference).differences(from: start) > 0, context)
  }

  /// With a plan that never reuses a byte, every intermediate result is still there after the step.
  @Test(arguments: TestNetwork.all, [false, true])
  func everyIntermediateResultEqualsTheReference(_ test: TestNetwork, staged: Bool) throws {
    let network = test.network
    let plan = try disjointPlan(network, scheme: .full(network), staged: staged)
    for (i, window) in test.windows(3, seed: 5).enumerated() {
      let label = i % network.classCount
      // The reference is started anew, so that its activations and errors belong to the initial weights.
      var reference = IntegerReference(
        network, scheme: plan.scheme, options: TrainingOptions(), rate: 0.01, seed: 7)
      let trace = reference.step(window, label: label)
      let arena = try withEngine(plan) { engine in
        engine.fill(window)
        engine.step(label: label)
        return engine.bytes
      }
      for (n, node) in network.nodes.enumerated() where n > 0 && n < network.nodes.count - 1 {
        #expect(plan.int8s(of: "\(node.name) output", in: arena) == trace.activations[n], "\(node.name)")
        if let mask = plan.bytes(of: "\(node.name) clamp bits", in: arena) {
          #expect(trace.clamped[n].indices.map { mask[$0 / 8] >> UInt8($0 % 8) & 1 == 1 } == trace.clamped[n])
        }
      }
      let logits = try #require(plan.bytes(of: "\(network.nodes.last!.name) output", in: arena))
      #expect(int32s(logits) == trace.activations.last!)
      #expect(int32s(plan.bytes(of: "loss gradient", in: arena)!.dropFirst(8)) == trace.lossGradient)
      for (n, error) in trace.errors {
        let name = "\(network.nodes[n].name) error"
        #expect(plan.int8s(of: name, in: arena, skipping: 8) == error.values, "\(name)")
        let scale = int32s(plan.bytes(of: name, in: arena)!.prefix(8))
        #expect(scale == [Int64(error.scale.mantissa), Int64(error.scale.exponent)], "\(name)")
      }
      for (n, join) in trace.joins {
        #expect(plan.int8s(of: "\(network.nodes[n].name) gradient", in: arena, skipping: 8) == join.values)
      }
      for (n, pool) in trace.pools {
        #expect(
          int32s(plan.bytes(of: "\(network.nodes[n].name) gradient", in: arena)!.dropFirst(8)) == pool.tensor.values)
      }
    }
  }

  /// The catalogue is only worth something if every network clamps some elements and every layer lets some pass.
  @Test(arguments: TestNetwork.all)
  func someButNotAllElementsAreClamped(_ test: TestNetwork) {
    let reference = IntegerReference(
      test.network, scheme: .full(test.network), options: TrainingOptions(), rate: 0.01, seed: 1)
    var all: [Bool] = []
    for (n, node) in test.network.nodes.enumerated() where n > 0 && n < test.network.nodes.count - 1 {
      guard !node.weights.isEmpty || node.operation == .add else { continue }
      let clamped = test.windows(8, seed: 3).flatMap { reference.forward($0).clamped[n] }
      #expect(Double(clamped.count { $0 }) < 0.9 * Double(clamped.count), "\(node.name)")
      all += clamped
    }
    #expect(all.isEmpty || Double(all.count { $0 }) > 0.05 * Double(all.count))
  }
}
