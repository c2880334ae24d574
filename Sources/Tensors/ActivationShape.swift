/// The shape of one activation: `length` frames of `channels` values each, frame-major.
///
/// Element `(t, c)` stands at `t * channels + c`, so the input patch of a 1-D convolution is one
/// contiguous run. A feature vector has length 1.
public struct ActivationShape: Sendable, Hashable {
  public var length: Int
  public var channels: Int

  public init(length: Int, channels: Int) {
    precondition(length > 0 && channels > 0, "an activation has at least one frame and one channel")
    self.length = length
    self.channels = channels
  }

  public var elementCount: Int { length * channels }
}
