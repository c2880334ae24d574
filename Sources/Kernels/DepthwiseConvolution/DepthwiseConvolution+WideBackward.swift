public import Tensors

/// `depthwiseInputGradientFrame` of int16 errors of magnitude at most `L`.
///
/// - Precondition: `taps · L · 127` fits int32, with as many taps as one input frame lies under.
public func depthwiseInputGradientFrame(
  _ frame: Int, errors: Span<Int16>, weights: Span<Int8>, geometry: ConvolutionGeometry,
  gradient: inout MutableSpan<Int32>
) {
  wideInputGradientFrame(frame, errors: errors, weights: weights, geometry: geometry, gradient: &gradient)
}

/// `depthwiseInputGradientFrame` of int32 errors of magnitude at most `L`.
///
/// - Precondition: `taps · L · 127` fits int32, with as many taps as one input frame lies under.
public func depthwiseInputGradientFrame(
  _ frame: Int, errors: Span<Int32>, weights: Span<Int8>, geometry: ConvolutionGeometry,
  gradient: inout MutableSpan<Int32>
) {
  wideInputGradientFrame(frame, errors: errors, weights: weights, geometry: geometry, gradient: &gradient)
}

/// `depthwiseWeightGradientTap` of int16 errors of magnitude at most `L`.
///
/// - Precondition: `outputLength · L · 255` fits int32.
public func depthwiseWeightGradientTap(
  _ tap: Int, errors: Span<Int16>, input: Span<Int8>, inputZeroPoint: Int32, geometry: ConvolutionGeometry,
  gradient: inout MutableSpan<Int32>
) {
  wideWeightGradientTap(
    tap, errors: errors, input: input, inputZeroPoint: inputZeroPoint, geometry: geometry, gradient: &gradient)
}

/// `depthwiseWeightGradientTap` of int32 errors of magnitude at most `L`.
///
/// - Precondition: `outputLength · L · 255` fits int32.
public func depthwiseWeightGradientTap(
  _ tap: Int, errors: Span<Int32>, input: Span<Int8>, inputZeroPoint: Int32, geometry: ConvolutionGeometry,
  gradient: inout MutableSpan<Int32>
) {
  wideWeightGradientTap(
    tap, errors: errors, input: input, inputZeroPoint: inputZeroPoint, geometry: geometry, gradient: &gradient)
}

@inline(__always)
private func wideInputGradientFrame<Element: FixedWidthInteger & SignedInteger>(
  _ frame: Int, errors: Span<Element>, weights: Span<Int8>, geometry: ConvolutionGeometry,
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
      let error = unsafe Int32(truncatingIfNeeded: errors[unchecked: e &+ c])
      unsafe gradient[unchecked: c] &+= error &* Int32(weights[unchecked: w &+ c])
    }
  }
}

@inline(__always)
private func wideWeightGradientTap<Element: FixedWidthInteger & SignedInteger>(
  _ tap: Int, errors: Span<Element>, input: Span<Int8>, inputZeroPoint: Int32, geometry: ConvolutionGeometry,
  gradient: inout MutableSpan<Int32>
) {
  let channels = geometry.inputChannels
  precondition(errors.count == geometry.outputCount && input.count == geometry.inputCount, "shapes must match")
  precondition(gradient.count == channels && tap >= 0 && tap < geometry.kernel, "a tap's row")
  for c in 0..<channels { gradient[c] = 0 }
  for t in 0..<geometry.outputLength {
    let frame = geometry.firstFrame(of: t) &+ tap
    guard frame >= 0 && frame < geometry.inputLength else { continue }
    let e = t &* channels
    let x = frame &* channels
    for c in 0..<channels {
      // SAFETY: `t` is an output frame and `frame` lies inside the input.
      let error = unsafe Int32(truncatingIfNeeded: errors[unchecked: e &+ c])
      unsafe gradient[unchecked: c] &+= error &* (Int32(input[unchecked: x &+ c]) &- inputZeroPoint)
    }
  }
}
