import Tensors

/// Requantizes one frame of int32 sums to int8 and marks what was clamped.
///
/// - Parameters:
///   - sums, mantissas, shifts: One a channel.
///   - start: Where the frame begins in `output`, and its bit in `clamped`.
///   - clamped: Cleared before the first frame; empty if nobody reads it.
@inline(__always)
func requantizeFrame(
  sums: Span<Int32>, mantissas: Span<Int32>, shifts: Span<UInt8>, range: OutputRange, at start: Int,
  output: inout MutableSpan<Int8>, clamped: inout MutableSpan<UInt8>
) {
  precondition(mantissas.count == sums.count && shifts.count == sums.count, "one factor a channel")
  precondition(start >= 0 && start &+ sums.count <= output.count, "a frame must lie inside the output")
  let low = Int64(range.low)
  let high = Int64(range.high)
  let zero = Int64(range.zeroPoint)
  let marks = !clamped.isEmpty
  for c in 0..<sums.count {
    // SAFETY: `c` is below every count, by the loop and the preconditions.
    let scaled = unsafe FixedPointMultiplier.scale(
      sums[unchecked: c], mantissa: mantissas[unchecked: c], shift: shifts[unchecked: c])
    let value = scaled &+ zero
    let kept = value < low ? low : value > high ? high : value
    unsafe output[unchecked: start &+ c] = Int8(truncatingIfNeeded: kept)
    if marks && kept != value {
      clamped[(start &+ c) &>> 3] |= 1 &<< UInt8((start &+ c) & 7)
    }
  }
}

/// Clears the bits of `elements` elements; a mask that nobody reads is empty.
@inline(__always)
func clearMask(_ mask: inout MutableSpan<UInt8>, elements: Int) {
  precondition(mask.isEmpty || mask.count == (elements &+ 7) &>> 3, "a mask has a bit an element")
  for i in 0..<mask.count { mask[i] = 0 }
}

/// Whether an element was clamped; nothing is where there is no mask.
@inline(__always)
func isClamped(_ mask: Span<UInt8>, _ index: Int) -> Bool {
  !mask.isEmpty && (mask[index &>> 3] &>> UInt8(index & 7)) & 1 == 1
}
