/// How one subject's adaptation went, epoch by epoch.
public struct LearningCurve: Codable, Sendable, Hashable {
  public var subject: String
  /// The pipeline's, or another where a run adapts with several.
  public var seed: UInt64
  /// The mean loss of each epoch, in nats.
  public var losses: [Double]
  /// On the subject's test windows, shares of 1: before the first epoch, then after each. Empty where it was not
  /// measured.
  public var accuracies: [Double]

  public init(subject: String, seed: UInt64, losses: [Double], accuracies: [Double] = []) {
    self.subject = subject
    self.seed = seed
    self.losses = losses
    self.accuracies = accuracies
  }
}

/// What training changes of a layer, and what the layer costs.
public struct LayerUse: Codable, Sendable, Hashable {
  public var name: String
  public var weights: Int
  public var updatedWeights: Int
  public var biases: Int
  public var updatedBiases: Int
  /// Of the arena, for updated parameters.
  public var arenaBytes: Int
  /// Multiply-accumulate operations of a step.
  public var forward: Int
  /// Of the gradient that goes on to earlier layers.
  public var inputGradient: Int
  /// Of the gradient of the updated weights.
  public var weightGradient: Int

  public init(
    name: String, weights: Int, updatedWeights: Int, biases: Int, updatedBiases: Int, arenaBytes: Int, forward: Int,
    inputGradient: Int, weightGradient: Int
  ) {
    self.name = name
    self.weights = weights
    self.updatedWeights = updatedWeights
    self.biases = biases
    self.updatedBiases = updatedBiases
    self.arenaBytes = arenaBytes
    self.forward = forward
    self.inputGradient = inputGradient
    self.weightGradient = weightGradient
  }

  public var multiplyAccumulates: Int { forward + inputGradient + weightGradient }
}
