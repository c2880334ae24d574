import Foundation
import PipelineModel
import Signal

/// Cuts windows out of a ring while the decoder fills it, and keeps their values for pretraining.
struct WindowCollector: ~Copyable {
  private var reader: FrameReader
  private let length: Int
  private let hop: Int
  private let rule: SlidingWindow.LabelRule
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
  private(set) var counts = SlidingWindow.Counts()
  /// The time between two frames of the stream that windows are cut from.
  private(set) var periodNanoseconds: Int64 = 1

  init(reader: consuming FrameReader, ingest: CheckedIngest) {
    self.reader = reader
    length = ingest.lengthSamples
    hop = ingest.hopSamples
    rule = ingest.window.across == .labels ? .majority : .one
    ratePeriod = ingest.resample.map { Int64((1e9 / $0.hertz).rounded()) }
  }

  /// Runs until the ring is closed or has failed.
  ///
  /// - Parameter owner: The recording behind a segment number.
  mutating func collect(owner: (Int32) -> Int) {
    // Gaps are segments already; this limit only needs to lie above every step inside one.
    var window = SlidingWindow(
      windowFrames: length, hopFrames: hop, gapLimitNanoseconds: .max, labels: rule)
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
          keep(placement, stretch: Int(window.counts.stretches), endingAt: offset, owner: owner)
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
    _ placement: SlidingWindow.Placement, stretch: Int, endingAt offset: Int, owner: (Int32) -> Int
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
  }
}
