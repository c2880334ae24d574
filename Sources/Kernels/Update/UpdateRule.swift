public import Tensors

/// Fraction bits of a step while it is applied.
let stepFractionBits: Int32 = 24

/// The factor from an int32 gradient sum to a step with 24 fraction bits.
@frozen
public struct StepFactor: Sendable {
  let mantissa: Int64
  /// Right shift from the product with the mantissa; negative shifts left.
  let shift: Int32

  /// - Parameter scale: Learning rate times error scale times the channel's constant.
  @inline(__always)
  public init(_ scale: RuntimeScale) {
    mantissa = Int64(scale.mantissa)
    shift = 0 &- (scale.exponent &+ stepFractionBits)
  }

  /// The step in units of `2^-24`, rounded to nearest, within `-2^61...2^61`.
  @inline(__always)
  public func step(_ gradient: Int32) -> Int64 {
    let product = Int64(gradient) &* mantissa
    if shift > 62 { return 0 }
    if shift >= 1 { return (product &+ (1 &<< (Int64(shift) &- 1))) &>> Int64(shift) }
    let limit: Int64 = 1 << 60
    let left = Int64(min(62, 0 &- shift))
    if product > limit &>> left { return limit }
    if product < (0 &- limit) &>> left { return 0 &- limit }
    return product &<< left
  }
}

/// `value − step`, rounded stochastically: down with 24 random bits added.
@inline(__always)
func roundedStochastically(_ value: Int64, minus step: Int64, random: UInt32) -> Int64 {
  ((value &<< Int64(stepFractionBits)) &- step &+ Int64(random &>> 8)) &>> Int64(stepFractionBits)
}

/// `value − step`, rounded to nearest, ties upward.
@inline(__always)
func roundedToNearest(_ value: Int64, minus step: Int64) -> Int64 {
  ((value &<< Int64(stepFractionBits)) &- step &+ (1 << 23)) &>> Int64(stepFractionBits)
}
