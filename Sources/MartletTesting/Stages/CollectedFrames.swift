public import PipelineModel

/// The frames that a stage gave.
public struct CollectedFrames: Sendable, Hashable {
  public struct Frame: Sendable, Hashable {
    public var timeNanoseconds: Int64
    public var values: [Float]
    /// Counts the unbroken parts of the stream, from 0.
    public var segment: Int
    public var label: String?
  }

  /// What the stage says that it gives.
  public var stream: FrameStream
  public var frames: [Frame]

  public var count: Int { frames.count }

  /// The values of one channel.
  ///
  /// - Precondition: There is a channel of that name.
  public subscript(name: String) -> [Float] {
    guard let index = stream.channelNames.firstIndex(of: name) else {
      preconditionFailure(
        "the stage gives no channel \"\(name)\"; it gives \(stream.channelNames.joined(separator: ", "))")
    }
    return frames.map { $0.values[index] }
  }

  public var seconds: [Double] { frames.map { Double($0.timeNanoseconds) / 1e9 } }
}
