public import Tensors

/// Kernels that may do a plan's operations in the place of those in Swift.
///
/// A set is offered every operation and leaves to the Swift kernels what it has no faster way for, so every plan runs
/// with every set. Whatever it does has the same bits: all that an operation writes, but for what nobody reads after
/// it, the operation's own workspace and staging.
public protocol KernelSet: ~Copyable {
  /// Whether the set wants to see the operations before the first one runs; known to the compiler.
  static var readsOperations: Bool { get }

  /// Takes note of an operation, in the order of the plan, before anything runs.
  ///
  /// - Parameters:
  ///   - index: Counted over initial, forward and backward operations.
  ///   - memory: Stays where it is as long as the engine lives.
  mutating func prepare(_ operation: PlanOperation, at index: Int, _ memory: borrowing PlanMemory)

  /// Weights may be others than the set left there.
  mutating func memoryWasChanged()

  /// Does an operation.
  ///
  /// - Returns: Whether it is done. If not, nothing was written that the Swift kernel reads.
  mutating func perform(operationAt index: Int, _ memory: borrowing PlanMemory, _ step: StepContext) -> Bool
}

/// The set that leaves everything to the kernels in Swift.
public struct SwiftKernels: KernelSet, Sendable {
  public init() {}

  public static var readsOperations: Bool { false }

  public mutating func prepare(_ operation: PlanOperation, at index: Int, _ memory: borrowing PlanMemory) {}

  public mutating func memoryWasChanged() {}

  @inline(__always)
  public mutating func perform(
    operationAt index: Int, _ memory: borrowing PlanMemory, _ step: StepContext
  ) -> Bool { false }
}

extension PlanExecutor where Set == SwiftKernels {
  /// An engine with the kernels in Swift alone.
  public init(
    unsafePlan plan: UnsafeBufferPointer<Int32>, unsafeConstants constants: UnsafeRawBufferPointer,
    arena: consuming Arena, learningRate: LearningRate, seed: UInt64
  ) throws(TrainingError) {
    try unsafe self.init(
      unsafePlan: plan, unsafeConstants: constants, arena: arena, kernels: SwiftKernels(), learningRate: learningRate,
      seed: seed)
  }
}
