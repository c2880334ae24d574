import CTrainingKernels
import Tensors
import Training

/// A convolution as a product of overlapping rows with packed weights.
final class HostConvolution: HostOperation {
  private let context: HostContext
  private let geometry: ConvolutionGeometry
  private let zeroPoint: Int32
  private let input: PaddedFrames
  private let bias: PaddedBias
  private let weights: ForwardWeights
  private let tables: RequantizationTables
  private let maskBytes: Int
  private let requantization: TKRequantization

  /// - Returns: Nothing if factors do not lie among the constants.
  init?(_ request: ConvolutionRequest, _ context: HostContext, _ memory: borrowing PlanMemory) {
    guard request.mantissas < 0, request.shifts < 0 else { return nil }
    self.context = context
    geometry = request.geometry.withBoundedStride
    zeroPoint = request.inputZeroPoint
    input = PaddedFrames(
      source: memory.unsafeAddress(of: request.input, as: Int8.self, count: geometry.inputCount),
      frames: geometry.inputLength, channels: geometry.inputChannels, before: geometry.padding, after: geometry.padding)
    bias = PaddedBias(
      source: memory.unsafeAddress(of: request.bias, as: Int32.self, count: geometry.outputChannels),
      count: geometry.outputChannels)
    weights = context.weights(request.weights, request.split, geometry, isDepthwise: false, memory)
      .forward(rows: geometry.outputChannels, columns: geometry.patchCount)
    tables = RequantizationTables(
      mantissas: request.mantissas, shifts: request.shifts, count: geometry.outputChannels, memory)
    maskBytes = memory.maskBytes(request.mask, elements: geometry.outputCount)
    requantization = TKRequantization(request, tables, memory)
    context.workspace.bytes.reserve(input.byteCount)
    context.workspace.bias.reserve(4 * lanes(geometry.outputChannels))
    context.workspace.start.reserve(4 * lanes(geometry.outputChannels))
  }

  override func perform(_ memory: borrowing PlanMemory, _ step: StepContext) {
    let kernels = context.kernels
    let workspace = context.workspace
    let outputs = geometry.outputChannels
    weights.refresh(kernels)
    let rows = workspace.bytes.pointer(as: UInt8.self)
    input.copy(filler: zeroPoint, flip: context.flip, to: rows, kernels)
    let start = workspace.start.pointer(as: Int32.self)
    kernels.pointee.corrected(
      bias.padded(workspace.bias), weights.sums.pointer, zeroPoint &+ context.offset, lanes(outputs), start)
    var requantization = requantization
    if let clamped = requantization.clamped, outputs & 15 != 0 { clamped.update(repeating: 0, count: maskBytes) }
    var product = TKProduct(
      rows: rows, rowStride: geometry.stride * geometry.inputChannels, rowCount: geometry.outputLength,
      weights: weights.packed, blockStride: 64 * weights.groups, groupStride: 64, groups: weights.groups, start: start,
      outputs: outputs)
    kernels.pointee.requantizedProduct(&product, &requantization)
  }
}
