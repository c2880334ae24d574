import CTrainingKernels
import Tensors
import Training

/// Frames of a depthwise convolution, to be read as pairs of int16 that are less their zero point.
struct PairedFrames {
  let source: UnsafePointer<Int8>
  let frames: Int
  /// Bytes from frame to frame, and those that are read of each.
  let stride: Int
  let channels: Int
  let before: Int
  let after: Int
  /// Frames from the one in the lower half to the one in the upper half.
  let distance: Int

  /// Frames of a block of channels.
  var blockFrames: Int { before + frames + after }
  var byteCount: Int { 4 * blockFrames * lanes(channels) }

  @inline(__always)
  func make(zeroPoint: Int32, _ scratch: Scratch, _ kernels: UnsafePointer<TKKernels>) -> UnsafeMutablePointer<Int32> {
    let pairs = scratch.pointer(as: Int32.self)
    kernels.pointee.pairFrames(source, stride, frames, channels, zeroPoint, before, after, distance, pairs)
    return pairs
  }
}

/// A convolution of each channel with its own taps.
final class HostDepthwiseConvolution: HostOperation {
  private let context: HostContext
  private let geometry: ConvolutionGeometry
  private let zeroPoint: Int32
  private let input: PairedFrames
  private let bias: PaddedBias
  private let weights: DepthwiseWeights
  private let tables: RequantizationTables
  private let maskBytes: Int
  private let requantization: TKRequantization

  /// - Returns: Nothing if factors do not lie among the constants.
  init?(_ request: ConvolutionRequest, _ context: HostContext, _ memory: borrowing PlanMemory) {
    guard request.mantissas < 0, request.shifts < 0 else { return nil }
    precondition(
      request.geometry.outputChannels == request.geometry.inputChannels, "a depthwise convolution keeps its channels")
    self.context = context
    geometry = request.geometry.withBoundedStride
    zeroPoint = request.inputZeroPoint
    let channels = geometry.inputChannels
    // An odd last tap is paired with the frame behind it, whatever that is.
    input = PairedFrames(
      source: memory.unsafeAddress(of: request.input, as: Int8.self, count: geometry.inputCount),
      frames: geometry.inputLength, stride: channels, channels: channels, before: geometry.padding,
      after: geometry.padding, distance: 1)
    bias = PaddedBias(
      source: memory.unsafeAddress(of: request.bias, as: Int32.self, count: channels), count: channels)
    weights = context.weights(request.weights, request.split, geometry, isDepthwise: true, memory).depthwise(geometry)
    tables = RequantizationTables(mantissas: request.mantissas, shifts: request.shifts, count: channels, memory)
    maskBytes = memory.maskBytes(request.mask, elements: geometry.outputCount)
    requantization = TKRequantization(request, tables, memory)
    context.workspace.gradient.reserve(input.byteCount)
    context.workspace.bias.reserve(4 * lanes(channels))
  }

  override func perform(_ memory: borrowing PlanMemory, _ step: StepContext) {
    let kernels = context.kernels
    let workspace = context.workspace
    let channels = geometry.inputChannels
    weights.refreshForward(kernels)
    // The output may lie over the input, all of which is read here.
    let frames = input.make(zeroPoint: zeroPoint, workspace.gradient, kernels)
    var requantization = requantization
    if let clamped = requantization.clamped, channels & 15 != 0 { clamped.update(repeating: 0, count: maskBytes) }
    var product = TKDepthwise(
      frames: frames, blockFrames: input.blockFrames, stride: geometry.stride, rowCount: geometry.outputLength,
      pairs: (geometry.kernel + 1) / 2,
      weights: weights.forward.pointer, start: bias.padded(workspace.bias), channels: channels)
    kernels.pointee.depthwise(&product, &requantization)
  }
}
