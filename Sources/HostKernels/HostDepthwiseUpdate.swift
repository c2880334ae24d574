import CTrainingKernels
import Tensors
import Training

/// Gradient and update of a depthwise convolution's weights.
final class HostDepthwiseUpdate: HostOperation {
  private let context: HostContext
  private let request: WeightUpdateRequest
  private let input: PairedFrames
  private let errors: PairedFrames
  private let constants: StepConstants
  private let firstIndices: Table<UInt32>
  private let places: Table<Int32>
  private let weights: UnsafeMutablePointer<Int8>

  /// - Returns: Nothing for errors of 16 or 32 bits, velocities and error feedback.
  init?(_ request: WeightUpdateRequest, _ context: HostContext, _ memory: borrowing PlanMemory) {
    guard request.isPlain else { return nil }
    let geometry = request.geometry.withBoundedStride
    let channels = geometry.inputChannels
    precondition(
      request.origin.frameStride >= channels && geometry.outputChannels >= channels,
      "a frame has the channels that are read")
    self.context = context
    self.request = request
    input = PairedFrames(
      source: memory.unsafeAddress(
        of: request.input, as: Int8.self, count: geometry.inputLength * request.origin.frameStride),
      frames: geometry.inputLength, stride: request.origin.frameStride, channels: channels, before: geometry.padding,
      // An odd last frame of errors is paired with zeros, its partner's frame need not exist.
      after: geometry.padding + geometry.stride, distance: geometry.stride)
    errors = PairedFrames(
      source: memory.unsafeAddress(
        of: request.errors &+ Int32(Plan.scaleBytes), as: Int8.self, count: geometry.outputCount),
      frames: geometry.outputLength, stride: geometry.outputChannels, channels: channels, before: 0, after: 0,
      distance: 1)
    constants = StepConstants(
      mantissas: request.mantissas, exponents: request.exponents, count: geometry.outputChannels, memory)
    firstIndices = Table(count: request.rows, zero: 0)
    for row in 0..<request.rows {
      firstIndices.pointer[row] = request.origin.firstIndex(
        ofRow: row, of: request.rows, first: request.firstIndex, memory)
    }
    places = .places(request.origin.places, count: channels, memory)
    weights = memory.unsafeMutableAddress(of: request.weights, as: Int8.self, count: geometry.kernel * channels)
    let workspace = context.workspace
    workspace.gradient.reserve(input.byteCount)
    workspace.pairs.reserve(errors.byteCount)
    workspace.sums.reserve(4 * lanes(channels) * geometry.kernel)
    workspace.factors.reserve(8 * lanes(geometry.outputChannels))
  }

  override func perform(_ memory: borrowing PlanMemory, _ step: StepContext) {
    let rate = step.rate.multiplied(by: memory.scale(of: request.errors))
    guard !rate.isZero else { return }
    let kernels = context.kernels
    let workspace = context.workspace
    let geometry = request.geometry.withBoundedStride
    let channels = geometry.inputChannels
    let width = lanes(channels)
    let factors = constants.factors(rate, workspace.factors, kernels)
    let gradient = workspace.sums.pointer(as: Int32.self)
    kernels.pointee.depthwiseTaps(
      errors.make(zeroPoint: 0, workspace.pairs, kernels),
      input.make(zeroPoint: request.inputZeroPoint, workspace.gradient, kernels), input.blockFrames,
      geometry.outputLength, geometry.stride, geometry.kernel, width, gradient)
    var update = TKDepthwiseUpdate(
      gradient: gradient, taps: geometry.kernel, channels: channels, factors: factors,
      firstIndices: firstIndices.pointer, places: places.pointer, isStochastic: request.rounding == .stochastic,
      random: TKRandom(step), weights: weights)
    kernels.pointee.updateDepthwiseWeights(&update)
  }
}
