public import Tensors

/// Where the `i`-th parameter of a row stands in the row as described; an empty table says that it stands there itself.
@inline(__always)
public func parameterPlace(_ i: Int, _ places: Span<Int32>) -> UInt32 {
  places.isEmpty ? UInt32(truncatingIfNeeded: i) : UInt32(bitPattern: places[i])
}

/// `updateWeights` of a row whose weights stand elsewhere than in the model as described, because channels were
/// reordered or only some of them are updated.
///
/// - Parameters:
///   - firstIndex: Of the row as described.
///   - places: `[weights.count]`, where each weight stands in the row as described; `.stochastic` draws
///     `random.word(at: firstIndex + places[i])`, so that no packing changes a bit.
public func updateWeights(
  _ weights: inout MutableSpan<Int8>, gradient: Span<Int32>, factor: StepFactor, rounding: UpdateRounding,
  random: CounterRandom, firstIndex: UInt32, places: Span<Int32>, residual: inout MutableSpan<Int8>
) {
  precondition(gradient.count == weights.count && places.count == weights.count, "one gradient and place a weight")
  precondition(rounding != .errorFeedback || residual.count == weights.count, "one residual a weight")
  for i in 0..<weights.count {
    updateWeight(
      &weights, at: i, step: factor.step(gradient[i]), rounding: rounding, random: random,
      index: firstIndex &+ UInt32(bitPattern: places[i]), residual: &residual)
  }
}
