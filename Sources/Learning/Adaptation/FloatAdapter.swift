public import TrainingCompiler

/// Adapts a folded network in float32, one window at a time: the yardstick of on-device training.
///
/// Plain stochastic gradient descent at batch 1 without momentum on the softmax cross-entropy, the same
/// algorithm that the int8 engine runs, without its rounding. A clamped activation passes no gradient.
public struct FloatAdapter: Sendable {
  /// Which numbers of a node learn.
  public struct NodeUpdate: Sendable, Hashable {
    public var weights: Bool
    public var bias: Bool

    public init(weights: Bool, bias: Bool) {
      self.weights = weights
      self.bias = bias
    }

    public static let frozen = NodeUpdate(weights: false, bias: false)
    public static let full = NodeUpdate(weights: true, bias: true)
  }

  public enum Rate: Sendable, Hashable {
    case constant(Float)
    /// From this rate in equal steps to zero, which the step after the last would have.
    case linearToZero(Float)

    /// The rate of one step out of `count`.
    public func value(atStep step: Int, of count: Int) -> Float {
      switch self {
      case .constant(let rate): rate
      case .linearToZero(let rate): rate * Float(count - step) / Float(count)
      }
    }
  }

  /// One adaptation: a network, the windows it learns from, in which order and how.
  public struct Job: Sendable {
    /// Folded.
    public var network: FloatNetwork
    public var windows: WindowSet
    /// The windows of all steps, epochs one after another; a window may return.
    public var order: [Int]
    /// Parallel to the graph's nodes; nodes without numbers are ignored.
    public var updates: [NodeUpdate]
    public var rate: Rate

    public init(network: FloatNetwork, windows: WindowSet, order: [Int], updates: [NodeUpdate], rate: Rate) {
      self.network = network
      self.windows = windows
      self.order = order
      self.updates = updates
      self.rate = rate
    }
  }

  public struct Result: Sendable {
    public var network: FloatNetwork
    /// The loss of each step, before its update.
    public var losses: [Float]
  }

  /// Runs one adaptation on this thread.
  public static func adapt(_ job: Job) throws(LearningError) -> Result {
    try check(job)
    let graph = job.network.graph
    let executor = FloatExecutor(
      graph: graph, capacity: 1, shardCount: 1,
      purpose: .training(weights: job.updates.map(\.weights), biases: job.updates.map(\.bias)))
    executor.load(job.network)
    let last = graph.nodes.count - 1
    let elements = graph.inputShape.elementCount
    var losses: [Float] = []
    losses.reserveCapacity(job.order.count)
    for (step, index) in job.order.enumerated() {
      job.windows.values.withUnsafeBufferPointer { values in
        guard let base = values.baseAddress else { return }
        executor.values[0].base.update(from: base + index * elements, count: elements)
      }
      executor.forward(samples: 0..<1)
      let loss = SoftmaxCrossEntropy.loss(
        logits: executor.logits(ofSample: 0), classes: graph.classCount, label: job.windows.labels[index],
        smoothing: 0, gradients: executor.gradients[last].base)
      guard loss.isFinite else { throw .diverged(epoch: step / max(job.windows.count, 1)) }
      losses.append(Float(loss))
      for node in graph.nodes.indices.reversed() { executor.backward(node: node, samples: 0..<1, shard: 0) }
      update(executor, job.updates, rate: job.rate.value(atStep: step, of: job.order.count))
    }
    var parameters = job.network.parameters
    executor.layout.read(executor.parameters.base, into: &parameters)
    return Result(network: FloatNetwork(graph: graph, parameters: parameters), losses: losses)
  }

  /// Runs many independent adaptations, several at a time; results in the order of the jobs.
  public static func adapt(_ jobs: [Job], threads: Int) throws(LearningError) -> [Result] {
    var finished: [Result] = []
    for outcome in try outcomes(jobs, threads: threads) { finished.append(try outcome.get()) }
    return finished
  }

  /// Runs many independent adaptations, some of which may diverge.
  ///
  /// - Throws: `LearningError` if a job cannot be begun.
  public static func outcomes(
    _ jobs: [Job], threads: Int
  ) throws(LearningError) -> [Swift.Result<Result, LearningError>] {
    for job in jobs { try check(job) }
    let results = ResultSlots(count: jobs.count)
    ParallelShards.forEach(jobs.count, threads: threads) { index in
      do throws(LearningError) {
        results.set(.success(try adapt(jobs[index])), at: index)
      } catch {
        results.set(.failure(error), at: index)
      }
    }
    return results.all()
  }

  private static func check(_ job: Job) throws(LearningError) {
    let graph = job.network.graph
    precondition(job.updates.count == graph.nodes.count, "every node has its update")
    if let norm = graph.nodes.first(where: { $0.operation.isNorm }) {
      throw .batchNormalizationLeft(node: norm.name)
    }
    try LearningChecks.windows(job.windows, fit: graph.inputShape, classes: graph.classCount)
    if let outside = job.order.first(where: { !(0..<job.windows.count).contains($0) }) {
      throw .windowOutOfRange(index: outside, windows: job.windows.count)
    }
    let rate = job.rate.value(atStep: 0, of: 1)
    guard rate >= 0 && rate.isFinite else {
      throw .invalidSetting(name: "the learning rate", value: "\(rate)", allowed: "at least 0")
    }
  }

  private static func update(_ executor: FloatExecutor, _ updates: [NodeUpdate], rate: Float) {
    let gradients = executor.shardGradients[0].base
    let parameters = executor.parameters.base
    for (index, choice) in updates.enumerated() where executor.needsGradient[index] {
      let entry = executor.layout.entries[index]
      if choice.weights && !entry.weights.isEmpty {
        Elementwise.descend(
          parameters + entry.weights.lowerBound, along: gradients + entry.weights.lowerBound, rate: rate,
          count: entry.weights.count)
        executor.packWeights(ofNode: index)
      }
      if choice.bias && !entry.bias.isEmpty {
        Elementwise.descend(
          parameters + entry.bias.lowerBound, along: gradients + entry.bias.lowerBound, rate: rate,
          count: entry.bias.count)
      }
    }
  }
}

/// One slot a job, each written by the one thread that runs the job.
private final class ResultSlots: @unchecked Sendable {
  typealias Outcome = Swift.Result<FloatAdapter.Result, LearningError>
  private let slots: UnsafeMutablePointer<Outcome?>
  private let count: Int

  init(count: Int) {
    self.count = count
    slots = UnsafeMutablePointer<Outcome?>.allocate(capacity: max(count, 1))
    slots.initialize(repeating: nil, count: count)
  }

  deinit {
    slots.deinitialize(count: count)
    slots.deallocate()
  }

  func set(_ outcome: Outcome, at index: Int) { slots[index] = outcome }

  func all() -> [Outcome] { (0..<count).compactMap { slots[$0] } }
}
