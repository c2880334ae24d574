import CTrainingKernels
import Tensors
import Training

/// One operation of a plan, with all its addresses.
class HostOperation {
  func perform(_ memory: borrowing PlanMemory, _ step: StepContext) {}
}

/// What the operations of a plan share.
final class HostContext {
  let kernels: UnsafePointer<TKKernels>
  let workspace = Workspace()
  private var packed: [Int32: PackedWeights] = [:]

  init(_ kernels: UnsafePointer<TKKernels>) { self.kernels = kernels }

  /// The change that a byte takes with it into a product.
  var flip: UInt8 { kernels.pointee.offset == 128 ? 0x80 : 0 }
  var offset: Int32 { kernels.pointee.offset }

  func weights(_ operand: Int32, count: Int, _ memory: borrowing PlanMemory) -> PackedWeights {
    if let known = packed[operand] { return known }
    let weights = PackedWeights(
      weights: memory.unsafeAddress(of: operand, as: Int8.self, count: count), isConstant: operand < 0)
    packed[operand] = weights
    return weights
  }

  func invalidateAll() {
    for weights in packed.values { weights.invalidateUnlessConstant() }
  }
}
