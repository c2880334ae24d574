import Kernels
public import Tensors

/// The engine of every target: all operations are done by the kernels in Swift.
public typealias TrainingEngine = PlanExecutor<SwiftKernels>

/// Executes a plan in its arena: predicts, and learns from one window at a time.
///
/// Nothing is allocated. All arithmetic is integer, so the same plan, weights, windows and seed give the
/// same bits on every processor and with every set of kernels.
@safe
public struct PlanExecutor<Set: KernelSet & ~Copyable>: ~Copyable {
  private let runner: OperationRunner
  private var kernels: Set
  private let sections: Sections
  public let learningRate: LearningRate
  /// Keys the random bits of stochastic rounding, together with the step.
  public let seed: UInt64

  /// Where the three parts of a plan begin.
  private struct Sections {
    let firstForward: Int
    let firstBackward: Int
    /// Operations before each.
    let initialCount: Int
    let forwardCount: Int
  }

  /// Checks the plan against its memory and copies the initial weights into the arena.
  ///
  /// - Parameters:
  ///   - plan, constants: Outlive the engine; constants aligned to 16 bytes.
  ///   - arena: At least as many bytes as the plan's header says; bytes above that are never touched.
  ///   - kernels: Are offered every operation before the Swift kernels are.
  public init(
    unsafePlan plan: UnsafeBufferPointer<Int32>, unsafeConstants constants: UnsafeRawBufferPointer,
    arena: consuming Arena, kernels: consuming Set, learningRate: LearningRate, seed: UInt64
  ) throws(TrainingError) {
    sections = try unsafe Self.sections(
      of: plan, arenaBytes: arena.byteCount, constantBytes: constants.count)
    // SAFETY: the header's words are present, so the base address is too.
    runner = unsafe OperationRunner(
      unsafeWords: plan.baseAddress!, count: plan.count,
      memory: PlanMemory(arena: arena, unsafeConstants: constants))
    self.kernels = kernels
    self.learningRate = learningRate
    self.seed = seed
    if Set.readsOperations { prepareKernels() }
    reset()
  }

  /// Checks the header against the memory and walks every record.
  private static func sections(
    of plan: UnsafeBufferPointer<Int32>, arenaBytes: Int, constantBytes: Int
  ) throws(TrainingError) -> Sections {
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
    return unsafe Sections(
      firstForward: forward, firstBackward: backward, initialCount: Int(plan[Plan.Header.initialOperations]),
      forwardCount: Int(plan[Plan.Header.forwardOperations]))
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

  private mutating func prepareKernels() {
    let count = runner.wordCount
    var position = Plan.Header.wordCount
    var index = 0
    while position < count {
      kernels.prepare(runner.operation(at: position), at: index, runner.memory)
      position &+= runner.length(at: position)
      index &+= 1
    }
  }

  /// Returns to the plan's initial weights and to step 0.
  public mutating func reset() {
    var state = runner.memory.write(runner.state, as: Int32.self, count: Plan.State.byteCount / 4)
    for i in 0..<state.count { state[i] = 0 }
    run(from: Plan.Header.wordCount, to: sections.firstForward, firstIndex: 0, label: 0)
    memoryWasChanged()
  }

  /// Must follow any change of the arena by others than the engine, such as weights that are put back.
  public mutating func memoryWasChanged() { kernels.memoryWasChanged() }

  // MARK: Predicting and learning

  /// Lets the caller fill the input window, `[length][channels]` int8 values, frame-major.
  ///
  /// The window must be filled before every prediction and every step: a step may reuse its bytes.
  public mutating func withInput<Result: ~Copyable, Failure: Error>(
    _ body: (inout MutableSpan<Int8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let count = Int(runner.header(Plan.Header.inputBytes))
    var window = runner.memory.write(runner.header(Plan.Header.inputOffset), as: Int8.self, count: count)
    return try body(&window)
  }

  /// Runs the network on the input window and returns the class with the largest logit.
  public mutating func predict() -> Int {
    run(
      from: sections.firstForward, to: sections.firstBackward, firstIndex: sections.initialCount, label: 0)
    return Int(state(Plan.State.prediction))
  }

  /// Runs the network on the input window, then changes the weights toward the label.
  ///
  /// - Parameter label: The true class.
  /// - Returns: The class predicted before the update.
  @discardableResult
  public mutating func step(label: Int) -> Int {
    precondition(label >= 0 && label < Int(runner.header(Plan.Header.classes)), "a label names a class")
    run(from: sections.firstForward, to: runner.wordCount, firstIndex: sections.initialCount, label: label)
    var words = runner.memory.write(runner.state, as: UInt32.self, count: Plan.State.byteCount / 4)
    words[Plan.State.step] &+= 1
    return Int(state(Plan.State.prediction))
  }

  private func state(_ position: Int) -> Int32 {
    runner.memory.read(runner.state, as: Int32.self, count: Plan.State.byteCount / 4)[position]
  }

  /// Steps taken since the start.
  public var stepCount: UInt32 { UInt32(bitPattern: state(Plan.State.step)) }
  /// The loss of the last step in nats, in units of 2^-20.
  public var lastLoss: Int32 { state(Plan.State.loss) }
  /// Error elements that were saturated since the start.
  public var saturatedErrors: UInt32 { UInt32(bitPattern: state(Plan.State.saturated)) }
  public var arenaBytes: Int { Int(runner.header(Plan.Header.arenaBytes)) }
  public var classCount: Int { Int(runner.header(Plan.Header.classes)) }

  /// The bytes of the arena, for checkpoints, pictures and tests.
  public func withArenaBytes<Result, Failure: Error>(
    _ body: (Span<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(runner.memory.read(0, as: UInt8.self, count: arenaBytes))
  }

  // MARK: Operations

  private mutating func run(from start: Int, to end: Int, firstIndex: Int, label: Int) {
    let step = StepContext(index: stepCount, rate: learningRate.rate(atStep: stepCount), seed: seed)
    var position = start
    var index = firstIndex
    while position < end {
      if !kernels.perform(operationAt: index, runner.memory, step) {
        runner.execute(at: position, label: label, step: step)
      }
      position &+= runner.length(at: position)
      index &+= 1
    }
  }
}
