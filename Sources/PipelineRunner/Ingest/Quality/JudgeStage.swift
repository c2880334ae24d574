import PipelineModel
import Signal

/// Judges the times of frames last: which go on, and in which segment.
final class JudgeStage: PathStep {
  let channels: Int
  private var quality: StreamQuality
  private let ingest: Ingest
  private let names: [String]
  private let clock: RecordingClock
  private var nonFinite: [Int]
  private var last: FrameHeader?
  /// Times of segments in which no window may lie.
  private(set) var suspects: [SuspectSpan] = []

  init(_ ingest: Ingest, names: [String], clock: RecordingClock, gapLimitNanoseconds: Int64) {
    self.ingest = ingest
    self.names = names
    self.clock = clock
    channels = names.count
    nonFinite = Array(repeating: 0, count: names.count)
    let jumps = ingest.clockJumps ?? ClockJumps()
    quality = StreamQuality(
      gapLimitNanoseconds: gapLimitNanoseconds, forwardJumpNanoseconds: Self.nanoseconds(jumps.forwardSeconds),
      backwardJumpNanoseconds: Self.nanoseconds(jumps.backwardSeconds))
  }

  static func nanoseconds(_ seconds: Double) -> Int64 {
    let nanoseconds = (seconds * 1e9).rounded()
    return nanoseconds >= 9e18 ? .max : max(1, Int64(nanoseconds))
  }

  func push(_ input: FrameBlock, into output: inout FrameBlock) throws(RunError) {
    var index = 0
    while index < input.count {
      // Frames with which nothing is wrong go on many at a time.
      if input.marks.isEmpty { index += admitRun(of: input, from: index, into: &output) }
      if index == input.count { return }
      try judge(index, of: input, into: &output)
      index += 1
    }
  }

  /// Admits frames from one on, until something has to be decided; says how many.
  private func admitRun(of input: FrameBlock, from first: Int, into output: inout FrameBlock) -> Int {
    let run = quality.admitRun(
      input.headers.span.extracting(first...), values: input.values.span.extracting((first * channels)...))
    guard run.count > 0 else { return 0 }
    let end = first + run.count
    last = input.headers[end - 1]
    let begin = output.count
    output.headers.append(contentsOf: input.headers[first..<end])
    output.values.append(contentsOf: input.values[first * channels..<end * channels])
    if last?.segment != run.segment {
      for place in begin..<output.count { output.headers[place].segment = run.segment }
    }
    return run.count
  }

  private func judge(_ index: Int, of input: FrameBlock, into output: inout FrameBlock) throws(RunError) {
    let mark = input.mark(of: index)
    if mark.followsDrop { quality.noteDroppedFrame() }
    var header = input.headers[index]
    let before = quality.counts
    let range = index * channels..<(index + 1) * channels
    switch quality.admit(header, values: input.values.span.extracting(range)) {
    case .admitted(let segment):
      if quality.counts != before { try refuse(header, since: before) }
      last = header
      header.segment = segment
      if let since = mark.suspectSince { note(segment, since, header.timeNanoseconds) }
      output.headers.append(header)
      output.values.append(contentsOf: input.values[range])
    case .duplicate:
      if ingest.duplicates?.policy == .error { throw .dataQuality(.duplicate(clock.place(of: header))) }
    case .nonFinite:
      for channel in 0..<channels where !input.values[range.lowerBound + channel].isFinite {
        nonFinite[channel] += 1
      }
    }
  }

  func report(into findings: inout IngestFindings) {
    findings.gaps += Int(quality.counts.gaps)
    findings.duplicateFrames += Int(quality.counts.duplicateFrames)
    findings.nonFiniteFrames += Int(quality.counts.nonFiniteFrames)
    findings.stepsBackwards += Int(quality.counts.stepsBackwards)
    findings.clockJumpsForward += Int(quality.counts.clockJumpsForward)
    findings.clockJumpsBackward += Int(quality.counts.clockJumpsBackward)
    for (channel, name) in names.enumerated() where nonFinite[channel] > 0 {
      findings.channels[name, default: ChannelFindings()].nonFinite += nonFinite[channel]
    }
  }

  private func note(_ segment: Int32, _ since: Int64, _ time: Int64) {
    // A stuck channel is known late, and may have begun before what was found in others meanwhile.
    var start = since
    while let last = suspects.last, last.segment == segment, since <= last.end {
      start = min(start, last.start)
      suspects.removeLast()
    }
    suspects.append(SuspectSpan(segment: segment, start: start, end: time))
  }

  func forgetSuspects(before segment: Int32) { suspects.removeAll { $0.segment < segment } }

  private func refuse(_ header: FrameHeader, since before: StreamQuality.Counts) throws(RunError) {
    let now = quality.counts
    let place = clock.place(of: header)
    let step = last.map { Double(header.timeNanoseconds) - Double($0.timeNanoseconds) } ?? 0
    if now.gaps > before.gaps, ingest.gaps?.policy == .error {
      throw .dataQuality(.gap(place, seconds: step / 1e9))
    }
    if now.stepsBackwards > before.stepsBackwards, ingest.disorder?.policy == .error {
      throw .dataQuality(.stepBackwards(place, seconds: -step / 1e9))
    }
    let jumped = now.clockJumpsForward + now.clockJumpsBackward > before.clockJumpsForward + before.clockJumpsBackward
    if jumped, ingest.clockJumps?.policy == .error {
      throw .dataQuality(.clockJump(place, seconds: step / 1e9))
    }
  }
}

/// A time in a segment in which no window may lie, both ends included.
struct SuspectSpan: Sendable, Hashable {
  var segment: Int32
  var start: Int64
  var end: Int64

  func widened(by reach: Int64) -> SuspectSpan {
    let (earlier, later) = (start.subtractingReportingOverflow(reach), end.addingReportingOverflow(reach))
    return SuspectSpan(
      segment: segment, start: earlier.overflow ? .min : earlier.partialValue,
      end: later.overflow ? .max : later.partialValue)
  }
}

/// All of them, of all recordings, in the order of segments.
struct SuspectSpans: Sendable {
  private(set) var spans: [SuspectSpan] = []

  /// - Precondition: segments grow from call to call.
  mutating func append(_ more: [SuspectSpan], segmentOffset: Int32) {
    for var span in more {
      span.segment += segmentOffset
      spans.append(span)
    }
  }

  /// Whether a time of a segment, both ends included, meets one.
  func meet(_ segment: Int32, _ start: Int64, _ end: Int64) -> Bool {
    var (low, high) = (0, spans.count)
    while low < high {
      let middle = (low + high) / 2
      if (spans[middle].segment, spans[middle].end) < (segment, start) { low = middle + 1 } else { high = middle }
    }
    return low < spans.count && spans[low].segment == segment && spans[low].start <= end
  }
}
