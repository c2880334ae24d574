public import Tensors

/// The step size over the steps of a training, in integer arithmetic.
///
/// With warm-up, step `i` of the first `w` has `rate · (i + 1) / (w + 1)`; the schedule then begins with the full
/// rate. Below, `j` counts from the end of the warm-up and `n` is the number of steps after it.
@frozen
public struct LearningRate: Sendable, Hashable {
  @frozen
  public enum Schedule: Sendable, Hashable {
    /// `rate`.
    case constant
    /// Falls in a straight line: `rate · (n − j) / n`, and 0 from step `n`.
    case linear
    /// Falls along half a cosine: `rate · (1 + cos(π j / n)) / 2`, and 0 from step `n`.
    case cosine
    /// Falls by a factor, at most 1, every so many steps: `rate · factor^⌊j / every⌋`.
    case step(every: UInt32, factor: RuntimeScale)
  }

  public let rate: RuntimeScale
  public let schedule: Schedule
  /// The step, warm-up included, at which a rate that falls to 0 gets there; not read by others.
  public let steps: UInt32
  public let warmUpSteps: UInt32

  /// - Precondition: A rate that falls to 0 has at least one step after its warm-up; one that falls in steps falls
  ///   after at least one, by a factor of at most 1.
  public init(rate: RuntimeScale, schedule: Schedule = .constant, steps: UInt32 = 0, warmUpSteps: UInt32 = 0) {
    switch schedule {
    case .constant: break
    case .linear, .cosine: precondition(steps > warmUpSteps, "a falling rate needs its number of steps")
    case .step(let every, let factor):
      precondition(every > 0, "a rate falls after some steps")
      precondition(
        factor.isZero || factor.exponent < -30 || factor == .powerOfTwo(0), "a falling rate has a factor of at most 1")
    }
    self.rate = rate
    self.schedule = schedule
    self.steps = steps
    self.warmUpSteps = warmUpSteps
  }

  /// The rate of a step, counted from 0.
  func rate(atStep step: UInt32) -> RuntimeScale {
    guard step >= warmUpSteps else {
      // At the last of 2^32 − 1 warm-up steps the denominator would wrap; nobody counts so far.
      return rate.multiplied(by: step &+ 1, over: warmUpSteps == .max ? .max : warmUpSteps &+ 1)
    }
    let j = step &- warmUpSteps
    switch schedule {
    case .constant:
      return rate
    case .linear:
      guard step < steps else { return .zero }
      return rate.multiplied(by: steps &- step, over: steps &- warmUpSteps)
    case .cosine:
      guard step < steps else { return .zero }
      return cosine(rate, j, of: steps &- warmUpSteps)
    case .step(let every, let factor):
      return rate.multiplied(by: factor.power(j / every))
    }
  }
}

/// `rate · (1 + cos(π j / n)) / 2`, for `j < n`; the rate itself at 0.
///
/// With `y` the smaller of `j / n` and `1 − j / n` and `φ = (π y)²`, at most 2.47, half of `1 − cos(π y)` is
/// `s = φ/4 · (1 − φ/12 · (1 − φ/30 · (1 − φ/56 · …)))`, the Taylor series with denominators `(2k + 1)(2k + 2)`. Up to
/// the 6th power of `φ` its terms alternate and fall, so what is left out is below the next one, `2 φ⁷ / 16! < 2^-34`.
/// The result is `rate · (1 − s)` in the first half; in the second, where it is small, `rate · y² · (s / y²)` keeps its
/// leading bits. Cut off at `2^-30`, the steps add at most twelve units to `s` and as many to `s / y²`: the relative
/// error is below `2^-25`.
private func cosine(_ rate: RuntimeScale, _ j: UInt32, of n: UInt32) -> RuntimeScale {
  let k = min(j, n &- j)
  // y in units of 2^-31, at most 2^30; φ in units of 2^-30, with π² in units of 2^-28.
  let y = divide(UInt64(k) &<< 31, by: n)
  let phi = (((y &* y) &>> 32) &* 2_649_351_758) &>> 28
  var series: UInt64 = 1 << 30
  var denominator: UInt32 = 14
  while denominator >= 4 {
    let term = divide((phi &* series) &>> 30, by: denominator &* (denominator &- 1))
    series = (1 &<< 30) &- term
    denominator &-= 2
  }
  guard j > n &- j else {
    return rate.multiplied(by: RuntimeScale((1 &<< 30) &- (phi &* series) &>> 32, exponent: -30))
  }
  // π²/4 in units of 2^-29.
  let quotient = RuntimeScale((series &* 1_324_675_879) &>> 30, exponent: -29)
  return rate.multiplied(by: k, over: n).multiplied(by: k, over: n).multiplied(by: quotient)
}
