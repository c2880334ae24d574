public import Signal

/// One recording of a replay, and how to read it.
public struct ReplayInput: Sendable, Hashable {
  /// A file, or `-` for standard input, which can be played once only.
  public var path: String
  public var read: LogReadOptions

  public init(path: String, read: LogReadOptions = LogReadOptions()) {
    self.path = path
    self.read = read
  }
}

/// What of the recordings is played, and how.
public struct ReplayOptions: Sendable, Hashable {
  /// Where playing starts; nil is the first frame of all.
  public var from: ReplayPoint?

  /// Where it ends, this point excluded; nil is the end.
  public var to: ReplayPoint?

  /// How long a part is played, in nanoseconds of the recording; takes the place of `to`.
  public var duration: Int64?

  /// How often the whole is played; nil repeats it until someone stops it.
  public var loops: Int? = 1

  /// No time between two frames is waited for longer than this, in nanoseconds; nil waits for all of it. Only the pace
  /// changes, the frames keep their times.
  public var longestGap: Int64?

  /// Whether each recording's last frame before `from` is played first, at once.
  public var playsLatched = false

  /// What happens to frames that a slow consumer leaves no room for.
  public var overflow = OverrunPolicy.block

  /// Frames between source and consumer.
  public var capacityFrames = 8192

  public init() {}
}
