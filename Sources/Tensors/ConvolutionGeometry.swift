/// The sizes of a 1-D convolution over frame-major activations.
///
/// The input is `[inputLength][inputChannels]`, the output `[outputLength][outputChannels]`. Weights are
/// `[outputChannels][kernel][inputChannels]`, of a depthwise convolution `[kernel][channels]`. A pointwise
/// convolution has kernel 1; a dense layer has one input frame, one output frame and kernel 1.
@frozen
public struct ConvolutionGeometry: Sendable, Hashable {
  public let inputLength: Int
  public let inputChannels: Int
  public let outputLength: Int
  public let outputChannels: Int
  public let kernel: Int
  public let stride: Int
  /// Frames of zero points before and after the input.
  public let padding: Int

  public init(
    inputLength: Int, inputChannels: Int, outputLength: Int, outputChannels: Int, kernel: Int, stride: Int,
    padding: Int
  ) {
    precondition(
      inputLength > 0 && inputChannels > 0 && outputLength > 0 && outputChannels > 0, "a convolution has sizes")
    precondition(kernel > 0 && stride > 0 && padding >= 0 && padding < kernel, "a kernel must fit its padding")
    precondition(
      (outputLength &- 1) &* stride &+ kernel <= inputLength &+ 2 &* padding, "every output must see the padded input")
    self.inputLength = inputLength
    self.inputChannels = inputChannels
    self.outputLength = outputLength
    self.outputChannels = outputChannels
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
  }

  /// The frame of the input under the first tap of output frame `t`; negative inside the padding.
  @inlinable @inline(__always)
  public func firstFrame(of t: Int) -> Int { t &* stride &- padding }

  /// The taps of output frame `t` that lie inside the input.
  @inlinable @inline(__always)
  public func taps(of t: Int) -> Range<Int> {
    let first = firstFrame(of: t)
    return max(0, 0 &- first)..<max(max(0, 0 &- first), min(kernel, inputLength &- first))
  }

  /// The output frames whose whole patch lies inside the input.
  @inlinable
  public var interior: Range<Int> {
    let low = min((padding &+ stride &- 1) / stride, outputLength)
    let last = inputLength &+ padding &- kernel
    let high = last < 0 ? 0 : min(last / stride &+ 1, outputLength)
    return low..<max(low, high)
  }

  @inlinable
  public var inputCount: Int { inputLength &* inputChannels }
  @inlinable
  public var outputCount: Int { outputLength &* outputChannels }
  /// Weights of one output channel of an ordinary convolution.
  @inlinable
  public var patchCount: Int { kernel &* inputChannels }
}
