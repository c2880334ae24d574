public import TrainingCompiler

/// What one epoch of training brought.
public struct EpochSummary: Sendable, Hashable, Codable {
  /// From 0.
  public var epoch: Int
  /// The mean loss over the epoch's augmented windows, while the network was learning from them.
  public var loss: Double
  /// The share of those windows that were recognised, 0...1.
  public var accuracy: Double
  /// The learning rate of the epoch's last step.
  public var learningRate: Float
  /// The only figure that differs from run to run.
  public var windowsPerSecond: Double
}

/// Trains a network in float32, from random weights or given ones.
///
/// The same configuration, graph and windows give the same bits on any number of threads, on one
/// instruction set.
public struct Pretrainer: Sendable {
  public var configuration: PretrainingConfiguration

  public init(configuration: PretrainingConfiguration) {
    self.configuration = configuration
  }

  /// - Parameters:
  ///   - initial: The network to begin with, of this graph; random weights if there is none.
  ///   - windows: Normalised with statistics of training subjects; all of them are learned from.
  ///   - progress: Called on this thread after each epoch.
  ///   - isCancelled: Asked before each step; true ends training with `LearningError.cancelled`.
  /// - Returns: The network with its running statistics, not folded, and a summary of each epoch.
  /// - Complexity: About three times the network's multiply-accumulates for each window and epoch.
  public func train(
    graph: NetworkGraph, from initial: FloatNetwork? = nil, on windows: WindowSet,
    progress: (EpochSummary) -> Void = { _ in },
    isCancelled: () -> Bool = { false }
  ) throws(LearningError) -> (FloatNetwork, [EpochSummary]) {
    precondition(initial.map { $0.graph == graph } ?? true, "a network to begin with is of the graph")
    try configuration.validate()
    try LearningChecks.windows(windows, fit: graph.inputShape, classes: graph.classCount)
    let batchSize = configuration.batchSize
    guard windows.count >= batchSize else {
      throw .tooFewWindows(windows: windows.count, batchSize: batchSize)
    }
    let augmenter = try Augmenter(augmentation: configuration.augmentation, seed: configuration.seed, windows: windows)
    let trainer = BatchTrainer(
      network: initial
        ?? FloatNetwork(initializing: graph, with: configuration.initialization, seed: configuration.seed),
      batchSize: batchSize, labelSmoothing: configuration.labelSmoothing, threads: configuration.threads)
    let optimizer = OptimizerState(
      optimizer: configuration.optimizer, weightDecay: configuration.weightDecay,
      count: trainer.executor.layout.count)
    let steps = windows.count / batchSize
    var summaries: [EpochSummary] = []
    for epoch in 0..<configuration.epochs {
      let order = EpochOrder.shuffled(count: windows.count, seed: configuration.seed, epoch: epoch)
      let start = ContinuousClock.now
      var loss = 0.0
      var correct = 0
      var rate: Float = 0
      for step in 0..<steps {
        if isCancelled() { throw .cancelled(finishedEpochs: epoch) }
        let batch = Array(order[step * batchSize..<(step + 1) * batchSize])
        let result = trainer.step(labels: batch.map { windows.labels[$0] }) { sample, target in
          Self.load(windows, index: batch[sample], into: target)
          augmenter.apply(to: target, index: batch[sample], epoch: epoch)
        }
        guard result.loss.isFinite else { throw .diverged(epoch: epoch) }
        loss += result.loss
        correct += result.correct
        rate = configuration.rate(atStep: epoch * steps + step, of: configuration.epochs * steps)
        optimizer.step(parameters: trainer.executor.parameters, gradients: trainer.gradients, rate: rate)
        trainer.executor.packWeights()
      }
      let seconds = max((ContinuousClock.now - start) / .seconds(1), 1e-9)
      let summary = EpochSummary(
        epoch: epoch, loss: loss / Double(steps), accuracy: Double(correct) / Double(steps * batchSize),
        learningRate: rate, windowsPerSecond: Double(steps * batchSize) / seconds)
      summaries.append(summary)
      progress(summary)
    }
    let network = trainer.network()
    guard network.isFinite else { throw .diverged(epoch: configuration.epochs - 1) }
    return (network, summaries)
  }

  private static func load(_ windows: WindowSet, index: Int, into target: UnsafeMutablePointer<Float>) {
    let elements = windows.shape.elementCount
    windows.values.withUnsafeBufferPointer { values in
      guard let base = values.baseAddress else { return }
      target.update(from: base + index * elements, count: elements)
    }
  }
}

extension FloatNetwork {
  /// Whether all numbers are finite.
  public var isFinite: Bool {
    parameters.allSatisfy { node in
      [node.weights, node.bias, node.normScale, node.normShift, node.runningMean, node.runningVariance]
        .allSatisfy { $0.allSatisfy(\.isFinite) }
    }
  }
}
