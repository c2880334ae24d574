public import Tensors

/// The largest magnitude that an error tensor has in real units, from its channels' largest gradients.
///
/// - Parameters: As `chooseErrorScale`.
/// - Returns: Zero if every gradient is zero.
public func largestErrorMagnitude(
  largest: Span<Int32>, factors: Span<Int32>, factorExponent: Int32, unit: RuntimeScale
) -> RuntimeScale {
  let top = largestProduct(largest: largest, factors: factors)
  return RuntimeScale(UInt64(top), exponent: (factors.isEmpty ? 1 : factorExponent) &- 31).multiplied(by: unit)
}

@inline(__always)
private func largestProduct(largest: Span<Int32>, factors: Span<Int32>) -> Int64 {
  precondition(factors.isEmpty || factors.count == largest.count, "one factor a channel")
  var top: Int64 = 0
  for c in 0..<largest.count {
    top = max(top, Int64(largest[c]) &* Int64(factors.isEmpty ? 1 << 30 : factors[c]))
  }
  return max(0, top)
}

/// Chooses the scale of an error tensor, the largest magnitude over `limit`, and each channel's fixed-point factor
/// from gradient to error.
///
/// The error is `gradient · factor[c]`; the factor is the producer's weight scale (DESIGN: it stands inside
/// the sum over output channels, so it is folded in before quantisation), or 1 for every channel.
///
/// - Parameters:
///   - largest: `[channels]`, the largest magnitude of each channel's gradient.
///   - factors: `[channels]`, in units of `2^(factorExponent - 31)`, each `0...2^31-1`; empty means 1.
///   - unit: The scale of the gradient's integers.
///   - limit: The largest magnitude of an element, `1...2^24 − 1`.
///   - mantissas, shifts: `[channels]`; overwritten with the factors from gradient to error.
/// - Returns: The scale of the errors; zero if every gradient is zero.
public func chooseErrorScale(
  largest: Span<Int32>, factors: Span<Int32>, factorExponent: Int32, unit: RuntimeScale, limit: Int32,
  mantissas: inout MutableSpan<Int32>, shifts: inout MutableSpan<UInt8>
) -> RuntimeScale {
  precondition(mantissas.count == largest.count && shifts.count == largest.count, "one factor a channel")
  let top = largestProduct(largest: largest, factors: factors)
  guard top > 0 else {
    for c in 0..<largest.count {
      mantissas[c] = 0
      shifts[c] = 1
    }
    return .zero
  }
  // With v = top = mantissa · 2^exponent, the factor of channel c is f[c] · limit / v, where
  // 1 / v = reciprocal · 2^(−61 − exponent).
  let maximum = RuntimeScale(UInt64(top), exponent: 0)
  let reciprocal = Int64(maximum.reciprocalMantissa)
  for c in 0..<largest.count {
    let factor = Int64(factors.isEmpty ? 1 << 30 : factors[c])
    let ratio = RuntimeScale(UInt64(factor &* reciprocal), exponent: -61 &- maximum.exponent)
    let product = RuntimeScale(UInt64(Int64(ratio.mantissa) &* Int64(limit)), exponent: ratio.exponent)
    // The maximum keeps every product at most `limit`, so no factor is too large.
    setFactor(product, at: c, mantissas: &mantissas, shifts: &shifts)
  }
  return largestErrorMagnitude(largest: largest, factors: factors, factorExponent: factorExponent, unit: unit)
    .multiplied(by: reciprocalOfLimit(limit))
}

/// Derives each channel's factor from a scale that was chosen before this step's gradient is known.
///
/// `factor[c] = unit · f[c] / scale`. Where that is beyond any fixed-point factor, every element but 0 saturates, as
/// the exact factor would make it.
///
/// - Parameters:
///   - scale: Not zero.
///   - Others: As `chooseErrorScale`.
public func setErrorFactors(
  scale: RuntimeScale, factors: Span<Int32>, factorExponent: Int32, unit: RuntimeScale,
  mantissas: inout MutableSpan<Int32>, shifts: inout MutableSpan<UInt8>
) {
  precondition(mantissas.count == shifts.count, "one factor a channel")
  precondition(factors.isEmpty || factors.count == mantissas.count, "one factor a channel")
  let reciprocal = RuntimeScale(
    UInt64(UInt32(bitPattern: scale.reciprocalMantissa)), exponent: -61 &- scale.exponent)
  let ratio = unit.multiplied(by: reciprocal)
  for c in 0..<mantissas.count {
    let factor =
      factors.isEmpty
      ? ratio
      : ratio.multiplied(by: RuntimeScale(UInt64(max(0, Int64(factors[c]))), exponent: factorExponent &- 31))
    setFactor(factor, at: c, mantissas: &mantissas, shifts: &shifts)
  }
}

/// A factor as mantissa and shift. Below 2^-31 no int32 gradient reaches half a unit; above 2^30 every gradient but 0
/// leaves the range of any error.
@inline(__always)
private func setFactor(
  _ factor: RuntimeScale, at c: Int, mantissas: inout MutableSpan<Int32>, shifts: inout MutableSpan<UInt8>
) {
  let shift = 0 &- factor.exponent
  if factor.isZero || shift > 62 {
    mantissas[c] = 0
    shifts[c] = 1
  } else if shift < 1 {
    mantissas[c] = .max
    shifts[c] = 1
  } else {
    mantissas[c] = factor.mantissa
    shifts[c] = UInt8(truncatingIfNeeded: shift)
  }
}

/// `1 / limit` to 31 bits, truncated.
@inline(__always)
public func reciprocalOfLimit(_ limit: Int32) -> RuntimeScale {
  RuntimeScale(divide(1 &<< 62, by: UInt32(bitPattern: limit)), exponent: -62)
}
