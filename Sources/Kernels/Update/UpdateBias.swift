public import Tensors

/// Descends along one int32 bias: `b ← saturate(round(b − factor · gradient))`, in `-limit...limit`.
///
/// - Parameters:
///   - gradient: The sum of the channel's errors over time.
///   - factor: Learning rate, scales and quantisation-aware scaling of the channel.
///   - limit: Keeps bias plus the largest sum of products within int32.
///   - residual: In units of 1/256, read and written with `.errorFeedback` only.
/// - Returns: The new bias.
@inline(__always)
public func updatedBias(
  _ bias: Int32, gradient: Int32, factor: StepFactor, rounding: UpdateRounding, random: CounterRandom,
  index: UInt32, limit: Int32, residual: inout Int8
) -> Int32 {
  let step = factor.step(gradient)
  let low = Int64(0 &- limit)
  let high = Int64(limit)
  let new: Int64
  switch rounding {
  case .stochastic:
    new = roundedStochastically(Int64(bias), minus: step, random: random.word(at: index))
  case .nearest:
    new = roundedToNearest(Int64(bias), minus: step)
  case .errorFeedback:
    let fine = ((Int64(bias) &<< 24) &+ (Int64(residual) &<< 16) &- step &+ (1 << 15)) &>> 16
    new = max(low, min(high, (fine &+ 128) &>> 8))
    residual = Int8(truncatingIfNeeded: max(-128, min(127, fine &- (new &<< 8))))
  }
  return Int32(truncatingIfNeeded: max(low, min(high, new)))
}
