import Kernels
import Tensors

/// Does the operations of a plan one by one, with the kernels in Swift.
@safe
struct OperationRunner: ~Copyable {
  let memory: PlanMemory
  private let words: UnsafePointer<Int32>
  let wordCount: Int

  /// - Parameter words: A plan whose header and records were walked; they outlive the runner.
  init(unsafeWords words: UnsafePointer<Int32>, count: Int, memory: consuming PlanMemory) {
    unsafe self.words = words
    wordCount = count
    self.memory = memory
  }

  func header(_ position: Int) -> Int32 {
    // SAFETY: the engine checked that the header is complete.
    unsafe words[position]
  }

  /// The block that outlives a step.
  var state: Int32 { header(Plan.Header.stateOffset) }

  /// Words of the record at a position.
  func length(at position: Int) -> Int {
    // SAFETY: the engine walked every record, so all lie inside the plan.
    unsafe Int(words[position] &>> 8)
  }

  private func record(at position: Int) -> (opcode: Plan.Opcode, cursor: PlanCursor) {
    // SAFETY: as above.
    let head = unsafe words[position]
    guard let opcode = Plan.Opcode(rawValue: head & 0xFF) else {
      preconditionFailure("a plan holds known operations only")
    }
    return (opcode, unsafe PlanCursor(unsafeWords: words, from: position &+ 1, count: Int(head &>> 8) &- 1))
  }

  func execute(at position: Int, label: Int, step: StepContext) {
    var (opcode, cursor) = record(at: position)
    switch opcode {
    case .copy: copy(&cursor)
    case .clear: clear(&cursor)
    case .copyChannels: copyChannels(&cursor)
    case .convolution: convolution(ConvolutionRequest(&cursor, depthwise: false))
    case .depthwiseConvolution: convolution(ConvolutionRequest(&cursor, depthwise: true))
    case .logits: logits(LogitsRequest(&cursor))
    case .residualAdd: residualAdd(ResidualAddRequest(&cursor))
    case .averagePool: averagePool(AveragePoolRequest(&cursor))
    case .maxPool: maxPool(&cursor)
    case .loss: loss(&cursor, label: label, state: state)
    case .gradient: gradient(GradientRequest(&cursor), step: step, state: state)
    case .updateWeights: updateWeights(WeightUpdateRequest(&cursor, depthwise: false), step: step)
    case .updateDepthwiseWeights: updateWeights(WeightUpdateRequest(&cursor, depthwise: true), step: step)
    case .updateBias: updateBias(BiasUpdateRequest(&cursor), step: step)
    }
  }

  /// What a record says, for kernels that want to know it beforehand.
  func operation(at position: Int) -> PlanOperation {
    var (opcode, cursor) = record(at: position)
    return switch opcode {
    case .convolution: .convolution(ConvolutionRequest(&cursor, depthwise: false))
    case .depthwiseConvolution: .convolution(ConvolutionRequest(&cursor, depthwise: true))
    case .logits: .logits(LogitsRequest(&cursor), state: state)
    case .residualAdd: .residualAdd(ResidualAddRequest(&cursor))
    case .averagePool: .averagePool(AveragePoolRequest(&cursor))
    case .gradient: .gradient(GradientRequest(&cursor), state: state)
    case .updateWeights: .updateWeights(WeightUpdateRequest(&cursor, depthwise: false))
    case .updateDepthwiseWeights: .updateWeights(WeightUpdateRequest(&cursor, depthwise: true))
    case .updateBias: .updateBias(BiasUpdateRequest(&cursor))
    case .copy, .clear, .copyChannels, .maxPool, .loss: .other
    }
  }
}
