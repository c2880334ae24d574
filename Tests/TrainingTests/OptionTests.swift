import Tensors
import Testing

@testable import Training
@testable import TrainingCompiler

/// Every combination of the options of a step, against the same step in plain integer loops, bit for bit.
struct OptionTests {
  static let memories: [TrainingOptions.GradientMemory] = [
    .none, .momentum(0.9), .momentum(0.5), .accumulation(windows: 3), .momentum(0), .accumulation(windows: 1),
  ]

  /// Every combination; each network sees a share of them.
  static let all: [TrainingOptions] = {
    var all: [TrainingOptions] = []
    for precision in Plan.ErrorElement.allCases {
      for scale in TrainingOptions.ErrorScale.allCases {
        for errorRounding in [ErrorRounding.nearest, .stochastic] {
          for rounding in IntegerStepTests.roundings {
            for memory in memories {
              for scaling in [TrainingOptions.Scaling.quantizationAware, .none] {
                all.append(
                  TrainingOptions(
                    scaling: scaling, rounding: rounding, errorPrecision: precision, errorScale: scale,
                    errorRounding: errorRounding, gradientMemory: memory))
              }
            }
          }
        }
      }
    }
    return all
  }()

  @Test(arguments: TestNetwork.all + TestNetwork.randoms)
  func everyCombinationEqualsTheReference(_ test: TestNetwork) throws {
    let networks = TestNetwork.all + TestNetwork.randoms
    let number = networks.firstIndex { $0.name == test.name } ?? 0
    let schemes = try test.schemes()
    var moved = false
    // Strides without a common factor with the lists visit all of them over the networks.
    for (i, k) in stride(from: number, to: Self.all.count, by: 29).enumerated() {
      let scheme = schemes[(i + number) % schemes.count]
      // Stochastic errors draw by where an element stands, and shares reorder channels.
      let isReordered = scheme.updates.contains { $0.weights.divisor != nil }
      guard !isReordered || Self.all[k].errorRounding == .nearest else { continue }
      moved = try hasEqualSteps(test, scheme, Self.all[k], seed: UInt64(k)) || moved
    }
    // A random network may have clamped everything.
    #expect(moved || test.name.hasPrefix("random"))
  }

  /// - Returns: Whether the training changed a parameter.
  private func hasEqualSteps(
    _ test: TestNetwork, _ scheme: UpdateScheme, _ options: TrainingOptions, seed: UInt64
  ) throws -> Bool {
    let network = test.network
    let plan = try TrainingPlan.compile(network, scheme: scheme, options: options)
    let setup = EngineSetup(
      rate: IntegerStepTests.rate(options.scaling), fallingOver: seed % 2 == 0 ? 6 : nil, seed: seed)
    let context: Comment = "\(test.name), \(scheme.name), \(options), \(setup)"
    var reference = IntegerReference(
      network, scheme: scheme, options: options, rate: setup.rate, fallingOver: setup.fallingOver, seed: seed)
    reference.chosenChannels = Dictionary(uniqueKeysWithValues: plan.updatedLayers.map { ($0.node, $0.inputChannels) })
    let start = Parameters(of: reference)
    try withEngine(plan, setup) { engine in
      for (i, window) in test.windows(7, seed: seed).enumerated() {
        let label = (i * 7 + 1) % network.classCount
        engine.fill(window)
        let prediction = engine.step(label: label)
        let trace = reference.step(window, label: label)
        try #require(prediction == trace.prediction && Int64(engine.lastLoss) == trace.loss, context)
        let arena = engine.bytes
        try #require(
          Parameters(of: network, plan: plan, arena: arena) == Parameters(of: reference), "step \(i): \(context)")
        try #require(Int(engine.saturatedErrors) == reference.saturated, "step \(i): \(context)")
        try requireVelocities(network, plan, reference, arena, "step \(i): \(context)")
      }
    }
    return Parameters(of: reference).differences(from: start) > 0
  }

  private func requireVelocities(
    _ network: QuantizedNetwork, _ plan: TrainingPlan, _ reference: IntegerReference, _ arena: [UInt8],
    _ context: Comment
  ) throws {
    for layer in plan.updatedLayers {
      let n = layer.node
      for (kind, velocity, places) in [
        ("weights", reference.weightVelocities[n], layer.weightPlaces(in: network)),
        ("bias", reference.biasVelocities[n], layer.outputChannels),
      ] {
        guard let bytes = plan.bytes(of: "\(layer.name).\(kind) velocity", in: arena) else { continue }
        let rows = (bytes.count - places.count) / 8
        // Rows of weights stand in the order of their output channels, those of a depthwise convolution are taps.
        let origins = kind == "weights" && !layer.isDepthwise ? layer.outputChannels : Array(0..<rows)
        let scales = int32s(bytes.prefix(8 * rows))
        try #require(
          scales
            == origins.flatMap { row in
              [Int64(velocity.scales[row].mantissa), Int64(velocity.scales[row].exponent)]
            }, context)
        try #require(
          bytes.dropFirst(8 * rows).map { Int64(Int8(bitPattern: $0)) } == places.map { velocity.values[$0] }, context)
      }
    }
  }

  /// Errors and joins where they stand after a step, with a plan that reuses no byte.
  @Test(
    arguments: [TestNetwork.twoJoins, .manyPaths, .severalReaders, .poolIntoJoin],
    Plan.ErrorElement.allCases)
  func everyErrorTensorEqualsTheReference(_ test: TestNetwork, _ element: Plan.ErrorElement) throws {
    let network = test.network
    for errorRounding in [ErrorRounding.nearest, .stochastic] {
      for scale in TrainingOptions.ErrorScale.allCases {
        let options = TrainingOptions(errorPrecision: element, errorScale: scale, errorRounding: errorRounding)
        let plan = try disjointPlan(network, scheme: .full(network), options: options)
        var reference = IntegerReference(network, scheme: plan.scheme, options: options, rate: 0.01, seed: 7)
        try withEngine(plan) { engine in
          for (i, window) in test.windows(4, seed: 6).enumerated() {
            let label = i % network.classCount
            let trace = reference.step(window, label: label)
            engine.fill(window)
            engine.step(label: label)
            let arena = engine.bytes
            for (n, tensor) in trace.errors.merging(trace.joins, uniquingKeysWith: { a, _ in a }) {
              let name = "\(network.nodes[n].name) \(trace.joins[n] == nil ? "error" : "gradient")"
              let bytes = try #require(plan.bytes(of: name, in: arena))
              #expect(Self.elements(bytes.dropFirst(8), element) == tensor.values, "\(name), \(options)")
              #expect(int32s(bytes.prefix(8)) == [Int64(tensor.scale.mantissa), Int64(tensor.scale.exponent)])
            }
          }
        }
      }
    }
  }

  static func elements(_ bytes: some Collection<UInt8>, _ element: Plan.ErrorElement) -> [Int64] {
    let bytes = Array(bytes)
    switch element {
    case .int8: return bytes.map { Int64(Int8(bitPattern: $0)) }
    case .int16:
      return stride(from: 0, to: bytes.count, by: 2).map {
        Int64(Int16(truncatingIfNeeded: Int(bytes[$0]) | Int(bytes[$0 + 1]) << 8))
      }
    case .int32: return int32s(bytes)
    }
  }

  /// A momentum of nothing and a sum over one window are plain descent, and cost nothing.
  @Test(arguments: [TrainingOptions.GradientMemory.momentum(0), .accumulation(windows: 1)])
  func emptyMemoriesArePlainDescent(_ memory: TrainingOptions.GradientMemory) throws {
    let network = TestNetwork.twoJoins.network
    #expect(
      try TrainingPlan.compile(network, scheme: .full(network), options: TrainingOptions(gradientMemory: memory))
        == TrainingPlan.compile(network, scheme: .full(network)))
  }

  /// Everything that outlives a step begins again.
  @Test func resettingForgetsVelocitiesAndScales() throws {
    let test = TestNetwork.twoJoins
    for memory in [TrainingOptions.GradientMemory.momentum(0.9), .accumulation(windows: 4)] {
      let options = TrainingOptions(errorScale: .carried, errorRounding: .stochastic, gradientMemory: memory)
      let plan = try TrainingPlan.compile(test.network, scheme: .full(test.network), options: options)
      try withEngine(plan, EngineSetup(rate: 0.05)) { engine in
        var runs: [[UInt8]] = []
        for _ in 0..<2 {
          for (i, window) in test.windows(6, seed: 8).enumerated() {
            engine.fill(window)
            engine.step(label: i % test.network.classCount)
          }
          runs.append(engine.bytes)
          engine.reset()
        }
        #expect(runs[0] == runs[1])
      }
    }
  }
}
