/// Elementary functions from + − × ÷ and square roots only.
///
/// A system's mathematics library differs from machine to machine in the last bit, and training carries
/// a last bit into every weight; these give the same bits wherever IEEE 754 double precision runs.
/// Errors stay below a few units in the last place on the ranges that learning uses.
enum Elementary {
  private static let logTwoHigh = 0x1.62E42FEE00000p-1
  private static let logTwoLow = 0x1.A39EF35793C76p-33

  /// e to the power `x`.
  static func exponential(_ x: Double) -> Double {
    if x.isNaN { return x }
    if x > 709.7 { return .infinity }
    if x < -708 { return 0 }
    let scaled = x * 1.4426950408889634
    let exponent = Int(scaled + (scaled < 0 ? -0.5 : 0.5))
    let rest = (x - Double(exponent) * logTwoHigh) - Double(exponent) * logTwoLow
    // |rest| ≤ ln 2 / 2, where 14 terms of the series reach full precision.
    var sum = 1.0
    var divisor = 14.0
    while divisor > 0 {
      sum = 1 + rest * sum / divisor
      divisor -= 1
    }
    return Double(sign: .plus, exponent: exponent, significand: sum)
  }

  /// The natural logarithm; minus infinity at zero, NaN below.
  static func logarithm(_ x: Double) -> Double {
    guard x > 0 else { return x == 0 ? -.infinity : .nan }
    guard x.isFinite else { return x }
    var exponent = Int(x.exponent)
    var significand = x.significand
    if significand > 1.4142135623730951 {
      significand /= 2
      exponent += 1
    }
    // ln m = 2 artanh(r) with |r| ≤ 0.172, so that r² shrinks thirty-fold a term.
    let ratio = (significand - 1) / (significand + 1)
    let square = ratio * ratio
    var sum = 1.0 / 23
    sum = sum * square + 1.0 / 21
    sum = sum * square + 1.0 / 19
    sum = sum * square + 1.0 / 17
    sum = sum * square + 1.0 / 15
    sum = sum * square + 1.0 / 13
    sum = sum * square + 1.0 / 11
    sum = sum * square + 1.0 / 9
    sum = sum * square + 1.0 / 7
    sum = sum * square + 1.0 / 5
    sum = sum * square + 1.0 / 3
    sum = sum * square + 1
    return 2 * ratio * sum + Double(exponent) * logTwoLow + Double(exponent) * logTwoHigh
  }

  /// Cosine and sine of `turns` full turns, for 0 ≤ turns < 1.
  ///
  /// Turns instead of radians: the reduction to an eighth of a turn is then exact.
  static func cosineAndSine(turns: Double) -> (cosine: Double, sine: Double) {
    let quarters = Int(turns * 4 + 0.5)
    let angle = (turns - Double(quarters) * 0.25) * 6.283185307179586
    let square = angle * angle
    // |angle| ≤ π/4, where these terms of the two series reach full precision.
    var cosine = 1.0
    var sine = 1.0
    cosine = 1 - square * cosine * (1.0 / 240)
    sine = 1 - square * sine * (1.0 / 272)
    cosine = 1 - square * cosine * (1.0 / 182)
    sine = 1 - square * sine * (1.0 / 210)
    cosine = 1 - square * cosine * (1.0 / 132)
    sine = 1 - square * sine * (1.0 / 156)
    cosine = 1 - square * cosine * (1.0 / 90)
    sine = 1 - square * sine * (1.0 / 110)
    cosine = 1 - square * cosine * (1.0 / 56)
    sine = 1 - square * sine * (1.0 / 72)
    cosine = 1 - square * cosine * (1.0 / 30)
    sine = 1 - square * sine * (1.0 / 42)
    cosine = 1 - square * cosine * (1.0 / 12)
    sine = 1 - square * sine * (1.0 / 20)
    cosine = 1 - square * cosine * (1.0 / 2)
    sine = 1 - square * sine * (1.0 / 6)
    sine *= angle
    switch quarters & 3 {
    case 0: return (cosine, sine)
    case 1: return (-sine, cosine)
    case 2: return (-cosine, -sine)
    default: return (sine, -cosine)
    }
  }
}
