import PipelineModel

/// What the first frames of a recording tell of its rate.
struct RecordingTiming: Sendable, Hashable {
  /// The usual time between two frames; nil where no two have different times.
  let periodNanoseconds: Int64?
  /// A longer step is a gap.
  let gapLimitNanoseconds: Int64
  /// Whether more than one step in twenty, gaps left out, is off the usual one by more than a tenth.
  let isIrregular: Bool

  init(_ times: [Int64], ingest: Ingest) {
    let median = Self.medianPeriod(times)
    // A batch stamped at once has no steps inside it, so only the mean tells how far its frames lie apart.
    periodNanoseconds =
      ingest.duplicates?.policy == .spread ? median.flatMap { Self.meanPeriod(times, median: $0) } : median
    if let seconds = ingest.gaps?.longerThanSeconds {
      gapLimitNanoseconds = JudgeStage.nanoseconds(seconds)
    } else if let period = periodNanoseconds {
      let half = period.addingReportingOverflow(period / 2)
      gapLimitNanoseconds = half.overflow ? .max : half.partialValue
    } else {
      // A single frame, or frames of one time: there is nothing between them.
      gapLimitNanoseconds = 1
    }
    let (period, limit) = (periodNanoseconds ?? 1, gapLimitNanoseconds)
    let steps = Self.positiveSteps(times).filter { $0 >= 0 && $0 <= limit }
    isIrregular = steps.count { ($0 - period).magnitude > period.magnitude / 10 } * 20 > steps.count
  }

  private init(periodNanoseconds: Int64?, gapLimitNanoseconds: Int64, isIrregular: Bool) {
    self.periodNanoseconds = periodNanoseconds
    self.gapLimitNanoseconds = gapLimitNanoseconds
    self.isIrregular = isIrregular
  }

  /// The same frames so many times as far apart.
  func slowed(by factor: Double) -> RecordingTiming {
    let longer = { (time: Int64) in Int64(min((Double(time) * factor).rounded(), 9e18)) }
    return RecordingTiming(
      periodNanoseconds: periodNanoseconds.map { max(1, longer($0)) },
      // A limit is never made stricter: which pauses are gaps has been judged before.
      gapLimitNanoseconds: max(gapLimitNanoseconds, longer(gapLimitNanoseconds)), isIrregular: isIrregular)
  }

  var hertz: Double? { periodNanoseconds.map { 1e9 / Double($0) } }

  static func medianPeriod(_ times: [Int64]) -> Int64? {
    let steps = positiveSteps(times).filter { $0 > 0 }.sorted()
    return steps.isEmpty ? nil : steps[steps.count / 2]
  }

  /// Over all frames, pauses left out.
  private static func meanPeriod(_ times: [Int64], median: Int64) -> Int64? {
    let (limit, overflow) = median.multipliedReportingOverflow(by: 8)
    // The frames of the first stamp were taken before it, nobody knows since when.
    var all = positiveSteps(times).drop { $0 == 0 }
    // Of the last burst there may be more to come.
    if let last = all.lastIndex(where: { $0 > 0 }), last > all.startIndex { all = all[..<last] }
    let steps = all.filter { $0 >= 0 && (overflow || $0 <= limit) }
    guard !steps.isEmpty else { return median }
    let sum = steps.reduce(0.0) { $0 + Double($1) }
    return max(1, Int64(min(sum / Double(steps.count), 9e18).rounded()))
  }

  /// Whether a stage's limit makes nonsense of a recording: all of it one burst, or most of its steps gaps.
  ///
  /// - Throws: with the stage's name, where the first frames show it.
  func check(_ times: [Int64], _ ingest: Ingest, path: String) throws(RunError) {
    let steps = Self.positiveSteps(times).filter { $0 > 0 }
    guard steps.count >= 8, let period = periodNanoseconds else { return }
    if let duplicates = ingest.duplicates, duplicates.withinSeconds > 0 {
      let within = JudgeStage.nanoseconds(duplicates.withinSeconds)
      if steps.allSatisfy({ $0 <= within }) {
        throw .dataQuality(
          .allOneBurst(path: path, withinSeconds: duplicates.withinSeconds, periodSeconds: Double(period) / 1e9))
      }
    }
    if let seconds = ingest.gaps?.longerThanSeconds, steps.count(where: { $0 > gapLimitNanoseconds }) * 2 > steps.count
    {
      throw .dataQuality(.mostStepsAreGaps(path: path, limitSeconds: seconds, periodSeconds: Double(period) / 1e9))
    }
  }

  /// Steps back count as -1.
  private static func positiveSteps(_ times: [Int64]) -> [Int64] {
    zip(times, times.dropFirst()).map { before, after in
      let (step, overflow) = after.subtractingReportingOverflow(before)
      return overflow || step < 0 ? -1 : step
    }
  }
}

extension CheckedIngest {
  /// The rate of a recording, by its first frames; nil where they tell none.
  ///
  /// - Throws: where the pipeline resamples to so much more that nearly every frame would be made up.
  func recordedRate(_ times: [Int64], of path: String) throws(RunError) -> Double? {
    guard let period = RecordingTiming.medianPeriod(times) else { return nil }
    let rate = 1e9 / Double(period)
    if let wanted = resample?.hertz, wanted > 100 * rate {
      throw .cannotResample(path: path, foundHz: rate, wantedHz: wanted)
    }
    return rate
  }
}
