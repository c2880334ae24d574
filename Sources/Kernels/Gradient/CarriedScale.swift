public import Tensors

/// The scale of an error tensor as the steps before this one suggest it, so that one pass over the gradient is enough.
///
/// What is carried from step to step is the largest magnitude in real units, or what is left of a larger one before.
public enum CarriedScale {
  /// The scale of this step's errors.
  ///
  /// - Parameters:
  ///   - carried: Not zero.
  ///   - limit: The largest magnitude of an element.
  public static func scale(carried: RuntimeScale, limit: Int32) -> RuntimeScale {
    carried.multiplied(by: reciprocalOfLimit(limit))
  }

  /// What the next step starts from.
  ///
  /// - Parameters:
  ///   - carried: What this step started from.
  ///   - largest: The largest magnitude that this step's errors have, unsaturated; zero tells nothing and leaves what
  ///     was carried, so that a window without any error cannot make a scale of zero.
  public static func next(carried: RuntimeScale, largest: RuntimeScale) -> RuntimeScale {
    guard !largest.isZero else { return carried }
    return largest
  }
}
