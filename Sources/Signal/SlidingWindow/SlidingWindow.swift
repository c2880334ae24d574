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
  ///
  /// Under every rule but `one` a window may cross labels.
  public enum LabelRule: Sendable, Hashable {
    /// A change of label ends a stretch.
    case one
    /// The label most of the frames have; of equals, the one that came first.
    case majority
    /// The label of the last frame.
    case end
    /// This label if any frame has it, else as `majority`.
    case anywhere(Int32)
    /// This label if at least so many of the window's frames have it, else the one most of the others have. `1...`
    case share(Int32, frames: Int)

    /// Whether the labels of a window's frames have to be kept until it ends.
    var needsLabels: Bool {
      switch self {
      case .one, .end: false
      case .majority, .anywhere, .share: true
      }
    }
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
    /// Windows left out because too few of their frames have the window's label.
    public var ambiguousWindows: UInt64 = 0
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
  /// So many frames must have the window's label; a window with fewer is ambiguous. Range `0...windowFrames`.
  public let agreementFrames: Int
  public internal(set) var counts = Counts()

  var last: FrameHeader?
  var lastIndex: UInt64 = 0
  var stretch = Stretch()

  /// Start times of the windows that have begun, a ring.
  let startTimes: LentStorage<Int64>
  /// Labels of the last `windowFrames` frames, a ring; only where the rule or the agreement asks for them.
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
    windowFrames: Int, hopFrames: Int, gapLimit: Int64, rule: LabelRule, agreementFrames: Int,
    startTimes: LentStorage<Int64>, recentLabels: LentStorage<Int32>?
  ) {
    precondition((0...windowFrames).contains(agreementFrames), "an agreement is of the window's frames")
    self.agreementFrames = agreementFrames
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
