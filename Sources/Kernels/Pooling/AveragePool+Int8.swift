public import Tensors

/// Averages each channel over sliding windows of frames; input and output share scale and zero point.
///
/// `y[t,c] = zeroPoint + round(Σ_k (x[t·stride + k, c] − zeroPoint) · factor)`, ties upward; where `1 / kernel` is no
/// binary fraction, ties of the exact mean go as the factor was rounded. Global average pooling is the window that
/// holds every frame. The mean of values in range is in range, so nothing clamps.
///
/// - Parameter factor: `1 / kernel`.
/// - Precondition: No padding; `kernel · 255` fits int32.
public func averagePoolInt8(
  input: Span<Int8>, zeroPoint: Int32, factor: FixedPointMultiplier, geometry: ConvolutionGeometry,
  output: inout MutableSpan<Int8>
) {
  let channels = geometry.inputChannels
  precondition(geometry.outputChannels == channels && geometry.padding == 0, "a pool keeps its channels and never pads")
  precondition(input.count == geometry.inputCount && output.count == geometry.outputCount, "shapes must match")
  for t in 0..<geometry.outputLength {
    let first = t &* geometry.stride
    for c in 0..<channels {
      var sum: Int32 = 0
      for k in 0..<geometry.kernel { sum &+= Int32(input[(first &+ k) &* channels &+ c]) &- zeroPoint }
      let mean = Int64(zeroPoint) &+ factor.scale(sum)
      output[t &* channels &+ c] = Int8(truncatingIfNeeded: max(-128, min(127, mean)))
    }
  }
}

/// One frame of the gradient of an average pool's input: `gradient[c] = Σ_t g[t,c]` over the windows that
/// hold the frame; the division by the kernel is in the scale.
///
/// - Parameter outputGradient: `[outputLength][channels]`.
/// - Precondition: `kernel` times the largest `|g|` fits int32.
public func averagePoolInputGradientFrame(
  _ frame: Int, outputGradient: Span<Int32>, geometry: ConvolutionGeometry, gradient: inout MutableSpan<Int32>
) {
  let channels = geometry.inputChannels
  precondition(outputGradient.count == geometry.outputCount && gradient.count == channels, "shapes must match")
  for c in 0..<channels { gradient[c] = 0 }
  for k in 0..<geometry.kernel {
    let shifted = frame &- k
    guard shifted >= 0 && shifted % geometry.stride == 0 && shifted / geometry.stride < geometry.outputLength else {
      continue
    }
    let g = shifted / geometry.stride &* channels
    for c in 0..<channels { gradient[c] &+= outputGradient[g &+ c] }
  }
}
