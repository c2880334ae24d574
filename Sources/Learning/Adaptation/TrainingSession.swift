public import HostKernels
import Tensors
public import Training
public import TrainingCompiler

/// A training engine on the host, with the memory in which it runs.
///
/// Not `Sendable`: a session belongs to the thread that made it.
public final class TrainingSession {
  private let constants: UnsafeMutableRawBufferPointer
  private let arena: UnsafeMutableRawBufferPointer
  private let words: UnsafeMutableBufferPointer<Int32>
  private var engine: PlanExecutor<HostKernels>
  /// Where the buffers that outlive a step stand in the arena, by name.
  private let persistentRanges: [String: Range<Int>]

  /// A session on a plan that was just compiled.
  ///
  /// - Parameters:
  ///   - arenaBytes: Bytes given to the engine; as many as the plan needs unless stated.
  ///   - paint: Fills the arena before the engine starts, so that bytes it never writes can be told.
  ///   - kernels: What the environment asks for, or the fastest, unless stated; all give the same bits.
  public convenience init(
    plan: TrainingPlan, learningRate: LearningRate, seed: UInt64, arenaBytes: Int? = nil, paint: UInt8 = 0,
    kernels: KernelVariant = .standard
  ) throws(TrainingError) {
    let persistent = plan.buffers.filter(\.isPersistent).map { ($0.name, $0.offset..<$0.offset + $0.byteCount) }
    try self.init(
      words: plan.words, constants: plan.constants, arenaBytes: arenaBytes ?? plan.arenaBytes,
      persistentRanges: Dictionary(persistent) { first, _ in first }, learningRate: learningRate, seed: seed,
      paint: paint, kernels: kernels)
  }

  /// A session on an encoded plan, such as a model file holds.
  ///
  /// - Parameters:
  ///   - words: A plan from elsewhere has passed `PlanCheck`; an engine traps on one that would not.
  ///   - arenaBytes: As many as the plan's header says, or more.
  ///   - persistentRanges: Buffers that outlive a step, by name: where they stand in the arena.
  /// - Precondition: The ranges lie inside the arena.
  public init(
    words planWords: [Int32], constants planConstants: [UInt8], arenaBytes: Int,
    persistentRanges: [String: Range<Int>], learningRate: LearningRate, seed: UInt64, paint: UInt8 = 0,
    kernels: KernelVariant = .standard
  ) throws(TrainingError) {
    precondition(
      persistentRanges.values.allSatisfy { $0.lowerBound >= 0 && $0.upperBound <= arenaBytes },
      "a buffer lies inside the arena")
    self.persistentRanges = persistentRanges
    constants = .allocate(byteCount: max(1, planConstants.count), alignment: 64)
    arena = .allocate(byteCount: max(1, arenaBytes), alignment: 64)
    words = .allocate(capacity: planWords.count)
    constants.copyBytes(from: planConstants)
    arena.initializeMemory(as: UInt8.self, repeating: paint)
    _ = words.initialize(from: planWords)
    do {
      engine = try PlanExecutor(
        unsafePlan: UnsafeBufferPointer(words), unsafeConstants: UnsafeRawBufferPointer(constants),
        arena: Arena(unsafeMemory: arena), kernels: HostKernels(kernels), learningRate: learningRate, seed: seed)
    } catch {
      constants.deallocate()
      arena.deallocate()
      words.deallocate()
      throw error
    }
  }

  deinit {
    constants.deallocate()
    arena.deallocate()
    words.deallocate()
  }

  /// The class of an int8 window, `[length][channels]`.
  public func predict(_ window: some Collection<Int8>) -> Int {
    load(window)
    return engine.predict()
  }

  /// Learns from one window.
  ///
  /// - Returns: The class predicted before the update, and the loss in nats.
  @discardableResult
  public func step(_ window: some Collection<Int8>, label: Int) -> (prediction: Int, loss: Double) {
    load(window)
    let prediction = engine.step(label: label)
    return (prediction, Double(engine.lastLoss) / 1_048_576)
  }

  private func load(_ window: some Collection<Int8>) {
    // Element by element, a collection of any kind would cost an allocation each.
    guard window.withContiguousStorageIfAvailable({ load($0) }) == nil else { return }
    Array(window).withUnsafeBufferPointer { load($0) }
  }

  private func load(_ window: UnsafeBufferPointer<Int8>) {
    engine.withInput { input in
      precondition(window.count == input.count, "a window has the network's shape")
      for i in window.indices { input[i] = window[i] }
    }
  }

  /// Of the last prediction, one a class: `softmax` of its logits, the shares of 1 that the loss is measured by.
  ///
  /// Nothing may have been learned since: a step reuses the memory.
  public var scores: [Double] {
    let offset = Int(words[Plan.Header.logitsOffset])
    let logits = (0..<Int(words[Plan.Header.classes])).map { index in
      // Units of 2^-20.
      Double(arena.loadUnaligned(fromByteOffset: offset + 4 * index, as: Int32.self)) / 1_048_576
    }
    let largest = logits.max() ?? 0
    let powers = logits.map { Elementary.exponential($0 - largest) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }

  public var stepCount: Int { Int(engine.stepCount) }
  /// Error elements saturated since the start.
  public var saturatedErrors: Int { Int(engine.saturatedErrors) }

  /// A copy of the arena.
  public var arenaImage: [UInt8] { Array(arena) }

  /// A copy of the arena in which only what outlives a step stands, all else being 0: the same with any kernels.
  public var persistentImage: [UInt8] {
    var image = [UInt8](repeating: 0, count: arena.count)
    for range in persistentRanges.values { image.replaceSubrange(range, with: arena[range]) }
    return image
  }

  /// The bytes of a buffer that outlives a step, such as `conv1.weights`; nil if the plan has none of the name.
  public func persistentBytes(named name: String) -> [UInt8]? {
    persistentRanges[name].map { Array(arena[$0]) }
  }

  /// Puts back the bytes of a buffer that outlives a step, as `persistentBytes(named:)` gave them.
  ///
  /// - Precondition: The plan has a buffer of the name, with as many bytes.
  public func setPersistentBytes(_ bytes: some Collection<UInt8>, named name: String) {
    guard let range = persistentRanges[name], range.count == bytes.count else {
      preconditionFailure("a buffer is put back as it was taken")
    }
    UnsafeMutableRawBufferPointer(rebasing: arena[range]).copyBytes(from: bytes)
    engine.memoryWasChanged()
  }
}

extension TrainingPlan {
  /// The bytes of arena that training really writes: one past the highest byte that changes.
  ///
  /// Two engines learn the same window in arenas painted with opposite patterns; a byte that differs from
  /// its paint in either was written. The memory beyond the plan's peak is watched too. The kernels are those in
  /// Swift: others keep their workspace beside the arena.
  public func measuredPeakBytes(window: [Int8], label: Int) throws(TrainingError) -> Int {
    var highest = 0
    for paint: UInt8 in [0xA5, 0x5A] {
      let session = try TrainingSession(
        plan: self, learningRate: LearningRate(rate: RuntimeScale(0.001)), seed: 0, arenaBytes: arenaBytes + 4096,
        paint: paint, kernels: .off)
      session.step(window, label: label)
      let image = session.arenaImage
      if let last = image.lastIndex(where: { $0 != paint }) { highest = max(highest, last + 1) }
    }
    return highest
  }
}
