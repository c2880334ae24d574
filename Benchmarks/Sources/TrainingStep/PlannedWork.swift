import Tensors
import Training
import TrainingCompiler

/// What a plan multiplies and adds, read from the plan itself.
struct PlannedWork {
  private(set) var forward = 0
  private(set) var backward = 0
  var step: Int { forward + backward }

  init(_ plan: TrainingPlan) throws {
    let constants = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, plan.constants.count), alignment: 64)
    let arena = UnsafeMutableRawBufferPointer.allocate(byteCount: plan.arenaBytes, alignment: 64)
    defer {
      constants.deallocate()
      arena.deallocate()
    }
    constants.copyBytes(from: plan.constants)
    let counter = Counter()
    try plan.words.withUnsafeBufferPointer { words in
      _ = try PlanExecutor(
        unsafePlan: words, unsafeConstants: UnsafeRawBufferPointer(constants), arena: Arena(unsafeMemory: arena),
        kernels: CountingKernels(counter: counter), learningRate: LearningRate(rate: .zero), seed: 0)
    }
    forward = counter.forward
    backward = counter.backward
  }

  private final class Counter {
    var forward = 0
    var backward = 0
  }

  /// Kernels that look at every operation and do none.
  private struct CountingKernels: KernelSet {
    let counter: Counter

    static var readsOperations: Bool { true }

    mutating func prepare(_ operation: PlanOperation, at index: Int, _ memory: borrowing PlanMemory) {
      switch operation {
      case .convolution(let request): counter.forward += products(request.geometry, isDepthwise: request.isDepthwise)
      case .logits(let request, _): counter.forward += products(request.geometry, isDepthwise: false)
      case .gradient(let request, _):
        switch request.source {
        case .convolution: counter.backward += products(request.geometry, isDepthwise: false)
        case .depthwiseConvolution: counter.backward += products(request.geometry, isDepthwise: true)
        case .none, .stored, .averagePool, .maxPool: break
        }
      case .updateWeights(let request):
        counter.backward += products(request.geometry, isDepthwise: request.isDepthwise)
      case .residualAdd, .averagePool, .updateBias, .other: break
      }
    }

    private func products(_ geometry: ConvolutionGeometry, isDepthwise: Bool) -> Int {
      geometry.outputLength
        * (isDepthwise ? geometry.kernel * geometry.inputChannels : geometry.outputChannels * geometry.patchCount)
    }

    mutating func memoryWasChanged() {}

    mutating func perform(operationAt index: Int, _ memory: borrowing PlanMemory, _ step: StepContext) -> Bool { false }
  }
}
