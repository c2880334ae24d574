public import Tensors

/// The factors of a residual add: `left / 2^shift` and `right / 2^shift` are the input scales over the
/// output scale.
///
/// Both mantissas are at most `2^30`, so the sum of two scaled int8 differences fits 64 bits with room.
@frozen
public struct ResidualAddFactors: Sendable, Hashable {
  public let leftZeroPoint: Int32
  public let rightZeroPoint: Int32
  public let left: Int32
  public let right: Int32
  /// In `1...62`.
  public let shift: UInt8

  public init(leftZeroPoint: Int32, rightZeroPoint: Int32, left: Int32, right: Int32, shift: UInt8) {
    precondition(left >= 0 && right >= 0 && left <= 1 << 30 && right <= 1 << 30, "a residual factor is out of range")
    precondition(shift >= 1 && shift <= 62, "a residual shift is out of range")
    self.leftZeroPoint = leftZeroPoint
    self.rightZeroPoint = rightZeroPoint
    self.left = left
    self.right = right
    self.shift = shift
  }
}

/// Adds two int8 activations of one shape: `y = clamp(zeroPoint + round((a − za) · sa/sy + (b − zb) · sb/sy))`.
///
/// Both terms are summed before the one rounding, to nearest with ties upward.
///
/// - Parameter clamped: A bit an element, set where the rounded value lay outside the limits; empty if
///   nobody reads it.
public func residualAddInt8(
  left: Span<Int8>, right: Span<Int8>, factors: ResidualAddFactors, range: OutputRange,
  output: inout MutableSpan<Int8>, clamped: inout MutableSpan<UInt8>
) {
  precondition(left.count == output.count && right.count == output.count, "shapes must match")
  clearMask(&clamped, elements: output.count)
  let marks = !clamped.isEmpty
  let half: Int64 = 1 &<< (Int64(factors.shift) &- 1)
  let shift = Int64(factors.shift)
  let low = Int64(range.low)
  let high = Int64(range.high)
  for i in 0..<output.count {
    let a = Int64(Int32(left[i]) &- factors.leftZeroPoint) &* Int64(factors.left)
    let b = Int64(Int32(right[i]) &- factors.rightZeroPoint) &* Int64(factors.right)
    let value = ((a &+ b &+ half) &>> shift) &+ Int64(range.zeroPoint)
    let kept = value < low ? low : value > high ? high : value
    output[i] = Int8(truncatingIfNeeded: kept)
    if marks && kept != value {
      clamped[i &>> 3] |= 1 &<< UInt8(i & 7)
    }
  }
}
