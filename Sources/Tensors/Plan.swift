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
  public static var version: Int32 { 2 }
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
    /// Operations that give what outlives a step its initial value.
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
    case clear = 13
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
    /// An error tensor, or a gradient that a join passes on, with its scale.
    case quantized = 0
    /// The int32 gradient itself with its scale.
    case int32 = 1
  }

  /// The element type of an error tensor.
  public enum ErrorElement: Int32, Sendable, Hashable, CaseIterable {
    case int8 = 0
    case int16 = 1
    case int32 = 2

    public var byteCount: Int { 1 &<< Int(rawValue) }

    /// The largest magnitude that an element may have.
    ///
    /// For int32 that of the common unit in which gradients are added, 2^24: finer elements would add nothing.
    public var largestMagnitude: Int32 {
      switch self {
      case .int8: 127
      case .int16: 32_767
      case .int32: 16_777_215
      }
    }
  }

  /// Bytes before the values of an error or gradient tensor: its scale's mantissa and exponent. A row's velocity
  /// and a carried magnitude are kept in the same form.
  public static var scaleBytes: Int { 8 }

  /// The stream of random bits from which a tensor draws at one step.
  ///
  /// Updated parameters draw from the stream that is the step itself; each error tensor and all velocities have
  /// streams of their own, so that no two draws are ever the same word.
  ///
  /// - Parameter key: 0 for parameters, `velocityKey`, or an error tensor's own key above 0.
  public static func stream(step: UInt32, key: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: key)) &<< 32 | UInt64(step)
  }
  public static var velocityKey: Int32 { -1 }

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
  /// quantized output its maxima, mantissas and shifts.
  ///
  /// Shifts are bytes; those of the last output are not padded, so that what is planned is what is written.
  public static func gradientWorkspaceBytes(channels: Int, quantizedOutputs: Int) -> Int {
    let padding = ((channels + 3) & ~3) - channels
    return 4 * channels + quantizedOutputs * (9 * channels + padding) - (quantizedOutputs > 0 ? padding : 0)
  }

  /// Bytes of the velocities of `rows` rows: a scale each, then one int8 value a parameter.
  public static func velocityBytes(rows: Int, parameters: Int) -> Int { scaleBytes * rows + parameters }
}
