import Foundation
import PipelineModel
import Signal

/// Cuts windows out of a ring while the decoder fills it, and keeps their values for pretraining.
struct WindowCollector: ~Copyable {
  private var reader: FrameReader
  private let length: Int
  private let hop: Int
  private let rule: SlidingWindow.LabelRule
  private let agreementPercent: Int
  private let ratePeriod: Int64?
  private(set) var values: [Float] = []
  /// Windows were left out because there were too many.
  private(set) var isFull = false
  /// Of `values`: 2 GiB.
  static let limitBytes = 2 << 30
  private(set) var labels: [Int32] = []
  /// The recording of each window.
  private(set) var recordings: [Int] = []
  private(set) var startFrames: [Int] = []
  private(set) var stretches: [Int] = []
  private(set) var startTimes: [Int64] = []
  private var endTimes: [Int64] = []
  private var segments: [Int32] = []
  /// Windows taken out because they hold what is not to be used.
  private(set) var rejectedWindows = 0
  private(set) var counts = SlidingWindow.Counts()
  /// The time between two frames of the stream that windows are cut from.
  private(set) var periodNanoseconds: Int64 = 1

  init(reader: consuming FrameReader, ingest: CheckedIngest) {
    self.reader = reader
    length = ingest.lengthSamples
    hop = ingest.hopSamples
    rule = Self.rule(ingest)
    agreementPercent = Self.agreementPercent(ingest)
    ratePeriod = ingest.resample.map { Int64((1e9 / $0.hertz).rounded()) }
  }

  static func agreementPercent(_ ingest: CheckedIngest) -> Int { Int((ingest.window.agreement * 100).rounded(.up)) }

  /// Labels that a rule names are known beforehand, because such a pipeline names its classes.
  static func rule(_ ingest: CheckedIngest) -> SlidingWindow.LabelRule {
    guard ingest.window.across == .labels else { return .one }
    let index = { (label: String) in Int32(ingest.classNames?.firstIndex(of: label) ?? -1) }
    return switch ingest.window.label {
    case nil, .majority: .majority
    case .end: .end
    case .anywhere(let label): .anywhere(index(label))
    case .share(let label, let share): .share(index(label), percent: Int((share * 100).rounded(.up)))
    }
  }

  /// Runs until the ring is closed or has failed.
  ///
  /// - Parameter owner: The recording behind a segment number.
  mutating func collect(owner: (Int32) -> Int) {
    // Gaps are segments already; this limit only needs to lie above every step inside one.
    var window = SlidingWindow(
      windowFrames: length, hopFrames: hop, gapLimitNanoseconds: .max, labels: rule,
      agreementPercent: agreementPercent)
    var pending = 0
    var lastTime: (segment: Int32, time: Int64)?
    var periods: [Int64] = []
    while true {
      let available = reader.availableFrames()
      if available == pending {
        if reader.isFinished() || (available == pending && isDone(pending)) { break }
        Thread.sleep(forTimeInterval: 0.000_05)
        continue
      }
      for offset in pending..<available {
        guard let frame = reader.header(at: offset) else { continue }
        if let last = lastTime, last.segment == frame.header.segment, periods.count < 4096 {
          periods.append(max(1, frame.header.timeNanoseconds &- last.time))
        }
        lastTime = (frame.header.segment, frame.header.timeNanoseconds)
        if let placement = window.push(frame.header, streamIndex: frame.streamIndex) {
          keep(
            placement, stretch: Int(window.counts.stretches), endingAt: offset, time: frame.header.timeNanoseconds,
            owner: owner)
        }
      }
      // Frames that a window still to come may need stay in the ring.
      let keep = min(window.framesToKeep, available)
      reader.advance(by: available - keep)
      pending = keep
    }
    window.finish()
    counts = window.counts
    periods.sort()
    periodNanoseconds = ratePeriod ?? (periods.isEmpty ? 1 : max(1, periods[periods.count / 2]))
  }

  /// Whether the producer has ended and only frames that no window will use are left.
  private mutating func isDone(_ pending: Int) -> Bool {
    guard pending > 0, reader.hasEnded else { return false }
    return reader.availableFrames() == pending
  }

  private mutating func keep(
    _ placement: SlidingWindow.Placement, stretch: Int, endingAt offset: Int, time: Int64,
    owner: (Int32) -> Int
  ) {
    guard !isFull, values.count * 4 < Self.limitBytes else {
      isFull = true
      return
    }
    reader.withFrames(at: offset + 1 - length, count: length) { span in
      for i in 0..<span.count { values.append(span[i]) }
    }
    labels.append(placement.label)
    recordings.append(owner(placement.segment))
    startFrames.append(Int(placement.startIndex))
    stretches.append(stretch)
    startTimes.append(placement.startTimeNanoseconds)
    endTimes.append(time)
    segments.append(placement.segment)
  }

  /// Takes out the windows that meet a time in which none may lie. That is known only when all has been read: a sensor
  /// is stuck once it has repeated itself often enough.
  mutating func reject(_ suspects: SuspectSpans) {
    let valuesPerWindow = labels.isEmpty ? 0 : values.count / labels.count
    var kept = 0
    for index in labels.indices {
      if suspects.meet(segments[index], startTimes[index], endTimes[index]) { continue }
      if kept != index {
        for place in 0..<valuesPerWindow {
          values[kept * valuesPerWindow + place] = values[index * valuesPerWindow + place]
        }
        labels[kept] = labels[index]
        recordings[kept] = recordings[index]
        startFrames[kept] = startFrames[index]
        stretches[kept] = stretches[index]
        startTimes[kept] = startTimes[index]
      }
      kept += 1
    }
    rejectedWindows = labels.count - kept
    guard rejectedWindows > 0 else { return }
    values.removeLast(rejectedWindows * valuesPerWindow)
    labels.removeLast(rejectedWindows)
    recordings.removeLast(rejectedWindows)
    startFrames.removeLast(rejectedWindows)
    stretches.removeLast(rejectedWindows)
    startTimes.removeLast(rejectedWindows)
    (endTimes, segments) = ([], [])
  }
}
