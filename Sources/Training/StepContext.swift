public import Tensors

/// What the operations of one step share.
public struct StepContext: Sendable {
  /// Steps before this one.
  public let index: UInt32
  public let rate: RuntimeScale
  private let seed: UInt64
  /// Of updated parameters.
  public let random: CounterRandom
  /// Of their velocities.
  public let velocityRandom: CounterRandom

  init(index: UInt32, rate: RuntimeScale, seed: UInt64) {
    self.index = index
    self.rate = rate
    self.seed = seed
    random = CounterRandom(seed: seed, stream: Plan.stream(step: index, key: 0))
    velocityRandom = CounterRandom(seed: seed, stream: Plan.stream(step: index, key: Plan.velocityKey))
  }

  /// Of an error tensor.
  public func errorRandom(key: Int32) -> CounterRandom {
    CounterRandom(seed: seed, stream: Plan.stream(step: index, key: key))
  }
}
