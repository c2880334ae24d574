/// The unevaluated sum of two single-precision numbers: about 48 bits of precision from + − × ÷ alone.
///
/// After Dekker 1971, "A floating-point technique for extending the available precision", and Knuth, TAOCP 2,
/// section 4.2.2. Every operation runs in a fixed order, so the bits are the same on every processor that
/// rounds to nearest and does not contract. Overflows beyond about 1e34, where splitting leaves the range.
struct TwoFloat: Sendable, Hashable, BitwiseCopyable {
  var high: Float
  var low: Float

  init(_ value: Float) {
    high = value
    low = 0
  }

  private init(high: Float, low: Float) {
    self.high = high
    self.low = low
  }

  /// The exact sum.
  static func sum(_ a: Float, _ b: Float) -> TwoFloat {
    let sum = a + b
    let rest = sum - a
    return TwoFloat(high: sum, low: (a - (sum - rest)) + (b - rest))
  }

  /// The exact product, from halves of 12 bits each.
  static func product(_ a: Float, _ b: Float) -> TwoFloat {
    let product = a * b
    let (aHigh, aLow) = split(a)
    let (bHigh, bLow) = split(b)
    let rest = ((aHigh * bHigh - product) + aHigh * bLow + aLow * bHigh) + aLow * bLow
    return TwoFloat(high: product, low: rest)
  }

  private static func split(_ value: Float) -> (high: Float, low: Float) {
    let scaled = value * 4097
    let high = scaled - (scaled - value)
    return (high, value - high)
  }

  static func + (a: TwoFloat, b: TwoFloat) -> TwoFloat {
    let high = sum(a.high, b.high)
    let low = sum(a.low, b.low)
    let folded = sum(high.high, high.low + low.high)
    return sum(folded.high, folded.low + low.low)
  }

  static func - (a: TwoFloat, b: TwoFloat) -> TwoFloat {
    a + TwoFloat(high: -b.high, low: -b.low)
  }

  static func * (a: TwoFloat, b: TwoFloat) -> TwoFloat {
    let high = product(a.high, b.high)
    return sum(high.high, high.low + (a.high * b.low + a.low * b.high))
  }

  static func / (a: TwoFloat, b: TwoFloat) -> TwoFloat {
    let first = a.high / b.high
    let remainder = a - b * TwoFloat(first)
    let second = remainder.high / b.high
    let rest = remainder - b * TwoFloat(second)
    return sum(first, second) + TwoFloat(rest.high / b.high)
  }

  /// An integer below 2⁴⁸, exact.
  init(count: UInt64) {
    let high = Float(Int(truncatingIfNeeded: count >> 24))
    let low = Float(Int(truncatingIfNeeded: count & 0xFF_FFFF))
    self = Self.sum(high * 16_777_216, low)
  }
}

/// The square root by Newton's method in a fixed order, within two units in the last place.
///
/// Not `squareRoot()`, which on a microcontroller can turn into a call of libm.
///
/// - Returns: 0 for what is not positive or not finite.
func newtonSquareRoot(_ value: Float) -> Float {
  guard value > 0, value.isFinite else { return 0 }
  // Halving the exponent gives a first guess within a few percent.
  var root = Float(bitPattern: (value.bitPattern >> 1) + 0x1FBD_1DF5)
  for _ in 0..<4 { root = 0.5 * (root + value / root) }
  return root
}
