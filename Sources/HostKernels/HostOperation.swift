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

  /// A layer's weights, in one piece or in two places.
  func weights(
    _ operand: Int32, _ split: WeightSplit, _ geometry: ConvolutionGeometry, isDepthwise: Bool,
    _ memory: borrowing PlanMemory
  ) -> PackedWeights {
    if let known = packed[operand] { return known }
    let channels = geometry.inputChannels
    let rows = isDepthwise ? geometry.kernel : geometry.outputChannels * geometry.kernel
    let weights: PackedWeights
    if split.exists {
      let updated = split.updatedChannels
      weights = PackedWeights(
        JoinedWeights(
          updated: memory.unsafeAddress(of: operand, as: Int8.self, count: rows * updated),
          frozen: memory.unsafeAddress(of: split.frozen, as: Int8.self, count: rows * (channels - updated)),
          rows: rows, channels: channels, updatedChannels: updated))
    } else {
      weights = PackedWeights(
        weights: memory.unsafeAddress(of: operand, as: Int8.self, count: rows * channels), isConstant: operand < 0)
    }
    packed[operand] = weights
    return weights
  }

  /// Weights that an operation changes, if another reads them.
  func known(_ operand: Int32) -> PackedWeights? { packed[operand] }

  func invalidateAll() {
    for weights in packed.values { weights.invalidateUnlessConstant() }
  }
}
