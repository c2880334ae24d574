/// How late frames were, in memory that does not grow with their number.
///
/// Latenesses are counted in buckets that are at most a thirty-second of their value wide, so a quantile is too large
/// by at most 3.2 %; the maximum is exact.
public struct PaceErrors: Sendable, Hashable {
  private static let bitsPerOctave = 5
  private var counts = [UInt64](repeating: 0, count: (64 - bitsPerOctave) << bitsPerOctave)
  public private(set) var frames: UInt64 = 0
  public private(set) var maximumNanoseconds: Int64 = 0

  public init() {}

  /// Counts a frame; a clock that is asked early counts as on time.
  public mutating func add(nanoseconds: Int64) {
    let lateness = max(0, nanoseconds)
    counts[Self.bucket(UInt64(lateness))] += 1
    frames += 1
    maximumNanoseconds = max(maximumNanoseconds, lateness)
  }

  /// The lateness that the given share of frames did not exceed; nil without frames.
  ///
  /// - Precondition: The share is in `0...1`.
  public func quantile(_ share: Double) -> Int64? {
    precondition((0...1).contains(share), "a share lies between 0 and 1")
    guard frames > 0 else { return nil }
    let wanted = max(1, (share * Double(frames)).rounded(.up))
    var sum: UInt64 = 0
    for (bucket, count) in counts.enumerated() {
      sum += count
      if Double(sum) >= wanted { return min(Self.largest(in: bucket), maximumNanoseconds) }
    }
    return maximumNanoseconds
  }

  private static func bucket(_ value: UInt64) -> Int {
    let small: UInt64 = 1 << bitsPerOctave
    if value < small { return Int(value) }
    let shift = 63 - value.leadingZeroBitCount - bitsPerOctave
    return (shift + 1) << bitsPerOctave + Int(value >> UInt64(shift) - small)
  }

  private static func largest(in bucket: Int) -> Int64 {
    let small = 1 << bitsPerOctave
    if bucket < small { return Int64(bucket) }
    let shift = bucket >> bitsPerOctave - 1
    let start = UInt64(small + bucket & (small - 1))
    return Int64(truncatingIfNeeded: ((start + 1) << UInt64(shift)) - 1)
  }
}
