public import Tensors

/// A training step as operations on named buffers: what lowering makes, and placement and encoding read.
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
  }

  public enum Kind: Sendable {
    case copy(to: BufferID, from: BufferID)
    /// Zeros.
    case clear(BufferID)
    case convolution(Convolution, depthwise: Bool)
    case logits(Convolution)
    case residualAdd(ResidualAdd)
    case averagePool(
      input: BufferID, zeroPoint: Int32, factor: FixedPointMultiplier, ConvolutionGeometry, output: BufferID)
    case maxPool(input: BufferID, ConvolutionGeometry, output: BufferID, winners: BufferID?)
    case loss(logits: BufferID, classes: Int, gradient: BufferID)
    case gradient(Gradient)
    case updateWeights(WeightUpdate, depthwise: Bool)
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
    /// Absent for logits, which are sums themselves.
    var sums: BufferID?
    var output: BufferID
    var mask: BufferID?
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
    var workspace: BufferID
    /// Int32 room for the whole gradient, which saves making it twice.
    var staging: BufferID?
    /// Of the errors of a convolution, of addends and of quantized outputs.
    var element: Plan.ErrorElement = .int8
    /// Every element of an addend is below 2 to this power in magnitude.
    var addendBits: Int32 = 7
    var errorRounding: ErrorRounding = .nearest
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
    var geometry: ConvolutionGeometry
    var mantissas: BufferID
    var exponents: BufferID
    var workspace: BufferID
    var rounding: UpdateRounding
    var residual: BufferID?
    var firstIndex: Int
    /// Of the errors.
    var element: Plan.ErrorElement = .int8
    var velocity: Velocity?
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
  }

  public internal(set) var buffers: [Buffer] = []
  /// Copies of initial weights into the arena.
  public internal(set) var initial: [Operation] = []
  public internal(set) var forward: [Operation] = []
  public internal(set) var backward: [Operation] = []
  public internal(set) var input: BufferID = 0
  public internal(set) var logits: BufferID = 0
  public internal(set) var state: BufferID = 0

  /// The operations of one step, in order.
  public var step: [Operation] { forward + backward }

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
