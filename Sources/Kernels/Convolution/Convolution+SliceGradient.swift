public import Tensors

/// The weight gradient of one output channel over the first input channels only:
/// `gradient[k,i] = Σ_t e[t,o] · (x[t·stride + k − padding, i] − zeroPoint)` for `i < geometry.inputChannels`.
///
/// Units and bound as `convolutionWeightGradientChannel`, which it equals where frames have no further channels.
///
/// - Parameters:
///   - channel: The output channel `o`.
///   - errors: `[outputLength][outputChannels]`.
///   - input: `[inputLength][frameStride]`; channels from `geometry.inputChannels` on are not read.
///   - frameStride: Channels of a frame, at least `geometry.inputChannels`.
///   - geometry: Its input channels are those whose weights are updated.
///   - gradient: `[kernel][geometry.inputChannels]`; overwritten.
/// - Precondition: `outputLength · L · 255` fits int32 for errors of magnitude at most `L`.
@inlinable
public func convolutionWeightGradientChannel<Element: FixedWidthInteger & SignedInteger>(
  _ channel: Int, errors: Span<Element>, input: Span<Int8>, frameStride: Int, inputZeroPoint: Int32,
  geometry: ConvolutionGeometry, gradient: inout MutableSpan<Int32>
) {
  precondition(frameStride >= geometry.inputChannels, "a frame has the channels that are read")
  precondition(
    errors.count == geometry.outputCount && input.count == geometry.inputLength &* frameStride, "shapes must match")
  precondition(
    gradient.count == geometry.patchCount && channel >= 0 && channel < geometry.outputChannels, "a channel's row")
  let width = geometry.inputChannels
  for i in 0..<geometry.patchCount { gradient[i] = 0 }
  for t in 0..<geometry.outputLength {
    let error = Int32(truncatingIfNeeded: errors[t &* geometry.outputChannels &+ channel])
    if error == 0 { continue }
    let first = geometry.firstFrame(of: t)
    for k in geometry.taps(of: t) {
      let x = (first &+ k) &* frameStride
      let g = k &* width
      for i in 0..<width {
        // SAFETY: the tap lies inside the input, and `g + i` is below the gradient's count.
        unsafe gradient[unchecked: g &+ i] &+= error &* (Int32(input[unchecked: x &+ i]) &- inputZeroPoint)
      }
    }
  }
}
