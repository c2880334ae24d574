public import Tensors

/// The weight gradient of one output channel: `gradient[k,i] = Σ_t e[t,o] · (x[t·stride + k − padding, i] − zeroPoint)`.
///
/// The zero point is subtracted; in real units the gradient with respect to the stored integers is the
/// error's scale times the input's scale times this.
///
/// - Parameters:
///   - channel: The output channel `o`.
///   - errors: `[outputLength][outputChannels]`, range `-127...127`.
///   - input: `[inputLength][inputChannels]`.
///   - gradient: `[kernel][inputChannels]`; overwritten.
/// - Precondition: `outputLength · 127 · 255` fits int32.
public func convolutionWeightGradientChannel(
  _ channel: Int, errors: Span<Int8>, input: Span<Int8>, inputZeroPoint: Int32, geometry: ConvolutionGeometry,
  gradient: inout MutableSpan<Int32>
) {
  precondition(errors.count == geometry.outputCount && input.count == geometry.inputCount, "shapes must match")
  precondition(
    gradient.count == geometry.patchCount && channel >= 0 && channel < geometry.outputChannels, "a channel's row")
  let outputs = geometry.outputChannels
  let channels = geometry.inputChannels
  let patch = geometry.patchCount
  for i in 0..<patch { gradient[i] = 0 }

  // Frames whose patch reaches into the padding, tap by tap.
  let interior = geometry.interior
  var t = 0
  while t < geometry.outputLength {
    if t == interior.lowerBound && !interior.isEmpty { t = interior.upperBound }
    guard t < geometry.outputLength else { break }
    let error = Int32(errors[t &* outputs &+ channel])
    if error != 0 {
      let taps = geometry.taps(of: t)
      let start = geometry.firstFrame(of: t) &* channels
      for i in taps.lowerBound &* channels..<taps.upperBound &* channels {
        gradient[i] &+= error &* (Int32(input[start &+ i]) &- inputZeroPoint)
      }
    }
    t &+= 1
  }

  // All others: two frames at once, since 2 · 127 · 128 fits int16, with the zero point taken off at the end.
  var sum: Int32 = 0
  t = interior.lowerBound
  while t < interior.upperBound {
    let paired = t &+ 1 < interior.upperBound
    let e0 = Int16(errors[t &* outputs &+ channel])
    let e1 = paired ? Int16(errors[(t &+ 1) &* outputs &+ channel]) : 0
    let x0 = geometry.firstFrame(of: t) &* channels
    let x1 = paired ? x0 &+ geometry.stride &* channels : x0
    t &+= 2
    if e0 == 0 && e1 == 0 { continue }
    sum &+= Int32(e0) &+ Int32(e1)
    for i in 0..<patch {
      // SAFETY: an interior frame's patch lies inside the input; `i` is below the gradient's count.
      let product = unsafe e0 &* Int16(input[unchecked: x0 &+ i]) &+ e1 &* Int16(input[unchecked: x1 &+ i])
      unsafe gradient[unchecked: i] &+= Int32(product)
    }
  }
  let offset = sum &* inputZeroPoint
  for i in 0..<patch { gradient[i] &-= offset }
}

/// `convolutionWeightGradientChannel` of int16 errors of magnitude at most `L`.
///
/// - Precondition: `outputLength · L · 255` fits int32.
public func convolutionWeightGradientChannel(
  _ channel: Int, errors: Span<Int16>, input: Span<Int8>, inputZeroPoint: Int32, geometry: ConvolutionGeometry,
  gradient: inout MutableSpan<Int32>
) {
  wideWeightGradientChannel(
    channel, errors: errors, input: input, inputZeroPoint: inputZeroPoint, geometry: geometry, gradient: &gradient)
}

/// `convolutionWeightGradientChannel` of int32 errors of magnitude at most `L`.
///
/// - Precondition: `outputLength · L · 255` fits int32.
public func convolutionWeightGradientChannel(
  _ channel: Int, errors: Span<Int32>, input: Span<Int8>, inputZeroPoint: Int32, geometry: ConvolutionGeometry,
  gradient: inout MutableSpan<Int32>
) {
  wideWeightGradientChannel(
    channel, errors: errors, input: input, inputZeroPoint: inputZeroPoint, geometry: geometry, gradient: &gradient)
}

@inline(__always)
private func wideWeightGradientChannel<Element: FixedWidthInteger & SignedInteger>(
  _ channel: Int, errors: Span<Element>, input: Span<Int8>, inputZeroPoint: Int32, geometry: ConvolutionGeometry,
  gradient: inout MutableSpan<Int32>
) {
  precondition(errors.count == geometry.outputCount && input.count == geometry.inputCount, "shapes must match")
  precondition(
    gradient.count == geometry.patchCount && channel >= 0 && channel < geometry.outputChannels, "a channel's row")
  let outputs = geometry.outputChannels
  let channels = geometry.inputChannels
  for i in 0..<geometry.patchCount { gradient[i] = 0 }
  for t in 0..<geometry.outputLength {
    let error = Int32(truncatingIfNeeded: errors[t &* outputs &+ channel])
    if error == 0 { continue }
    let taps = geometry.taps(of: t)
    let start = geometry.firstFrame(of: t) &* channels
    for i in taps.lowerBound &* channels..<taps.upperBound &* channels {
      // SAFETY: the tap lies inside the input; `i` is below the gradient's count.
      unsafe gradient[unchecked: i] &+= error &* (Int32(input[unchecked: start &+ i]) &- inputZeroPoint)
    }
  }
}
