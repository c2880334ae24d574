/// A subject's test stream as both networks saw it: every window's classes, and the signal of an excerpt.
public struct StreamPreview: Codable, Sendable, Hashable {
  /// A window with its class and what it was taken for; indices of the confusion matrix's classes.
  public struct Window: Codable, Sendable, Hashable {
    /// In seconds on the recording's clock.
    public var start: Double
    public var label: Int
    public var before: Int
    public var after: Int

    public init(start: Double, label: Int, before: Int, after: Int) {
      self.start = start
      self.label = label
      self.before = before
      self.after = after
    }
  }

  /// Frames without a break.
  public struct Piece: Codable, Sendable, Hashable {
    /// Of its first frame, in seconds on the recording's clock.
    public var start: Double
    /// The windows of the excerpt that lie in it, as indices of `windows`.
    public var windows: Range<Int>
    /// A list of values, one a frame, for each channel, in the channel's unit.
    public var values: [[Float]]

    public init(start: Double, windows: Range<Int>, values: [[Float]]) {
      self.start = start
      self.windows = windows
      self.values = values
    }
  }

  public struct Channel: Codable, Sendable, Hashable {
    public var name: String
    public var unit: String?

    public init(name: String, unit: String? = nil) {
      self.name = name
      self.unit = unit
    }
  }

  public var subject: String
  public var channels: [Channel]
  public var hertz: Double
  public var windowSeconds: Double
  public var hopSeconds: Double
  /// Test windows in recorded order.
  public var windows: [Window]
  /// Test windows behind them that were left out for the size of the page.
  public var omittedWindows: Int
  public var pieces: [Piece]

  public init(
    subject: String, channels: [Channel], hertz: Double, windowSeconds: Double, hopSeconds: Double,
    windows: [Window], omittedWindows: Int = 0, pieces: [Piece]
  ) {
    self.subject = subject
    self.channels = channels
    self.hertz = hertz
    self.windowSeconds = windowSeconds
    self.hopSeconds = hopSeconds
    self.windows = windows
    self.omittedWindows = omittedWindows
    self.pieces = pieces
  }

  /// The windows of the excerpt.
  public var excerpt: Range<Int> {
    (pieces.first?.windows.lowerBound ?? 0)..<(pieces.last?.windows.upperBound ?? 0)
  }
}
