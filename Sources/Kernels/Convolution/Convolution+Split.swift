public import Tensors

/// A convolution whose weights lie in two places: those of the first input channels, which training updates, in the
/// arena, those of all others among the constants.
///
/// Int32 sums of both parts are exact, so the result is that of `convolutionInt8` with the whole tensor, bit for bit.
///
/// - Parameters:
///   - updated: `[outputChannels][kernel][updatedChannels]`.
///   - frozen: `[outputChannels][kernel][inputChannels − updatedChannels]`.
///   - updatedChannels: In `1 ..< inputChannels`.
///
/// All else as `convolutionInt8`.
public func splitConvolutionInt8(
  input: Span<Int8>, inputZeroPoint: Int32, updated: Span<Int8>, frozen: Span<Int8>, updatedChannels: Int,
  bias: Span<Int32>, mantissas: Span<Int32>, shifts: Span<UInt8>, geometry: ConvolutionGeometry, range: OutputRange,
  sums: inout MutableSpan<Int32>, output: inout MutableSpan<Int8>, clamped: inout MutableSpan<UInt8>
) {
  precondition(input.count == geometry.inputCount && output.count == geometry.outputCount, "shapes must match")
  precondition(bias.count == geometry.outputChannels && sums.count == geometry.outputChannels, "one sum a channel")
  clearMask(&clamped, elements: geometry.outputCount)
  for t in 0..<geometry.outputLength {
    splitConvolutionSums(
      frame: t, input: input, inputZeroPoint: inputZeroPoint, updated: updated, frozen: frozen,
      updatedChannels: updatedChannels, bias: bias, geometry: geometry, sums: &sums)
    requantizeFrame(
      sums: sums.span, mantissas: mantissas, shifts: shifts, range: range,
      at: t &* geometry.outputChannels, output: &output, clamped: &clamped)
  }
}

/// `convolutionSumsInt8` of weights in two places, as `splitConvolutionInt8` has them.
///
/// - Precondition: The output has one frame.
public func splitConvolutionSumsInt8(
  input: Span<Int8>, inputZeroPoint: Int32, updated: Span<Int8>, frozen: Span<Int8>, updatedChannels: Int,
  bias: Span<Int32>, geometry: ConvolutionGeometry, output: inout MutableSpan<Int32>
) {
  precondition(geometry.outputLength == 1, "logits are one frame")
  precondition(input.count == geometry.inputCount && output.count == geometry.outputCount, "shapes must match")
  precondition(bias.count == geometry.outputChannels, "one bias a channel")
  splitConvolutionSums(
    frame: 0, input: input, inputZeroPoint: inputZeroPoint, updated: updated, frozen: frozen,
    updatedChannels: updatedChannels, bias: bias, geometry: geometry, sums: &output)
}

private func splitConvolutionSums(
  frame t: Int, input: Span<Int8>, inputZeroPoint: Int32, updated: Span<Int8>, frozen: Span<Int8>,
  updatedChannels: Int, bias: Span<Int32>, geometry: ConvolutionGeometry, sums: inout MutableSpan<Int32>
) {
  for o in 0..<geometry.outputChannels { sums[o] = bias[o] }
  addConvolutionSums(
    frame: t, input: input, inputZeroPoint: inputZeroPoint, weights: updated, channels: 0..<updatedChannels,
    geometry: geometry, sums: &sums)
  addConvolutionSums(
    frame: t, input: input, inputZeroPoint: inputZeroPoint, weights: frozen,
    channels: updatedChannels..<geometry.inputChannels, geometry: geometry, sums: &sums)
}

/// Adds the products of some input channels to one output frame's sums.
///
/// - Parameter weights: `[outputChannels][kernel][channels.count]`.
private func addConvolutionSums(
  frame t: Int, input: Span<Int8>, inputZeroPoint: Int32, weights: Span<Int8>, channels: Range<Int>,
  geometry: ConvolutionGeometry, sums: inout MutableSpan<Int32>
) {
  let width = channels.count
  let row = geometry.kernel &* width
  precondition(
    channels.lowerBound >= 0 && width > 0 && channels.upperBound <= geometry.inputChannels
      && weights.count == geometry.outputChannels &* row, "weights must match their channels")
  let zero = Int16(truncatingIfNeeded: inputZeroPoint)
  let first = geometry.firstFrame(of: t)
  for k in geometry.taps(of: t) {
    let start = (first &+ k) &* geometry.inputChannels &+ channels.lowerBound
    var o = 0
    // Four output channels share one pass, as in `convolutionSums`; the last ones repeat a row and drop its sums.
    while o < geometry.outputChannels {
      let last = geometry.outputChannels &- 1
      let w0 = o &* row &+ k &* width
      let w1 = min(o &+ 1, last) &* row &+ k &* width
      let w2 = min(o &+ 2, last) &* row &+ k &* width
      let w3 = min(o &+ 3, last) &* row &+ k &* width
      var s0: Int32 = 0
      var s1: Int32 = 0
      var s2: Int32 = 0
      var s3: Int32 = 0
      for i in 0..<width {
        // SAFETY: the tap lies inside the input, `start + i` within its frame, and every row inside the weights.
        let x = Int32(unsafe Int16(input[unchecked: start &+ i]) &- zero)
        unsafe s0 &+= x &* Int32(weights[unchecked: w0 &+ i])
        unsafe s1 &+= x &* Int32(weights[unchecked: w1 &+ i])
        unsafe s2 &+= x &* Int32(weights[unchecked: w2 &+ i])
        unsafe s3 &+= x &* Int32(weights[unchecked: w3 &+ i])
      }
      sums[o] &+= s0
      if o &+ 1 <= last { sums[o &+ 1] &+= s1 }
      if o &+ 2 <= last { sums[o &+ 2] &+= s2 }
      if o &+ 3 <= last { sums[o &+ 3] &+= s3 }
      o &+= 4
    }
  }
}
