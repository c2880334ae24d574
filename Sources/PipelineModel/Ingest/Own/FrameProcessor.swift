package import Signal

/// Goes through the frames of one segment for a ``FrameStage``.
public protocol FrameProcessor {
  /// Takes a frame and appends what comes of it: usually one frame, none while it waits, several after that.
  ///
  /// The hot path: nothing around it allocates for a frame.
  ///
  /// - Throws: to end the run; the message names the stage, the recording and your error.
  mutating func process(_ frame: Frame, into output: inout FrameOutput) throws

  /// The segment has ended: appends what waited for frames that will not come.
  mutating func finish(into output: inout FrameOutput) throws
}

extension FrameProcessor {
  public mutating func finish(into output: inout FrameOutput) throws {}
}

/// When a frame was taken, and what it shows.
public struct FrameStamp: Sendable, Hashable {
  /// Any epoch, as long as the recording keeps to one.
  public var timeNanoseconds: Int64
  /// An index into the classes, or -1 without a label.
  package var label: Int32

  /// A frame without a label.
  public init(timeNanoseconds: Int64) {
    self.timeNanoseconds = timeNanoseconds
    label = FrameHeader.unlabelled
  }

  package init(_ header: FrameHeader) {
    timeNanoseconds = header.timeNanoseconds
    label = header.label
  }

  /// The same label at another time.
  public func moved(toNanoseconds time: Int64) -> FrameStamp {
    var moved = self
    moved.timeNanoseconds = time
    return moved
  }

  /// Seconds from another stamp to this one; negative if this one is earlier.
  public func seconds(since other: FrameStamp) -> Double {
    let (difference, overflow) = timeNanoseconds.subtractingReportingOverflow(other.timeNanoseconds)
    return overflow ? Double(timeNanoseconds) * 1e-9 - Double(other.timeNanoseconds) * 1e-9 : Double(difference) * 1e-9
  }
}

/// One instant on all channels of a stream, valid while it is processed.
public struct Frame: ~Escapable {
  public let stamp: FrameStamp
  /// One for each channel of the stream, in its order and units.
  public let values: Span<Float>

  @_lifetime(copy values)
  package init(_ stamp: FrameStamp, _ values: Span<Float>) {
    self.stamp = stamp
    self.values = values
  }

  public subscript(channel: Int) -> Float { values[channel] }
}

/// Where a processor puts its frames.
public struct FrameOutput: Sendable {
  package var headers: [FrameHeader] = []
  /// Frame-major.
  package var values: [Float] = []
  package var segment: Int32 = 0
  /// The number of channels that frames have.
  public let channels: Int
  private var row = -1

  package init(channels: Int) {
    self.channels = channels
  }

  /// Nothing can be set until a frame is appended.
  package mutating func forgetFrame() { row = -1 }

  /// Appends a frame whose values are 0 until they are set.
  ///
  /// Times may not run backwards: frames keep the order in which they are appended.
  ///
  /// - Parameter stamp: That of the frame that it is made of, or one moved in time.
  public mutating func append(_ stamp: FrameStamp) {
    row = values.count
    headers.append(FrameHeader(timeNanoseconds: stamp.timeNanoseconds, label: stamp.label, segment: segment))
    for _ in 0..<channels { values.append(0) }
  }

  /// A value of the frame that was appended last.
  public subscript(channel: Int) -> Float {
    get { values[place(channel)] }
    set { values[place(channel)] = newValue }
  }

  /// Sets the first values of the frame that was appended last to those of another frame.
  ///
  /// - Precondition: `frame` has at most as many channels as the output.
  public mutating func copy(_ frame: Frame) {
    precondition(frame.values.count <= channels, "the output has fewer channels than the frame")
    let first = place(0)
    for index in frame.values.indices { values[first + index] = frame.values[index] }
  }

  private func place(_ channel: Int) -> Int {
    precondition(row >= 0 && row < values.count, "append a frame before setting its values")
    precondition(channel >= 0 && channel < channels, "the output has no such channel")
    return row + channel
  }
}
