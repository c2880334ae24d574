import CTrainingKernels
import Kernels
import Tensors
import Training

/// One error tensor that is made of a gradient.
final class HostGradientOutput {
  private let output: GradientRequest.Output
  private let frames: Int
  private let channels: Int
  private let mask: UnsafePointer<UInt8>?
  private let otherMask: UnsafePointer<UInt8>?
  private let errors: UnsafeMutablePointer<Int8>?
  private let largest: Table<Int32>
  private let mantissas: Table<Int32>
  private let shifts: Table<UInt8>
  private let factors: UnsafePointer<Int32>?
  /// Whether this step's scale was chosen before its gradient was known.
  @exclusivity(unchecked) private var isScaleCarried = false
  /// Whether all shifts are above 32, those of zero factors aside.
  @exclusivity(unchecked) private var isNarrow = true

  init(_ output: GradientRequest.Output, _ request: GradientRequest, _ memory: borrowing PlanMemory) {
    self.output = output
    frames = request.frames
    channels = request.channels
    let elements = frames * channels
    // The gradient itself has neither masks nor factors, whatever its record says.
    let isQuantized = output.kind == .quantized
    func address(_ operand: Int32, _ memory: borrowing PlanMemory) -> UnsafePointer<UInt8>? {
      operand == Plan.none || !isQuantized
        ? nil
        : memory.unsafeAddress(of: operand, as: UInt8.self, count: memory.maskBytes(operand, elements: elements))
    }
    mask = address(output.mask, memory)
    otherMask = address(output.otherMask, memory)
    errors =
      isQuantized
      ? memory.unsafeMutableAddress(of: output.operand &+ Int32(Plan.scaleBytes), as: Int8.self, count: elements) : nil
    largest = Table(count: channels, zero: 0)
    mantissas = Table(count: channels, zero: 0)
    shifts = Table(count: channels, zero: 33)
    factors =
      output.factors == Plan.none || !isQuantized
      ? nil : memory.unsafeAddress(of: output.factors, as: Int32.self, count: channels)
  }

  var isCarried: Bool { output.carried != Plan.none }

  func isKnown(_ memory: borrowing PlanMemory) -> Bool {
    isCarried && !memory.persistentScale(of: output.carried).isZero
  }

  func findLargest(_ gradient: UnsafePointer<Int32>, _ kernels: UnsafePointer<TKKernels>) {
    kernels.pointee.largest(gradient, frames, channels, mask, otherMask, largest.pointer)
  }

  private func factorCount(_ channels: Int) -> Int { output.factors == Plan.none ? 0 : channels }

  func chooseScale(unit: RuntimeScale, _ memory: borrowing PlanMemory, _ kernels: UnsafePointer<TKKernels>) {
    let carried = isCarried ? memory.persistentScale(of: output.carried) : .zero
    isScaleCarried = !carried.isZero
    memory.setScale(
      carried.isZero ? exactScale(unit: unit, kernels) : carriedScale(carried, unit: unit, memory), of: output.operand)
  }

  /// As `chooseErrorScale`.
  private func exactScale(unit: RuntimeScale, _ kernels: UnsafePointer<TKKernels>) -> RuntimeScale {
    let top = kernels.pointee.largestProduct(largest.pointer, factors, channels)
    guard top > 0 else {
      mantissas.pointer.update(repeating: 0, count: channels)
      shifts.pointer.update(repeating: 33, count: channels)
      isNarrow = true
      return .zero
    }
    let maximum = RuntimeScale(UInt64(top), exponent: 0)
    isNarrow = kernels.pointee.errorFactors(
      factors, channels, maximum.reciprocalMantissa, maximum.exponent, output.limit, mantissas.pointer, shifts.pointer)
    return RuntimeScale(UInt64(top), exponent: (factors == nil ? 1 : output.factorExponent) &- 31)
      .multiplied(by: unit).multiplied(by: reciprocalOfLimit(output.limit))
  }

  private func carriedScale(
    _ carried: RuntimeScale, unit: RuntimeScale, _ memory: borrowing PlanMemory
  ) -> RuntimeScale {
    var m = UnsafeMutableBufferPointer(start: mantissas.pointer, count: channels).mutableSpan
    var s = UnsafeMutableBufferPointer(start: shifts.pointer, count: channels).mutableSpan
    let scale = CarriedScale.scale(carried: carried, limit: output.limit)
    setErrorFactors(
      scale: scale, factors: memory.read(output.factors, as: Int32.self, count: factorCount(channels)),
      factorExponent: output.factorExponent, unit: unit, mantissas: &m, shifts: &s)
    isNarrow = true
    for c in 0..<channels where shifts.pointer[c] <= 32 && mantissas.pointer[c] != 0 { isNarrow = false }
    return scale
  }

  /// - Returns: How many elements were saturated.
  func quantize(
    _ gradient: UnsafePointer<Int32>, _ kernels: UnsafePointer<TKKernels>, _ rounding: ErrorRounding,
    _ step: StepContext
  ) -> Int {
    let random = step.errorRandom(key: output.randomKey)
    // A scale of this step's own maximum, rounded down on the way, gives no error above the limit by half a unit.
    let canSaturate = isScaleCarried || rounding == .stochastic
    var quantization = TKQuantization(
      gradient: gradient, frames: frames, channels: channels, mask: mask, otherMask: otherMask,
      mantissas: mantissas.pointer, shifts: shifts.pointer, isNarrow: isNarrow, canSaturate: canSaturate,
      isStochastic: rounding == .stochastic,
      limit: output.limit, random: TKRandom(low: random.lowKey, high: random.highKey), errors: errors)
    return kernels.pointee.quantize(&quantization)
  }

  /// Leaves this step's largest magnitude for the next step.
  func carry(unit: RuntimeScale, _ memory: borrowing PlanMemory) {
    let magnitude = largestErrorMagnitude(
      largest: UnsafeBufferPointer(start: largest.pointer, count: channels).span,
      factors: memory.read(output.factors, as: Int32.self, count: factorCount(channels)),
      factorExponent: output.factorExponent, unit: unit)
    memory.setScale(
      CarriedScale.next(carried: memory.persistentScale(of: output.carried), largest: magnitude), of: output.carried)
  }
}
