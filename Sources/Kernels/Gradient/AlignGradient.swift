public import Tensors

/// Turns integers of one scale into integers of a coarser power-of-two scale, so that gradients from
/// several paths can be added: `round(v · scale / 2^unitExponent)`, ties upward.
///
/// - Precondition: The unit is at least seven bits above the scale's exponent and bounds every value: the
///   results are at most `2^24` in magnitude (`alignedUnit` chooses it so).
public struct GradientAlignment: Sendable {
  public let mantissa: Int32
  public let shift: Int32

  public init(of scale: RuntimeScale, toUnitExponent unit: Int32) {
    mantissa = scale.mantissa
    shift = unit &- scale.exponent
  }

  @inline(__always)
  public func apply(_ value: Int32) -> Int32 {
    guard shift <= 62 else { return 0 }
    return Int32(
      truncatingIfNeeded: (Int64(value) &* Int64(mantissa) &+ (1 &<< (Int64(shift) &- 1))) &>> Int64(shift))
  }
}

/// The exponent above every magnitude of values below `2^bits` at a scale; `nil` for a zero scale.
@inline(__always)
public func magnitudeExponent(bits: Int32, scale: RuntimeScale) -> Int32? {
  // The mantissa is below 2^31.
  scale.isZero ? nil : bits &+ 31 &+ scale.exponent
}

/// The exponent of the unit in which gradients of the given largest magnitude exponent are at most `2^24`.
///
/// A sum of three is below `2^26`, which leaves room for a pool whose windows overlap up to 32 times; and the
/// bound is at least what errors of any element type resolve.
@inline(__always)
public func alignedUnit(forMagnitudeExponent top: Int32) -> Int32 { top &- 24 }
