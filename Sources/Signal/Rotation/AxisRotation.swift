/// A linear map of three axes, such as the rotation that takes a sensor's axes to a body's.
///
/// Row-major: `x' = m[0]·x + m[1]·y + m[2]·z`, and so on, summed from left to right in single precision.
public struct AxisRotation: Sendable, Hashable {
  public typealias Row = (x: Float, y: Float, z: Float)

  public let xx, xy, xz: Float
  public let yx, yy, yz: Float
  public let zx, zy, zz: Float

  public init(rows first: Row, _ second: Row, _ third: Row) {
    (xx, xy, xz) = first
    (yx, yy, yz) = second
    (zx, zy, zz) = third
  }

  public static var identity: AxisRotation { AxisRotation(rows: (1, 0, 0), (0, 1, 0), (0, 0, 1)) }

  /// The rotation of a unit quaternion, `w` the real part.
  public init(quaternionX x: Float, y: Float, z: Float, w: Float) {
    self.init(
      rows: (1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)),
      (2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)),
      (2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)))
  }

  /// The rotation back, if this is a rotation.
  public var transposed: AxisRotation {
    AxisRotation(rows: (xx, yx, zx), (xy, yy, zy), (xz, yz, zz))
  }

  public func apply(_ x: Float, _ y: Float, _ z: Float) -> Row {
    (xx * x + xy * y + xz * z, yx * x + yy * y + yz * z, zx * x + zy * y + zz * z)
  }

  /// Turns one triplet of channels in each frame, in place.
  ///
  /// - Parameters:
  ///   - values: Whole frames, frame-major: one frame or a window.
  ///   - channels: Values in a frame.
  ///   - firstChannel: The triplet is `firstChannel`, `+ 1` and `+ 2`.
  public func apply(to values: inout MutableSpan<Float>, channels: Int, firstChannel: Int) {
    precondition(firstChannel >= 0 && firstChannel <= channels - 3, "a triplet lies inside the frame")
    precondition(values.count % channels == 0, "whole frames are turned")
    var start = firstChannel
    while start < values.count {
      (values[start], values[start + 1], values[start + 2]) = apply(values[start], values[start + 1], values[start + 2])
      start += channels
    }
  }

  /// Turns every triplet of channels alike: accelerometer and gyroscope of one device.
  ///
  /// - Precondition: `channels` is a multiple of 3.
  public func applyToAllTriplets(in values: inout MutableSpan<Float>, channels: Int) {
    precondition(channels > 0 && channels % 3 == 0, "channels come in triplets")
    for first in 0..<(channels / 3) { apply(to: &values, channels: channels, firstChannel: 3 * first) }
  }
}
