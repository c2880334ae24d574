import Tensors

@testable import TrainingCompiler

extension IntegerReference {
  /// Softmax cross-entropy in integers: exponentials in units of 2^-30, the loss in units of 2^-20.
  func computeLoss(label: Int, _ trace: inout Trace) {
    let logits = trace.activations[network.nodes.count - 1]
    let largest = logits.max()!
    let powers = logits.map { Self.exponential(ofMinus: largest - $0) }
    let sum = powers.reduce(0, +)
    let total = ReferenceScale(truncating: Int128(sum))
    let reciprocal = min(Int128(Int32.max), (Int128(1) << 61) / total.mantissa)
    trace.lossGradient = powers.map {
      min(1 << 30, Int64(roundedHalfUp(Int128($0) * reciprocal, overTwoTo: 31 + total.exponent)))
    }
    trace.lossGradient[label] -= 1 << 30
    trace.loss = max(0, min(Int64(Int32.max), largest - logits[label] + Self.logarithm(of: sum)))
  }

  /// `e^(−x · 2^-20) = 2^-n · 2^-½ · 2^-g` with a Taylor polynomial of degree 7 for the last factor.
  static func exponential(ofMinus x: Int64) -> Int64 {
    let log2e = Int64((1.4426950408889634 * 0x1p30).rounded())
    let power = Int128(x) * Int128(log2e)
    if power == 0 { return 1 << 30 }
    let whole = Int(power >> 50)
    if whole > 30 { return 0 }
    // From units of 2^-50 to 2^-30, cut off, then counted from one half.
    let g = Int64((power & ((1 << 50) - 1)) >> 20) - (1 << 29)
    var coefficient = 1.0
    var coefficients: [Int64] = []
    for k in 0...7 {
      coefficients.append(Int64((coefficient * 0x1p30).rounded()))
      coefficient *= -0.6931471805599453 / Double(k + 1)
    }
    var value: Int64 = 0
    for c in coefficients.reversed() { value = (value * g) >> 30 + c }
    let scaled = (value * Int64((0.5.squareRoot() * 0x1p30).rounded())) >> 30
    return (scaled + (1 << whole) / 2) >> whole
  }

  /// `ln(sum · 2^-30)` by the series of `2 artanh((m − 1) / (m + 1))` to the 13th power.
  static func logarithm(of sum: Int64) -> Int64 {
    let scale = ReferenceScale(truncating: Int128(sum), exponent: -30)
    let one = Int128(1) << 30
    let z = Int64(((scale.mantissa - one) << 30) / (scale.mantissa + one))
    let square = (z * z) >> 30
    var series: Int64 = 0
    for odd in stride(from: 13, through: 1, by: -2) { series = (series * square) >> 30 + (1 << 30) / Int64(odd) }
    return Int64(scale.exponent + 30) * Int64((0.6931471805599453 * 0x1p20).rounded())
      + (2 * ((series * z) >> 30)) >> 10
  }
}
