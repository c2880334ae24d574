/// The words of an encoded plan: what the compiler writes and the executor reads.
///
/// A plan is a sequence of int32 words: a header, then one record an operation. A record begins with
/// `opcode | wordCount << 8`, the count including that word; the fields follow in the order in which
/// `Training` reads them.
///
/// A memory operand is one word: an arena offset in bytes if it is not negative, `none`, or the
/// complement of an offset into the constants, which nothing writes.
public enum Plan {
  /// "MRTP" as big-endian ASCII.
  public static var magic: Int32 { 0x4D52_5450 }
  public static var version: Int32 { 1 }
  /// An operand that is absent.
  public static var none: Int32 { Int32.min }

  /// The word that refers to an offset into the constants.
  @inlinable
  public static func constant(_ offset: Int) -> Int32 { ~Int32(truncatingIfNeeded: offset) }

  /// Positions of the header's words.
  public enum Header {
    public static var magic: Int { 0 }
    public static var version: Int { 1 }
    public static var arenaBytes: Int { 2 }
    public static var constantBytes: Int { 3 }
    /// Operations that copy initial weights into the arena.
    public static var initialOperations: Int { 4 }
    /// Operations from the input window to the logits.
    public static var forwardOperations: Int { 5 }
    /// Operations from the logits to the updated weights.
    public static var backwardOperations: Int { 6 }
    public static var inputOffset: Int { 7 }
    public static var inputBytes: Int { 8 }
    public static var logitsOffset: Int { 9 }
    public static var classes: Int { 10 }
    public static var stateOffset: Int { 11 }
    public static var wordCount: Int { 12 }
  }

  public enum Opcode: Int32, Sendable {
    case copy = 1
    case convolution = 2
    case depthwiseConvolution = 3
    case logits = 4
    case residualAdd = 5
    case averagePool = 6
    case maxPool = 7
    case loss = 8
    case gradient = 9
    case updateWeights = 10
    case updateDepthwiseWeights = 11
    case updateBias = 12
    case copyChannels = 14
  }

  /// Where the gradient of an activation comes from, besides addends.
  public enum GradientSource: Int32, Sendable {
    /// Addends only.
    case none = 0
    case convolution = 1
    case depthwiseConvolution = 2
    /// A stored int32 gradient of the same shape.
    case stored = 3
    case averagePool = 4
    case maxPool = 5
  }

  /// What is made of a gradient.
  public enum GradientOutput: Int32, Sendable {
    /// An int8 error tensor with its scale.
    case int8 = 0
    /// The int32 gradient itself with its scale.
    case int32 = 1
  }

  /// Bytes before the values of an error or gradient tensor: its scale's mantissa and exponent.
  public static var scaleBytes: Int { 8 }

  /// The block of the arena that outlives a step: step index, loss, prediction, saturated errors.
  public enum State {
    /// Steps taken, an unsigned word.
    public static var step: Int { 0 }
    /// Loss of the last step in units of 2^-20 nats.
    public static var loss: Int { 1 }
    /// The class with the largest logit.
    public static var prediction: Int { 2 }
    /// Error elements saturated since the start, an unsigned word.
    public static var saturated: Int { 3 }
    public static var byteCount: Int { 16 }
  }
}

extension Plan {
  /// Bytes of workspace that a gradient operation over `channels` channels needs: one frame, then for each
  /// int8 output its maxima, mantissas and shifts.
  ///
  /// Shifts are bytes; those of the last output are not padded, so that what is planned is what is written.
  public static func gradientWorkspaceBytes(channels: Int, int8Outputs: Int) -> Int {
    let padding = ((channels + 3) & ~3) - channels
    return 4 * channels + int8Outputs * (9 * channels + padding) - (int8Outputs > 0 ? padding : 0)
  }
}
