import Tensors
import Testing

@testable import Training
@testable import TrainingCompiler

/// The integer step against the gradient of the same graph in float64, and that against finite differences.
struct FloatGradientTests {
  struct Sample {
    var window: [Int8]
    var label: Int
    var pass: FloatReference.Pass
  }

  /// Windows away from clamp edges: no sum lies within `margin` units of a limit, the integer network clamps
  /// the same elements, and its max pools take the same ones.
  static func samples(_ test: TestNetwork, count: Int, margin: Double = 0.6) -> [Sample] {
    let float = FloatReference(test.network)
    let integer = IntegerReference(
      test.network, scheme: .full(test.network), options: TrainingOptions(), rate: 0.01, seed: 1)
    var found: [Sample] = []
    for (i, window) in test.windows(20_000, seed: 31).enumerated() where found.count < count {
      let pass = float.forward(window)
      let isClear = test.network.nodes.indices.allSatisfy { n in
        let limits = float.limits(n)
        let unit = Double(test.network.nodes[n].output.scale) * margin
        // A sum of clamped elements may be exactly 0, and then moves with none of the parameters.
        return pass.sums[n].allSatisfy {
          $0 == 0 || abs($0 - limits.lowerBound) > unit && abs($0 - limits.upperBound) > unit
        }
      }
      guard isClear else { continue }
      let trace = integer.forward(window)
      let label = (trace.prediction + 1 + i) % test.network.classCount
      guard trace.clamped == pass.clamped, sameWinners(test.network, trace, pass) else { continue }
      found.append(Sample(window: window, label: label, pass: pass))
    }
    return found
  }

  private static func sameWinners(
    _ network: QuantizedNetwork, _ trace: IntegerReference.Trace, _ pass: FloatReference.Pass
  ) -> Bool {
    network.nodes.indices.allSatisfy { n in
      pass.winners[n].enumerated().allSatisfy { y, x in
        trace.activations[network.nodes[n].inputs[0]][x] == trace.activations[n][y]
          && uniqueWinner(network, n, y, trace)
      }
    }
  }

  private static func uniqueWinner(
    _ network: QuantizedNetwork, _ n: Int, _ y: Int, _ trace: IntegerReference.Trace
  ) -> Bool {
    let g = network.geometry(ofNode: n)
    let (t, c) = (y / g.inputChannels, y % g.inputChannels)
    let x = trace.activations[network.nodes[n].inputs[0]]
    let output = network.nodes[n].output
    // Elements at a limit are clamped and pass nothing, whichever wins.
    return trace.activations[n][y] == Int64(output.low) || trace.activations[n][y] == Int64(output.high)
      || (0..<g.kernel).count { x[(t * g.stride + $0) * g.inputChannels + c] == trace.activations[n][y] } == 1
  }

  /// Central differences of step 1e-6 err by about 1e-9 of the loss; tolerated is 1e-6 of the largest entry
  /// of a tensor plus 1e-8.
  @Test(arguments: TestNetwork.all)
  func theFloatGradientEqualsFiniteDifferences(_ test: TestNetwork) throws {
    let samples = Self.samples(test, count: 2)
    try #require(samples.count == 2)
    for sample in samples {
      var float = FloatReference(test.network)
      let gradients = float.gradients(sample.pass, label: sample.label)
      func loss() -> Double { float.forward(sample.window).loss(label: sample.label) }
      for n in test.network.nodes.indices {
        let largest = (gradients.weights[n] + gradients.biases[n]).map { abs($0) }.max() ?? 0
        for i in float.weights[n].indices {
          let value = float.weights[n][i]
          float.weights[n][i] = value + 1e-6
          let above = loss()
          float.weights[n][i] = value - 1e-6
          let below = loss()
          float.weights[n][i] = value
          #expect(abs((above - below) / 2e-6 - gradients.weights[n][i]) < 1e-6 * largest + 1e-8)
        }
        for i in float.biases[n].indices {
          let value = float.biases[n][i]
          float.biases[n][i] = value + 1e-6
          let above = loss()
          float.biases[n][i] = value - 1e-6
          let below = loss()
          float.biases[n][i] = value
          #expect(abs((above - below) / 2e-6 - gradients.biases[n][i]) < 1e-6 * largest + 1e-8)
        }
      }
    }
  }

  /// Reads the engine's own gradient of every tensor out of one step.
  ///
  /// With error feedback a weight and its residual together hold the step to 1/256 of a unit. The rate is
  /// chosen, tensor by tensor, so that the largest step of a weight is 15 units and of a bias 2^20.
  ///
  /// Tolerance: activations and errors are int8, and each layer between loss and tensor adds a rounding error
  /// of about 1 % of a typical element (half a unit where the largest is 127 and the typical one 40). Over the
  /// ten layers at most here that is 3 % of the norm, hence a cosine above 0.998 on average; entries of one
  /// bias tensor partly cancel, which doubles it. So: cosine above 0.99 and norms within 10 %, tensor by tensor.
  @Test(
    arguments: TestNetwork.all, [TrainingOptions.Scaling.quantizationAware, .none])
  func everyIntegerStepFollowsTheFloatGradient(_ test: TestNetwork, scaling: TrainingOptions.Scaling) throws {
    let network = test.network
    let options = TrainingOptions(scaling: scaling, rounding: .errorFeedback)
    let plan = try TrainingPlan.compile(network, scheme: .full(network), options: options)
    let samples = Self.samples(test, count: 3)
    try #require(samples.count == 3)
    var compared: Set<Int> = []
    for sample in samples {
      let gradients = FloatReference(network).gradients(sample.pass, label: sample.label)
      for (n, node) in network.nodes.enumerated() where !node.weights.isEmpty {
        let inputScale = Double(network.nodes[node.inputs[0]].output.scale)
        // What one real unit of gradient becomes in units of the stored integer, at rate 1.
        let weightFactors = node.weights.indices.map { i in
          let scale = node.weightScale(ofWeight: i)
          return scaling == .quantizationAware ? 1 / scale : scale
        }
        let biasFactors = node.weightScales.map { scale in
          scaling == .quantizationAware ? 1 / (Double(scale) * inputScale) : Double(scale) * inputScale
        }
        let expectedWeights = zip(gradients.weights[n], weightFactors).map { $0 * $1 }
        let expectedBiases = zip(gradients.biases[n], biasFactors).map { $0 * $1 }
        let largestWeight = expectedWeights.map { abs($0) }.max()!
        let largestBias = expectedBiases.map { abs($0) }.max()!
        // A small layer may have clamped everything.
        guard largestWeight > 0 && largestBias > 0 else { continue }
        compared.insert(n)

        let weightRate = 15 / largestWeight
        let steps = try step(test, plan: plan, sample, rate: weightRate, of: n)
        // Weights that the step would push past ±127 say nothing about the gradient.
        let inside = node.weights.indices.filter { abs(Int(node.weights[$0])) <= 111 }
        expectAligned(
          inside.map { -steps.weights[$0] / weightRate / weightFactors[$0] },
          inside.map { gradients.weights[n][$0] }, "\(node.name).weights")

        let biasRate = 0x1p20 / largestBias
        let biasSteps = try step(test, plan: plan, sample, rate: biasRate, of: n)
        expectAligned(
          node.bias.indices.map { -biasSteps.biases[$0] / biasRate / biasFactors[$0] }, gradients.biases[n],
          "\(node.name).bias")
      }
    }
    #expect(compared.count == network.nodes.count { !$0.weights.isEmpty }, "every layer has learned from some window")
  }

  /// Of a layer of which a half is updated: the chosen channels follow the float gradient, no other weight moves.
  @Test(arguments: TestNetwork.all)
  func aStepOfAShareFollowsTheFloatGradientOfItsChannels(_ test: TestNetwork) throws {
    let network = test.network
    let scheme = test.shares()[0]
    let plan = try TrainingPlan.compile(network, scheme: scheme, options: TrainingOptions(rounding: .errorFeedback))
    for sample in Self.samples(test, count: 2) {
      let gradients = FloatReference(network).gradients(sample.pass, label: sample.label)
      for layer in plan.updatedLayers where layer.inputChannels.count < layer.inputChannelCount {
        let node = network.nodes[layer.node]
        let places = layer.weightPlaces(in: network)
        let expected = places.map { gradients.weights[layer.node][$0] / node.weightScale(ofWeight: $0) }
        let largest = expected.map { $0.magnitude }.max() ?? 0
        guard largest > 0 else { continue }
        let rate = 15 / largest
        try withEngine(plan, EngineSetup(rate: rate)) { engine in
          engine.fill(sample.window)
          engine.step(label: sample.label)
          let arena = engine.bytes
          let after = Parameters(of: network, plan: plan, arena: arena).weights[layer.node]
          let residuals = try #require(plan.int8s(of: "\(layer.name).weights residual", in: arena))
          let moved = node.weights.indices.filter { after[$0] != Int64(node.weights[$0]) }
          #expect(Set(moved).isSubset(of: Set(places)), "\(layer.name)")
          let inside = places.indices.filter { abs(Int(node.weights[places[$0]])) <= 111 }
          expectAligned(
            inside.map { i in
              -(Double(after[places[i]] - Int64(node.weights[places[i]])) + Double(residuals[i]) / 256) / rate
            }, inside.map { expected[$0] }, "\(layer.name).weights")
        }
      }
    }
  }

  /// What one step adds to a node's integers, residuals included.
  private func step(
    _ test: TestNetwork, plan: TrainingPlan, _ sample: Sample, rate: Double, of n: Int
  ) throws -> (weights: [Double], biases: [Double]) {
    let node = test.network.nodes[n]
    return try withEngine(plan, EngineSetup(rate: rate)) { engine in
      engine.fill(sample.window)
      engine.step(label: sample.label)
      let arena = engine.bytes
      let after = Parameters(of: test.network, plan: plan, arena: arena)
      let weightResiduals = try #require(plan.int8s(of: "\(node.name).weights residual", in: arena))
      let biasResiduals = try #require(plan.int8s(of: "\(node.name).bias residual", in: arena))
      return (
        node.weights.indices.map { i in
          Double(after.weights[n][i] - Int64(node.weights[i])) + Double(weightResiduals[i]) / 256
        },
        node.bias.indices.map { i in
          Double(after.biases[n][i] - Int64(node.bias[i])) + Double(biasResiduals[i]) / 256
        }
      )
    }
  }

  private func expectAligned(_ actual: [Double], _ expected: [Double], _ name: String) {
    let product = zip(actual, expected).reduce(0) { $0 + $1.0 * $1.1 }
    let a = actual.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let e = expected.reduce(0) { $0 + $1 * $1 }.squareRoot()
    #expect(product / (a * e) > 0.99, "\(name): cosine \(product / (a * e))")
    #expect(abs(a / e - 1) < 0.1, "\(name): norm ratio \(a / e)")
  }
}
