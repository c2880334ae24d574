import Tensors

/// Brings the last layer's int32 sums to one fixed-point scale and finds the largest.
///
/// The sums of different classes stand in different units, input scale times weight scale of the class;
/// afterwards all are in units of `2^-20`.
///
/// - Parameters:
///   - logits: `[classes]`; sums in, fixed-point logits in `-2^30...2^30` out.
///   - mantissas, shifts: `[classes]`, the fixed-point factors of unit times `2^20`.
/// - Returns: The index of the largest logit, the first of equals.
public func scaleLogits(_ logits: inout MutableSpan<Int32>, mantissas: Span<Int32>, shifts: Span<UInt8>) -> Int {
  precondition(!logits.isEmpty && mantissas.count == logits.count && shifts.count == logits.count, "one factor a class")
  let limit: Int64 = 1 << 30
  var best = 0
  for c in 0..<logits.count {
    let scaled = FixedPointMultiplier.scale(logits[c], mantissa: mantissas[c], shift: shifts[c])
    logits[c] = Int32(truncatingIfNeeded: max(-limit, min(limit, scaled)))
    if logits[c] > logits[best] { best = c }
  }
  return best
}
