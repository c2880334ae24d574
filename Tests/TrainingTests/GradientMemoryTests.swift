import Tensors
import Testing

@testable import Training
@testable import TrainingCompiler

/// Momentum and accumulation of the whole engine, against float64 sums of the gradients of single windows.
struct GradientMemoryTests {
  /// A parameter's gradients, by window: what one real unit of step moves the integer by at rate 1, and the largest
  /// velocity unit that a row may round to.
  private struct Gradients {
    var weights: [[Double]]
    var biases: [[Double]]
  }

  /// The gradient of every window at the initial weights, in units of the integers and of the rate.
  private func gradients(_ test: TestNetwork, _ windows: [[Int8]]) -> [Gradients] {
    windows.enumerated().map { i, window in
      var reference = IntegerReference(
        test.network, scheme: .full(test.network), options: TrainingOptions(rounding: .errorFeedback), rate: 0, seed: 1)
      let trace = reference.step(window, label: i % test.network.classCount)
      var gradients = Gradients(
        weights: test.network.nodes.map { $0.weights.map { _ in 0 } },
        biases: test.network.nodes.map { $0.bias.map { _ in 0 } })
      for (n, error) in trace.errors {
        let node = test.network.nodes[n]
        let inputScale = Double(test.network.nodes[node.inputs[0]].output.scale)
        for w in node.weights.indices {
          let scale = node.weightScale(ofWeight: w)
          gradients.weights[n][w] = error.scale.value * Double(trace.weightSums[n]![w]) * inputScale / (scale * scale)
        }
        for o in node.bias.indices {
          let scale = Double(node.weightScales[o])
          gradients.biases[n][o] = error.scale.value * Double(trace.biasSums[n]![o]) / (scale * scale * inputScale)
        }
      }
      return gradients
    }
  }

  /// Weights and residuals together hold a parameter to 1/256 of a unit.
  private func trained(
    _ test: TestNetwork, _ memory: TrainingOptions.GradientMemory, rate: Double, windows: [[Int8]], seed: UInt64
  ) throws -> [[Double]] {
    let options = TrainingOptions(rounding: .errorFeedback, gradientMemory: memory)
    let plan = try TrainingPlan.compile(test.network, scheme: .full(test.network), options: options)
    return try withEngine(plan, EngineSetup(rate: rate, seed: seed)) { engine in
      for (i, window) in windows.enumerated() {
        engine.fill(window)
        engine.step(label: i % test.network.classCount)
      }
      let arena = engine.bytes
      let parameters = Parameters(of: test.network, plan: plan, arena: arena)
      return try test.network.nodes.enumerated().filter { !$1.weights.isEmpty }.map { n, node in
        let residuals = try #require(plan.int8s(of: "\(node.name).weights residual", in: arena))
        return node.weights.indices.map { w in
          Double(parameters.weights[n][w]) - Double(node.weights[w]) + Double(residuals[w]) / 256
        }
      }
    }
  }

  /// Weights stand still while gradients are summed; then they move by the mean gradient of the windows.
  ///
  /// Each of the sums before the last is stored in int8 and errs by less than one unit of its row, without bias. With
  /// 40 seeds the mean of their errors has a deviation below `√(windows) · unit / √(12 · 40)`.
  @Test(arguments: [TestNetwork.plainConvolutions, .depthwiseConvolutions, .twoJoins])
  func accumulationStepsAlongTheMeanGradient(_ test: TestNetwork) throws {
    let count = 5
    let windows = test.windows(count, seed: 61)
    let single = gradients(test, windows)
    let layers = test.network.nodes.indices.filter { !test.network.nodes[$0].weights.isEmpty }
    let seeds: [UInt64] = Array(1...40)
    // A step of some units at most, so that no weight saturates where it is compared.
    let largest = layers.flatMap { n in single.flatMap { $0.weights[n].map(abs) } }.max()!
    let rate = 8 / largest
    var sums = layers.map { test.network.nodes[$0].weights.map { _ in 0.0 } }
    for seed in seeds {
      let before = try trained(
        test, .accumulation(windows: count), rate: rate, windows: Array(windows.dropLast()), seed: seed)
      #expect(before.allSatisfy { $0.allSatisfy { $0 == 0 } }, "nothing moves before the last window")
      let after = try trained(test, .accumulation(windows: count), rate: rate, windows: windows, seed: seed)
      for l in layers.indices { for w in sums[l].indices { sums[l][w] += after[l][w] / Double(seeds.count) } }
    }
    for (l, n) in layers.enumerated() {
      let node = test.network.nodes[n]
      let row = test.network.rowCount(ofNode: n)
      for w in node.weights.indices where abs(Int(node.weights[w])) < 118 {
        let expected = -rate * single.reduce(0) { $0 + $1.weights[n][w] } / Double(count)
        let start = w / row * row
        // In the integers' units: a row of a depthwise layer has channels of several scales.
        let scale = node.weightScale(ofWeight: w)
        let rowLargest =
          (start..<start + row).map { i in
            single.reduce(0) {
              $0 + abs($1.weights[n][i]) * node.weightScale(ofWeight: i) * node.weightScale(ofWeight: i)
            }
          }.max()! / (scale * scale)
        let unit = rate * rowLargest / 127 / Double(count)
        let deviation = unit * (Double(count) / 12 / Double(seeds.count)).squareRoot()
        #expect(
          abs(sums[l][w] - expected) < 5 * deviation + 1.0 / 256 + abs(expected) * 1e-5,
          "\(node.name).weights \(w): \(sums[l][w]) for \(expected)")
      }
    }
  }

  /// With weights that hardly move, momentum's steps are those of float64 momentum on the same gradients.
  @Test(arguments: [TestNetwork.plainConvolutions, .depthwiseConvolutions])
  func momentumFollowsFloat64(_ test: TestNetwork) throws {
    let decay = 0.9
    let steps = 8
    // One window again and again: its gradient changes as little as the weights do.
    let windows = [[Int8]](repeating: test.windows(1, seed: 62)[0], count: steps)
    let network = test.network
    let layers = network.nodes.indices.filter { !network.nodes[$0].weights.isEmpty }
    let single = gradients(test, [windows[0]])[0]
    let largest = layers.flatMap { n in single.weights[n].map(abs) }.max()!
    // At most 0.4 of a unit over all steps: no weight leaves its integer, so the gradient stays.
    var velocity = 0.0
    var distance = 0.0
    for _ in 0..<steps {
      velocity = decay * velocity + 1
      distance += velocity
    }
    let rate = 0.4 / (largest * distance)
    // The label of every step is that of the first.
    let options = TrainingOptions(rounding: .errorFeedback, gradientMemory: .momentum(decay))
    let plan = try TrainingPlan.compile(network, scheme: .full(network), options: options)
    let seeds: [UInt64] = Array(1...60)
    var sums = layers.map { network.nodes[$0].weights.map { _ in 0.0 } }
    for seed in seeds {
      try withEngine(plan, EngineSetup(rate: rate, seed: seed)) { engine in
        for window in windows {
          engine.fill(window)
          engine.step(label: 0)
        }
        let arena = engine.bytes
        let parameters = Parameters(of: network, plan: plan, arena: arena)
        for (l, n) in layers.enumerated() {
          let node = network.nodes[n]
          let residuals = try #require(plan.int8s(of: "\(node.name).weights residual", in: arena))
          for w in node.weights.indices {
            #expect(parameters.weights[n][w] == Int64(node.weights[w]))
            sums[l][w] += Double(residuals[w]) / 256 / Double(seeds.count)
          }
        }
      }
    }
    for (l, n) in layers.enumerated() {
      let node = network.nodes[n]
      for w in node.weights.indices {
        let expected = -rate * single.weights[n][w] * distance
        // Each of eight steps is kept to half of 1/256; velocities err by less than 1 % of the row's largest, without
        // bias.
        #expect(abs(sums[l][w] - expected) < Double(steps) / 512 + 0.004, "\(node.name).weights \(w)")
      }
    }
  }
}

extension QuantizedNetwork {
  /// Weights of one row: of an output channel, or of a tap of a depthwise convolution.
  func rowCount(ofNode n: Int) -> Int {
    if case .depthwiseConvolution = nodes[n].operation { return nodes[n].shape.channels }
    return nodes[n].weights.count / nodes[n].shape.channels
  }
}
