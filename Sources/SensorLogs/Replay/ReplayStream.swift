public import Signal

/// The consumer's end of a replay. It belongs to one thread.
public final class ReplayStream {
  private let source: ReplaySource
  private let channelCounts: [Int]
  private var reader: FrameReader
  private var available = 0
  private var takenSinceRing = 0
  private var nextIndex: UInt64 = 0
  private var lostFrames: UInt64 = 0

  public private(set) var deliveredFrames = 0
  public private(set) var paceErrors = PaceErrors()
  private(set) var firstReference: Int64?
  private(set) var lastReference: Int64 = 0
  private(set) var firstPosition: Int64 = 0
  private(set) var lastPosition: Int64 = 0
  private(set) var firstTime: Int64?
  private(set) var lastTime: Int64?
  private(set) var loops = 0

  init(_ source: ReplaySource, reader: consuming FrameReader) {
    self.source = source
    self.reader = reader
    channelCounts = source.schemas.map(\.channels.count)
  }

  /// Frames dropped between the recordings and this reader.
  public var overrun: FrameOverrun { reader.overrun }

  public var policy: OverrunPolicy { reader.shape.policy }

  /// Takes the next frame, if one has been published.
  public func next(into frame: inout ReplayFrame) -> Bool {
    while true {
      if available == 0 {
        available = reader.availableFrames()
        if available == 0 {
          source.taken.ring()
          return false
        }
      }
      // What was overwritten meanwhile is passed and counted by the next look.
      guard let (header, index) = reader.header(at: 0),
        reader.withFrames(at: 0, count: 1, { ReplayWords.read($0, channelCounts: channelCounts, into: &frame) }) != nil
      else {
        available = 0
        continue
      }
      reader.advance(by: 1)
      available -= 1
      frame.timeNanoseconds = header.timeNanoseconds
      frame.label = header.label
      frame.segment = header.segment
      lostFrames += index - nextIndex
      nextIndex = index + 1
      frame.lostFrames = lostFrames
      note(frame)
      takenSinceRing += 1
      if takenSinceRing >= ReplaySource.batchFrames / 4 {
        takenSinceRing = 0
        source.taken.ring()
      }
      return true
    }
  }

  /// True when the source has ended and every frame was taken.
  public func isFinished() -> Bool { reader.isFinished() }

  /// Waits until there may be a frame, but no longer than that.
  public func wait(milliseconds: Int) {
    source.published.wait(
      milliseconds: milliseconds, unless: { self.reader.availableFrames() > 0 || self.reader.hasEnded })
  }

  /// Tells the source that nobody listens any more.
  public func leave() {
    source.clock.stop()
    reader.leave()
    source.taken.ring()
  }

  private func note(_ frame: ReplayFrame) {
    let now = source.clock.reference.nowNanoseconds
    if let due = frame.dueNanoseconds { paceErrors.add(nanoseconds: now - due) }
    if firstReference == nil {
      firstReference = now
      firstPosition = frame.positionNanoseconds
      firstTime = frame.timeNanoseconds
    }
    lastReference = now
    lastPosition = frame.positionNanoseconds
    lastTime = frame.timeNanoseconds
    loops = max(loops, frame.loop + 1)
    deliveredFrames += 1
  }
}
