public import Tensors

/// Takes the largest value of each channel over sliding windows of frames; scale and zero point stay.
///
/// - Parameters:
///   - output: `[outputLength][channels]`; overwritten.
///   - winners: For each output the tap that won, the first of equals; empty if nobody reads it.
/// - Precondition: No padding; with winners, the kernel is at most 256, so that a tap fits a byte.
public func maxPoolInt8(
  input: Span<Int8>, geometry: ConvolutionGeometry, output: inout MutableSpan<Int8>, winners: inout MutableSpan<UInt8>
) {
  let channels = geometry.inputChannels
  precondition(geometry.outputChannels == channels && geometry.padding == 0, "a pool keeps its channels and never pads")
  precondition(input.count == geometry.inputCount && output.count == geometry.outputCount, "shapes must match")
  precondition(winners.isEmpty || winners.count == output.count, "one winner an output")
  precondition(winners.isEmpty || geometry.kernel <= 256, "a tap must fit a byte")
  for t in 0..<geometry.outputLength {
    let first = t &* geometry.stride
    for c in 0..<channels {
      var best = input[first &* channels &+ c]
      var winner = 0
      for k in 1..<max(1, geometry.kernel) {
        let value = input[(first &+ k) &* channels &+ c]
        if value > best {
          best = value
          winner = k
        }
      }
      output[t &* channels &+ c] = best
      if !winners.isEmpty { winners[t &* channels &+ c] = UInt8(truncatingIfNeeded: winner) }
    }
  }
}

/// One frame of the gradient of a max pool's input: each output's gradient goes to the tap that won.
///
/// - Precondition: `kernel` times the largest `|g|` fits int32.
public func maxPoolInputGradientFrame(
  _ frame: Int, outputGradient: Span<Int32>, winners: Span<UInt8>, geometry: ConvolutionGeometry,
  gradient: inout MutableSpan<Int32>
) {
  let channels = geometry.inputChannels
  precondition(outputGradient.count == geometry.outputCount && gradient.count == channels, "shapes must match")
  precondition(winners.count == geometry.outputCount, "one winner an output")
  for c in 0..<channels { gradient[c] = 0 }
  for k in 0..<geometry.kernel {
    let shifted = frame &- k
    guard shifted >= 0 && shifted % geometry.stride == 0 && shifted / geometry.stride < geometry.outputLength else {
      continue
    }
    let g = shifted / geometry.stride &* channels
    for c in 0..<channels where Int(winners[g &+ c]) == k { gradient[c] &+= outputGradient[g &+ c] }
  }
}
