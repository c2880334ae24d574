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
  /// Tells apart repetitions, which visit the windows in other orders and round by other draws.
  public var repetition: Int

  public init(
    tensors: [String], arithmetic: Arithmetic = .int8(TrainingOptions()), rate: Double,
    schedule: LearningRate.Schedule = .linear, epochs: Int = 5, repetition: Int = 0
  ) {
    self.tensors = tensors
    self.arithmetic = arithmetic
    self.rate = rate
    self.schedule = schedule
    self.epochs = epochs
    self.repetition = repetition
  }

  /// What an adaptation of a network with this seed draws from.
  func seed(of network: StudyNetwork) -> UInt64 { UInt64(network.seed) + UInt64(repetition) << 32 }

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
    let again = repetition == 0 ? "" : ", repetition \(repetition)"
    return "\(number) | \(rate) \(schedule) × \(epochs)\(again) | \(tensors.joined(separator: " "))"
  }
}
