public import Tensors

/// One output frame's sums: `sums[o] = bias[o] + Σ w[o,k,i] · (x[t·stride + k − padding, i] − zeroPoint)`.
///
/// Shapes as in `ConvolutionGeometry`; `sums` is `[outputChannels]` and is overwritten. Padding holds the
/// zero point, so taps outside the input add nothing.
///
/// - Precondition: `|bias| + kernel · inputChannels · 127 · 255` fits int32 (the compiler bounds it).
@inline(__always)
func convolutionSums(
  frame t: Int, input: Span<Int8>, inputZeroPoint: Int32, weights: Span<Int8>, bias: Span<Int32>,
  geometry: ConvolutionGeometry, sums: inout MutableSpan<Int32>
) {
  let taps = geometry.taps(of: t)
  let count = taps.count &* geometry.inputChannels
  let start = (geometry.firstFrame(of: t) &+ taps.lowerBound) &* geometry.inputChannels
  let skipped = taps.lowerBound &* geometry.inputChannels
  let patch = geometry.patchCount
  let zero = Int16(truncatingIfNeeded: inputZeroPoint)
  var o = 0
  // Four output channels share one pass over the patch. Differences fit int16, and products of int16 summed
  // in int32 are what every SIMD instruction set has an instruction for.
  while o &+ 4 <= geometry.outputChannels {
    let w0 = o &* patch &+ skipped
    let w1 = w0 &+ patch
    let w2 = w1 &+ patch
    let w3 = w2 &+ patch
    var s0: Int32 = 0
    var s1: Int32 = 0
    var s2: Int32 = 0
    var s3: Int32 = 0
    for i in 0..<count {
      // SAFETY: the geometry keeps `start + i` inside the input and `w3 + i` inside the weights, whose
      // counts the callers check.
      let x = Int32(unsafe Int16(input[unchecked: start &+ i]) &- zero)
      unsafe s0 &+= x &* Int32(weights[unchecked: w0 &+ i])
      unsafe s1 &+= x &* Int32(weights[unchecked: w1 &+ i])
      unsafe s2 &+= x &* Int32(weights[unchecked: w2 &+ i])
      unsafe s3 &+= x &* Int32(weights[unchecked: w3 &+ i])
    }
    sums[o] = bias[o] &+ s0
    sums[o &+ 1] = bias[o &+ 1] &+ s1
    sums[o &+ 2] = bias[o &+ 2] &+ s2
    sums[o &+ 3] = bias[o &+ 3] &+ s3
    o &+= 4
  }
  while o < geometry.outputChannels {
    let w0 = o &* patch &+ skipped
    var s0: Int32 = 0
    for i in 0..<count {
      // SAFETY: as above.
      let x = Int32(unsafe Int16(input[unchecked: start &+ i]) &- zero)
      unsafe s0 &+= x &* Int32(weights[unchecked: w0 &+ i])
    }
    sums[o] = bias[o] &+ s0
    o &+= 1
  }
}

/// Convolves int8 activations with int8 weights and requantizes to int8.
///
/// `y = clamp(zeroPoint + round(sum · multiplier[o]))`, one rounding to nearest with ties upward.
///
/// - Parameters:
///   - input: `[inputLength][inputChannels]`.
///   - weights: Symmetric, zero point 0. Range `-127...127`.
///   - bias: `[outputChannels]`, in units of input scale times weight scale.
///   - mantissas, shifts: `[outputChannels]`, the fixed-point factors of `FixedPointMultiplier`.
///   - sums: Workspace of `outputChannels`; overwritten.
///   - output: `[outputLength][outputChannels]`; overwritten.
///   - clamped: A bit an element, set where the rounded value lay outside the limits; empty if nobody reads it.
///
/// After Jacob et al. 2018, "Quantization and Training of Neural Networks for Efficient
/// Integer-Arithmetic-Only Inference", section 2.2, with exact rounding in place of its doubling multiply.
public func convolutionInt8(
  input: Span<Int8>, inputZeroPoint: Int32, weights: Span<Int8>, bias: Span<Int32>, mantissas: Span<Int32>,
  shifts: Span<UInt8>, geometry: ConvolutionGeometry, range: OutputRange, sums: inout MutableSpan<Int32>,
  output: inout MutableSpan<Int8>, clamped: inout MutableSpan<UInt8>
) {
  precondition(input.count == geometry.inputCount && output.count == geometry.outputCount, "shapes must match")
  precondition(weights.count == geometry.outputChannels &* geometry.patchCount, "weights must match the geometry")
  precondition(bias.count == geometry.outputChannels && sums.count == geometry.outputChannels, "one sum a channel")
  clearMask(&clamped, elements: geometry.outputCount)
  for t in 0..<geometry.outputLength {
    convolutionSums(
      frame: t, input: input, inputZeroPoint: inputZeroPoint, weights: weights, bias: bias, geometry: geometry,
      sums: &sums)
    requantizeFrame(
      sums: sums.span, mantissas: mantissas, shifts: shifts, range: range,
      at: t &* geometry.outputChannels, output: &output, clamped: &clamped)
  }
}

/// Convolves one output frame and keeps its int32 sums: the last layer, whose logits are never requantized
/// to int8.
///
/// Shapes as `convolutionInt8`; `output` is `[outputChannels]`.
///
/// - Precondition: The output has one frame.
public func convolutionSumsInt8(
  input: Span<Int8>, inputZeroPoint: Int32, weights: Span<Int8>, bias: Span<Int32>, geometry: ConvolutionGeometry,
  output: inout MutableSpan<Int32>
) {
  precondition(geometry.outputLength == 1, "logits are one frame")
  precondition(input.count == geometry.inputCount && output.count == geometry.outputCount, "shapes must match")
  precondition(weights.count == geometry.outputChannels &* geometry.patchCount, "weights must match the geometry")
  precondition(bias.count == geometry.outputChannels, "one bias a channel")
  convolutionSums(
    frame: 0, input: input, inputZeroPoint: inputZeroPoint, weights: weights, bias: bias, geometry: geometry,
    sums: &output)
}
