public import TrainingCompiler

/// Starts with a scheme that updates everything, freezes one tensor at a time, measures after each, and stops
/// when accuracy dips.
///
/// With a byte budget it goes on until a scheme fits, dip or no dip, and says whether the dip came first.
/// Its authors described sparse update so to the press (MIT News, "Learning on the edge", October 2022), without a
/// public implementation.
public struct FreezeUntilDip: Sendable, Hashable {
  /// What a fall is measured from.
  public enum Reference: String, Sendable, Hashable, Codable {
    /// The best accuracy on the path so far.
    case best
    /// The accuracy that the path starts with.
    case start
  }

  public var order: FreezeOrder
  /// How far accuracy may fall, in points: 1 is a hundredth.
  public var threshold: Double
  public var reference: Reference
  /// Whether a tensor whose freezing makes accuracy dip learns again while the next one is tried.
  public var skipsDips: Bool

  public init(
    order: FreezeOrder, threshold: Double = 1, reference: Reference = .best, skipsDips: Bool = false
  ) {
    self.order = order
    self.threshold = threshold
    self.reference = reference
    self.skipsDips = skipsDips
  }

  /// Walks the path.
  ///
  /// - Parameters:
  ///   - start: The scheme to freeze tensors of; everything learns if absent.
  ///   - budgetBytes: Freeze until the planned arena is no larger.
  public func path(
    from start: UpdateScheme? = nil, budgetBytes: Int? = nil, evaluator: SchemeEvaluator, bytes: PlannedBytes
  ) throws(SearchError) -> FreezePath {
    guard threshold >= 0 && threshold.isFinite else {
      throw .invalidSetting(name: "the dip's threshold", value: "\(threshold)", allowed: "0 points or more")
    }
    let start = start ?? .full(evaluator.network)
    let tensors = try order.tensors(of: evaluator.network).filter { start[$0] != .none }
    var walk = Walk(settings: self, budgetBytes: budgetBytes, evaluator: evaluator, bytes: bytes, scheme: start)
    try walk.begin()
    try walk.freeze(tensors)
    return walk.path(order: order.name)
  }
}

/// The state of a walk along a freeze path.
private struct Walk {
  let settings: FreezeUntilDip
  let budgetBytes: Int?
  let evaluator: SchemeEvaluator
  let bytes: PlannedBytes
  var scheme: UpdateScheme
  var steps: [FreezePath.Step] = []
  /// The step of the present scheme.
  var current = 0
  var lastGood = 0
  var hasDipped = false
  var end: FreezePath.End?

  init(
    settings: FreezeUntilDip, budgetBytes: Int?, evaluator: SchemeEvaluator, bytes: PlannedBytes, scheme: UpdateScheme
  ) {
    self.settings = settings
    self.budgetBytes = budgetBytes
    self.evaluator = evaluator
    self.bytes = bytes
    self.scheme = scheme
  }

  mutating func begin() throws(SearchError) {
    try append(scheme, freezing: nil) { _, _ in .start }
    endIfBudgetIsMet()
  }

  mutating func freeze(_ tensors: [ParameterTensor]) throws(SearchError) {
    var skipped: [ParameterTensor] = []
    for tensor in tensors where end == nil {
      if try !freeze(tensor, mustFreeze: !settings.skipsDips && budgetBytes != nil) { skipped.append(tensor) }
    }
    // What could not be frozen without a dip goes all the same if the budget is not met without.
    for tensor in skipped where end == nil && budgetBytes != nil && settings.skipsDips {
      _ = try freeze(tensor, mustFreeze: true)
    }
    if end == nil { end = .nothingLeft }
  }

  /// Returns whether the tensor stays frozen.
  private mutating func freeze(_ tensor: ParameterTensor, mustFreeze: Bool) throws(SearchError) -> Bool {
    var trial = scheme
    trial[tensor] = .none
    // A scheme that updates nothing is no answer.
    guard !trial.isEmpty else { return false }
    let wasForced = mustFreeze && settings.skipsDips
    let settings = settings
    let outcome = try append(trial, freezing: tensor) { accuracy, reference in
      if wasForced { return .forced }
      // Half a millionth of a point for the rounding of means.
      guard (reference - accuracy) * 100 > settings.threshold + 5e-7 else { return .kept }
      return settings.skipsDips ? .skipped : .dipped
    }
    if outcome == .skipped { return false }
    hasDipped = hasDipped || outcome == .dipped || outcome == .forced
    if outcome == .dipped && !mustFreeze {
      end = .dip
      return false
    }
    scheme = trial
    current = steps.count - 1
    if !hasDipped { lastGood = current }
    endIfBudgetIsMet()
    return true
  }

  @discardableResult
  private mutating func append(
    _ trial: UpdateScheme, freezing tensor: ParameterTensor?,
    outcome decide: (_ accuracy: Double, _ reference: Double) -> FreezePath.Outcome
  ) throws(SearchError) -> FreezePath.Outcome {
    let arenaBytes = try bytes.footprint(of: trial).arenaBytes
    let evaluation = try evaluator.evaluate(trial, phase: .freezing)
    let held = steps.filter { $0.outcome != .skipped }.map(\.accuracy)
    let reference = (settings.reference == .best ? held.max() : held.first) ?? evaluation.accuracy
    let outcome = decide(evaluation.accuracy, reference)
    steps.append(
      FreezePath.Step(
        frozen: tensor?.name(in: evaluator.network), outcome: outcome, arenaBytes: arenaBytes,
        evaluation: evaluation, reference: reference))
    return outcome
  }

  private mutating func endIfBudgetIsMet() {
    if let budgetBytes, steps[current].arenaBytes <= budgetBytes { end = .budgetMet }
  }

  func path(order: String) -> FreezePath {
    FreezePath(
      order: order, threshold: settings.threshold, budgetBytes: budgetBytes, steps: steps,
      end: end ?? .nothingLeft, answer: budgetBytes == nil ? lastGood : current, lastGood: lastGood,
      dippedBeforeBudget: budgetBytes != nil && hasDipped)
  }
}
