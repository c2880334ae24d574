/// What a run is doing, for progress bars and logs.
public enum RunProgress: Sendable {
  case reading(path: String, bytesRead: Int, bytesTotal: Int)
  case pretraining(epoch: Int, epochs: Int, loss: Double, accuracy: Double, windowsPerSecond: Double)
  case calibrating(windows: Int)
  case evaluating(what: String, windows: Int)
  case planned(arenaBytes: Int, budgetBytes: Int)
  case adapting(finished: Int, subjects: Int)
  case wrote(path: String)
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
