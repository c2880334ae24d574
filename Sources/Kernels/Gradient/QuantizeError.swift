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

/// How the elements of one error tensor become integers.
public struct ErrorQuantization: Sendable {
  /// The largest magnitude of an element, `1...2^24 − 1`.
  public let limit: Int32
  public let rounding: ErrorRounding
  /// Of stochastic rounding; an element's index in its tensor is the counter.
  public let random: CounterRandom

  public init(limit: Int32, rounding: ErrorRounding, random: CounterRandom) {
    precondition(limit > 0 && limit < 1 << 24, "an error's limit is out of range")
    self.limit = limit
    self.rounding = rounding
    self.random = random
  }
}

/// Quantizes one frame of a gradient to errors: `q = round(g · factor[c])`, within `-limit...limit`; 0 where a
/// mask bit is set.
///
/// Nearest rounding sends ties upward; stochastic rounding adds a uniform fraction before the bits below the unit are
/// cut off, `⌊g · factor[c] + r⌋` with `r` in `0 ..< 1`, so that the mean is `g · factor[c]`.
///
/// - Returns: How many elements were saturated.
public func quantizeErrorFrame(
  _ gradient: Span<Int32>, at start: Int, mask: Span<UInt8>, otherMask: Span<UInt8>, mantissas: Span<Int32>,
  shifts: Span<UInt8>, quantization: ErrorQuantization, errors: inout MutableSpan<Int8>
) -> Int {
  quantizeFrame(
    gradient, at: start, mask: mask, otherMask: otherMask, mantissas: mantissas, shifts: shifts,
    quantization: quantization, errors: &errors)
}

/// `quantizeErrorFrame` to int16.
public func quantizeErrorFrame(
  _ gradient: Span<Int32>, at start: Int, mask: Span<UInt8>, otherMask: Span<UInt8>, mantissas: Span<Int32>,
  shifts: Span<UInt8>, quantization: ErrorQuantization, errors: inout MutableSpan<Int16>
) -> Int {
  quantizeFrame(
    gradient, at: start, mask: mask, otherMask: otherMask, mantissas: mantissas, shifts: shifts,
    quantization: quantization, errors: &errors)
}

/// `quantizeErrorFrame` to int32.
public func quantizeErrorFrame(
  _ gradient: Span<Int32>, at start: Int, mask: Span<UInt8>, otherMask: Span<UInt8>, mantissas: Span<Int32>,
  shifts: Span<UInt8>, quantization: ErrorQuantization, errors: inout MutableSpan<Int32>
) -> Int {
  quantizeFrame(
    gradient, at: start, mask: mask, otherMask: otherMask, mantissas: mantissas, shifts: shifts,
    quantization: quantization, errors: &errors)
}

@inline(__always)
private func quantizeFrame<Element: FixedWidthInteger & SignedInteger & BitwiseCopyable>(
  _ gradient: Span<Int32>, at start: Int, mask: Span<UInt8>, otherMask: Span<UInt8>, mantissas: Span<Int32>,
  shifts: Span<UInt8>, quantization: ErrorQuantization, errors: inout MutableSpan<Element>
) -> Int {
  precondition(mantissas.count == gradient.count && shifts.count == gradient.count, "one factor a channel")
  precondition(start >= 0 && start &+ gradient.count <= errors.count, "a frame must lie inside the errors")
  precondition(Int64(quantization.limit) <= Int64(Element.max), "an error must fit its element")
  let masked = !mask.isEmpty || !otherMask.isEmpty
  let isStochastic = quantization.rounding == .stochastic
  let limit = Int64(quantization.limit)
  var saturated = 0
  for c in 0..<gradient.count {
    if masked && (isClamped(mask, start &+ c) || isClamped(otherMask, start &+ c)) {
      errors[start &+ c] = 0
      continue
    }
    // SAFETY: `c` is below every count.
    let scaled =
      isStochastic
      ? unsafe scaledStochastically(
        gradient[unchecked: c], mantissa: mantissas[unchecked: c], shift: shifts[unchecked: c],
        random: quantization.random.word(at: UInt32(truncatingIfNeeded: start &+ c)))
      : unsafe FixedPointMultiplier.scale(
        gradient[unchecked: c], mantissa: mantissas[unchecked: c], shift: shifts[unchecked: c])
    let kept = scaled < 0 &- limit ? 0 &- limit : scaled > limit ? limit : scaled
    if kept != scaled { saturated &+= 1 }
    unsafe errors[unchecked: start &+ c] = Element(truncatingIfNeeded: kept)
  }
  return saturated
}

/// `⌊(value · mantissa + r) / 2^shift⌋` with `r` uniform in `0 ..< 2^shift`, of which the 32 highest bits are random.
///
/// The product is at most `2^62` and `r` below `2^62`, so the sum fits.
@inline(__always)
func scaledStochastically(_ value: Int32, mantissa: Int32, shift: UInt8, random: UInt32) -> Int64 {
  let places = Int64(shift)
  let fraction = places >= 32 ? Int64(random) &<< (places &- 32) : Int64(random) &>> (32 &- places)
  return (Int64(value) &* Int64(mantissa) &+ fraction) &>> places
}
