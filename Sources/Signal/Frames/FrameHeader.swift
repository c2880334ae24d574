/// What a frame carries beside its values: one instant of one stream.
///
/// A frame is a header and `C` single-precision values, one for each channel; a run of frames is
/// frame-major, so value `(t, c)` stands at `t * C + c`.
public struct FrameHeader: Sendable, Hashable, BitwiseCopyable {
  /// The label of a frame that nobody labelled.
  public static var unlabelled: Int32 { -1 }

  /// Any epoch, as long as the stream keeps to one.
  public var timeNanoseconds: Int64

  /// An index in the list of class names, or `FrameHeader.unlabelled`.
  public var label: Int32

  /// Frames of different segments have nothing in common: a file ended, a clock jumped, frames were lost.
  public var segment: Int32

  public init(timeNanoseconds: Int64, label: Int32 = FrameHeader.unlabelled, segment: Int32 = 0) {
    self.timeNanoseconds = timeNanoseconds
    self.label = label
    self.segment = segment
  }

  public var isLabelled: Bool { label >= 0 }
}

/// The time from `start` to `end`, saturated: clocks in damaged recordings can be further apart than
/// Int64 can say.
@inlinable
func elapsedNanoseconds(from start: Int64, to end: Int64) -> Int64 {
  let (difference, overflow) = end.subtractingReportingOverflow(start)
  if overflow { return end > start ? .max : .min }
  return difference
}
