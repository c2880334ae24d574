import Signal
import Synchronization

/// Plays recordings into a ring: reads them, merges them by time, and lets each frame out when it is due.
///
/// Frames that are due are published together, at most once a millisecond while a pace is kept and in batches at the
/// maximum rate; neither changes which frames come, nor their order. Under `.block` a full ring makes the source wait,
/// under the other policies frames are dropped and counted by the ring.
///
/// `@unchecked Sendable`: everything but the locked tables belongs to the one thread that calls `advance` or `run`;
/// others read `report` after that has ended.
public final class ReplaySource: @unchecked Sendable {
  /// What one step did.
  public enum Progress: Sendable, Hashable {
    /// These frames became visible to the reader.
    case published(frames: Int)
    /// Nothing is due before this time of the reference clock; nil while the clock is paused.
    case waiting(untilReferenceNanoseconds: Int64?)
    /// The ring is full, and the policy is to wait.
    case blocked
    /// The last frame has been published, or the clock was stopped.
    case finished
  }

  public static let batchFrames = 1024
  static let publicationNanoseconds: Int64 = 1_000_000
  /// A wait at least this long is used for reading ahead.
  private static let idleNanoseconds: Int64 = 2_000_000

  public let clock: PlayerClock
  public let schemas: [LogSchema]
  public let inputs: [ReplayInput]
  /// Times of each recording's first frames, from which its rate can be told.
  public let firstTimes: [[Int64]]
  private var merge: ReplayMerge
  private var producer: FrameProducer
  private var words: [Float]
  private let batchLimit: Int
  private let isBlocking: Bool
  /// The next frame may go out and has not, for want of room; since when it is due.
  private var isGranted = false
  private var dueNanoseconds: Int64?
  private var unpublished = 0
  private var lastPublication: Int64 = .min
  private var hasEnded = false
  private let labels: Mutex<[[String]]>
  private let failed = Mutex<LogReadError?>(nil)
  private let nextDue = Atomic<Int64>(.min)
  private let isOver = Atomic<Bool>(false)
  let published = Doorbell()
  let taken = Doorbell()

  /// Opens the recordings and reads their first frames.
  ///
  /// - Returns: The source, and the one reader of what it plays.
  public static func open(
    _ inputs: [ReplayInput], options: ReplayOptions = ReplayOptions(), clock: PlayerClock
  ) throws(LogReadError) -> (source: ReplaySource, stream: ReplayStream) {
    let merge = try ReplayMerge(inputs, options: options)
    let widest = merge.tracks.map(\.schema.channels.count).max() ?? 0
    let slotWords = ReplayWords.count(channels: widest)
    guard slotWords <= 4096 else {
      throw LogReadError(
        .tooManyChannels(count: widest, limit: (4096 - ReplayWords.headerWords) / 2), path: inputs[0].path)
    }
    var ring = FrameRing(
      shape: FrameRingShape(
        channels: slotWords, capacityFrames: options.capacityFrames, policy: options.overflow))
    let source = ReplaySource(
      inputs: inputs, merge: merge, clock: clock, producer: ring.takeProducer(), options: options, words: slotWords)
    return (source, ReplayStream(source, reader: ring.takeReader()))
  }

  private init(
    inputs: [ReplayInput], merge: ReplayMerge, clock: PlayerClock, producer: consuming FrameProducer,
    options: ReplayOptions, words: Int
  ) {
    self.inputs = inputs
    self.merge = merge
    self.clock = clock
    self.producer = producer
    self.words = Array(repeating: 0, count: words)
    schemas = merge.tracks.map(\.schema)
    firstTimes = merge.tracks.map(\.firstTimes)
    batchLimit = max(1, min(Self.batchFrames, options.capacityFrames / 4))
    isBlocking = options.overflow == .block
    labels = Mutex(merge.tracks.map { _ in [] })
  }

  /// Whether there is nothing to play; to be asked before playing.
  public var isEmpty: Bool { merge.head == nil }

  // MARK: Playing

  /// Plays to the end, waiting whenever nothing is due; for a thread of its own.
  public func run() {
    do throws(LogReadError) {
      while try step() {}
    } catch {
      failed.withLock { $0 = error }
      producer.fail(code: 1)
    }
    isOver.store(true, ordering: .releasing)
    published.ring()
  }

  private func step() throws(LogReadError) -> Bool {
    switch try advance() {
    case .finished: return false
    case .published: published.ring()
    case .blocked:
      taken.wait(milliseconds: 10, unless: { self.producer.roomFrames() > 0 || self.clock.isStopped })
    case .waiting(let time):
      nextDue.store(time ?? .min, ordering: .relaxed)
      if try readAhead(until: time) { return true }
      let soonest = saturatedSum(lastPublication, Self.publicationNanoseconds)
      clock.wait(untilReferenceNanoseconds: time.map { max($0, soonest) })
    }
    return true
  }

  /// Uses a long wait to read; afterwards time has passed, and the clock is to be asked again.
  private func readAhead(until time: Int64?) throws(LogReadError) -> Bool {
    let now = clock.reference.nowNanoseconds
    guard saturatedDifference(time ?? .max, now) > Self.idleNanoseconds else { return false }
    for track in merge.tracks where track.wantsPrefetch {
      try track.prefetch()
      return true
    }
    return false
  }

  /// Does what can be done without waiting.
  public func advance() throws(LogReadError) -> Progress {
    if hasEnded { return .finished }
    while let head = merge.head {
      if !isGranted {
        switch clock.check(head.position) {
        case .stopped: return end()
        case .early(let time): return unpublished > 0 ? publish() : .waiting(untilReferenceNanoseconds: time)
        case .due(let time):
          isGranted = true
          dueNanoseconds = time
        }
      }
      guard offer(head) else {
        if unpublished > 0 { return publish() }
        if clock.isStopped { return end() }
        return .blocked
      }
      isGranted = false
      try merge.advance()
      if unpublished >= batchLimit { return publish() }
    }
    return end()
  }

  /// - Returns: false where there is no room and the frame is to be offered again.
  private func offer(_ head: ReplayMerge.Head) -> Bool {
    ReplayWords.set(
      &words, track: head.track, loop: head.loop, position: head.position, dueNanoseconds: dueNanoseconds)
    merge.withHeadValues { channel, value in ReplayWords.set(&words, channel: channel, value: value) }
    let header = FrameHeader(timeNanoseconds: head.time, label: merge.headLabel, segment: merge.headSegment)
    publishLabels(of: head.track)
    if producer.append(header, values: words.span) {
      unpublished += 1
      return true
    }
    return !isBlocking
  }

  private func publishLabels(of track: Int) {
    let names = merge.tracks[track].labelNames
    guard names.count > labelCounts[track] else { return }
    labelCounts[track] = names.count
    labels.withLock { $0[track] = names }
  }

  private lazy var labelCounts = Array(repeating: 0, count: merge.tracks.count)

  private func publish() -> Progress {
    producer.publish()
    lastPublication = clock.reference.nowNanoseconds
    defer { unpublished = 0 }
    return .published(frames: unpublished)
  }

  private func end() -> Progress {
    hasEnded = true
    for track in merge.tracks { track.noteLosses() }
    producer.close()
    return .finished
  }

  // MARK: What others may ask

  /// The names that the labels of a track's frames index; a frame in the stream has its label's name here.
  public func labelNames(ofTrack track: Int) -> [String] { labels.withLock { $0[track] } }

  /// Why the recordings could not be read on, if so.
  public var failure: LogReadError? { failed.withLock { $0 } }

  /// When the frame that is waited for is due, on the reference clock; in the past where none is.
  public var nextDueNanoseconds: Int64 { nextDue.load(ordering: .relaxed) }

  /// Whether `run` has ended, so that the whole report can be had.
  public var hasEndedRunning: Bool { isOver.load(ordering: .acquiring) }

  struct State {
    var tracks: [ReplayTrack]
    var squashedGaps: Int
    var squashedNanoseconds: Int64
    var offeredFrames: UInt64
  }

  /// - Precondition: The thread that plays has ended.
  var state: State {
    State(
      tracks: merge.tracks, squashedGaps: merge.squashedGaps, squashedNanoseconds: merge.squashedNanoseconds,
      offeredFrames: producer.offeredFrames)
  }
}
