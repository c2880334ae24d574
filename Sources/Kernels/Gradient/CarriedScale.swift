public import Tensors

/// The scale of an error tensor as the steps before this one suggest it, so that one pass over the gradient is enough.
///
/// What is carried from step to step is the largest magnitude in real units, or seven eighths of what was carried where
/// that is more. At batch 1 errors jump: a window that is known well has errors a thousand times smaller than one that
/// is not, and after it a scale that followed the last step alone would cut the next large error to nothing. Measured
/// on `wrist-exercises` (full update, accuracy after adaptation; exact scale 97.7 %): the last step alone 94.1 %, with
/// eightfold head room 96.1 %; a maximum that loses an eighth a step 97.6 %. So there is no head room: it would cost a
/// bit of every error, and what jumps further than a remembered maximum saturates and is counted.
public enum CarriedScale {
  /// Seven eighths.
  static var decay: RuntimeScale { RuntimeScale(mantissa: 7 << 28, exponent: -31) }

  /// The scale of this step's errors.
  ///
  /// - Parameters:
  ///   - carried: Not zero.
  ///   - limit: The largest magnitude of an element.
  public static func scale(carried: RuntimeScale, limit: Int32) -> RuntimeScale {
    carried.multiplied(by: reciprocalOfLimit(limit))
  }

  /// What the next step starts from: the larger of this step's magnitude and of what is left of the one carried.
  ///
  /// - Parameters:
  ///   - carried: What this step started from.
  ///   - largest: The largest magnitude that this step's errors have, unsaturated; zero tells nothing and leaves what
  ///     was carried, so that windows without any error cannot wear a scale down.
  public static func next(carried: RuntimeScale, largest: RuntimeScale) -> RuntimeScale {
    guard !largest.isZero else { return carried }
    let left = carried.multiplied(by: decay)
    guard !left.isZero else { return largest }
    let isLarger =
      left.exponent > largest.exponent || (left.exponent == largest.exponent && left.mantissa > largest.mantissa)
    return isLarger ? left : largest
  }
}
