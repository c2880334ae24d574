/// How a network learns from nothing.
public struct PretrainingConfiguration: Sendable, Hashable {
  public enum Optimizer: Sendable, Hashable {
    /// Kingma and Ba 2015, "Adam: A Method for Stochastic Optimization"; weight decay is added to the
    /// gradient.
    case adam(beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8)
    /// `velocity ← momentum · velocity + gradient; parameter ← parameter − rate · velocity`.
    case stochasticGradientDescent(momentum: Float = 0.9)
  }

  public enum Schedule: Sendable, Hashable {
    case constant
    /// From the full rate to zero along a straight line, step by step.
    case linear
    /// From the full rate to zero along half a cosine, step by step.
    case cosine
  }

  public enum Initialization: Sendable, Hashable {
    /// Weights and biases uniform within `±1/√fanIn`.
    case fanInUniform
    /// Weights uniform within `±√(6/fanIn)`, biases zero (He et al. 2015).
    case kaimingUniform
    /// Weights normal with standard deviation `√(2/fanIn)`, biases zero (He et al. 2015).
    case kaimingNormal
  }

  /// At least 1.
  public var epochs: Int
  /// At least 1; the last windows of an epoch that do not fill a batch are left out of it.
  public var batchSize: Int
  /// Above 0.
  public var learningRate: Float
  public var optimizer: Optimizer
  public var schedule: Schedule
  /// `decay · parameter` is added to every gradient; at least 0.
  public var weightDecay: Float
  /// The share of each target that is spread over all classes, 0 to below 1.
  public var labelSmoothing: Float
  public var augmentation: Augmentation
  public var initialization: Initialization
  public var seed: UInt64
  /// Threads at most; they change the time, not the result.
  public var threads: Int

  public init(
    epochs: Int = 20, batchSize: Int = 64, learningRate: Float = 0.002, optimizer: Optimizer = .adam(),
    schedule: Schedule = .cosine, weightDecay: Float = 1e-4, labelSmoothing: Float = 0.05,
    augmentation: Augmentation = Augmentation(), initialization: Initialization = .fanInUniform,
    seed: UInt64 = 0, threads: Int = 1
  ) {
    self.epochs = epochs
    self.batchSize = batchSize
    self.learningRate = learningRate
    self.optimizer = optimizer
    self.schedule = schedule
    self.weightDecay = weightDecay
    self.labelSmoothing = labelSmoothing
    self.augmentation = augmentation
    self.initialization = initialization
    self.seed = seed
    self.threads = threads
  }

  func validate() throws(LearningError) {
    func require(_ holds: Bool, _ name: String, _ value: some CustomStringConvertible, _ allowed: String)
      throws(LearningError)
    {
      guard holds else { throw .invalidSetting(name: name, value: value.description, allowed: allowed) }
    }
    try require(epochs >= 1, "the number of epochs", epochs, "at least 1")
    try require(batchSize >= 1, "the batch size", batchSize, "at least 1")
    try require(threads >= 1, "the number of threads", threads, "at least 1")
    try require(learningRate > 0 && learningRate.isFinite, "the learning rate", learningRate, "above 0")
    try require(weightDecay >= 0 && weightDecay.isFinite, "weight decay", weightDecay, "at least 0")
    try require(labelSmoothing >= 0 && labelSmoothing < 1, "label smoothing", labelSmoothing, "in 0..<1")
    switch optimizer {
    case .adam(let beta1, let beta2, let epsilon):
      try require(beta1 >= 0 && beta1 < 1, "Adam's beta 1", beta1, "in 0..<1")
      try require(beta2 >= 0 && beta2 < 1, "Adam's beta 2", beta2, "in 0..<1")
      try require(epsilon > 0 && epsilon.isFinite, "Adam's epsilon", epsilon, "above 0")
    case .stochasticGradientDescent(let momentum):
      try require(momentum >= 0 && momentum < 1, "momentum", momentum, "in 0..<1")
    }
    let noise = augmentation
    try require(noise.jitter >= 0 && noise.jitter.isFinite, "jitter", noise.jitter, "at least 0")
    try require(noise.scale >= 0 && noise.scale.isFinite, "the scale augmentation", noise.scale, "at least 0")
    try require(
      noise.rotationDegrees >= 0 && noise.rotationDegrees <= 180, "the rotation augmentation",
      noise.rotationDegrees, "between 0 and 180 degrees")
  }

  /// The rate of one step out of `count`.
  func rate(atStep step: Int, of count: Int) -> Float {
    switch schedule {
    case .constant: return learningRate
    case .linear: return learningRate * Float(count - step) / Float(count)
    case .cosine:
      let turn = Elementary.cosineAndSine(turns: 0.5 * Double(step) / Double(count))
      return Float(Double(learningRate) * 0.5 * (1 + turn.cosine))
    }
  }
}
