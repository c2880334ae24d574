/// Where an int8 output is clamped and what stands for real zero.
@frozen
public struct OutputRange: Sendable, Hashable {
  /// In `-128...127`.
  public let zeroPoint: Int32
  /// Lowest and highest value, in `-128...127`; ReLU and ReLU6 are such limits.
  public let low: Int32
  public let high: Int32

  @inlinable
  public init(zeroPoint: Int32, low: Int32, high: Int32) {
    precondition(-128 <= low && low <= high && high <= 127, "an int8 range has its limits in order")
    self.zeroPoint = zeroPoint
    self.low = low
    self.high = high
  }
}
