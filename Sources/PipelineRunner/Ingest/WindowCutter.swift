import PipelineModel
import SensorLogs
import Signal

/// What the two ends of a ring tell each other when one of them may be waiting.
struct RingBells: Sendable {
  /// Rung by the producer: there are frames, or the stream has ended.
  let published = Doorbell()
  /// Rung by the reader: there is room.
  let taken = Doorbell()
}

/// A window that lies in the ring.
struct CutWindow {
  var placement: SlidingWindow.Placement
  /// Of its last frame.
  var endTimeNanoseconds: Int64
  /// Which of the runs of frames that windows can be cut from it lies in.
  var stretch: Int
}

/// Cuts windows out of a ring while the decoder fills it.
///
/// A window is handed out as a view of the ring, so that memory does not grow with the recordings.
struct WindowCutter: ~Copyable {
  private var reader: FrameReader
  private let bells: RingBells
  private var window: SlidingWindow
  private let length: Int
  private let ratePeriod: Int64?
  /// Steps between frames, as many as tell the usual one.
  private var periods: [Int64] = []
  private var lastTime: (segment: Int32, time: Int64)?
  private static let judgedPeriods = 4096

  var counts: SlidingWindow.Counts { window.counts }

  /// The time between two frames of the stream that windows are cut from.
  var periodNanoseconds: Int64 {
    ratePeriod ?? (periods.isEmpty ? 1 : max(1, periods.sorted()[periods.count / 2]))
  }

  init(reader: consuming FrameReader, bells: RingBells, ingest: CheckedIngest) {
    self.reader = reader
    self.bells = bells
    length = ingest.lengthSamples
    ratePeriod = ingest.resample.map { Int64((1e9 / $0.hertz).rounded()) }
    // Gaps are segments already; this limit only needs to lie above every step inside one.
    window = SlidingWindow(
      windowFrames: length, hopFrames: ingest.hopSamples, gapLimitNanoseconds: .max, labels: Self.rule(ingest),
      agreementFrames: Self.agreementFrames(ingest))
  }

  static func agreementFrames(_ ingest: CheckedIngest) -> Int {
    frames(ingest.window.agreement, of: ingest.lengthSamples)
  }

  /// The fewest frames of a window that make a share: 0.07 of 100 is 7, although the product lies a little above.
  private static func frames(_ share: Double, of length: Int) -> Int {
    min(length, Int((share * Double(length) - 1e-9).rounded(.up)))
  }

  /// Labels that a rule names are known beforehand, because such a pipeline names its classes.
  static func rule(_ ingest: CheckedIngest) -> SlidingWindow.LabelRule {
    guard ingest.window.across == .labels else { return .one }
    let index = { (label: String) in Int32(ingest.classNames?.firstIndex(of: label) ?? -1) }
    return switch ingest.window.label {
    case nil, .majority: .majority
    case .end: .end
    case .anywhere(let label): .anywhere(index(label))
    case .share(let label, let share): .share(index(label), frames: max(1, frames(share, of: ingest.lengthSamples)))
    }
  }

  /// Runs until the ring is closed or has failed.
  ///
  /// - Parameter take: Called for each window with its values, frame-major, which are valid during the call.
  mutating func run(_ take: (CutWindow, Span<Float>) -> Void) {
    var pending = 0
    while true {
      let available = reader.availableFrames()
      if available == pending {
        // Frames that no further one follows cannot complete a window.
        if reader.hasEnded, reader.availableFrames() == pending { break }
        waitForFrames(beyond: pending)
        continue
      }
      notePeriods(pending..<available)
      var offset = pending
      while let placement = window.push(from: &reader, at: &offset, end: available) {
        hand(placement, endingAt: offset - 1, to: take)
      }
      // Frames that a window still to come may need stay in the ring.
      pending = min(window.framesToKeep, available)
      reader.advance(by: available - pending)
      bells.taken.ring()
    }
    window.finish()
  }

  private mutating func waitForFrames(beyond pending: Int) {
    bells.published.wait(milliseconds: 100, unless: { reader.hasEnded || reader.availableFrames() != pending })
  }

  private mutating func hand(
    _ placement: SlidingWindow.Placement, endingAt offset: Int, to take: (CutWindow, Span<Float>) -> Void
  ) {
    guard let last = reader.header(at: offset) else { return }
    let cut = CutWindow(
      placement: placement, endTimeNanoseconds: last.header.timeNanoseconds, stretch: Int(window.counts.stretches))
    _ = reader.withFrames(at: offset + 1 - length, count: length) { take(cut, $0) }
  }

  private mutating func notePeriods(_ offsets: Range<Int>) {
    for offset in offsets {
      if periods.count == Self.judgedPeriods { return }
      guard let header = reader.header(at: offset)?.header else { continue }
      if let last = lastTime, last.segment == header.segment {
        periods.append(max(1, header.timeNanoseconds &- last.time))
      }
      lastTime = (header.segment, header.timeNanoseconds)
    }
  }
}
