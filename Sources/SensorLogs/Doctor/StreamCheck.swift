/// Watches the frames of a recording for what makes a stream worse than it looks: gaps, disorder, duplicates, clocks
/// that jump, missing values, channels that are stuck or at the end of their range.
///
/// Memory: a few numbers a channel and the first thousand times, from which the usual step is told.
struct StreamCheck {
  private let channels: [Channel]
  private var watches: [ChannelWatch]
  private(set) var frames = 0
  private(set) var firstTime: Int64?
  private(set) var lastTime: Int64?

  /// Steps that wait until the usual one is known.
  private var waiting: [Step] = []
  private var usualStep: Int64?
  private var lastSegment: Int32 = 0
  private var longestGap: Int64 = 0

  private struct Step {
    var frame: Int
    var from: Int64
    var to: Int64
    var isSameFrame: Bool
  }

  private static let sampleCount = 1_000
  private static let gapFactor: Int64 = 5
  /// Back by more is a clock that was set, by less disorder.
  private static let jumpBack: Int64 = 1_000_000_000
  /// Forward by more is a clock that was set, or a recorder that was off: both begin a recording of their own.
  private static let jumpForward: Int64 = 3_600_000_000_000
  private static let leastStuckFrames = 64
  private static let stuckFactor = 50
  private static let leastSaturated = 3

  init(_ schema: LogSchema) {
    channels = schema.channels
    watches = Array(repeating: ChannelWatch(), count: schema.channels.count)
  }

  mutating func add(_ batch: FrameBatch, _ problems: inout ProblemList) {
    let width = batch.channelCount
    for index in 0..<batch.count {
      let time = batch.times[index]
      var isSame = frames > 0
      for slot in 0..<width {
        let value = batch.values[index * width + slot]
        if watches[slot].add(value, frame: frames, time: time) { isSame = false }
      }
      if let last = lastTime, batch.segments[index] == lastSegment {
        let step = Step(frame: frames, from: last, to: time, isSameFrame: isSame)
        if usualStep != nil { judge(step, &problems) } else { wait(step, &problems) }
      }
      if firstTime == nil { firstTime = time }
      lastTime = time
      lastSegment = batch.segments[index]
      frames += 1
    }
  }

  private mutating func wait(_ step: Step, _ problems: inout ProblemList) {
    waiting.append(step)
    if waiting.count == Self.sampleCount { settle(&problems) }
  }

  private mutating func settle(_ problems: inout ProblemList) {
    let steps = waiting.map { saturatedDifference($0.to, $0.from) }.filter { $0 > 0 }.sorted()
    usualStep = steps.isEmpty ? 0 : steps[steps.count / 2]
    for step in waiting { judge(step, &problems) }
    waiting = []
  }

  private mutating func judge(_ step: Step, _ problems: inout ProblemList) {
    let usual = usualStep ?? 0
    let length = saturatedDifference(step.to, step.from)
    if length == 0 {
      problems.add(
        .warning, "duplicateTime", record: step.frame, time: step.to,
        step.isSameFrame
          ? "the frame repeats the one before it" : "the frame has the time of the one before it and other values",
        advice: "a pipeline keeps one of them; say which by Duplicates(…)")
    } else if length < -Self.jumpBack {
      problems.add(
        .warning, "clockJump", record: step.frame, time: step.to,
        "the clock jumps back by \(LogSummary.interval(-length))",
        advice: "cut the recording there; windows do not span it")
    } else if length < 0 {
      problems.add(
        .warning, "disorder", record: step.frame, time: step.to,
        "the frame is \(LogSummary.interval(-length)) earlier than the one before it",
        advice: "let the pipeline sort it by Disorder(within:), or write it in order with 'martlet merge'")
    } else if length > Self.jumpForward {
      problems.add(
        .warning, "clockJump", record: step.frame, time: step.to,
        "the clock jumps forward by \(LogSummary.interval(length))",
        advice: "cut the recording there; windows do not span it")
    } else if usual > 0, length / Self.gapFactor > usual {
      longestGap = max(longestGap, length)
      problems.add(
        .warning, "gap", record: step.frame, time: step.from,
        "no frame for \(LogSummary.interval(length)), where one comes every \(LogSummary.interval(usual))",
        advice: "windows do not span it; in a pipeline Gaps(.fill(upTo:)) bridges short ones")
    }
  }

  /// Call once, behind the last frame.
  mutating func finish(_ problems: inout ProblemList) {
    if usualStep == nil { settle(&problems) }
    for (channel, var watch) in zip(channels, watches) {
      watch.finish()
      judge(channel, watch, &problems)
    }
  }

  private func judge(_ channel: Channel, _ watch: ChannelWatch, _ problems: inout ProblemList) {
    let name = "channel '\(channel.name.shortened(to: 60))'"
    if watch.missing > 0 {
      problems.add(
        watch.missing == frames ? .warning : .note, "missingValues", record: watch.firstMissing, count: watch.missing,
        watch.missing == frames
          ? "\(name) has no value in any frame" : "\(name) has no value in \(watch.missing) of \(frames) frames",
        advice: "a pipeline drops such frames unless it fills them")
    }
    if watch.infinite > 0 {
      problems.add(
        .warning, "infiniteValues", record: watch.firstInfinite, count: watch.infinite,
        "\(name) is infinite in \(watch.infinite) of \(frames) frames", advice: "a pipeline drops such frames")
    }
    guard watch.values >= Self.leastStuckFrames else { return }
    if watch.changes == 0 {
      problems.add(
        .note, "constant", count: watch.values, "\(name) is \(LogSummary.rounded(watch.lowest, 6)) throughout",
        advice: "leave it out by --channels if nothing is to be learned from it")
      return
    }
    let usual = watch.values / (watch.changes + 1)
    if watch.longestRun >= Self.leastStuckFrames, watch.longestRun / Self.stuckFactor >= max(1, usual) {
      problems.add(
        .warning, "stuck", record: watch.longestRunFrame, time: watch.longestRunTime, count: watch.longestRun,
        "\(name) keeps one value for \(watch.longestRun) frames, where it changes every \(max(1, usual))",
        advice: "look whether the sensor was off or disconnected")
    }
    saturation(channel, name, watch, &problems)
  }

  private func saturation(
    _ channel: Channel, _ name: String, _ watch: ChannelWatch, _ problems: inout ProblemList
  ) {
    let range = channel.range
    for (value, count, frame, stated) in [
      (watch.highest, watch.atHighest, watch.highestFrame, range?.upperBound),
      (watch.lowest, watch.atLowest, watch.lowestFrame, range?.lowerBound),
    ] where count >= Self.leastSaturated {
      let isEnd = stated.map { value == $0 } ?? FullScale.isEnd(value, unit: channel.unit)
      guard isEnd else { continue }
      problems.add(
        .warning, "saturation", record: frame, count: count,
        "\(name) stands at \(LogSummary.rounded(value, 4))\(channel.unit.map { " \($0)" } ?? ""), the end of its range, "
          + "in \(count) frames",
        advice: "the true values are beyond; record with a larger range")
    }
  }
}

/// What one channel's values do.
private struct ChannelWatch {
  private(set) var values = 0
  private(set) var changes = 0
  private(set) var missing = 0
  private(set) var firstMissing: Int?
  private(set) var infinite = 0
  private(set) var firstInfinite: Int?
  private(set) var longestRun = 0
  private(set) var longestRunFrame = 0
  private(set) var longestRunTime: Int64 = 0
  private(set) var lowest = Double.infinity
  private(set) var highest = -Double.infinity
  private(set) var atLowest = 0
  private(set) var atHighest = 0
  private(set) var lowestFrame = 0
  private(set) var highestFrame = 0
  private var last = Double.nan
  private var run = 0
  private var runFrame = 0
  private var runTime: Int64 = 0

  /// - Returns: Whether the value differs from the one before.
  @inline(__always)
  mutating func add(_ value: Double, frame: Int, time: Int64) -> Bool {
    if value == last {
      values += 1
      run += 1
      if value == highest { atHighest += 1 }
      if value == lowest { atLowest += 1 }
      return false
    }
    guard value.isFinite else { return noteOdd(value, frame) }
    values += 1
    if run > 0 {
      changes += 1
      finish()
    }
    last = value
    (run, runFrame, runTime) = (1, frame, time)
    if value == highest {
      atHighest += 1
    } else if value > highest {
      (highest, atHighest, highestFrame) = (value, 1, frame)
    }
    if value == lowest { atLowest += 1 } else if value < lowest { (lowest, atLowest, lowestFrame) = (value, 1, frame) }
    return true
  }

  private mutating func noteOdd(_ value: Double, _ frame: Int) -> Bool {
    if value.isNaN {
      missing += 1
      firstMissing = firstMissing ?? frame
    } else {
      infinite += 1
      firstInfinite = firstInfinite ?? frame
    }
    return true
  }

  mutating func finish() {
    guard run > longestRun else { return }
    (longestRun, longestRunFrame, longestRunTime) = (run, runFrame, runTime)
  }
}

/// The ends of the ranges that motion sensors are built with.
enum FullScale {
  private static let standardGravity = 9.80665
  private static let accelerations: [Double] = [2, 4, 8, 16, 32]
  private static let rates: [Double] = [125, 250, 500, 1000, 2000, 4000]

  /// Whether a value is an end of a common range of its unit; without a unit, of 16-bit numbers.
  ///
  /// Sensors reach one step less on the upper side, so a thousandth is allowed.
  static func isEnd(_ value: Double, unit: String?) -> Bool {
    let size = value.magnitude
    let ends: [Double] =
      switch unit {
      case "g": accelerations
      case "mg": accelerations.map { $0 * 1000 }
      case "m/s2", "m/s^2", "m/s²": accelerations.map { $0 * standardGravity }
      case "dps", "deg/s", "°/s": rates
      case "rad/s": rates.map { $0 * .pi / 180 }
      case nil, "raw", "counts", "lsb": [32_767, 32_768]
      default: []
      }
    return ends.contains { size <= $0 * 1.000_001 && size >= $0 * 0.999 && (unit != nil || size == $0) }
  }
}
