/// Gathers what one channel's values are like, in fixed memory.
struct ChannelSurvey {
  let channel: Channel
  private let range: ClosedRange<Double>?
  private var minimum = Double.infinity
  private var maximum = -Double.infinity
  private var sum = 0.0
  private var count = 0
  private var nonFinite = 0
  private var atMinimum = 0
  private var atMaximum = 0
  private var atRange = 0
  private var last = Double.nan
  private var run = 0
  private var longestRun = 0

  init(channel: Channel) {
    self.channel = channel
    range = channel.range
  }

  @inline(__always)
  mutating func add(_ value: Double) {
    guard value.isFinite else {
      nonFinite += 1
      last = .nan
      return
    }
    run = value == last ? run + 1 : 1
    last = value
    if run > longestRun { longestRun = run }
    if value <= minimum {
      atMinimum = value < minimum ? 1 : atMinimum + 1
      minimum = value
    }
    if value >= maximum {
      atMaximum = value > maximum ? 1 : atMaximum + 1
      maximum = value
    }
    if let range, value <= range.lowerBound || value >= range.upperBound { atRange += 1 }
    sum += value
    count += 1
  }

  /// A pause or a break: what follows does not continue a run.
  mutating func breakRun() { last = .nan }

  var summary: ChannelSummary {
    let mean = sum / Double(max(1, count))
    return ChannelSummary(
      channel: channel, minimum: count > 0 ? minimum : nil, maximum: count > 0 ? maximum : nil,
      mean: count > 0 && mean.isFinite ? mean : nil, nonFinite: nonFinite, atMinimum: atMinimum, atMaximum: atMaximum,
      saturated: range == nil ? nil : atRange, longestRun: longestRun)
  }
}
