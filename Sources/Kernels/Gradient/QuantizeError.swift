public import Tensors

/// Finds, channel by channel, the largest magnitude of a gradient's frames.
///
/// - Parameters:
///   - gradient: One frame, `[channels]`.
///   - start: The index of the frame's first element in the masks.
///   - mask, otherMask: Elements whose bit is set pass no gradient; empty masks pass all.
///   - largest: `[channels]`, raised where this frame is larger.
public func accumulateLargest(
  _ gradient: Span<Int32>, at start: Int, mask: Span<UInt8>, otherMask: Span<UInt8>,
  largest: inout MutableSpan<Int32>
) {
  precondition(largest.count == gradient.count, "one maximum a channel")
  if mask.isEmpty && otherMask.isEmpty {
    for c in 0..<gradient.count {
      // SAFETY: `c` is below both counts.
      let g = unsafe gradient[unchecked: c]
      let magnitude = g < 0 ? 0 &- g : g
      if unsafe magnitude > largest[unchecked: c] { unsafe largest[unchecked: c] = magnitude }
    }
    return
  }
  for c in 0..<gradient.count {
    let g = gradient[c]
    let magnitude = g < 0 ? 0 &- g : g
    if magnitude > largest[c] && !isClamped(mask, start &+ c) && !isClamped(otherMask, start &+ c) {
      largest[c] = magnitude
    }
  }
}

/// Chooses the scale of an int8 error tensor, the largest magnitude over 127, and each channel's
/// fixed-point factor from gradient to int8.
///
/// The error is `gradient · factor[c]`; the factor is the producer's weight scale (DESIGN: it stands inside
/// the sum over output channels, so it is folded in before quantisation), or 1 for every channel.
///
/// - Parameters:
///   - largest: `[channels]`, the largest magnitude of each channel's gradient.
///   - factors: `[channels]`, in units of `2^(factorExponent - 31)`, each `0...2^31-1`; empty means 1.
///   - unit: The scale of the gradient's integers.
///   - mantissas, shifts: `[channels]`; overwritten with the factors from gradient to int8.
/// - Returns: The scale of the int8 errors; zero if every gradient is zero.
public func chooseErrorScale(
  largest: Span<Int32>, factors: Span<Int32>, factorExponent: Int32, unit: RuntimeScale,
  mantissas: inout MutableSpan<Int32>, shifts: inout MutableSpan<UInt8>
) -> RuntimeScale {
  precondition(mantissas.count == largest.count && shifts.count == largest.count, "one factor a channel")
  precondition(factors.isEmpty || factors.count == largest.count, "one factor a channel")
  var top: Int64 = 0
  for c in 0..<largest.count {
    top = max(top, Int64(largest[c]) &* Int64(factors.isEmpty ? 1 << 30 : factors[c]))
  }
  guard top > 0 else {
    for c in 0..<largest.count {
      mantissas[c] = 0
      shifts[c] = 1
    }
    return .zero
  }
  // With v = top = mantissa · 2^exponent, the factor of channel c is f[c] · 127 / v, where
  // 1 / v = reciprocal · 2^(−61 − exponent).
  let maximum = RuntimeScale(UInt64(top), exponent: 0)
  let reciprocal = Int64(maximum.reciprocalMantissa)
  for c in 0..<largest.count {
    let factor = Int64(factors.isEmpty ? 1 << 30 : factors[c])
    let ratio = RuntimeScale(UInt64(factor &* reciprocal), exponent: -61 &- maximum.exponent)
    let product = RuntimeScale(UInt64(Int64(ratio.mantissa) &* 127), exponent: ratio.exponent)
    let shift = 0 &- product.exponent
    // Below 2^-31 no int32 gradient reaches half a unit; above 2^30 the product would exceed 127, which the
    // maximum excludes.
    let usable = !product.isZero && shift <= 62 && shift >= 1
    mantissas[c] = usable ? product.mantissa : 0
    shifts[c] = usable ? UInt8(truncatingIfNeeded: shift) : 1
  }
  let exponent = factors.isEmpty ? 1 : factorExponent
  // 1/127 = 1082196484 · 2^-37, truncated.
  return RuntimeScale(UInt64(top), exponent: exponent &- 31)
    .multiplied(by: unit)
    .multiplied(by: RuntimeScale(mantissa: 1_082_196_484, exponent: -37))
}

/// Quantizes one frame of a gradient to int8 errors: `q = round(g · factor[c])`, ties upward, within
/// `-127...127`; 0 where a mask bit is set.
///
/// - Returns: How many elements were saturated.
public func quantizeErrorFrame(
  _ gradient: Span<Int32>, at start: Int, mask: Span<UInt8>, otherMask: Span<UInt8>, mantissas: Span<Int32>,
  shifts: Span<UInt8>, errors: inout MutableSpan<Int8>
) -> Int {
  precondition(mantissas.count == gradient.count && shifts.count == gradient.count, "one factor a channel")
  precondition(start >= 0 && start &+ gradient.count <= errors.count, "a frame must lie inside the errors")
  let masked = !mask.isEmpty || !otherMask.isEmpty
  var saturated = 0
  for c in 0..<gradient.count {
    if masked && (isClamped(mask, start &+ c) || isClamped(otherMask, start &+ c)) {
      errors[start &+ c] = 0
      continue
    }
    // SAFETY: `c` is below every count.
    let scaled = unsafe FixedPointMultiplier.scale(
      gradient[unchecked: c], mantissa: mantissas[unchecked: c], shift: shifts[unchecked: c])
    let kept = scaled < -127 ? -127 : scaled > 127 ? 127 : scaled
    if kept != scaled { saturated &+= 1 }
    unsafe errors[unchecked: start &+ c] = Int8(truncatingIfNeeded: kept)
  }
  return saturated
}
