import CTrainingKernels
import Tensors
import Training

/// Gradient and update of a convolution's weights.
final class HostWeightUpdate: HostOperation {
  private let context: HostContext
  private let request: WeightUpdateRequest
  private let input: UnsafePointer<Int8>
  private let errors: UnsafePointer<Int8>
  private let constants: StepConstants
  private let firstIndices: Table<UInt32>
  private let places: Table<Int32>
  private let weights: UnsafeMutablePointer<Int8>

  /// - Returns: Nothing for errors of 16 or 32 bits, velocities and error feedback.
  init?(_ request: WeightUpdateRequest, _ context: HostContext, _ memory: borrowing PlanMemory) {
    guard request.isPlain else { return nil }
    let geometry = request.geometry.withBoundedStride
    precondition(request.origin.frameStride >= geometry.inputChannels, "a frame has the channels that are read")
    self.context = context
    self.request = request
    input = memory.unsafeAddress(
      of: request.input, as: Int8.self, count: geometry.inputLength * request.origin.frameStride)
    errors = memory.unsafeAddress(
      of: request.errors &+ Int32(Plan.scaleBytes), as: Int8.self, count: geometry.outputCount)
    constants = StepConstants(
      mantissas: request.mantissas, exponents: request.exponents, count: geometry.outputChannels, memory)
    firstIndices = Table(count: request.rows, zero: 0)
    for row in 0..<request.rows {
      firstIndices.pointer[row] = request.origin.firstIndex(
        ofRow: row, of: request.rows, first: request.firstIndex, memory)
    }
    places = .places(request.origin.places, count: request.rowCount, memory)
    weights = memory.unsafeMutableAddress(of: request.weights, as: Int8.self, count: request.rows * request.rowCount)
    let groups = (geometry.outputLength + 3) / 4
    let workspace = context.workspace
    workspace.bytes.reserve((geometry.inputLength + 2 * geometry.padding) * geometry.inputChannels)
    workspace.patches.reserve(groups * 4 * lanes(geometry.patchCount))
    workspace.errors.reserve(groups * 4 * lanes(geometry.outputChannels))
    workspace.sums.reserve(4 * lanes(geometry.outputChannels))
    workspace.start.reserve(4 * lanes(geometry.outputChannels))
    workspace.factors.reserve(8 * lanes(geometry.outputChannels))
  }

  override func perform(_ memory: borrowing PlanMemory, _ step: StepContext) {
    let rate = step.rate.multiplied(by: memory.scale(of: request.errors))
    guard !rate.isZero else { return }
    let kernels = context.kernels
    let workspace = context.workspace
    let geometry = request.geometry.withBoundedStride
    let outputs = geometry.outputChannels
    let groups = (geometry.outputLength + 3) / 4
    let patches = workspace.patches.pointer(as: UInt8.self)
    kernels.pointee.interleave(
      paddedInput(), geometry.stride * geometry.inputChannels, geometry.outputLength, geometry.patchCount,
      context.flip, patches)
    let packed = workspace.errors.pointer(as: Int8.self)
    kernels.pointee.interleave(
      errors, outputs, geometry.outputLength, outputs, 0, workspace.errors.pointer(as: UInt8.self))
    let sums = workspace.sums.pointer(as: Int32.self)
    kernels.pointee.sumGroups(packed, groups, lanes(outputs), sums)
    let start = workspace.start.pointer(as: Int32.self)
    kernels.pointee.corrected(nil, sums, request.inputZeroPoint &+ context.offset, lanes(outputs), start)
    let factors = constants.factors(rate, workspace.factors, kernels)
    var update = TKWeightUpdate(
      patches: patches, errors: packed, frameGroups: groups, outputs: outputs, columns: geometry.patchCount,
      start: start, factors: factors, firstIndices: firstIndices.pointer, places: places.pointer,
      isStochastic: request.rounding == .stochastic, random: TKRandom(step), weights: weights)
    kernels.pointee.updateWeights(&update)
  }

  /// The channels whose weights are updated, with frames of zero points before and behind.
  private func paddedInput() -> UnsafePointer<Int8> {
    let geometry = request.geometry.withBoundedStride
    let channels = geometry.inputChannels
    let isWhole = request.origin.frameStride == channels
    guard geometry.padding > 0 || !isWhole else { return input }
    let target = context.workspace.bytes.pointer(as: Int8.self)
    let edge = geometry.padding * channels
    let count = geometry.inputLength * channels
    let zero = Int8(truncatingIfNeeded: request.inputZeroPoint)
    target.update(repeating: zero, count: edge)
    if isWhole {
      (target + edge).update(from: input, count: count)
    } else {
      for t in 0..<geometry.inputLength {
        (target + edge + t * channels).update(from: input + t * request.origin.frameStride, count: channels)
      }
    }
    (target + edge + count).update(repeating: zero, count: edge)
    return UnsafePointer(target)
  }
}
