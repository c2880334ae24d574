public import Tensors

/// One frame of the gradient of a depthwise convolution's input: `gradient[c] = Σ_k e[t,c] · w[k,c]`, over
/// the taps with `t · stride + k − padding = frame`.
///
/// Units, ranges and shapes as `convolutionInputGradientFrame`; weights `[kernel][channels]`.
public func depthwiseInputGradientFrame(
  _ frame: Int, errors: Span<Int8>, weights: Span<Int8>, geometry: ConvolutionGeometry,
  gradient: inout MutableSpan<Int32>
) {
  let channels = geometry.inputChannels
  precondition(errors.count == geometry.outputCount && gradient.count == channels, "shapes must match")
  precondition(weights.count == geometry.kernel &* channels, "weights must match the geometry")
  for c in 0..<channels { gradient[c] = 0 }
  for k in 0..<geometry.kernel {
    let shifted = frame &+ geometry.padding &- k
    guard shifted >= 0 && shifted % geometry.stride == 0 else { continue }
    let t = shifted / geometry.stride
    guard t < geometry.outputLength else { continue }
    let e = t &* channels
    let w = k &* channels
    for c in 0..<channels {
      // SAFETY: `t` is an output frame and `k` a tap; `c` is below the channel count.
      unsafe gradient[unchecked: c] &+= Int32(Int16(errors[unchecked: e &+ c]) &* Int16(weights[unchecked: w &+ c]))
    }
  }
}

/// The weight gradient of one tap of a depthwise convolution:
/// `gradient[c] = Σ_t e[t,c] · (x[t·stride + tap − padding, c] − zeroPoint)`.
///
/// Units, ranges and bound as `convolutionWeightGradientChannel`; `gradient` is `[channels]`, overwritten.
public func depthwiseWeightGradientTap(
  _ tap: Int, errors: Span<Int8>, input: Span<Int8>, inputZeroPoint: Int32, geometry: ConvolutionGeometry,
  gradient: inout MutableSpan<Int32>
) {
  let channels = geometry.inputChannels
  precondition(errors.count == geometry.outputCount && input.count == geometry.inputCount, "shapes must match")
  precondition(gradient.count == channels && tap >= 0 && tap < geometry.kernel, "a tap's row")
  let zero = Int16(truncatingIfNeeded: inputZeroPoint)
  for c in 0..<channels { gradient[c] = 0 }
  for t in 0..<geometry.outputLength {
    let frame = geometry.firstFrame(of: t) &+ tap
    guard frame >= 0 && frame < geometry.inputLength else { continue }
    let e = t &* channels
    let x = frame &* channels
    for c in 0..<channels {
      // SAFETY: `t` is an output frame and `frame` lies inside the input. 127 · 255 fits int16.
      let product = unsafe Int16(errors[unchecked: e &+ c]) &* (Int16(input[unchecked: x &+ c]) &- zero)
      unsafe gradient[unchecked: c] &+= Int32(product)
    }
  }
}
