import CTrainingKernels
import Tensors
import Training

/// The update of a layer's biases.
final class HostBiasUpdate: HostOperation {
  private let context: HostContext
  private let request: BiasUpdateRequest
  private let errors: UnsafePointer<Int8>
  private let constants: StepConstants
  private let places: Table<Int32>
  private let bias: UnsafeMutablePointer<Int32>

  /// - Returns: Nothing for errors of 16 or 32 bits, velocities and error feedback.
  init?(_ request: BiasUpdateRequest, _ context: HostContext, _ memory: borrowing PlanMemory) {
    guard request.element == .int8, !request.velocity.exists, request.rounding != .errorFeedback,
      request.limit <= Int32.max - 128
    else { return nil }
    let channels = request.channels
    self.context = context
    self.request = request
    errors = memory.unsafeAddress(
      of: request.errors &+ Int32(Plan.scaleBytes), as: Int8.self, count: request.length * channels)
    constants = StepConstants(mantissas: request.mantissas, exponents: request.exponents, count: channels, memory)
    places = .places(request.places, count: channels, memory)
    bias = memory.unsafeMutableAddress(of: request.bias, as: Int32.self, count: channels)
    context.workspace.sums.reserve(4 * lanes(channels))
    context.workspace.factors.reserve(8 * lanes(channels))
  }

  override func perform(_ memory: borrowing PlanMemory, _ step: StepContext) {
    let rate = step.rate.multiplied(by: memory.scale(of: request.errors))
    guard !rate.isZero else { return }
    let kernels = context.kernels
    let channels = request.channels
    let sums = context.workspace.sums.pointer(as: Int32.self)
    kernels.pointee.channelSums(errors, request.length, channels, sums)
    let factors = constants.factors(rate, context.workspace.factors, kernels)
    var update = TKBiasUpdate(
      sums: sums, channels: channels, factors: factors, firstIndex: request.firstIndex, places: places.pointer,
      isStochastic: request.rounding == .stochastic, random: TKRandom(step), limit: request.limit, bias: bias)
    kernels.pointee.updateBias(&update)
  }
}
