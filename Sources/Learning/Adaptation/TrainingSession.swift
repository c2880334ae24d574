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
  private var engine: TrainingEngine
  public let plan: TrainingPlan

  /// - Parameters:
  ///   - arenaBytes: Bytes given to the engine; as many as the plan needs unless stated.
  ///   - paint: Fills the arena before the engine starts, so that bytes it never writes can be told.
  public init(
    plan: TrainingPlan, learningRate: LearningRate, seed: UInt64, arenaBytes: Int? = nil, paint: UInt8 = 0
  ) throws(TrainingError) {
    self.plan = plan
    constants = .allocate(byteCount: max(1, plan.constants.count), alignment: 64)
    arena = .allocate(byteCount: max(1, arenaBytes ?? plan.arenaBytes), alignment: 64)
    words = .allocate(capacity: plan.words.count)
    constants.copyBytes(from: plan.constants)
    arena.initializeMemory(as: UInt8.self, repeating: paint)
    _ = words.initialize(from: plan.words)
    do {
      engine = try TrainingEngine(
        unsafePlan: UnsafeBufferPointer(words), unsafeConstants: UnsafeRawBufferPointer(constants),
        arena: Arena(unsafeMemory: arena), learningRate: learningRate, seed: seed)
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
    engine.withInput { input in
      precondition(window.count == input.count, "a window has the network's shape")
      var i = 0
      for value in window {
        input[i] = value
        i += 1
      }
    }
  }

  public var stepCount: Int { Int(engine.stepCount) }
  /// Error elements saturated since the start.
  public var saturatedErrors: Int { Int(engine.saturatedErrors) }

  /// A copy of the arena.
  public var arenaImage: [UInt8] { Array(arena) }

  /// The bytes of a buffer that outlives a step, such as `conv1.weights`; nil if the plan has none of the name.
  public func persistentBytes(named name: String) -> [UInt8]? {
    guard let buffer = plan.buffers.first(where: { $0.name == name && $0.isPersistent }) else { return nil }
    return Array(arena[buffer.offset..<buffer.offset + buffer.byteCount])
  }
}

extension TrainingPlan {
  /// The bytes of arena that training really writes: one past the highest byte that changes.
  ///
  /// Two engines learn the same window in arenas painted with opposite patterns; a byte that differs from
  /// its paint in either was written. The memory beyond the plan's peak is watched too.
  public func measuredPeakBytes(window: [Int8], label: Int) throws(TrainingError) -> Int {
    var highest = 0
    for paint: UInt8 in [0xA5, 0x5A] {
      let session = try TrainingSession(
        plan: self, learningRate: LearningRate(rate: RuntimeScale(0.001)), seed: 0, arenaBytes: arenaBytes + 4096,
        paint: paint)
      session.step(window, label: label)
      let image = session.arenaImage
      if let last = image.lastIndex(where: { $0 != paint }) { highest = max(highest, last + 1) }
    }
    return highest
  }
}
