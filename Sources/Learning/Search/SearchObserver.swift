/// What a search tells while it runs, and how it is stopped.
public struct SearchObserver: Sendable {
  /// Called from any thread.
  public var progress: @Sendable (SearchProgress) -> Void
  /// Called once for every scheme that was measured, never for one that was preloaded; from any thread, one
  /// call at a time. What is kept of these lets a search that was interrupted go on.
  public var journal: @Sendable (SchemeEvaluation) -> Void
  public var isCancelled: @Sendable () -> Bool

  public init(
    progress: @escaping @Sendable (SearchProgress) -> Void = { _ in },
    journal: @escaping @Sendable (SchemeEvaluation) -> Void = { _ in },
    isCancelled: @escaping @Sendable () -> Bool = { false }
  ) {
    self.progress = progress
    self.journal = journal
    self.isCancelled = isCancelled
  }
}

/// What a search does in its order.
public enum SearchPhase: String, Sendable, Hashable, Codable, CaseIterable {
  case contribution
  case freezing
  case candidates
  case refinement
  /// The best once more, with other seeds.
  case confirmation
  /// Schemes that a caller asked for.
  case direct
}

/// How far a search has come.
public struct SearchProgress: Sendable, Hashable {
  public var phase: SearchPhase
  /// Schemes measured so far, in all phases; preloaded ones count once they are asked for.
  public var evaluations: Int
  /// Adaptations, one a subject and seed, of the schemes that are being measured now.
  public var finishedAdaptations: Int
  public var adaptations: Int

  public init(phase: SearchPhase, evaluations: Int, finishedAdaptations: Int, adaptations: Int) {
    self.phase = phase
    self.evaluations = evaluations
    self.finishedAdaptations = finishedAdaptations
    self.adaptations = adaptations
  }
}
