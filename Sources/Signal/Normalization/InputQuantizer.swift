/// Turns measured values into the int8 input of a network: normalise by channel, scale, round, clamp.
///
/// `q = clamp(round((x − mean[c]) · inverseDeviation[c] / scale) + zeroPoint, −128, 127)` in single precision, in this
/// order; ties round upward, as everywhere in the int8 arithmetic. The same bits on every processor.
public struct InputQuantizer: Sendable, Hashable {
  /// Finite and positive.
  public let scale: Float
  /// Range `-128...127`.
  public let zeroPoint: Int32

  public init(scale: Float, zeroPoint: Int32) {
    precondition(scale.isFinite && scale > 0, "a scale is finite and positive")
    precondition(zeroPoint >= -128 && zeroPoint <= 127, "a zero point is an int8 value")
    self.scale = scale
    self.zeroPoint = zeroPoint
  }

  /// Quantises whole frames, frame-major.
  ///
  /// Shapes: `values` and `output` are `[T, C]`, `mean` and `inverseDeviation` are `[C]`.
  public func quantize(
    _ values: Span<Float>, mean: Span<Float>, inverseDeviation: Span<Float>, into output: inout MutableSpan<Int8>
  ) {
    let channels = mean.count
    precondition(channels > 0 && inverseDeviation.count == channels, "a mean and a deviation for each channel")
    precondition(values.count % channels == 0, "whole frames are quantised")
    precondition(output.count == values.count, "the output has the size of the input")
    var channel = 0
    for index in 0..<values.count {
      output[index] = quantize((values[index] - mean[channel]) * inverseDeviation[channel])
      channel = channel + 1 == channels ? 0 : channel + 1
    }
  }

  /// Quantises one normalised value. What is not a number becomes the zero point.
  public func quantize(_ normalized: Float) -> Int8 {
    let scaled = normalized / scale
    // Out of range is decided before the conversion, which traps.
    if scaled >= 256 { return 127 }
    if scaled <= -256 { return -128 }
    guard scaled == scaled else { return Int8(truncatingIfNeeded: zeroPoint) }
    let rounded = Int32(truncatingIfNeeded: roundedHalfUp(scaled)) + zeroPoint
    return Int8(truncatingIfNeeded: max(-128, min(127, rounded)))
  }

  /// The real (normalised) value of a quantised one.
  public func dequantize(_ value: Int8) -> Float {
    Float(Int(value) - Int(zeroPoint)) * scale
  }
}

/// To the nearest integer, ties upward, without libm.
///
/// Equal to floor(x + ½) computed exactly; the sum itself would round 0.49999997 up to 1.
///
/// - Precondition: `|value| < 2³⁰`.
func roundedHalfUp(_ value: Float) -> Int {
  let whole = Int(value)
  // Exact: both have the same sign and lie less than 1 apart.
  let rest = value - Float(whole)
  if rest >= 0.5 { return whole + 1 }
  return rest < -0.5 ? whole - 1 : whole
}
