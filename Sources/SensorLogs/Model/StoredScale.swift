/// How physical values become whole numbers: `stored = value · gain + baseline`.
struct StoredScale: Equatable {
  var gain: Double
  var baseline: Double

  @inline(__always)
  func stored(_ value: Double) -> Double { (value * gain + baseline).rounded() }

  /// The same, kept within what can be stored where rounding would pass it.
  @inline(__always)
  func stored(_ value: Double, limit: Double) -> Double { min(max(stored(value), -limit), limit) }
}

/// Watches a channel's values to find the scale that suits them.
struct ScaleFinder {
  private(set) var lowest = Double.infinity
  private(set) var highest = -Double.infinity
  private(set) var hasMissing = false
  private(set) var hasInfinite = false
  /// The gains, one bit each, with which all values so far are whole numbers.
  private var exactGains: UInt32 = (1 << UInt32(ScaleFinder.gains.count)) - 1

  /// Sensors give decimals, and steps of a half or a fifth.
  private static let gains: [Double] = [
    1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6,
  ]

  /// Values that are next to nothing would need a gain beyond all numbers.
  private static let largestGain = 1e300

  mutating func add(_ value: Double) {
    if value.isNaN {
      hasMissing = true
      return
    }
    guard value.isFinite else {
      hasInfinite = true
      return
    }
    lowest = min(lowest, value)
    highest = max(highest, value)
    if exactGains == 0 { return }
    for index in Self.gains.indices where exactGains & 1 << UInt32(index) != 0 {
      // A decimal's nearest double, times the gain, is a whole number but for its rounding.
      let scaled = value * Self.gains[index]
      if (scaled - scaled.rounded()).magnitude > 4 * scaled.ulp { exactGains &= ~(1 << UInt32(index)) }
    }
  }

  /// The smallest gain without loss that `limit` allows, with baseline 0.
  func exactGain(limit: Double) -> Double? {
    let reach = max(lowest.magnitude, highest.magnitude)
    guard highest >= lowest else { return 1 }
    return Self.gains.indices.first { exactGains & 1 << UInt32($0) != 0 && reach * Self.gains[$0] <= limit }
      .map { Self.gains[$0] }
  }

  /// The scale that loses nothing, else the one that uses the whole range.
  ///
  /// - Parameter limit: The largest number that can be stored; the smallest is its negative.
  func scale(limit: Double) -> StoredScale {
    if let gain = exactGain(limit: limit) { return StoredScale(gain: gain, baseline: 0) }
    // Halved before they are subtracted: the span of two doubles may be no double.
    let half = highest / 2 - lowest / 2
    let middle = lowest / 2 + highest / 2
    guard half > 0 else { return StoredScale(gain: min(limit / 2 / highest.magnitude, Self.largestGain), baseline: 0) }
    let gain = limit / half
    let baseline = (-middle * gain).rounded()
    // An offset far beyond the span cannot be kept beside it.
    guard gain.isFinite, baseline.magnitude < 0x1p31 - 1 else {
      let reach = max(lowest.magnitude, highest.magnitude)
      return StoredScale(gain: min(limit / reach, Self.largestGain), baseline: 0)
    }
    // The baseline's rounding may take a value over the edge.
    return StoredScale(gain: gain * (limit - 1) / limit, baseline: (-middle * gain * (limit - 1) / limit).rounded())
  }
}
