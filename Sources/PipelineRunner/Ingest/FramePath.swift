import PipelineModel
import SensorLogs
import Signal

/// The way of one recording's frames from the decoder to the ring: units, order, values, gaps, filters, rate.
final class FramePath {
  private var stages: [any PathStep] = []
  private let judge: JudgeStage
  private let judgeIndex: Int
  private let conversion: UnitConversion
  private var blocks: [FrameBlock]
  /// Whether a filter works at a rate that the recording does not keep.
  private let filtersIrregularTimes: Bool
  /// Segments given out so far.
  private(set) var segments: Int32 = 0

  /// How far the value of a frame that comes out reaches to either side among those that went in.
  private let reachNanoseconds: Int64
  /// Where a test looks at frames on their way; nil in every run.
  private let tap: FrameTap?
  /// The places that are behind the stage that fills a block, by the block's index.
  private var tapped: [Int: [FramePlace]] = [:]

  /// Times of frames that come out in which no window may lie: those of suspect frames, and of all made of them.
  var suspects: [SuspectSpan] { judge.suspects.map { $0.widened(by: reachNanoseconds) } }

  /// Forgets those of segments of which no frame is to come out any more.
  func forgetSuspects(before segment: Int32) { judge.forgetSuspects(before: segment) }

  /// - Parameter names: The channels that are read, in the pipeline's order.
  init(
    _ checked: CheckedIngest, names: [String], conversion: UnitConversion, firstBatch batch: borrowing FrameBatch,
    path: String, tap: FrameTap? = nil
  ) throws(RunError) {
    self.conversion = conversion
    self.tap = tap
    var ends: [FramePlace: Int] = [.converted: 0]
    let ingest = checked.written
    let clock = RecordingClock(path: path, firstNanoseconds: batch.times.first ?? 0)
    let timing = RecordingTiming(batch.times, ingest: ingest)
    try timing.check(batch.times, ingest, path: path)
    let jumps = ingest.clockJumps ?? ClockJumps()
    if case .reorder(let seconds) = ingest.disorder?.policy {
      stages.append(
        ReorderStage(
          channels: names.count, horizonNanoseconds: JudgeStage.nanoseconds(seconds),
          periodNanoseconds: timing.periodNanoseconds ?? 1,
          backwardJumpNanoseconds: JudgeStage.nanoseconds(jumps.backwardSeconds)))
      ends[.ordered] = stages.count
    }
    if let duplicates = ingest.duplicates, let rule = duplicates.rule {
      stages.append(
        DuplicateStage(
          channels: names.count, rule: rule,
          withinNanoseconds: duplicates.withinSeconds > 0 ? JudgeStage.nanoseconds(duplicates.withinSeconds) : 0,
          periodNanoseconds: timing.periodNanoseconds ?? 1))
      ends[.merged] = stages.count
    }
    let rules = ValueRules(ingest)
    var fills = false
    if case .fill = ingest.gaps?.policy { fills = true }
    // What is filled must be known to be missing before the gaps are looked at.
    if !rules.isPlain || fills {
      stages.append(try ValueStage(rules, names: names, conversion, clock: clock))
      ends[.guarded] = stages.count
    }
    if case .fill(let fill, let upTo) = ingest.gaps?.policy, let period = timing.periodNanoseconds {
      stages.append(
        GapFillStage(
          channels: names.count, method: fill == .hold ? .hold : .linear, periodNanoseconds: period,
          gapLimitNanoseconds: timing.gapLimitNanoseconds,
          // A clock that was set is no gap.
          longestNanoseconds: min(JudgeStage.nanoseconds(upTo), JudgeStage.nanoseconds(jumps.forwardSeconds))))
    }
    judge = JudgeStage(ingest, names: names, clock: clock, gapLimitNanoseconds: timing.gapLimitNanoseconds)
    judgeIndex = stages.count
    stages.append(judge)
    let plan = try ConditioningPlan(ingest, names: names)
    let conditioning = try plan.stages(timing: timing, units: conversion.units, path: path)
    for (step, end) in conditioning.ends.enumerated() { ends[.conditioned(step)] = stages.count + end }
    ends[.judged] = stages.count
    stages += conditioning.stages
    reachNanoseconds = plan.reachNanoseconds(timing: timing)
    filtersIrregularTimes = plan.filtersRecordedTimes && timing.isIrregular
    blocks = [FrameBlock(channels: names.count)] + stages.map { FrameBlock(channels: $0.channels) }
    for place in tap?.probe.places ?? [] where place != .read && !place.isOfWindows {
      // What no stage of its own does is done where times are judged.
      if let block = ends[place] ?? ends[.judged] { tapped[block, default: []].append(place) }
    }
  }

  /// Takes a batch and hands on the frames that come of it, many at a time, their values frame-major.
  func push(
    _ batch: FrameBatch, classes: [Int32], _ emit: (Span<FrameHeader>, Span<Float>) -> Void
  ) throws(RunError) {
    blocks[0].removeAll()
    conversion.convert(batch, into: &blocks[0].values)
    let (times, labels, segments) = (batch.times.span, batch.labels.span, batch.segments.span)
    blocks[0].headers.append(addingCapacity: batch.count) { headers in
      for index in times.indices {
        let label = labels[index]
        headers.append(
          FrameHeader(
            timeNanoseconds: times[index], label: label < 0 ? -1 : classes[Int(label)], segment: segments[index]))
      }
    }
    if let tap { tap.take(batch, headers: blocks[0].headers) }
    look(at: 0)
    try run(from: 0)
    give(emit)
  }

  /// Shows a test what a stage has brought.
  private func look(at block: Int) {
    guard !tapped.isEmpty, let tap, let places = tapped[block] else { return }
    for place in places { tap.take(blocks[block], at: place) }
  }

  /// The recording has ended: hands on what waited.
  func finish(_ emit: (Span<FrameHeader>, Span<Float>) -> Void) throws(RunError) {
    for index in stages.indices {
      blocks[index + 1].removeAll()
      try stages[index].finish(into: &blocks[index + 1])
      look(at: index + 1)
      try run(from: index + 1)
      give(emit)
    }
  }

  func report(into findings: inout IngestFindings) {
    for stage in stages { stage.report(into: &findings) }
    if filtersIrregularTimes { findings.irregularlyFiltered += 1 }
    for note in conversion.notes { findings.conversions[note, default: 0] += 1 }
  }

  private func run(from first: Int) throws(RunError) {
    for index in first..<stages.count {
      blocks[index + 1].removeAll()
      try push(through: index)
      look(at: index + 1)
    }
  }

  private func push(through index: Int) throws(RunError) {
    // One block is read while the next is written, so they must not be reached through one array.
    var output = FrameBlock(channels: 0)
    swap(&output, &blocks[index + 1])
    defer { swap(&output, &blocks[index + 1]) }
    try stages[index].push(blocks[index], into: &output)
  }

  private func give(_ emit: (Span<FrameHeader>, Span<Float>) -> Void) {
    let last = blocks[stages.count]
    guard last.count > 0 else { return }
    // Segments are numbered in the order of the frames.
    segments = max(segments, last.headers[last.count - 1].segment)
    emit(last.headers.span, last.values.span)
  }
}

extension Duplicates {
  /// What the merger does; nil where judging the times does it.
  fileprivate var rule: DuplicateMerger.Rule? {
    switch policy {
    case .keepFirst: withinSeconds > 0 ? .keepFirst : nil
    case .keepLast: .keepLast
    case .average: .average
    case .spread: .spread
    case .error: nil
    }
  }
}
