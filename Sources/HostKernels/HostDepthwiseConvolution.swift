import CTrainingKernels
import Tensors
import Training

/// Copies frames to rows of whole blocks, with frames of one value before and behind.
struct BlockedFrames {
  let source: UnsafePointer<Int8>
  let frames: Int
  /// Bytes from frame to frame, and those that are read of each.
  let stride: Int
  let channels: Int
  let padding: Int

  var byteCount: Int { (frames + 2 * padding) * lanes(channels) }

  /// Whether the frames can be read where they are.
  var isBlocked: Bool { padding == 0 && stride == channels && channels & 15 == 0 }

  @inline(__always)
  func blocked(filler: Int32, _ scratch: Scratch, _ kernels: UnsafePointer<TKKernels>) -> UnsafePointer<Int8> {
    guard !isBlocked else { return source }
    let target = scratch.pointer(as: Int8.self)
    let edge = padding * lanes(channels)
    let byte = Int8(truncatingIfNeeded: filler)
    if edge > 0 {
      target.update(repeating: byte, count: edge)
      (target + edge + frames * lanes(channels)).update(repeating: byte, count: edge)
    }
    kernels.pointee.copyRows(source, stride, frames, channels, target + edge)
    return UnsafePointer(target)
  }
}

/// A convolution of each channel with its own taps.
final class HostDepthwiseConvolution: HostOperation {
  private let context: HostContext
  private let geometry: ConvolutionGeometry
  private let zeroPoint: Int32
  private let input: BlockedFrames
  private let bias: PaddedBias
  private let weights: DepthwiseWeights
  private let tables: RequantizationTables
  private let maskBytes: Int
  private var requantization: TKRequantization

  /// - Returns: Nothing if the weights lie in two places.
  init?(_ request: ConvolutionRequest, _ context: HostContext, _ memory: borrowing PlanMemory) {
    guard !request.split.exists, request.mantissas < 0, request.shifts < 0 else { return nil }
    self.context = context
    geometry = request.geometry
    zeroPoint = request.inputZeroPoint
    let channels = geometry.inputChannels
    input = BlockedFrames(
      source: memory.unsafeAddress(of: request.input, as: Int8.self, count: geometry.inputCount),
      frames: geometry.inputLength, stride: channels, channels: channels, padding: geometry.padding)
    bias = PaddedBias(
      source: memory.unsafeAddress(of: request.bias, as: Int32.self, count: channels), count: channels)
    weights = context.weights(request.weights, count: request.weightCount, memory)
      .depthwise(kernel: geometry.kernel, channels: channels)
    tables = RequantizationTables(mantissas: request.mantissas, shifts: request.shifts, count: channels, memory)
    maskBytes = memory.maskBytes(request.mask, elements: geometry.outputCount)
    requantization = TKRequantization(request, tables, memory)
    context.workspace.bytes.reserve(input.byteCount)
    context.workspace.bias.reserve(4 * lanes(channels))
    context.workspace.start.reserve(4 * lanes(channels))
  }

  override func perform(_ memory: borrowing PlanMemory, _ step: StepContext) {
    let kernels = context.kernels
    let workspace = context.workspace
    let channels = geometry.inputChannels
    weights.refresh(kernels)
    // The output may lie over the input, so the input is copied even where it could be read in its place.
    let frames = workspace.bytes.pointer(as: Int8.self)
    if input.isBlocked {
      frames.update(from: input.source, count: input.byteCount)
    } else {
      _ = input.blocked(filler: zeroPoint, workspace.bytes, kernels)
    }
    let start = workspace.start.pointer(as: Int32.self)
    kernels.pointee.corrected(
      bias.padded(workspace.bias), weights.sums.pointer, zeroPoint, lanes(channels), start)
    if let clamped = requantization.clamped, channels & 15 != 0 { clamped.update(repeating: 0, count: maskBytes) }
    var product = TKDepthwise(
      frames: frames, stride: geometry.stride, rowCount: geometry.outputLength, kernel: geometry.kernel,
      weights: weights.wide.pointer, start: start, channels: channels)
    kernels.pointee.depthwise(&product, &requantization)
  }
}
