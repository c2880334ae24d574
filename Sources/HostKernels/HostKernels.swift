import CTrainingKernels
import Tensors
public import Training

/// The kernels of a host: SIMD instructions where the processor has them, chosen when the program runs.
///
/// Every variant gives the bits of the Swift kernels in all that an operation leaves to others. What it needs besides
/// the arena is memory of the host, allocated while an engine starts: copies of activations with their padding, an
/// int32 gradient, and weights in the order in which dot products read them. So the arena's bytes for workspace and
/// staging are not written, and hold what was there before; a step allocates nothing.
///
/// Left to the Swift kernels: errors of 16 and 32 bits, velocities, error feedback, max pools.
public struct HostKernels: KernelSet {
  public let variant: KernelVariant
  private let context: HostContext?
  private var operations: [HostOperation?] = []
  /// Weights that an operation changes, whoever does it.
  private var changedOperands: [Int32?] = []
  private var changed: [PackedWeights?] = []

  /// - Precondition: The variant is available.
  public init(_ variant: KernelVariant = .best) {
    precondition(variant.isAvailable, "a set of kernels can run on this processor")
    self.variant = variant
    context = variant.kernels.map { HostContext($0) }
  }

  public static var readsOperations: Bool { true }

  public mutating func prepare(_ operation: PlanOperation, at index: Int, _ memory: borrowing PlanMemory) {
    guard let context else { return }
    precondition(index == operations.count, "operations are prepared in their order")
    var changes: Int32?
    switch operation {
    case .convolution(let request):
      operations.append(
        request.isDepthwise
          ? HostDepthwiseConvolution(request, context, memory) : HostConvolution(request, context, memory))
    case .logits(let request, let state):
      operations.append(HostLogits(request, state: state, context, memory))
    case .residualAdd(let request):
      operations.append(HostResidualAdd(request, context, memory))
    case .averagePool(let request):
      operations.append(HostAveragePool(request, context, memory))
    case .gradient(let request, let state):
      operations.append(HostGradient(request, state: state, context, memory))
    case .updateWeights(let request):
      changes = request.weights
      operations.append(
        request.isDepthwise
          ? HostDepthwiseUpdate(request, context, memory) : HostWeightUpdate(request, context, memory))
    case .updateBias(let request):
      operations.append(HostBiasUpdate(request, context, memory))
    case .other:
      operations.append(nil)
    }
    changedOperands.append(changes)
  }

  public mutating func memoryWasChanged() {
    guard let context else { return }
    // The first call follows the last preparation, when all readers of weights are known.
    if changed.isEmpty { changed = changedOperands.map { $0.flatMap { context.known($0) } } }
    context.invalidateAll()
  }

  public mutating func perform(
    operationAt index: Int, _ memory: borrowing PlanMemory, _ step: StepContext
  ) -> Bool {
    guard context != nil else { return false }
    if !changed.isEmpty { changed[index]?.invalidate() }
    guard let operation = operations[index] else { return false }
    operation.perform(memory, step)
    return true
  }
}
