/// Why a training engine cannot start.
public enum TrainingError: Error, Sendable, Hashable {
  /// The arena is smaller than the plan needs.
  case arenaTooSmall(neededBytes: Int, availableBytes: Int)
  /// The constants end before the plan's do.
  case constantsTooSmall(neededBytes: Int, availableBytes: Int)
  /// The words do not begin as a plan does.
  case notAPlan
  /// The plan was written by another version.
  case unsupportedVersion(Int)
}
