/// A positive real factor `mantissa / 2^shift`, for scaling an int32 accumulator with one rounding.
///
/// The mantissa is in `2^30 ..< 2^31`, and below that, down to 0, for factors that would need a larger shift; the
/// shift is in `1...62`. The product of accumulator and mantissa fits 62 bits and a sign, so nothing overflows.
public struct FixedPointMultiplier: Sendable, Hashable {
  public let mantissa: Int32
  public let shift: UInt8

  @inlinable
  public init(mantissa: Int32, shift: UInt8) {
    precondition(mantissa >= 0 && shift >= 1 && shift <= 62, "a fixed-point factor is out of range")
    self.mantissa = mantissa
    self.shift = shift
  }

  /// The accumulator times the factor, rounded to nearest with ties upward: `(a * M + 2^(s-1)) >> s`.
  @inlinable
  public func scale(_ accumulator: Int32) -> Int64 {
    Self.scale(accumulator, mantissa: mantissa, shift: shift)
  }

  /// `scale` for factors that are kept as two parallel tables.
  @inlinable @inline(__always)
  public static func scale(_ accumulator: Int32, mantissa: Int32, shift: UInt8) -> Int64 {
    (Int64(accumulator) &* Int64(mantissa) &+ (1 &<< (Int64(shift) &- 1))) &>> Int64(shift)
  }
}

#if !hasFeature(Embedded)
  extension FixedPointMultiplier {
    /// The fixed-point factor nearest to a real one; the largest, just below `2^30`, for all beyond it.
    ///
    /// - Precondition: The factor is not negative and not NaN.
    public init(_ factor: Double) {
      precondition(factor >= 0, "a fixed-point factor must not be negative")
      guard factor > 0 else {
        self.init(mantissa: 0, shift: 1)
        return
      }
      // Any accumulator but 0 leaves the range of whatever is scaled, so saturating the factor loses nothing.
      guard factor < 1_073_741_823.5 else {
        self.init(mantissa: .max, shift: 1)
        return
      }
      // factor = significand * 2^exponent with the significand in 1 ..< 2.
      var shift = 30 - Int(factor.exponent)
      var mantissa = Int64((factor.significand * 1_073_741_824).rounded())
      if mantissa == 1 << 31 {
        mantissa >>= 1
        shift -= 1
      }
      if shift > 62 {
        let excess = shift - 62
        mantissa = excess > 31 ? 0 : (mantissa + (1 << (excess - 1))) >> excess
        shift = 62
      }
      self.init(mantissa: Int32(mantissa), shift: UInt8(shift))
    }

    /// The real factor that the pair stands for.
    public var value: Double { Double(sign: .plus, exponent: -Int(shift), significand: Double(mantissa)) }
  }
#endif
