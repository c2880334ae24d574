/// A non-negative real number known only while training: `mantissa * 2^exponent`, in integers.
///
/// The mantissa is in `2^30 ..< 2^31`, or 0 for zero. Products and quotients truncate to 31 bits, a
/// relative error below `2^-30`, in the same way on every processor. The scale of an error tensor and the
/// learning rate are such numbers.
@frozen
public struct RuntimeScale: Sendable, Hashable {
  public let mantissa: Int32
  public let exponent: Int32

  /// - Precondition: The mantissa is 0 or in `2^30 ..< 2^31`.
  @inlinable
  public init(mantissa: Int32, exponent: Int32) {
    precondition(mantissa == 0 || mantissa >= 1 << 30, "a scale's mantissa must be normalised")
    self.mantissa = mantissa
    self.exponent = exponent
  }

  public static var zero: RuntimeScale { RuntimeScale(mantissa: 0, exponent: 0) }

  /// `2^power`.
  public static func powerOfTwo(_ power: Int32) -> RuntimeScale {
    RuntimeScale(mantissa: 1 << 30, exponent: power &- 30)
  }

  public var isZero: Bool { mantissa == 0 }

  /// `value * 2^exponent`, normalised; bits below the 31 highest are cut off.
  public init(_ value: UInt64, exponent: Int32) {
    guard value != 0 else {
      self = .zero
      return
    }
    let excess = 33 &- Int32(truncatingIfNeeded: value.leadingZeroBitCount)
    let mantissa = excess >= 0 ? value &>> UInt64(excess) : value &<< UInt64(-excess)
    self.init(mantissa: Int32(truncatingIfNeeded: mantissa), exponent: exponent &+ excess)
  }

  public func multiplied(by other: RuntimeScale) -> RuntimeScale {
    RuntimeScale(
      UInt64(truncatingIfNeeded: Int64(mantissa) &* Int64(other.mantissa)), exponent: exponent &+ other.exponent)
  }

  /// The number times `numerator / denominator`.
  ///
  /// - Precondition: The denominator is not 0.
  public func multiplied(by numerator: UInt32, over denominator: UInt32) -> RuntimeScale {
    let product = UInt64(truncatingIfNeeded: Int64(mantissa)) &* UInt64(numerator)
    guard product != 0 else { return .zero }
    // All 64 bits before the division, so that the quotient keeps at least 31.
    let spare = product.leadingZeroBitCount
    return RuntimeScale(
      divide(product &<< UInt64(spare), by: denominator), exponent: exponent &- Int32(truncatingIfNeeded: spare))
  }

  /// `2^61 / mantissa`, in `2^30 ..< 2^31`: the reciprocal is this times `2^(-61 - exponent)`.
  ///
  /// - Precondition: The number is not zero.
  public var reciprocalMantissa: Int32 {
    precondition(mantissa != 0, "zero has no reciprocal")
    let quotient = divide(1 &<< 61, by: UInt32(truncatingIfNeeded: mantissa))
    return quotient > UInt64(Int32.max) ? Int32.max : Int32(truncatingIfNeeded: quotient)
  }
}

/// The floor of `dividend / divisor`.
///
/// A 32-bit Arm core has no 64-bit division and firmware links no runtime library, so there it is done bit
/// by bit; the quotient is the same everywhere.
///
/// - Precondition: The divisor is not 0.
public func divide(_ dividend: UInt64, by divisor: UInt32) -> UInt64 {
  precondition(divisor != 0, "division by zero")
  #if arch(arm)
    return divideBitByBit(dividend, by: divisor)
  #else
    return dividend / UInt64(divisor)
  #endif
}

/// `divide` by shifting and subtracting, 64 rounds.
func divideBitByBit(_ dividend: UInt64, by divisor: UInt32) -> UInt64 {
  var quotient: UInt64 = 0
  var remainder: UInt64 = 0
  var bit = 64
  while bit > 0 {
    bit &-= 1
    remainder = (remainder &<< 1) | ((dividend &>> UInt64(bit)) & 1)
    quotient = quotient &<< 1
    if remainder >= UInt64(divisor) {
      remainder &-= UInt64(divisor)
      quotient |= 1
    }
  }
  return quotient
}

#if !hasFeature(Embedded)
  extension RuntimeScale {
    /// The scale nearest to a real number.
    ///
    /// - Precondition: The number is finite and not negative.
    public init(_ value: Double) {
      precondition(value.isFinite && value >= 0, "a scale must be finite and not negative")
      guard value > 0 else {
        self = .zero
        return
      }
      let mantissa = UInt64((value.significand * 1_073_741_824).rounded())
      self.init(mantissa, exponent: Int32(value.exponent) - 30)
    }

    public var value: Double { Double(sign: .plus, exponent: Int(exponent), significand: Double(mantissa)) }
  }
#endif
