/// A non-negative number of 31 significant bits, `mantissa · 2^exponent`, in 128-bit arithmetic: what the
/// engine's run-time scales are defined to be, written the obvious way.
struct ReferenceScale: Equatable {
  var mantissa: Int128
  var exponent: Int

  static let zero = ReferenceScale(mantissa: 0, exponent: 0)

  var isZero: Bool { mantissa == 0 }

  /// The 31 leading bits of `numerator / denominator · 2^exponent`; the rest is cut off.
  init(truncating numerator: Int128, over denominator: Int128 = 1, exponent: Int = 0) {
    guard numerator > 0 else {
      self = .zero
      return
    }
    var n = numerator
    var e = exponent
    while n / denominator < 1 << 31 {
      n *= 2
      e -= 1
    }
    var quotient = n / denominator
    while quotient >= 1 << 31 {
      quotient /= 2
      e += 1
    }
    self.init(mantissa: quotient, exponent: e)
  }

  private init(mantissa: Int128, exponent: Int) {
    self.mantissa = mantissa
    self.exponent = exponent
  }

  /// The nearest number of 31 bits to a real one.
  init(nearest value: Double) {
    guard value > 0 else {
      self = .zero
      return
    }
    self.init(truncating: Int128((value.significand * 0x1p30).rounded()), exponent: Int(value.exponent) - 30)
  }

  static func * (a: ReferenceScale, b: ReferenceScale) -> ReferenceScale {
    ReferenceScale(truncating: a.mantissa * b.mantissa, exponent: a.exponent + b.exponent)
  }

  /// 1 over the number: `2^61` over the mantissa, cut off and at most `2^31 − 1`, as 31 leading bits.
  var reciprocal: ReferenceScale {
    ReferenceScale(truncating: min(Int128(Int32.max), (Int128(1) << 61) / mantissa), exponent: -61 - exponent)
  }

  var value: Double { Double(sign: .plus, exponent: exponent, significand: Double(mantissa)) }
}

/// `round(numerator / 2^bits)`, ties upward.
func roundedHalfUp(_ numerator: Int128, overTwoTo bits: Int) -> Int128 {
  if bits > 120 { return 0 }
  if bits <= 0 { return numerator << Int128(-bits) }
  return (numerator + (Int128(1) << Int128(bits - 1))) >> Int128(bits)
}

/// A real factor as 31-bit mantissa and shift, `factor ≈ mantissa / 2^shift`.
struct ReferenceMultiplier {
  let mantissa: Int128
  let shift: Int

  init(_ factor: Double) {
    let scale = ReferenceScale(nearest: factor)
    if -scale.exponent > 62 {
      mantissa = roundedHalfUp(scale.mantissa, overTwoTo: -scale.exponent - 62)
      shift = 62
    } else {
      mantissa = scale.mantissa
      shift = -scale.exponent
    }
  }

  func scale(_ value: Int64) -> Int64 { Int64(roundedHalfUp(Int128(value) * mantissa, overTwoTo: shift)) }
}
