import Tensors

/// Softmax cross-entropy of fixed-point logits, in integers, stable for any logits.
///
/// The largest logit is subtracted first, so every exponential is at most 1.
///
/// - Parameters:
///   - logits: `[classes]`, in units of `2^-20`, each in `-2^30...2^30`.
///   - label: The true class.
///   - gradient: `[classes]`; overwritten with `softmax − one-hot(label)` in units of `2^-30`.
/// - Returns: The loss in nats, in units of `2^-20`.
public func softmaxCrossEntropy(logits: Span<Int32>, label: Int, gradient: inout MutableSpan<Int32>) -> Int32 {
  precondition(gradient.count == logits.count && label >= 0 && label < logits.count, "a label names a class")
  var largest = logits[0]
  for c in 1..<max(1, logits.count) where logits[c] > largest { largest = logits[c] }
  var sum: UInt64 = 0
  for c in 0..<logits.count {
    let power = exponential(ofMinus: UInt32(bitPattern: largest &- logits[c]))
    gradient[c] = Int32(bitPattern: power)
    sum &+= UInt64(power)
  }
  // The largest term is 2^30, so the sum is at least that and the reciprocal never overflows.
  let total = RuntimeScale(sum, exponent: 0)
  let reciprocal = Int64(total.reciprocalMantissa)
  // power / sum · 2^30 = power · reciprocal · 2^(30 − 61 − exponent).
  let shift = Int64(31 &+ total.exponent)
  for c in 0..<logits.count {
    let probability = (Int64(gradient[c]) &* reciprocal &+ (1 &<< (shift &- 1))) &>> shift
    gradient[c] = Int32(truncatingIfNeeded: min(probability, 1 << 30))
  }
  gradient[label] &-= 1 << 30
  let loss = Int64(largest) &- Int64(logits[label]) &+ logarithm(of: sum)
  return Int32(truncatingIfNeeded: max(0, min(Int64(Int32.max), loss)))
}

/// `e^(−x · 2^-20)` in units of `2^-30`, within six units.
///
/// `e^-x = 2^-n · 2^-½ · 2^-g`, with `n` the whole and `g + ½` the broken part of `x · log2 e`; `2^-g` for
/// `|g| <= ½` by its Taylor polynomial of degree 7, whose error is below `2^-27`.
func exponential(ofMinus x: UInt32) -> UInt32 {
  // log2 e in units of 2^-30; the product is in units of 2^-50.
  let power = UInt64(x) &* 1_549_082_005
  let whole = power &>> 50
  guard whole < 31 else { return 0 }
  guard power > 0 else { return 1 << 30 }
  let g = Int64((power &>> 20) & ((1 << 30) - 1)) &- (1 << 29)
  // (−ln 2)^k / k! in units of 2^-30, from k = 7 down to 0.
  var value: Int64 = -16_377
  value = ((value &* g) &>> 30) &+ 165_394
  value = ((value &* g) &>> 30) &- 1_431_680
  value = ((value &* g) &>> 30) &+ 10_327_387
  value = ((value &* g) &>> 30) &- 59_597_083
  value = ((value &* g) &>> 30) &+ 257_941_248
  value = ((value &* g) &>> 30) &- 744_261_118
  value = ((value &* g) &>> 30) &+ 1_073_741_824
  // 2^-½ in units of 2^-30.
  let scaled = (value &* 759_250_125) &>> 30
  return UInt32(truncatingIfNeeded: (scaled &+ ((1 &<< Int64(whole)) &>> 1)) &>> Int64(whole))
}

/// The natural logarithm of `sum · 2^-30`, in units of `2^-20`.
///
/// `ln m = 2 artanh((m − 1) / (m + 1))` for the mantissa `m` in `1 ..< 2`, by its series to the 13th power.
///
/// - Precondition: `sum` is not 0.
func logarithm(of sum: UInt64) -> Int64 {
  let normalized = RuntimeScale(sum, exponent: -30)
  // normalized = m · 2^(exponent + 30), with m in units of 2^-30.
  let whole = Int64(normalized.exponent &+ 30)
  let m = UInt64(UInt32(bitPattern: normalized.mantissa))
  let z = Int64(divide((m &- (1 << 30)) &<< 30, by: UInt32(truncatingIfNeeded: m &+ (1 << 30))))
  let square = (z &* z) &>> 30
  var series: Int64 = 0
  var odd: Int64 = 13
  while odd >= 1 {
    // 2^30 / odd, constant by constant.
    series = ((series &* square) &>> 30) &+ Int64(divide(1 << 30, by: UInt32(truncatingIfNeeded: odd)))
    odd &-= 2
  }
  let fraction = (2 &* ((series &* z) &>> 30)) &>> 10
  // ln 2 in units of 2^-20.
  return whole &* 726_817 &+ fraction
}
