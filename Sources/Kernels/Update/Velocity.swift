public import Tensors

/// Adds a row's gradient to what the steps before left of theirs: `v ← decay · v + g`, in integers of one unit.
///
/// Both terms are brought to a power of two in which each is at most `2^24` in magnitude, so their sum is at most
/// `2^25`; the unit follows the larger term of this row and step, of which 22 bits or more remain.
///
/// - Parameters:
///   - values: `[count]`; the gradient's int32 sums go in, the new velocity comes out, in the unit returned.
///   - gradientScale: Of the sums.
///   - velocity: `[count]`, what is stored, range `-127...127`.
///   - velocityScale: Of the stored velocity, times the decay.
/// - Returns: The unit of the new values; zero if all are zero.
public func addVelocity(
  _ values: inout MutableSpan<Int32>, gradientScale: RuntimeScale, velocity: Span<Int8>, velocityScale: RuntimeScale
) -> RuntimeScale {
  precondition(velocity.count == values.count, "one velocity a parameter")
  var largest: UInt32 = 0
  for i in 0..<values.count { largest = max(largest, values[i].magnitude) }
  let bits = 32 &- Int32(truncatingIfNeeded: largest.leadingZeroBitCount)
  let gradientTop = largest == 0 ? nil : magnitudeExponent(bits: bits, scale: gradientScale)
  let velocityTop = magnitudeExponent(bits: 7, scale: velocityScale)
  guard gradientTop != nil || velocityTop != nil else {
    for i in 0..<values.count { values[i] = 0 }
    return .zero
  }
  let unit = alignedUnit(
    forMagnitudeExponent: max(gradientTop ?? velocityTop ?? 0, velocityTop ?? gradientTop ?? 0))
  let gradientAlignment = GradientAlignment(of: gradientScale, toUnitExponent: unit)
  let velocityAlignment = GradientAlignment(of: velocityScale, toUnitExponent: unit)
  for i in 0..<values.count {
    let gradient = gradientTop == nil ? 0 : gradientAlignment.apply(values[i])
    let kept = velocityTop == nil ? 0 : velocityAlignment.apply(Int32(velocity[i]))
    values[i] = gradient &+ kept
  }
  return .powerOfTwo(unit)
}

/// Stores a row's velocity in int8, with the largest magnitude over 127 as its scale.
///
/// Always rounded stochastically: a velocity lives for many steps, in which a rounding to nearest would lose all that
/// stays below half a unit.
///
/// - Parameters:
///   - values: At most `2^25` in magnitude.
///   - unit: Of the values.
///   - random: Of the step; a parameter's index in the model as described is the counter: `firstIndex + i`, or
///     `firstIndex + places[i]`.
///   - places: Where each parameter of the row stands in the row as described; empty if they are 0, 1, 2, ….
/// - Returns: The scale of what is stored; zero if every value is zero.
public func storeVelocity(
  _ values: Span<Int32>, unit: RuntimeScale, random: CounterRandom, firstIndex: UInt32, places: Span<Int32>,
  into velocity: inout MutableSpan<Int8>
) -> RuntimeScale {
  precondition(velocity.count == values.count, "one velocity a parameter")
  precondition(places.isEmpty || places.count == values.count, "one place a parameter")
  var largest: UInt32 = 0
  for i in 0..<values.count { largest = max(largest, values[i].magnitude) }
  guard largest > 0, !unit.isZero else {
    for i in 0..<velocity.count { velocity[i] = 0 }
    return .zero
  }
  // 127 / largest, truncated, so that the largest becomes 127 and never more. The shift is 29 to 54.
  let top = RuntimeScale(UInt64(largest), exponent: 0)
  let factor = RuntimeScale(
    UInt64(Int64(top.reciprocalMantissa) &* 127), exponent: -61 &- top.exponent)
  let shift = UInt8(truncatingIfNeeded: max(1, min(62, 0 &- factor.exponent)))
  for i in 0..<values.count {
    let q = scaledStochastically(
      values[i], mantissa: factor.mantissa, shift: shift,
      random: random.word(at: firstIndex &+ parameterPlace(i, places)))
    velocity[i] = Int8(truncatingIfNeeded: max(-127, min(127, q)))
  }
  return RuntimeScale(UInt64(largest), exponent: 0).multiplied(by: unit).multiplied(by: reciprocalOfLimit(127))
}
