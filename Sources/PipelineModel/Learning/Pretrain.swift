/// Trains the network in float32 on the training subjects, or takes the weights that it was given elsewhere.
public struct Pretrain: Sendable, Hashable {
  /// A safetensors file of a network trained elsewhere, such as a `state_dict` of PyTorch, relative to the current
  /// directory; `nil` begins with random weights. `$NAME` at its start stands for an environment variable.
  public var weights: String?
  /// The modules of that file in the order of the network's layers; `nil` where names and shapes tell.
  public var modules: [String]?
  /// Passes over the training windows; `nil` stands for 20, and for none where weights are given.
  public var epochs: Int?
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
    from weights: String? = nil, modules: [String]? = nil, epochs: Int? = nil, batch: Int = 64,
    optimizer: Optimizer = .adam(0.002), schedule: LearningRateSchedule = .cosine,
    weightDecay: Double = 0.0001, labelSmoothing: Double = 0, augment: [Augmentation] = []
  ) {
    self.weights = weights
    self.modules = modules
    self.epochs = epochs
    self.batch = batch
    self.optimizer = optimizer
    self.schedule = schedule
    self.weightDecay = weightDecay
    self.labelSmoothing = labelSmoothing
    self.augment = augment
  }
}

extension Pretrain {
  /// The passes over the training windows: as written, else 20, or none where weights are given.
  public var effectiveEpochs: Int { epochs ?? (weights == nil ? 20 : 0) }
}

extension Pretrain: PipelineNode {
  static let schema = NodeSchema(
    "Pretrain", blank: Pretrain(), takes: [.windows, .network], gives: [.pretrainedModel], phase: 2,
    example: "Pretrain(epochs: 20)",
    "Trains the network in float32 on the training subjects, or takes weights from a file.",
    fields: [
      .optional(
        "from", \.weights, "A safetensors file of weights to begin with; random if left out."),
      .optional(
        "modules", \.modules,
        "The file's modules in the order of the layers; names and shapes tell if left out."),
      .optional(
        "epochs", \.epochs, unit: "epochs", limits: .within(0...100_000),
        "Passes over the training windows; 20 if left out, none with from:."),
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
