import Signal
public import Tensors
public import Training
public import TrainingCompiler

/// Int8 windows for a network's input.
public struct QuantizedWindows: Sendable {
  public let shape: ActivationShape
  /// Window after window, frame-major.
  public var values: [Int8]
  public var labels: [Int]

  /// Quantizes normalised windows for a network's input, as a device does.
  public init(_ windows: WindowSet, for network: QuantizedNetwork) {
    let input = network.nodes[0].output
    self.init(windows, scale: input.scale, zeroPoint: input.zeroPoint)
  }

  /// Quantizes normalised windows for an input of a scale and zero point.
  public init(_ windows: WindowSet, scale: Float, zeroPoint: Int32) {
    let quantizer = InputQuantizer(scale: scale, zeroPoint: zeroPoint)
    shape = windows.shape
    values = windows.values.map { quantizer.quantize($0) }
    labels = windows.labels
  }

  public func window(_ index: Int) -> ArraySlice<Int8> {
    values[index * shape.elementCount..<(index + 1) * shape.elementCount]
  }
}

/// Adapts an int8 network to the windows of one subject, at batch 1, in its arena.
public struct IntegerAdaptation: Sendable {
  public var plan: TrainingPlan
  /// Above 0.
  public var learningRate: Double
  /// A falling rate reaches 0 at the end of the last epoch.
  public var schedule: LearningRate.Schedule
  /// Steps in which the rate rises before the schedule begins.
  public var warmUpSteps: Int
  public var epochs: Int
  public var shuffles: Bool
  public var seed: UInt64
  /// Whether the windows to test on are tried after each epoch too. It changes no result, but takes time.
  public var testsEachEpoch = false

  public init(
    plan: TrainingPlan, learningRate: Double, schedule: LearningRate.Schedule = .constant, warmUpSteps: Int = 0,
    epochs: Int = 5, shuffles: Bool = true, seed: UInt64
  ) {
    self.plan = plan
    self.learningRate = learningRate
    self.schedule = schedule
    self.warmUpSteps = warmUpSteps
    self.epochs = epochs
    self.shuffles = shuffles
    self.seed = seed
  }

  public struct Result: Sendable {
    /// Parallel to the test indices.
    public var predictionsBefore: [Int]
    public var predictionsAfter: [Int]
    /// The mean loss of each epoch, in nats.
    public var losses: [Double]
    /// On the windows to test on, shares of 1: before the first epoch, then after each; empty where they were not
    /// tried each time.
    public var accuracies: [Double] = []
    public var steps: Int
    public var saturatedErrors: Int
    public var microsecondsPerStep: Double
    /// The arena after the last step, 0 but for what outlives it; updated weights stand where the plan's persistent buffers say.
    public var arena: [UInt8]

    public init(
      predictionsBefore: [Int], predictionsAfter: [Int], losses: [Double], accuracies: [Double] = [], steps: Int,
      saturatedErrors: Int, microsecondsPerStep: Double, arena: [UInt8]
    ) {
      self.predictionsBefore = predictionsBefore
      self.predictionsAfter = predictionsAfter
      self.losses = losses
      self.accuracies = accuracies
      self.steps = steps
      self.saturatedErrors = saturatedErrors
      self.microsecondsPerStep = microsecondsPerStep
      self.arena = arena
    }
  }

  /// Learns from some windows and tests on others.
  ///
  /// - Parameters:
  ///   - adapt: Indices of the windows to learn from, each once an epoch.
  ///   - test: Indices of the windows to test on, before and after.
  public func run(
    on windows: QuantizedWindows, adapt: [Int], test: [Int], isCancelled: () -> Bool = { false }
  ) throws(TrainingError) -> Result {
    let warmUp = UInt32(clamping: min(warmUpSteps, Int(UInt32.max) - 1))
    // A warm-up that leaves no step never comes to its schedule.
    let steps = max(UInt32(clamping: adapt.count * epochs), warmUp + 1)
    let session = try TrainingSession(
      plan: plan,
      learningRate: LearningRate(
        rate: RuntimeScale(learningRate), schedule: schedule, steps: steps, warmUpSteps: warmUp),
      seed: seed)
    let before = test.map { session.predict(windows.window($0)) }
    var losses: [Double] = []
    var accuracies = testsEachEpoch ? [accuracy(before, windows, test)] : []
    var after = before
    var elapsed = Duration.zero
    for epoch in 0..<epochs where !adapt.isEmpty {
      let order =
        shuffles
        ? CounterRandom.order(of: adapt.count, seed: seed, epoch: epoch)
        : Array(adapt.indices)
      var loss = 0.0
      let start = ContinuousClock.now
      for position in order {
        if isCancelled() { break }
        loss += session.step(windows.window(adapt[position]), label: windows.labels[adapt[position]]).loss
      }
      elapsed += ContinuousClock.now - start
      losses.append(loss / Double(adapt.count))
      guard testsEachEpoch || epoch == epochs - 1 else { continue }
      after = test.map { session.predict(windows.window($0)) }
      if testsEachEpoch { accuracies.append(accuracy(after, windows, test)) }
    }
    return Result(
      predictionsBefore: before, predictionsAfter: after, losses: losses, accuracies: accuracies,
      steps: session.stepCount, saturatedErrors: session.saturatedErrors,
      microsecondsPerStep: session.stepCount == 0 ? 0 : elapsed / .microseconds(1) / Double(session.stepCount),
      arena: session.persistentImage)
  }

  private func accuracy(_ predictions: [Int], _ windows: QuantizedWindows, _ test: [Int]) -> Double {
    let right = zip(predictions, test).count { $0 == windows.labels[$1] }
    return test.isEmpty ? 0 : Double(right) / Double(test.count)
  }
}

extension CounterRandom {
  /// What one subject's adaptation draws its order and its roundings from.
  ///
  /// A key of its own for each seed and subject: neither neighbours nor other seeds share a draw.
  public static func adaptationSeed(seed: UInt64, subject: Int) -> UInt64 {
    let key = CounterRandom(seed: seed, stream: UInt64(subject))
    return UInt64(key.highKey) << 32 | UInt64(key.lowKey)
  }

  /// The order in which an adaptation visits its windows in one epoch.
  public static func order(of count: Int, seed: UInt64, epoch: Int) -> [Int] {
    CounterRandom(seed: seed, purpose: .adaptationOrder, epoch: epoch).permutation(count: count)
  }
}
