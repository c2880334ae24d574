public import Tensors

/// The step size over the steps of a training, in integer arithmetic.
@frozen
public struct LearningRate: Sendable, Hashable {
  @frozen
  public enum Schedule: Int32, Sendable, Hashable {
    case constant = 0
    /// Falls in a straight line: step `i` of `n` has `rate · (n − i) / n`.
    case linear = 1
  }

  public let rate: RuntimeScale
  public let schedule: Schedule
  /// Steps until a falling rate would reach 0; not read when constant.
  public let steps: UInt32

  /// - Precondition: A falling rate has at least one step.
  public init(rate: RuntimeScale, schedule: Schedule = .constant, steps: UInt32 = 0) {
    precondition(schedule == .constant || steps > 0, "a falling rate needs its number of steps")
    self.rate = rate
    self.schedule = schedule
    self.steps = steps
  }

  /// The rate of a step, counted from 0; 0 once a falling rate has run out.
  func rate(atStep step: UInt32) -> RuntimeScale {
    switch schedule {
    case .constant: rate
    case .linear: step >= steps ? .zero : rate.multiplied(by: steps &- step, over: steps)
    }
  }
}
