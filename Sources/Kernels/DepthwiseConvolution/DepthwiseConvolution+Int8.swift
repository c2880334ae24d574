public import Tensors

/// Convolves each channel of int8 activations with its own int8 kernel and requantizes to int8.
///
/// `sum[t,c] = bias[c] + Σ_k w[k,c] · (x[t·stride + k − padding, c] − zeroPoint)`; shapes, rounding, limits
/// and mask as `convolutionInt8`, weights `[kernel][channels]`, range `-127...127`.
///
/// - Precondition: Input and output channels agree; `|bias| + kernel · 127 · 255` fits int32.
public func depthwiseConvolutionInt8(
  input: Span<Int8>, inputZeroPoint: Int32, weights: Span<Int8>, bias: Span<Int32>, mantissas: Span<Int32>,
  shifts: Span<UInt8>, geometry: ConvolutionGeometry, range: OutputRange, sums: inout MutableSpan<Int32>,
  output: inout MutableSpan<Int8>, clamped: inout MutableSpan<UInt8>
) {
  let channels = geometry.inputChannels
  precondition(geometry.outputChannels == channels, "a depthwise convolution keeps its channels")
  precondition(input.count == geometry.inputCount && output.count == geometry.outputCount, "shapes must match")
  precondition(weights.count == geometry.kernel &* channels, "weights must match the geometry")
  precondition(bias.count == channels && sums.count == channels, "one sum a channel")
  let zero = Int16(truncatingIfNeeded: inputZeroPoint)
  clearMask(&clamped, elements: geometry.outputCount)
  for t in 0..<geometry.outputLength {
    let first = geometry.firstFrame(of: t)
    for c in 0..<channels { sums[c] = bias[c] }
    for k in geometry.taps(of: t) {
      let x = (first &+ k) &* channels
      let w = k &* channels
      for c in 0..<channels {
        // SAFETY: the tap lies inside the input, and `c` is below every channel count. 255 · 127 fits int16.
        let product = unsafe (Int16(input[unchecked: x &+ c]) &- zero) &* Int16(weights[unchecked: w &+ c])
        unsafe sums[unchecked: c] &+= Int32(product)
      }
    }
    requantizeFrame(
      sums: sums.span, mantissas: mantissas, shifts: shifts, range: range, at: t &* channels, output: &output,
      clamped: &clamped)
  }
}
