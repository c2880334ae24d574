public import Tensors

/// A training step as operations on named buffers: what differentiation makes, passes rewrite, and placement and
/// encoding read.
///
/// Differentiation emits simple operations that keep whole tensors: sums and their requantisation, gradients in
/// int32 and their quantisation, weight gradients and their application. `Fusion` joins them into the operations
/// that an engine executes; only a graph that was fused can be encoded.
public struct TrainingGraph: Sendable {
  /// The index of a buffer.
  public typealias BufferID = Int

  public struct Buffer: Sendable, Hashable {
    /// Owner and purpose, such as `block1.expand output`.
    public var name: String
    public var role: Role
    public var byteCount: Int
    /// 1, or 4 where it holds int32 words.
    public var alignment: Int
    public var storage: Storage
  }

  /// What the bytes are for.
  public enum Role: String, Sendable, Hashable, CaseIterable {
    case input, activation, mask, winners, logits, error, gradient, weights, bias, residual, velocity, carriedScale,
      workspace, state, table
  }

  public enum Storage: Sendable, Hashable {
    /// In the arena, alive from its first to its last use in a step.
    case arena
    /// In the arena for ever: updated weights, the engine's state.
    case persistent
    /// In constants; nothing writes it.
    case constant([UInt8])
  }

  public struct Operation: Sendable {
    /// Layer and action, such as `block1.expand forward`.
    public var name: String
    public var kind: Kind
    public var reads: [BufferID]
    public var writes: [BufferID]
    /// Which outputs may be written over which inputs.
    public var overlaps: [Overlap] = []
  }

  /// Leave to write an output over an input that nobody reads later, because the operation goes through both
  /// frame by frame.
  public struct Overlap: Sendable, Hashable {
    public var input: BufferID
    public var output: BufferID
    /// The input must begin at least so many bytes behind the output's beginning, for what is written never to
    /// reach what is still to be read.
    public var lead: Int
  }

  public enum Kind: Sendable {
    case copy(to: BufferID, from: BufferID)
    /// Zeros.
    case clear(BufferID)
    /// The first channels of an activation, kept for a weight gradient that reads no others.
    case copyChannels(input: BufferID, ActivationShape, kept: Int, output: BufferID)
    /// Whole int32 sums of a convolution; `Fusion` joins them with their requantisation.
    case sums(Convolution, depthwise: Bool)
    /// Int32 sums to int8 output and clamp marks.
    case requantize(Convolution)
    case convolution(Convolution, depthwise: Bool)
    case logits(Convolution)
    case residualAdd(ResidualAdd)
    case averagePool(
      input: BufferID, zeroPoint: Int32, factor: FixedPointMultiplier, ConvolutionGeometry, output: BufferID)
    case maxPool(input: BufferID, ConvolutionGeometry, output: BufferID, winners: BufferID?)
    case loss(logits: BufferID, classes: Int, gradient: BufferID)
    case gradient(Gradient)
    /// The whole int32 gradient of a weight tensor; `Fusion` joins it with its application.
    case weightGradient(WeightUpdate, gradient: BufferID, depthwise: Bool)
    case applyWeights(WeightUpdate, gradient: BufferID, depthwise: Bool)
    case updateWeights(WeightUpdate, depthwise: Bool)
    case biasGradient(BiasUpdate, gradient: BufferID)
    case applyBias(BiasUpdate, gradient: BufferID)
    case updateBias(BiasUpdate)
  }

  public struct Convolution: Sendable {
    var input: BufferID
    var inputZeroPoint: Int32
    var weights: BufferID
    var bias: BufferID
    var mantissas: BufferID
    var shifts: BufferID
    var geometry: ConvolutionGeometry
    var range: OutputRange
    /// Of all frames before fusion, of one after it. Absent for logits, which are sums themselves.
    var sums: BufferID?
    var output: BufferID
    var mask: BufferID?
    /// Weights of the input channels from `updatedChannels` on, where only those before are updated and lie in
    /// `weights`.
    var frozen: BufferID?
    var updatedChannels = 0
  }

  public struct ResidualAdd: Sendable {
    var left: BufferID
    var right: BufferID
    var leftZeroPoint: Int32
    var rightZeroPoint: Int32
    var leftFactor: Int32
    var rightFactor: Int32
    var shift: Int32
    var count: Int
    var range: OutputRange
    var output: BufferID
    var mask: BufferID?
  }

  public struct Gradient: Sendable {
    var source: Plan.GradientSource
    /// Of the consumer that is the source; its input side is the activation whose gradient this is.
    var geometry: ConvolutionGeometry
    var errors: BufferID?
    /// Weights of the consumer, or winners of a max pool.
    var weights: BufferID?
    /// Every source value is below 2 to this power in magnitude.
    var sourceBits: Int32
    var divisor: RuntimeScale
    var addends: [BufferID]
    var outputs: [GradientOutput]
    /// Assigned by `Fusion`.
    var workspace: BufferID?
    /// Int32 room for the whole gradient, which saves making it twice.
    var staging: BufferID?
    /// Of the errors of a convolution, of addends and of quantized outputs.
    var element: Plan.ErrorElement = .int8
    /// Every element of an addend is below 2 to this power in magnitude.
    var addendBits: Int32 = 7
    var errorRounding: ErrorRounding = .nearest
    /// As in `Convolution`.
    var frozen: BufferID?
    var updatedChannels = 0

    /// What the operation reads.
    var reads: [BufferID] {
      [errors, weights, frozen].compactMap { $0 } + addends
        + outputs.flatMap { [$0.mask, $0.otherMask, $0.factors, $0.carried].compactMap { $0 } }
    }

    /// What the operation writes, apart from the engine's state.
    var writes: [BufferID] {
      outputs.map(\.buffer) + [workspace, staging].compactMap { $0 } + outputs.compactMap(\.carried)
    }
  }

  public struct GradientOutput: Sendable {
    var kind: Plan.GradientOutput
    var buffer: BufferID
    var mask: BufferID?
    var otherMask: BufferID?
    var factors: BufferID?
    var factorExponent: Int32
    /// The largest magnitude of a quantized element.
    var limit: Int32 = 127
    /// Where the largest magnitude of one step is kept for the next.
    var carried: BufferID?
    /// Tells the tensor's random bits from those of all others: above 0, from the model as described.
    var randomKey: Int32 = 1
  }

  /// What an update keeps of gradients from step to step.
  public struct Velocity: Sendable {
    /// A scale a row, then an int8 value a parameter.
    var buffer: BufferID
    /// What of it is left at the next step.
    var decay: RuntimeScale
    /// 1 where every step applies it; above, the steps whose mean is applied before it is cleared.
    var period: Int
  }

  public struct WeightUpdate: Sendable {
    var errors: BufferID
    var input: BufferID
    var inputZeroPoint: Int32
    var weights: BufferID
    /// Its input channels are those whose weights are updated.
    var geometry: ConvolutionGeometry
    var mantissas: BufferID
    var exponents: BufferID
    /// One row of the gradient; assigned by `Fusion`.
    var workspace: BufferID?
    var rounding: UpdateRounding
    var residual: BufferID?
    var firstIndex: Int
    /// Of the errors.
    var element: Plan.ErrorElement = .int8
    var velocity: Velocity?
    /// Channels of a frame of the input.
    var frameStride: Int
    /// Weights of a row as described.
    var rowStride: Int
    /// The row as described of each row, and where each weight of a row stands in it; absent where that is its own.
    var rows: BufferID?
    var places: BufferID?
  }

  public struct BiasUpdate: Sendable {
    var errors: BufferID
    var bias: BufferID
    var length: Int
    var channels: Int
    var mantissas: BufferID
    var exponents: BufferID
    var limit: Int32
    var rounding: UpdateRounding
    var residual: BufferID?
    var firstIndex: Int
    /// Of the errors.
    var element: Plan.ErrorElement = .int8
    var velocity: Velocity?
    /// An int32 sum a channel, where there is a velocity.
    var workspace: BufferID?
    /// The channel as described of each bias; absent where that is its own.
    var places: BufferID?
  }

  public internal(set) var buffers: [Buffer] = []
  /// Copies of initial weights into the arena.
  public internal(set) var initial: [Operation] = []
  public internal(set) var forward: [Operation] = []
  public internal(set) var backward: [Operation] = []
  public internal(set) var input: BufferID = 0
  public internal(set) var logits: BufferID = 0
  public internal(set) var state: BufferID = 0
  /// Whether a clamp mark is a bit, or still a byte.
  public internal(set) var hasPackedMasks = false
  /// Where the updated parameters stand in the model as described.
  public internal(set) var updatedLayers: [UpdatedLayer] = []

  /// The operations of one step, in order.
  public var step: [Operation] { forward + backward }

  /// The buffers that some operation or the caller of a step touches; passes leave others behind.
  public var usedBuffers: [BufferID] {
    var isUsed = [Bool](repeating: false, count: buffers.count)
    for buffer in [input, logits, state] { isUsed[buffer] = true }
    for operation in initial + forward + backward {
      for buffer in operation.reads + operation.writes { isUsed[buffer] = true }
    }
    return buffers.indices.filter { isUsed[$0] }
  }

  mutating func addBuffer(
    _ name: String, _ role: Role, bytes: Int, alignment: Int = 1, storage: Storage = .arena
  ) -> BufferID {
    buffers.append(Buffer(name: name, role: role, byteCount: bytes, alignment: alignment, storage: storage))
    return buffers.count - 1
  }

  /// A constant table of integers, little-endian.
  mutating func addTable<Integer: FixedWidthInteger>(_ name: String, _ values: [Integer]) -> BufferID {
    addBuffer(
      name, .table, bytes: values.count * MemoryLayout<Integer>.stride, alignment: MemoryLayout<Integer>.alignment,
      storage: .constant(littleEndianBytes(values)))
  }
}

/// The bytes of integers in little-endian order, which every target of Martlet has.
func littleEndianBytes<Integer: FixedWidthInteger>(_ values: [Integer]) -> [UInt8] {
  values.flatMap { value in
    (0..<MemoryLayout<Integer>.size).map { UInt8(truncatingIfNeeded: value >> Integer($0 * 8)) }
  }
}
