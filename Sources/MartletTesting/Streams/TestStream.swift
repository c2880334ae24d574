public import PipelineModel

/// A recording that a test writes down: frames with times, values and labels.
public struct TestStream: Sendable, Hashable {
  public struct Frame: Sendable, Hashable {
    public var timeNanoseconds: Int64
    /// One for each channel; NaN where there is none.
    public var values: [Float]
    /// `nil` for a frame that nobody labelled.
    public var label: String?

    public init(timeNanoseconds: Int64, values: [Float], label: String? = nil) {
      self.timeNanoseconds = timeNanoseconds
      self.values = values
      self.label = label
    }
  }

  public var channels: [FrameStream.Channel]
  public var frames: [Frame]

  /// - Precondition: Every frame has a value for each channel.
  public init(channels: [FrameStream.Channel], frames: [Frame]) {
    precondition(frames.allSatisfy { $0.values.count == channels.count }, "a frame has a value for each channel")
    self.channels = channels
    self.frames = frames
  }

  /// Frames at an even rate.
  ///
  /// - Parameters:
  ///   - hertz: Above 0.
  ///   - values: A row for each frame.
  ///   - label: Of all frames.
  public init(
    channels names: [String], hertz: Double, startSeconds: Double = 0, values: [[Float]], label: String? = nil
  ) {
    precondition(hertz > 0 && hertz.isFinite, "a rate is above 0")
    self.init(
      channels: names.map { FrameStream.Channel($0) },
      frames: values.enumerated().map { index, row in
        Frame(timeNanoseconds: Self.nanoseconds(startSeconds + Double(index) / hertz), values: row, label: label)
      })
  }

  /// Frames at an even rate whose values a function gives.
  ///
  /// - Parameters:
  ///   - seconds: How long; so many frames begin within it.
  ///   - signal: The value of a channel, by its number, at a time in seconds since the start.
  public init(
    channels names: [String], hertz: Double, seconds: Double, startSeconds: Double = 0, label: String? = nil,
    signal: (_ seconds: Double, _ channel: Int) -> Float
  ) {
    let count = Int((seconds * hertz - 1e-9).rounded(.up))
    self.init(
      channels: names, hertz: hertz, startSeconds: startSeconds,
      values: (0..<max(0, count)).map { index in
        names.indices.map { signal(Double(index) / hertz, $0) }
      }, label: label)
  }

  public var channelNames: [String] { channels.map(\.name) }

  /// The usual rate; `nil` where no two frames follow one another.
  public var hertz: Double? {
    let steps = zip(frames, frames.dropFirst()).map { $1.timeNanoseconds &- $0.timeNanoseconds }.filter { $0 > 0 }
    let sorted = steps.sorted()
    return sorted.isEmpty ? nil : 1e9 / Double(sorted[sorted.count / 2])
  }

  /// The values of one channel.
  ///
  /// - Precondition: There is a channel of that name.
  public subscript(name: String) -> [Float] {
    guard let index = channelNames.firstIndex(of: name) else {
      preconditionFailure("the stream has no channel \"\(name)\"; it has \(channelNames.joined(separator: ", "))")
    }
    return frames.map { $0.values[index] }
  }

  /// This stream and behind it another, whose times begin so long after the last of this one.
  public func followed(by other: TestStream, afterSeconds pause: Double) -> TestStream {
    precondition(channelNames == other.channelNames, "both streams have the same channels")
    guard let last = frames.last, let first = other.frames.first else { return frames.isEmpty ? other : self }
    let shift = last.timeNanoseconds &+ Self.nanoseconds(pause) &- first.timeNanoseconds
    var joined = self
    joined.frames += other.frames.map { frame in
      var frame = frame
      frame.timeNanoseconds &+= shift
      return frame
    }
    return joined
  }

  static func nanoseconds(_ seconds: Double) -> Int64 { Int64((seconds * 1e9).rounded()) }
}
