public import Tensors

/// Descends along a row of int8 weights: `w ← saturate(round(w − factor · gradient))`, in `-127...127`.
///
/// The factor holds the learning rate, the scales and the quantisation-aware scaling of the row's output
/// channel (Lin et al. 2022, section 2.1), so that the step on the integers equals the float step.
///
/// - Parameters:
///   - weights: Updated in place.
///   - gradient: One sum a weight.
///   - factors: One for all weights, or one for each.
///   - rounding: `.stochastic` draws `random.word(at: firstIndex + i · indexStride)`, so the index of a
///     parameter in the model as described decides its bits, never the order of the work.
///   - residual: With `.errorFeedback` one a weight, in units of 1/256; empty otherwise.
public func updateWeights(
  _ weights: inout MutableSpan<Int8>, gradient: Span<Int32>, factor: StepFactor, rounding: UpdateRounding,
  random: CounterRandom, firstIndex: UInt32, residual: inout MutableSpan<Int8>
) {
  precondition(gradient.count == weights.count, "one gradient a weight")
  precondition(rounding != .errorFeedback || residual.count == weights.count, "one residual a weight")
  for i in 0..<weights.count {
    updateWeight(
      &weights, at: i, step: factor.step(gradient[i]), rounding: rounding, random: random,
      index: firstIndex &+ UInt32(truncatingIfNeeded: i), residual: &residual)
  }
}

/// One weight of `updateWeights`.
@inline(__always)
public func updateWeight(
  _ weights: inout MutableSpan<Int8>, at i: Int, step: Int64, rounding: UpdateRounding, random: CounterRandom,
  index: UInt32, residual: inout MutableSpan<Int8>
) {
  let old = Int64(weights[i])
  var new: Int64
  switch rounding {
  case .stochastic:
    new = roundedStochastically(old, minus: step, random: random.word(at: index))
  case .nearest:
    new = roundedToNearest(old, minus: step)
  case .errorFeedback:
    // In units of 1/256: the weight, what was cut off before, and the step.
    let fine = ((old &<< 24) &+ (Int64(residual[i]) &<< 16) &- step &+ (1 << 15)) &>> 16
    new = max(-127, min(127, (fine &+ 128) &>> 8))
    residual[i] = Int8(truncatingIfNeeded: max(-128, min(127, fine &- (new &<< 8))))
  }
  weights[i] = Int8(truncatingIfNeeded: max(-127, min(127, new)))
}
