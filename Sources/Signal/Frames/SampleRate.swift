/// A sample rate, held in whole millihertz so that its period is a ratio of integers.
///
/// A period that is no whole number of nanoseconds (104 Hz: 9,615,384.6…) is walked with a remainder,
/// so that a grid does not drift however long the stream is.
public struct SampleRate: Sendable, Hashable {
  /// Range `1...1_000_000_000_000`: from a frame in a thousand seconds to a frame a nanosecond.
  public let millihertz: Int64

  /// Period = `wholeNanoseconds` + `remainder / millihertz` nanoseconds.
  let wholeNanoseconds: Int64
  let remainder: Int64

  /// The only division; everything after it adds and compares.
  public init(millihertz: Int64) {
    precondition(millihertz > 0 && millihertz <= 1_000_000_000_000, "a sample rate is positive and at most 1 GHz")
    self.millihertz = millihertz
    (wholeNanoseconds, remainder) = Int64(1_000_000_000_000).quotientAndRemainder(dividingBy: millihertz)
  }

  public init(hertz: Int) {
    precondition(hertz > 0 && hertz <= 1_000_000_000, "a sample rate is positive and at most 1 GHz")
    self.init(millihertz: Int64(hertz) * 1000)
  }

  /// Rounded down to a whole nanosecond.
  public var periodNanoseconds: Int64 { wholeNanoseconds }
}

/// The instants of a regular grid, one after the other, without drift.
struct SampleClock: Sendable, Hashable {
  let rate: SampleRate
  private(set) var timeNanoseconds: Int64 = 0
  /// True when the next instant lies past the end of Int64: the grid has no more points.
  private(set) var isExhausted = false
  private var phase: Int64 = 0

  init(rate: SampleRate) {
    self.rate = rate
  }

  mutating func restart(at time: Int64) {
    timeNanoseconds = time
    phase = 0
    isExhausted = false
  }

  mutating func advance() {
    var step = rate.wholeNanoseconds
    phase += rate.remainder
    if phase >= rate.millihertz {
      phase -= rate.millihertz
      step += 1
    }
    let (next, overflow) = timeNanoseconds.addingReportingOverflow(step)
    if overflow { isExhausted = true } else { timeNanoseconds = next }
  }
}
