public import Tensors

/// A depthwise convolution whose weights lie in two places: those of the first channels, which training updates, in
/// the arena, those of all others among the constants.
///
/// - Parameters:
///   - updated: `[kernel][updatedChannels]`.
///   - frozen: `[kernel][channels − updatedChannels]`.
///   - updatedChannels: In `1 ..< channels`.
///
/// All else as `depthwiseConvolutionInt8`, whose bits it gives.
public func splitDepthwiseConvolutionInt8(
  input: Span<Int8>, inputZeroPoint: Int32, updated: Span<Int8>, frozen: Span<Int8>, updatedChannels: Int,
  bias: Span<Int32>, mantissas: Span<Int32>, shifts: Span<UInt8>, geometry: ConvolutionGeometry, range: OutputRange,
  sums: inout MutableSpan<Int32>, output: inout MutableSpan<Int8>, clamped: inout MutableSpan<UInt8>
) {
  let channels = geometry.inputChannels
  precondition(geometry.outputChannels == channels, "a depthwise convolution keeps its channels")
  precondition(input.count == geometry.inputCount && output.count == geometry.outputCount, "shapes must match")
  precondition(bias.count == channels && sums.count == channels, "one sum a channel")
  clearMask(&clamped, elements: geometry.outputCount)
  for t in 0..<geometry.outputLength {
    for c in 0..<channels { sums[c] = bias[c] }
    addDepthwiseSums(
      frame: t, input: input, inputZeroPoint: inputZeroPoint, weights: updated, channels: 0..<updatedChannels,
      geometry: geometry, sums: &sums)
    addDepthwiseSums(
      frame: t, input: input, inputZeroPoint: inputZeroPoint, weights: frozen, channels: updatedChannels..<channels,
      geometry: geometry, sums: &sums)
    requantizeFrame(
      sums: sums.span, mantissas: mantissas, shifts: shifts, range: range, at: t &* channels, output: &output,
      clamped: &clamped)
  }
}

/// Adds the products of some channels to one output frame's sums.
///
/// - Parameter weights: `[kernel][channels.count]`.
private func addDepthwiseSums(
  frame t: Int, input: Span<Int8>, inputZeroPoint: Int32, weights: Span<Int8>, channels: Range<Int>,
  geometry: ConvolutionGeometry, sums: inout MutableSpan<Int32>
) {
  let width = channels.count
  precondition(
    channels.lowerBound >= 0 && width > 0 && channels.upperBound <= geometry.inputChannels
      && weights.count == geometry.kernel &* width, "weights must match their channels")
  let zero = Int16(truncatingIfNeeded: inputZeroPoint)
  let first = geometry.firstFrame(of: t)
  for k in geometry.taps(of: t) {
    let x = (first &+ k) &* geometry.inputChannels &+ channels.lowerBound
    let w = k &* width
    for c in 0..<width {
      // SAFETY: the tap lies inside the input, and `c` is below the width of both. 255 · 127 fits int16.
      let product = unsafe (Int16(input[unchecked: x &+ c]) &- zero) &* Int16(weights[unchecked: w &+ c])
      unsafe sums[unchecked: channels.lowerBound &+ c] &+= Int32(product)
    }
  }
}

/// One frame of the gradient of some channels of a depthwise convolution's input: `gradient[c] = Σ_k e[t,c] · w[k,c]`
/// for the channels from `firstChannel` on.
///
/// Units and bound as `depthwiseInputGradientFrame`, which it equals where all channels are asked for.
///
/// - Parameters:
///   - errors: `[outputLength][outputChannels]`, of all channels.
///   - weights: `[kernel][gradient.count]`.
///   - gradient: One sum a channel; overwritten.
@inlinable
public func depthwiseInputGradientFrame<Element: FixedWidthInteger & SignedInteger>(
  _ frame: Int, errors: Span<Element>, weights: Span<Int8>, firstChannel: Int, geometry: ConvolutionGeometry,
  gradient: inout MutableSpan<Int32>
) {
  let width = gradient.count
  precondition(errors.count == geometry.outputCount, "shapes must match")
  precondition(
    firstChannel >= 0 && firstChannel &+ width <= geometry.outputChannels
      && weights.count == geometry.kernel &* width, "weights must match their channels")
  for c in 0..<width { gradient[c] = 0 }
  for k in 0..<geometry.kernel {
    let shifted = frame &+ geometry.padding &- k
    guard shifted >= 0 && shifted % geometry.stride == 0 else { continue }
    let t = shifted / geometry.stride
    guard t < geometry.outputLength else { continue }
    let e = t &* geometry.outputChannels &+ firstChannel
    let w = k &* width
    for c in 0..<width {
      // SAFETY: `t` is an output frame and `k` a tap; `c` is below the width of weights and gradient.
      let error = unsafe Int32(truncatingIfNeeded: errors[unchecked: e &+ c])
      unsafe gradient[unchecked: c] &+= error &* Int32(weights[unchecked: w &+ c])
    }
  }
}

/// The weight gradient of one tap over the first channels only:
/// `gradient[c] = Σ_t e[t,c] · (x[t·stride + tap − padding, c] − zeroPoint)` for `c < geometry.inputChannels`.
///
/// Units and bound as `depthwiseWeightGradientTap`, which it equals where frames have no further channels.
///
/// - Parameters:
///   - errors: `[outputLength][geometry.outputChannels]`.
///   - input: `[inputLength][frameStride]`.
///   - geometry: Its input channels are those whose weights are updated, its output channels those of the errors.
///   - gradient: `[geometry.inputChannels]`; overwritten.
@inlinable
public func depthwiseWeightGradientTap<Element: FixedWidthInteger & SignedInteger>(
  _ tap: Int, errors: Span<Element>, input: Span<Int8>, frameStride: Int, inputZeroPoint: Int32,
  geometry: ConvolutionGeometry, gradient: inout MutableSpan<Int32>
) {
  let width = geometry.inputChannels
  precondition(frameStride >= width && geometry.outputChannels >= width, "a frame has the channels that are read")
  precondition(
    errors.count == geometry.outputCount && input.count == geometry.inputLength &* frameStride, "shapes must match")
  precondition(gradient.count == width && tap >= 0 && tap < geometry.kernel, "a tap's row")
  for c in 0..<width { gradient[c] = 0 }
  for t in 0..<geometry.outputLength {
    let frame = geometry.firstFrame(of: t) &+ tap
    guard frame >= 0 && frame < geometry.inputLength else { continue }
    let e = t &* geometry.outputChannels
    let x = frame &* frameStride
    for c in 0..<width {
      // SAFETY: `t` is an output frame and `frame` lies inside the input; `c` is below either's channels.
      let error = unsafe Int32(truncatingIfNeeded: errors[unchecked: e &+ c])
      unsafe gradient[unchecked: c] &+= error &* (Int32(input[unchecked: x &+ c]) &- inputZeroPoint)
    }
  }
}
