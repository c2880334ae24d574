import Tensors
import Testing

@testable import Training
@testable import TrainingCompiler

/// The int8 engine learns what a small problem has to teach, from random weights.
struct LearningTests {
  /// Windows of noise over which a slow or a fast wave lies, by class, at a random phase.
  static func windows(_ count: Int, seed: UInt64) -> [(window: [Int8], label: Int)] {
    var random = SplitMix(seed: seed)
    return (0..<count).map { i in
      let label = i % 2
      let phase = Int.random(in: 0..<16, using: &random)
      let period = label == 0 ? 16 : 4
      let window = (0..<32).flatMap { t -> [Int8] in
        let high = (t + phase) % period < period / 2
        return (0..<2).map { _ in Int8((high ? 50 : -50) + Int.random(in: -20...20, using: &random)) }
      }
      return (window, label)
    }
  }

  static func network(seed: UInt64) -> QuantizedNetwork {
    var builder = NetworkBuilder(seed: seed, length: 32, channels: 2)
    builder.convolution("stem", channels: 8, kernel: 5, stride: 2, padding: 2, headroom: 3)
    builder.invertedResidual("block1", channels: 8)
    builder.globalPool("pool")
    builder.dense("head", outputs: 2)
    return builder.network
  }

  @Test(arguments: [1, 2, 3])
  func twoClassesAreLearnedToTheLastWindow(seed: UInt64) throws {
    let network = Self.network(seed: seed)
    let plan = try TrainingPlan.compile(network, scheme: .full(network))
    let training = Self.windows(64, seed: seed)
    let others = Self.windows(64, seed: seed + 100)
    let epochs = 30
    let setup = EngineSetup(rate: 0.05, fallingOver: epochs * training.count, seed: seed)
    try withEngine(plan, setup) { engine in
      var losses: [Double] = []
      for epoch in 0..<epochs {
        var order = SplitMix(seed: seed + UInt64(epoch) * 1_000)
        var sum = 0.0
        for (window, label) in training.shuffled(using: &order) {
          engine.fill(window)
          engine.step(label: label)
          sum += Double(engine.lastLoss) / 0x1p20
        }
        losses.append(sum / Double(training.count))
      }
      #expect(losses.last! < 0.1 * losses.first!, "seed \(seed): \(losses)")
      for (name, set) in [("training", training), ("unseen", others)] {
        let right = set.count { sample in
          engine.fill(sample.window)
          return engine.predict() == sample.label
        }
        #expect(right == set.count, "seed \(seed): \(right) of \(set.count) \(name) windows; losses \(losses)")
      }
    }
  }
}
