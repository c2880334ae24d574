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
    let geometry = request.geometry
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
    let geometry = request.geometry
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
    let geometry = request.geometry
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

/// Gradient and update of a depthwise convolution's weights, tap by tap.
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
    let geometry = request.geometry
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
    let geometry = request.geometry
    let channels = geometry.inputChannels
    let width = lanes(channels)
    let factors = constants.factors(rate, workspace.factors, kernels)
    let gradient = workspace.sums.pointer(as: Int32.self)
    kernels.pointee.depthwiseTaps(
      errors.make(zeroPoint: 0, workspace.pairs, kernels),
      input.make(zeroPoint: request.inputZeroPoint, workspace.gradient, kernels), input.blockFrames,
      geometry.outputLength, geometry.stride, geometry.kernel, width, gradient)
    for tap in 0..<geometry.kernel {
      var update = TKRowUpdate(
        gradient: gradient + tap * width, channels: channels, factors: factors,
        firstIndex: firstIndices.pointer[tap], places: places.pointer,
        isStochastic: request.rounding == .stochastic, random: TKRandom(step), weights: weights + tap * channels)
      kernels.pointee.updateRow(&update)
    }
  }
}

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

/// The channels' constants of a step: quantisation-aware scaling and the input's scale.
struct StepConstants {
  private let mantissas: Table<Int32>
  private let exponents: Table<Int8>
  private let count: Int

  init(mantissas m: Int32, exponents e: Int32, count: Int, _ memory: borrowing PlanMemory) {
    mantissas = Table(copying: memory.unsafeAddress(of: m, as: Int32.self, count: count), count: count, zero: 0)
    exponents = Table(copying: memory.unsafeAddress(of: e, as: Int8.self, count: count), count: count, zero: 0)
    self.count = count
  }

  /// The factors of one step.
  @inline(__always)
  func factors(_ rate: RuntimeScale, _ scratch: Scratch, _ kernels: UnsafePointer<TKKernels>) -> TKStepFactors {
    let m = scratch.pointer(as: Int32.self)
    let s = m + lanes(count)
    kernels.pointee.stepFactors(
      mantissas.pointer, exponents.pointer, lanes(count), rate.mantissa, rate.exponent, m, s)
    return TKStepFactors(mantissas: m, shifts: s)
  }
}

extension TKRandom {
  /// Of updated parameters.
  init(_ step: StepContext) { self.init(low: step.random.lowKey, high: step.random.highKey) }
}

extension WeightUpdateRequest {
  /// Whether only weights and errors of 8 bits take part.
  var isPlain: Bool {
    element == .int8 && !velocity.exists && residual == Plan.none && rounding != .errorFeedback
  }
}

extension Table where Element == Int32 {
  /// Where parameters stand in the row as described; at 0, 1, 2, … if the operand is absent.
  static func places(_ operand: Int32, count: Int, _ memory: borrowing PlanMemory) -> Table {
    guard operand == Plan.none else {
      return Table(copying: memory.unsafeAddress(of: operand, as: Int32.self, count: count), count: count, zero: 0)
    }
    let table = Table(count: count, zero: 0)
    for i in 0..<count { table.pointer[i] = Int32(truncatingIfNeeded: i) }
    return table
  }
}
