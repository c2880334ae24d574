public import Tensors

/// One frame of the gradient of a convolution's input: `gradient[i] = Σ_k Σ_o e[t,o] · w[o,k,i]`, over the
/// taps with `t · stride + k − padding = frame`.
///
/// In real units the result is the error's scale times `gradient`, because the weight scales are already
/// folded into the error.
///
/// - Parameters:
///   - errors: `[outputLength][outputChannels]`, range `-127...127`.
///   - weights: `[outputChannels][kernel][inputChannels]`, range `-127...127`.
///   - gradient: `[inputChannels]`; overwritten.
/// - Precondition: `taps · outputChannels · 127 · 127` fits int32, with as many taps as one input frame lies under.
public func convolutionInputGradientFrame(
  _ frame: Int, errors: Span<Int8>, weights: Span<Int8>, geometry: ConvolutionGeometry,
  gradient: inout MutableSpan<Int32>
) {
  precondition(errors.count == geometry.outputCount && gradient.count == geometry.inputChannels, "shapes must match")
  precondition(weights.count == geometry.outputChannels &* geometry.patchCount, "weights must match the geometry")
  let channels = geometry.inputChannels
  let outputs = geometry.outputChannels
  let patch = geometry.patchCount
  for i in 0..<channels { gradient[i] = 0 }
  for k in 0..<geometry.kernel {
    let shifted = frame &+ geometry.padding &- k
    guard shifted >= 0 && shifted % geometry.stride == 0 else { continue }
    let t = shifted / geometry.stride
    guard t < geometry.outputLength else { continue }
    let row = t &* outputs
    var o = 0
    while o < outputs {
      // Two channels at once: 2 · 127 · 127 fits int16, which halves the widening. Clamped elements have
      // no error, so many pairs are zero.
      let e0 = Int16(errors[row &+ o])
      let e1 = o &+ 1 < outputs ? Int16(errors[row &+ o &+ 1]) : 0
      let w0 = o &* patch &+ k &* channels
      let w1 = o &+ 1 < outputs ? w0 &+ patch : w0
      o &+= 2
      if e0 == 0 && e1 == 0 { continue }
      for i in 0..<channels {
        // SAFETY: `w1 + i` is below the weights' count and `i` below the gradient's, by the preconditions.
        let product = unsafe e0 &* Int16(weights[unchecked: w0 &+ i]) &+ e1 &* Int16(weights[unchecked: w1 &+ i])
        unsafe gradient[unchecked: i] &+= Int32(product)
      }
    }
  }
}

/// `convolutionInputGradientFrame` of int16 errors of magnitude at most `L`.
///
/// - Precondition: `taps · outputChannels · L · 127` fits int32, with as many taps as one input frame lies under.
public func convolutionInputGradientFrame(
  _ frame: Int, errors: Span<Int16>, weights: Span<Int8>, geometry: ConvolutionGeometry,
  gradient: inout MutableSpan<Int32>
) {
  wideInputGradientFrame(frame, errors: errors, weights: weights, geometry: geometry, gradient: &gradient)
}

/// `convolutionInputGradientFrame` of int32 errors of magnitude at most `L`.
///
/// - Precondition: `taps · outputChannels · L · 127` fits int32, with as many taps as one input frame lies under.
public func convolutionInputGradientFrame(
  _ frame: Int, errors: Span<Int32>, weights: Span<Int8>, geometry: ConvolutionGeometry,
  gradient: inout MutableSpan<Int32>
) {
  wideInputGradientFrame(frame, errors: errors, weights: weights, geometry: geometry, gradient: &gradient)
}

@inline(__always)
private func wideInputGradientFrame<Element: FixedWidthInteger & SignedInteger>(
  _ frame: Int, errors: Span<Element>, weights: Span<Int8>, geometry: ConvolutionGeometry,
  gradient: inout MutableSpan<Int32>
) {
  precondition(errors.count == geometry.outputCount && gradient.count == geometry.inputChannels, "shapes must match")
  precondition(weights.count == geometry.outputChannels &* geometry.patchCount, "weights must match the geometry")
  let channels = geometry.inputChannels
  let outputs = geometry.outputChannels
  for i in 0..<channels { gradient[i] = 0 }
  for k in 0..<geometry.kernel {
    let shifted = frame &+ geometry.padding &- k
    guard shifted >= 0 && shifted % geometry.stride == 0 else { continue }
    let t = shifted / geometry.stride
    guard t < geometry.outputLength else { continue }
    for o in 0..<outputs {
      let error = Int32(truncatingIfNeeded: errors[t &* outputs &+ o])
      // Clamped elements have no error, so many are zero.
      if error == 0 { continue }
      let w = o &* geometry.patchCount &+ k &* channels
      for i in 0..<channels {
        // SAFETY: `w + i` is below the weights' count and `i` below the gradient's, by the preconditions.
        unsafe gradient[unchecked: i] &+= error &* Int32(weights[unchecked: w &+ i])
      }
    }
  }
}
