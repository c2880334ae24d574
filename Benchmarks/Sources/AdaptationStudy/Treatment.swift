public import Training
public import TrainingCompiler

/// One way of adapting: which tensors, in which arithmetic, along which learning rate.
public struct Treatment: Sendable, Hashable {
  public enum Arithmetic: Sendable, Hashable {
    case float32
    case int8(TrainingOptions)
  }

  /// The tensors that are updated, such as `stem.weights`, or a share of one, such as `stem.weights/4`.
  public var tensors: [String]
  public var arithmetic: Arithmetic
  public var rate: Double
  /// Constant or linear.
  public var schedule: LearningRate.Schedule
  public var epochs: Int

  public init(
    tensors: [String], arithmetic: Arithmetic = .int8(TrainingOptions()), rate: Double,
    schedule: LearningRate.Schedule = .linear, epochs: Int = 5
  ) {
    self.tensors = tensors
    self.arithmetic = arithmetic
    self.rate = rate
    self.schedule = schedule
    self.epochs = epochs
  }

  /// Tells this way from every other.
  public var key: String {
    let number: String
    switch arithmetic {
    case .float32:
      number = "float32"
    case .int8(let options):
      let scaling = options.scaling == .quantizationAware ? "QAS" : "no QAS"
      number =
        "int8, \(scaling), \(options.rounding), \(options.errorPrecision) errors \(options.errorScale) "
        + "\(options.errorRounding), \(options.gradientMemory)"
    }
    return "\(number) | \(rate) \(schedule) × \(epochs) | \(tensors.joined(separator: " "))"
  }
}
