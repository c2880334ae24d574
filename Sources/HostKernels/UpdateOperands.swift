import CTrainingKernels
import Tensors
import Training

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
