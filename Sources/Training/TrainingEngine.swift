import Kernels
public import Tensors

/// Executes a plan in its arena: predicts, and learns from one window at a time.
///
/// Nothing is allocated. All arithmetic is integer, so the same plan, weights, windows and seed give the
/// same bits on every processor.
@safe
public struct TrainingEngine: ~Copyable {
  let memory: PlanMemory
  private let words: UnsafePointer<Int32>
  private let wordCount: Int
  private let firstForward: Int
  private let firstBackward: Int
  public let learningRate: LearningRate
  /// Keys the random bits of stochastic rounding, together with the step.
  public let seed: UInt64

  /// Checks the plan against its memory and copies the initial weights into the arena.
  ///
  /// - Parameters:
  ///   - plan, constants: Outlive the engine; constants aligned to 16 bytes.
  ///   - arena: At least as many bytes as the plan's header says; bytes above that are never touched.
  public init(
    unsafePlan plan: UnsafeBufferPointer<Int32>, unsafeConstants constants: UnsafeRawBufferPointer,
    arena: consuming Arena, learningRate: LearningRate, seed: UInt64
  ) throws(TrainingError) {
    let sections = try unsafe Self.sections(
      of: plan, arenaBytes: arena.byteCount, constantBytes: constants.count)
    // SAFETY: the header's words are present, so the base address is too.
    unsafe words = plan.baseAddress!
    wordCount = plan.count
    firstForward = sections.firstForward
    firstBackward = sections.firstBackward
    memory = unsafe PlanMemory(arena: arena, unsafeConstants: constants)
    self.learningRate = learningRate
    self.seed = seed
    reset()
  }

  /// Checks the header against the memory and walks every record.
  private static func sections(
    of plan: UnsafeBufferPointer<Int32>, arenaBytes: Int, constantBytes: Int
  ) throws(TrainingError) -> (firstForward: Int, firstBackward: Int) {
    guard plan.count >= Plan.Header.wordCount, unsafe plan[Plan.Header.magic] == Plan.magic else { throw .notAPlan }
    guard unsafe plan[Plan.Header.version] == Plan.version else {
      throw .unsupportedVersion(unsafe Int(plan[Plan.Header.version]))
    }
    let neededArena = unsafe Int(plan[Plan.Header.arenaBytes])
    guard arenaBytes >= neededArena else {
      throw .arenaTooSmall(neededBytes: neededArena, availableBytes: arenaBytes)
    }
    let neededConstants = unsafe Int(plan[Plan.Header.constantBytes])
    guard constantBytes >= neededConstants else {
      throw .constantsTooSmall(neededBytes: neededConstants, availableBytes: constantBytes)
    }
    guard
      let forward = unsafe skip(Int(plan[Plan.Header.initialOperations]), from: Plan.Header.wordCount, in: plan),
      let backward = unsafe skip(Int(plan[Plan.Header.forwardOperations]), from: forward, in: plan),
      unsafe skip(Int(plan[Plan.Header.backwardOperations]), from: backward, in: plan) == plan.count
    else { throw .notAPlan }
    return (forward, backward)
  }

  /// The position after `count` records, or `nil` if they do not fit the plan.
  private static func skip(_ count: Int, from start: Int, in plan: UnsafeBufferPointer<Int32>) -> Int? {
    var position = start
    guard count >= 0 else { return nil }
    for _ in 0..<count {
      guard position < plan.count else { return nil }
      let length = unsafe Int(plan[position] &>> 8)
      guard length >= 1, length <= plan.count &- position else { return nil }
      position &+= length
    }
    return position
  }

  /// Returns to the plan's initial weights and to step 0.
  public mutating func reset() {
    var state = memory.write(header(Plan.Header.stateOffset), as: Int32.self, count: Plan.State.byteCount / 4)
    for i in 0..<state.count { state[i] = 0 }
    run(from: Plan.Header.wordCount, to: firstForward, label: 0)
  }

  private func header(_ position: Int) -> Int32 {
    // SAFETY: the initialiser checked that the header is complete.
    unsafe words[position]
  }

  // MARK: Predicting and learning

  /// Lets the caller fill the input window, `[length][channels]` int8 values, frame-major.
  ///
  /// The window must be filled before every prediction and every step: a step may reuse its bytes.
  public mutating func withInput<Result: ~Copyable, Failure: Error>(
    _ body: (inout MutableSpan<Int8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let count = Int(header(Plan.Header.inputBytes))
    var window = memory.write(header(Plan.Header.inputOffset), as: Int8.self, count: count)
    return try body(&window)
  }

  /// Runs the network on the input window and returns the class with the largest logit.
  public mutating func predict() -> Int {
    run(from: firstForward, to: firstBackward, label: 0)
    return Int(state(Plan.State.prediction))
  }

  /// Runs the network on the input window, then changes the weights toward the label.
  ///
  /// - Parameter label: The true class.
  /// - Returns: The class predicted before the update.
  @discardableResult
  public mutating func step(label: Int) -> Int {
    precondition(label >= 0 && label < Int(header(Plan.Header.classes)), "a label names a class")
    run(from: firstForward, to: wordCount, label: label)
    var words = memory.write(header(Plan.Header.stateOffset), as: UInt32.self, count: Plan.State.byteCount / 4)
    words[Plan.State.step] &+= 1
    return Int(state(Plan.State.prediction))
  }

  private func state(_ position: Int) -> Int32 {
    memory.read(header(Plan.Header.stateOffset), as: Int32.self, count: Plan.State.byteCount / 4)[position]
  }

  /// Steps taken since the start.
  public var stepCount: UInt32 { UInt32(bitPattern: state(Plan.State.step)) }
  /// The loss of the last step in nats, in units of 2^-20.
  public var lastLoss: Int32 { state(Plan.State.loss) }
  /// Error elements that were saturated since the start.
  public var saturatedErrors: UInt32 { UInt32(bitPattern: state(Plan.State.saturated)) }
  public var arenaBytes: Int { Int(header(Plan.Header.arenaBytes)) }
  public var classCount: Int { Int(header(Plan.Header.classes)) }

  /// The bytes of the arena, for checkpoints, pictures and tests.
  public func withArenaBytes<Result, Failure: Error>(
    _ body: (Span<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(memory.read(0, as: UInt8.self, count: arenaBytes))
  }

  // MARK: Operations

  private func run(from start: Int, to end: Int, label: Int) {
    let step = StepContext(index: stepCount, rate: learningRate.rate(atStep: stepCount), seed: seed)
    var position = start
    while position < end {
      // SAFETY: the initialiser walked every record, so all lie inside the plan.
      let head = unsafe words[position]
      let length = Int(head &>> 8)
      var cursor = unsafe PlanCursor(unsafeWords: words, from: position &+ 1, count: length &- 1)
      guard let opcode = Plan.Opcode(rawValue: head & 0xFF) else {
        preconditionFailure("a plan holds known operations only")
      }
      execute(opcode, &cursor, label: label, step: step)
      position &+= length
    }
  }

  @inline(__always)
  private func execute(_ opcode: Plan.Opcode, _ cursor: inout PlanCursor, label: Int, step: StepContext) {
    switch opcode {
    case .copy: copy(&cursor)
    case .clear: clear(&cursor)
    case .copyChannels: copyChannels(&cursor)
    case .convolution: convolution(&cursor, depthwise: false)
    case .depthwiseConvolution: convolution(&cursor, depthwise: true)
    case .logits: logits(&cursor, state: header(Plan.Header.stateOffset))
    case .residualAdd: residualAdd(&cursor)
    case .averagePool: averagePool(&cursor)
    case .maxPool: maxPool(&cursor)
    case .loss: loss(&cursor, label: label, state: header(Plan.Header.stateOffset))
    case .gradient: gradient(&cursor, step: step, state: header(Plan.Header.stateOffset))
    case .updateWeights: updateWeights(&cursor, step: step, depthwise: false)
    case .updateDepthwiseWeights: updateWeights(&cursor, step: step, depthwise: true)
    case .updateBias: updateBias(&cursor, step: step)
    }
  }
}

/// What the operations of one step share.
struct StepContext {
  /// Steps before this one.
  let index: UInt32
  let rate: RuntimeScale
  private let seed: UInt64
  /// Of updated parameters.
  let random: CounterRandom
  /// Of their velocities.
  let velocityRandom: CounterRandom

  init(index: UInt32, rate: RuntimeScale, seed: UInt64) {
    self.index = index
    self.rate = rate
    self.seed = seed
    random = CounterRandom(seed: seed, stream: Plan.stream(step: index, key: 0))
    velocityRandom = CounterRandom(seed: seed, stream: Plan.stream(step: index, key: Plan.velocityKey))
  }

  /// Of an error tensor.
  func errorRandom(key: Int32) -> CounterRandom {
    CounterRandom(seed: seed, stream: Plan.stream(step: index, key: key))
  }
}
