import CTrainingKernels
import Kernels
import Tensors
import Training

/// The last layer: sums in one scale, of which the largest is the prediction.
final class HostLogits: HostOperation {
  private let context: HostContext
  private let request: LogitsRequest
  private let state: Int32
  private let input: PaddedFrames
  private let bias: PaddedBias
  private let weights: ForwardWeights

  init?(_ request: LogitsRequest, state: Int32, _ context: HostContext, _ memory: borrowing PlanMemory) {
    let geometry = request.geometry
    guard geometry.outputLength == 1 else { return nil }
    self.context = context
    self.request = request
    self.state = state
    input = PaddedFrames(
      source: memory.unsafeAddress(of: request.input, as: Int8.self, count: geometry.inputCount),
      frames: geometry.inputLength, channels: geometry.inputChannels, before: geometry.padding, after: geometry.padding)
    bias = PaddedBias(
      source: memory.unsafeAddress(of: request.bias, as: Int32.self, count: geometry.outputChannels),
      count: geometry.outputChannels)
    weights = context.weights(request.weights, request.split, geometry, isDepthwise: false, memory)
      .forward(rows: geometry.outputChannels, columns: geometry.patchCount)
    context.workspace.bytes.reserve(input.byteCount)
    context.workspace.bias.reserve(4 * lanes(geometry.outputChannels))
    context.workspace.start.reserve(4 * lanes(geometry.outputChannels))
    context.workspace.sums.reserve(4 * lanes(geometry.outputChannels))
  }

  override func perform(_ memory: borrowing PlanMemory, _ step: StepContext) {
    let kernels = context.kernels
    let workspace = context.workspace
    let geometry = request.geometry
    let classes = geometry.outputChannels
    weights.refresh(kernels)
    let rows = workspace.bytes.pointer(as: UInt8.self)
    input.copy(filler: request.inputZeroPoint, flip: context.flip, to: rows, kernels)
    let start = workspace.start.pointer(as: Int32.self)
    kernels.pointee.corrected(
      bias.padded(workspace.bias), weights.sums.pointer, request.inputZeroPoint &+ context.offset, lanes(classes), start
    )
    let sums = workspace.sums.pointer(as: Int32.self)
    var product = TKProduct(
      rows: rows, rowStride: 0, rowCount: 1, weights: weights.packed, blockStride: 64 * weights.groups,
      groupStride: 64, groups: weights.groups, start: start, outputs: classes)
    kernels.pointee.product(&product, sums, lanes(classes))
    var output = memory.write(request.output, as: Int32.self, count: classes)
    for c in 0..<classes { output[c] = sums[c] }
    let prediction = scaleLogits(
      &output, mantissas: memory.read(request.mantissas, as: Int32.self, count: classes),
      shifts: memory.read(request.shifts, as: UInt8.self, count: classes))
    var words = memory.write(state, as: Int32.self, count: Plan.State.byteCount / 4)
    words[Plan.State.prediction] = Int32(truncatingIfNeeded: prediction)
  }
}
