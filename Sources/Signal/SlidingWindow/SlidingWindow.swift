/// Cuts windows of a fixed length, a fixed hop apart, out of a stream of frames.
///
/// A stretch is a run of labelled frames without a gap in time, a lost frame or a change of segment, and, unless
/// windows may cross labels, of one label. The window grid starts at the first frame of each stretch, so with
/// length 128 and hop 64 windows start at frames 0, 64, 128, … of a stretch, and none leaves it.
///
/// It sees headers only; values stay in the ring, where a window is a view. Indices are the stream's, lost frames
/// counted.
@safe public struct SlidingWindow: ~Copyable, Sendable {
  /// Which label a window has.
  public enum LabelRule: UInt8, Sendable, Hashable {
    /// A change of label ends a stretch.
    case one
    /// A window may cross labels and takes the one most of its frames have; of equals, the one that came first.
    case majority
  }

  public struct Placement: Sendable, Hashable {
    /// Stream index of the first frame.
    public let startIndex: UInt64
    public let startTimeNanoseconds: Int64
    public let label: Int32
    public let segment: Int32
  }

  public struct Counts: Sendable, Hashable {
    public var frames: UInt64 = 0
    public var windows: UInt64 = 0
    /// Runs of frames that windows could be cut from.
    public var stretches: UInt64 = 0
    /// Frames skipped because nobody labelled them.
    public var unlabelledFrames: UInt64 = 0
    /// Labelled frames that are in no window; those of the last stretch once it has ended.
    public var leftoverFrames: UInt64 = 0
    /// Places inside a segment where time jumped or frames were lost.
    public var gaps: UInt64 = 0

    public init() {}
  }

  public let windowFrames: Int
  public let hopFrames: Int
  public let gapLimitNanoseconds: Int64
  public let labelRule: LabelRule
  public internal(set) var counts = Counts()

  var last: FrameHeader?
  var lastIndex: UInt64 = 0
  var stretch = Stretch()

  /// Start times of the windows that have begun, a ring.
  let startTimes: LentStorage<Int64>
  /// Labels of the last `windowFrames` frames, a ring; only for `.majority`.
  let recentLabels: LentStorage<Int32>?

  /// The run of frames that windows are being cut from. Nothing in it grows with its length.
  struct Stretch {
    var isOpen = false
    var framesUntilStart = 0
    /// Windows that have begun and are not complete, and where the oldest one's start time stands.
    var begun = 0
    var oldest = 0
    /// Frames since the oldest one began.
    var oldestAge = 0
    /// Frames that no window has covered yet.
    var uncovered = 0
    var labelSlot = 0
  }

  init(
    windowFrames: Int, hopFrames: Int, gapLimit: Int64, rule: LabelRule, startTimes: LentStorage<Int64>,
    recentLabels: LentStorage<Int32>?
  ) {
    precondition(gapLimit > 0, "a gap limit is a positive time")
    self.windowFrames = windowFrames
    self.hopFrames = hopFrames
    self.gapLimitNanoseconds = gapLimit
    self.labelRule = rule
    self.startTimes = startTimes
    self.recentLabels = recentLabels
  }

  /// How many of the frames pushed last a window still to come may need; a reader keeps them in the ring.
  public var framesToKeep: Int { stretch.begun > 0 ? stretch.oldestAge : 0 }

  /// Takes the next frame and returns the window that it completes, if it does.
  ///
  /// - Parameter streamIndex: Indices that do not follow each other mean lost frames.
  public mutating func push(_ header: FrameHeader, streamIndex: UInt64) -> Placement? {
    counts.frames += 1
    if !continues(header, streamIndex) { endStretch() }
    last = header
    lastIndex = streamIndex
    guard header.isLabelled else {
      counts.unlabelledFrames += 1
      return nil
    }
    if !stretch.isOpen {
      stretch.isOpen = true
      counts.stretches += 1
    }
    return extend(header, streamIndex)
  }

  /// Ends the stream: frames that wait for a window become leftovers.
  public mutating func finish() {
    endStretch()
    last = nil
  }
}
