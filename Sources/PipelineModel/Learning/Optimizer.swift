/// How gradients move weights.
public enum Optimizer: Sendable, Hashable {
  /// Stochastic gradient descent.
  case sgd(_ learningRate: Double, momentum: Double = 0)
  /// Kingma and Ba 2015, with decay rates 0.9 and 0.999 and epsilon 1e-8.
  case adam(_ learningRate: Double)

  public var learningRate: Double {
    switch self {
    case .sgd(let rate, _), .adam(let rate): rate
    }
  }

  /// The share of the last step that the next one keeps; 0 for an optimizer without.
  public var momentum: Double {
    switch self {
    case .sgd(_, let momentum): momentum
    case .adam: 0
    }
  }
}

/// How the learning rate changes over the steps.
public enum LearningRateSchedule: Sendable, Hashable, CaseIterable {
  case constant
  /// Falls to 0 along a straight line.
  case linear
  /// Falls to 0 along half a cosine.
  case cosine
}

/// How the learning rate of training in the arena changes from window to window, in integer arithmetic.
///
/// `i` counts windows from the end of the warm-up, `n` is how many there are.
public enum StepSchedule: Sendable, Hashable {
  case constant
  /// Falls to 0 along a straight line, `(n − i) / n`.
  case linear
  /// Falls to 0 along half a cosine, `(1 + cos(π i / n)) / 2`.
  case cosine
  /// Falls by a factor every so many windows, `factor^⌊i / every⌋`.
  case step(every: Int, factor: Double)
}

extension Optimizer: MemberChoice {
  private static let learningRate = Parameter.make(
    "learningRate", Double.self, labelled: false, limits: .above(0, to: 1_000_000), example: "0.001",
    "The size of a step.")

  static let cases: [MemberCase<Optimizer>] = [
    MemberCase(
      "sgd", learningRate,
      .make(
        "momentum", Double.self, limits: .from(0, below: 1), default: .integer(0),
        "The share of the last step that the next one keeps."),
      "Stochastic gradient descent.", make: { .sgd($0, momentum: $1) },
      take: { if case .sgd(let rate, let momentum) = $0 { (rate, momentum) } else { nil } }),
    MemberCase(
      "adam", learningRate, "Adam, with decay rates 0.9 and 0.999.", make: Optimizer.adam,
      take: { if case .adam(let rate) = $0 { rate } else { nil } }),
  ]
}

extension StepSchedule: MemberChoice {
  static let cases: [MemberCase<StepSchedule>] = [
    MemberCase("constant", .constant, "The learning rate stays."),
    MemberCase("linear", .linear, "The learning rate falls to 0 along a straight line."),
    MemberCase("cosine", .cosine, "The learning rate falls to 0 along half a cosine."),
    MemberCase(
      "step",
      .make("every", Int.self, unit: "windows", limits: .within(1...1_000_000_000), "Windows between two falls."),
      .make("factor", Double.self, limits: .above(0, to: 1), "What is left of the learning rate after each."),
      "The learning rate falls by a factor every so many windows.", make: { .step(every: $0, factor: $1) },
      take: { if case .step(let every, let factor) = $0 { (every, factor) } else { nil } }),
  ]
}

extension LearningRateSchedule: PlainChoice {
  var summary: String {
    switch self {
    case .constant: "The learning rate stays."
    case .linear: "The learning rate falls to 0 along a straight line."
    case .cosine: "The learning rate falls to 0 along half a cosine."
    }
  }
}
