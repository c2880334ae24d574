/// Trains the network in float32 on the training subjects.
public struct Pretrain: Sendable, Hashable {
  /// Passes over the training windows.
  public var epochs: Int
  /// Windows a step.
  public var batch: Int
  public var optimizer: Optimizer
  public var schedule: LearningRateSchedule
  /// How strongly weights are pulled to zero: added to the gradient as this share of the weight.
  public var weightDecay: Double
  /// The share of a label that is spread over all classes.
  public var labelSmoothing: Double
  /// Random changes to each window: rotation first, then scale, then jitter, in whatever order they are named.
  public var augment: [Augmentation]

  public init(
    epochs: Int = 20, batch: Int = 64, optimizer: Optimizer = .adam(0.002), schedule: LearningRateSchedule = .cosine,
    weightDecay: Double = 0.0001, labelSmoothing: Double = 0, augment: [Augmentation] = []
  ) {
    self.epochs = epochs
    self.batch = batch
    self.optimizer = optimizer
    self.schedule = schedule
    self.weightDecay = weightDecay
    self.labelSmoothing = labelSmoothing
    self.augment = augment
  }
}

extension Pretrain: PipelineNode {
  static let schema = NodeSchema(
    "Pretrain", blank: Pretrain(), takes: [.windows, .network], gives: [.pretrainedModel], phase: 2,
    example: "Pretrain(epochs: 20)",
    "Trains the network in float32 on the training subjects.",
    fields: [
      .optional(
        "epochs", \.epochs, unit: "epochs", limits: .within(1...100_000), "Passes over the training windows."),
      .optional("batch", \.batch, unit: "windows", limits: .within(1...65_536), "Windows a step."),
      .optional("optimizer", \.optimizer, "How gradients move weights."),
      .optional("schedule", \.schedule, "How the learning rate changes over the steps."),
      .optional("weightDecay", \.weightDecay, limits: .within(0...1), "How strongly weights are pulled to zero."),
      .optional(
        "labelSmoothing", \.labelSmoothing, limits: .from(0, below: 1),
        "The share of a label that is spread over all classes."),
      .optional("augment", \.augment, "Random changes to each window: rotation, then scale, then jitter."),
    ])
}
