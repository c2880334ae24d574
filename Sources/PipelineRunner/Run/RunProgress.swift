public import Learning

/// What a run is doing, for progress bars and logs.
public enum RunProgress: Sendable {
  case reading(path: String, bytesRead: Int, bytesTotal: Int)
  case pretraining(PretrainingProgress)
  /// Of the network that a search tries schemes on.
  case pretrainingForSearch(PretrainingProgress)
  case searching(SearchProgress, budgetBytes: Int)
  case calibrating(windows: Int)
  case evaluating(what: String, windows: Int)
  case planned(arenaBytes: Int, budgetBytes: Int)
  case adapting(finished: Int, subjects: Int)
  case wrote(path: String)
  /// An earlier run's result is taken.
  case fromCache(stage: RunStage, part: String?)
  /// Results cannot be kept, or one that was is damaged; the run goes on without.
  case cacheTrouble(String)
}

/// An epoch of float32 training that is over.
public struct PretrainingProgress: Sendable {
  /// From 1.
  public var epoch: Int
  public var epochs: Int
  public var loss: Double
  public var accuracy: Double
  public var windowsPerSecond: Double
}

/// How a run is observed and stopped.
public struct RunObserver: Sendable {
  public var progress: @Sendable (RunProgress) -> Void
  public var isCancelled: @Sendable () -> Bool

  public init(
    progress: @escaping @Sendable (RunProgress) -> Void = { _ in },
    isCancelled: @escaping @Sendable () -> Bool = { false }
  ) {
    self.progress = progress
    self.isCancelled = isCancelled
  }
}
