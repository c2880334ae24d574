/// Trains the int8 model on the device's terms, one window a step, inside a fixed arena.
public struct Train: Sendable, Hashable {
  /// The subjects to adapt to, each on its own, from the same quantised model.
  public var subjects: AdaptedSubjects
  /// The share of each piece of a subject's windows, in recorded order, that adapts; the rest tests.
  public var adaptFraction: Double
  /// What a piece is.
  public var adaptFrom: AdaptationSource
  /// Passes over the adapting windows.
  public var epochs: Int
  public var optimizer: Optimizer
  /// Windows whose mean gradient makes one step.
  public var accumulate: Int
  public var schedule: StepSchedule
  /// Windows over which the learning rate rises before its schedule begins.
  public var warmUp: Int
  public var scaling: GradientScaling
  public var rounding: UpdateRounding
  public var errors: ErrorPrecision
  public var errorScale: ErrorScale
  public var errorRounding: ErrorRounding
  /// Whether each epoch visits the windows in an order of its own.
  public var shuffle: Bool
  /// How often each subject adapts, each time with another seed: the pipeline's own, then those that follow it. The
  /// first gives the model and the figures; all of them tell how much of a figure is chance.
  public var seeds: Int
  /// All that is writable: activations, errors, updated weights and workspace.
  public var arena: MemorySize

  public init(
    on subjects: AdaptedSubjects = .heldOut, adaptFraction: Double = 0.5, adaptFrom: AdaptationSource = .eachClass,
    epochs: Int = 5, optimizer: Optimizer = .sgd(0.001), accumulate: Int = 1, schedule: StepSchedule = .constant,
    warmUp: Int = 0, scaling: GradientScaling = .qas, rounding: UpdateRounding = .stochastic,
    errors: ErrorPrecision = .int8, errorScale: ErrorScale = .exact, errorRounding: ErrorRounding = .nearest,
    shuffle: Bool = true, seeds: Int = 1, arena: MemorySize = .kibibytes(128)
  ) {
    self.subjects = subjects
    self.adaptFraction = adaptFraction
    self.adaptFrom = adaptFrom
    self.epochs = epochs
    self.optimizer = optimizer
    self.accumulate = accumulate
    self.schedule = schedule
    self.warmUp = warmUp
    self.scaling = scaling
    self.rounding = rounding
    self.errors = errors
    self.errorScale = errorScale
    self.errorRounding = errorRounding
    self.shuffle = shuffle
    self.seeds = seeds
    self.arena = arena
  }
}

/// Which subjects a model adapts to: those that pretraining never saw, so that what is measured is new.
public enum AdaptedSubjects: Sendable, Hashable, CaseIterable {
  case heldOut
}

/// What a subject's windows are cut into before the first part of each piece adapts and the rest tests.
public enum AdaptationSource: Sendable, Hashable, CaseIterable {
  /// All windows of one class, in recorded order.
  case eachClass
  /// Windows of one class recorded without a break.
  case eachSeries
}

/// How gradients on stored integers are brought to the scale of the learning rate.
public enum GradientScaling: Sendable, Hashable, CaseIterable {
  /// Quantisation-aware scaling: a step on the integers equals the step on real weights.
  case qas
  case none
}

/// How an updated weight becomes an integer again.
public enum UpdateRounding: Sendable, Hashable, CaseIterable {
  /// Up or down with odds that keep the mean.
  case stochastic
  case nearest
  /// To the nearest, and what was lost is added to the next step; the arena pays for it.
  case errorFeedback
}

/// The integers of which error tensors are made: what each layer learns of the loss.
public enum ErrorPrecision: Sendable, Hashable, CaseIterable {
  case int8
  case int16
  /// As fine as sums in 32 bits allow, some 17 bits.
  case int32
}

/// Where the scale of an error tensor comes from.
public enum ErrorScale: Sendable, Hashable, CaseIterable {
  /// The largest error of this step, for which gradients are made twice.
  case exact
  /// The largest error of the steps before; what is larger saturates, and the report counts it.
  case carried
}

/// How an error becomes an integer.
public enum ErrorRounding: Sendable, Hashable, CaseIterable {
  case nearest
  /// Up or down with odds that keep the mean.
  case stochastic
}

extension AdaptedSubjects: PlainChoice {
  var summary: String { "The subjects that Split holds out." }
}

extension AdaptationSource: PlainChoice {
  var summary: String {
    switch self {
    case .eachClass: "All windows of one class, in recorded order."
    case .eachSeries: "Windows of one class recorded without a break; each series gives its first part."
    }
  }
}

extension GradientScaling: PlainChoice {
  var summary: String {
    switch self {
    case .qas: "A step on the integers equals the step on real weights."
    case .none: "Gradients on the stored integers, as they are."
    }
  }
}

extension UpdateRounding: PlainChoice {
  var summary: String {
    switch self {
    case .stochastic: "Up or down with odds that keep the mean."
    case .nearest: "To the nearest integer."
    case .errorFeedback: "To the nearest, and what was lost is added to the next step."
    }
  }
}

extension ErrorPrecision: PlainChoice {
  var summary: String {
    switch self {
    case .int8: "One byte an error."
    case .int16: "Two bytes an error."
    case .int32: "Four bytes an error, as fine as sums in 32 bits allow."
    }
  }
}

extension ErrorScale: PlainChoice {
  var summary: String {
    switch self {
    case .exact: "The largest error of this step; gradients are made twice."
    case .carried: "The largest error of the steps before; gradients are made once, and larger errors saturate."
    }
  }
}

extension ErrorRounding: PlainChoice {
  var summary: String {
    switch self {
    case .nearest: "To the nearest integer."
    case .stochastic: "Up or down with odds that keep the mean."
    }
  }
}

extension Train: PipelineNode {
  static let schema = NodeSchema(
    "Train", blank: Train(), takes: [.windows, .quantizedModel, .updateScheme], gives: [.adaptedModel], phase: 5,
    example: "Train(on: .heldOut, arena: .kibibytes(128))",
    "Trains the int8 model one window a step, inside a fixed arena.",
    fields: [
      .optional("on", \.subjects, "The subjects to adapt to, each on its own."),
      .optional(
        "adaptFraction", \.adaptFraction, unit: "of a subject's windows", limits: .between(0, 1),
        "The share of each class, or of each series, that adapts; the rest tests."),
      .optional("adaptFrom", \.adaptFrom, "Of what the fraction is the beginning."),
      .optional("epochs", \.epochs, unit: "epochs", limits: .within(1...100_000), "Passes over the adapting windows."),
      .optional("optimizer", \.optimizer, "How gradients move weights."),
      .optional(
        "accumulate", \.accumulate, unit: "windows", limits: .within(1...65_536),
        "Windows whose mean gradient makes one step."),
      .optional("schedule", \.schedule, "How the learning rate changes over the windows."),
      .optional(
        "warmUp", \.warmUp, unit: "windows", limits: .within(0...1_000_000_000),
        "Windows over which the learning rate rises before its schedule begins."),
      .optional("scaling", \.scaling, "How gradients on integers meet the learning rate."),
      .optional("rounding", \.rounding, "How an updated weight becomes an integer again."),
      .optional("errors", \.errors, "The integers of which error tensors are made."),
      .optional("errorScale", \.errorScale, "Where the scale of an error tensor comes from."),
      .optional("errorRounding", \.errorRounding, "How an error becomes an integer."),
      .optional("shuffle", \.shuffle, "Whether each epoch visits the windows in an order of its own."),
      .optional(
        "seeds", \.seeds, unit: "seeds", limits: .within(1...100),
        "How often each subject adapts, each time with another seed; the first gives the model."),
      .optional("arena", \.arena, "All that is writable while training."),
    ])
}
