/// How the times of a stream follow each other, gathered one by one in fixed memory.
public struct TimingSummary: Sendable, Hashable, Codable {
  public private(set) var count = 0
  public private(set) var firstTime: Int64?
  public private(set) var lastTime: Int64?

  /// Times equal to the one before.
  public private(set) var duplicates = 0

  /// Times before the one before.
  public private(set) var stepsBack = 0

  /// The longest of them, in nanoseconds: by a little, frames came out of order; by much, the clock was set.
  public private(set) var longestStepBack: Int64?
  public private(set) var shortestInterval: Int64?
  public private(set) var longestInterval: Int64?

  /// The middle of the first thousand steps forward, in nanoseconds.
  public private(set) var typicalInterval: Int64?

  /// Steps of more than this are gaps: five typical intervals.
  public private(set) var gapThreshold: Int64?
  public private(set) var gaps = 0

  /// Fewest and most in any whole second that has any, after the first and before the last.
  public private(set) var minimumPerSecond: Int?
  public private(set) var maximumPerSecond: Int?

  /// Steps forward by length; bin `i` holds those up to `binLimits[i]`, the last one all longer ones.
  public private(set) var intervalCounts = [Int](repeating: 0, count: TimingSummary.binLimits.count + 1)

  /// Upper limits in nanoseconds: 1, 2, 5 from a microsecond to 500 seconds.
  public static let binLimits: [Int64] = {
    var limits: [Int64] = []
    var decade: Int64 = 1_000
    while decade <= 100_000_000_000 {
      limits += [decade, decade * 2, decade * 5]
      decade *= 10
    }
    return limits
  }()

  private static let sampleCount = 1_000
  private static let gapFactor: Int64 = 5

  private var sample: [Int64] = []
  private var second: Int64 = 0
  private var countInSecond = 0
  private var secondsSeen = 0

  private enum CodingKeys: String, CodingKey {
    case count, firstTime, lastTime, duplicates, stepsBack, longestStepBack, shortestInterval, longestInterval,
      typicalInterval
    case gapThreshold, gaps, minimumPerSecond, maximumPerSecond, intervalCounts
  }

  public init() {}

  public var durationSeconds: Double? {
    guard let firstTime, let lastTime else { return nil }
    return (Double(lastTime) - Double(firstTime)) / 1e9
  }

  /// Frames in a second of the typical interval.
  public var typicalRateHz: Double? { typicalInterval.map { 1e9 / Double($0) } }

  mutating func add(_ time: Int64) {
    count += 1
    defer { lastTime = time }
    guard let last = lastTime else {
      firstTime = time
      second = Self.wholeSecond(time)
      countInSecond = 1
      return
    }
    let (interval, overflow) = time.subtractingReportingOverflow(last)
    if overflow || interval < 0 {
      stepsBack += 1
      longestStepBack = max(longestStepBack ?? 0, overflow || interval == .min ? .max : -interval)
    } else if interval == 0 {
      duplicates += 1
    } else {
      addInterval(interval)
    }
    countSecond(time)
  }

  /// Counts a time and notes when it was, in memory that stays as it is.
  mutating func addWithoutStep(_ time: Int64) {
    count += 1
    if firstTime == nil { firstTime = time }
    lastTime = time
  }

  private mutating func addInterval(_ interval: Int64) {
    shortestInterval = min(shortestInterval ?? .max, interval)
    longestInterval = max(longestInterval ?? 0, interval)
    var bin = 0
    while bin < Self.binLimits.count, interval > Self.binLimits[bin] { bin += 1 }
    intervalCounts[bin] += 1
    if let gapThreshold {
      if interval > gapThreshold { gaps += 1 }
      return
    }
    sample.append(interval)
    if sample.count == Self.sampleCount { settle() }
  }

  /// The second that ends was whole unless it was the stream's first.
  private mutating func countSecond(_ time: Int64) {
    let current = Self.wholeSecond(time)
    if current == second {
      countInSecond += 1
      return
    }
    if secondsSeen > 0 {
      minimumPerSecond = min(minimumPerSecond ?? .max, countInSecond)
      maximumPerSecond = max(maximumPerSecond ?? 0, countInSecond)
    }
    secondsSeen += 1
    second = current
    countInSecond = 1
  }

  private static func wholeSecond(_ time: Int64) -> Int64 {
    time >= 0 ? time / 1_000_000_000 : (time + 1) / 1_000_000_000 - 1
  }

  private mutating func settle() {
    guard !sample.isEmpty else { return }
    let typical = sample.sorted()[sample.count / 2]
    let threshold = typical.multipliedReportingOverflow(by: Self.gapFactor)
    typicalInterval = typical
    gapThreshold = threshold.overflow ? .max : threshold.partialValue
    gaps = sample.count { $0 > gapThreshold ?? .max }
    sample = []
  }

  /// Call once, behind the last time.
  mutating func finish() {
    if gapThreshold == nil { settle() }
  }
}
