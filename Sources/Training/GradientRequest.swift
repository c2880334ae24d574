public import Tensors

/// The fields of a gradient operation.
///
/// One activation's gradient is the sum of a source, computed from a consumer's errors, and of addends
/// that other consumers stored; each output is quantized from that sum once. Either every output is quantized,
/// or there is one, the int32 gradient itself.
public struct GradientRequest: Sendable {
  public struct Output: Sendable {
    public let kind: Plan.GradientOutput
    public let operand: Int32
    /// Clamp bits of the activation and, where a residual join passes its gradient straight on, of the
    /// producer behind it.
    public let mask: Int32
    public let otherMask: Int32
    /// The producer's weight scales, or none.
    public let factors: Int32
    public let factorExponent: Int32
    /// The largest magnitude of a quantized element.
    public let limit: Int32
    /// Where the largest magnitude of the step before is kept, or none.
    public let carried: Int32
    /// Tells the tensor's random bits from those of all others.
    public let randomKey: Int32
  }

  /// Of the consumer; the input side is the activation whose gradient this is.
  public let geometry: ConvolutionGeometry
  public let source: Plan.GradientSource
  /// Errors of the consumer, or the stored gradient of a pool's output.
  public let errors: Int32
  /// Weights of the consumer, or the winners of a max pool.
  public let weights: Int32
  /// Every source value is below 2 to this power in magnitude.
  public let sourceBits: Int32
  /// Multiplies the source: 1 over the kernel of an average pool.
  public let divisor: RuntimeScale
  public let staging: Int32
  public let workspace: Int32
  public let addendCount: Int
  private let firstAddend: Int32
  private let secondAddend: Int32
  public let outputCount: Int
  private let firstOutput: Output
  private let secondOutput: Output
  /// Of the errors of a convolution, of addends and of quantized outputs.
  public let element: Plan.ErrorElement
  /// Every element of an addend is below 2 to this power in magnitude.
  public let addendBits: Int32
  public let rounding: ErrorRounding
  public let split: WeightSplit

  /// At most two addends and two outputs; the compiler stores partial sums where more paths meet.
  init(_ cursor: inout PlanCursor) {
    guard let source = Plan.GradientSource(rawValue: cursor.next()) else {
      preconditionFailure("a gradient has a known source")
    }
    self.source = source
    geometry = cursor.nextGeometry()
    errors = cursor.next()
    weights = cursor.next()
    sourceBits = cursor.next()
    divisor = RuntimeScale(mantissa: cursor.next(), exponent: cursor.next())
    staging = cursor.next()
    workspace = cursor.next()
    addendCount = cursor.nextInt()
    precondition(addendCount >= 0 && addendCount <= 2, "a gradient has at most two addends")
    firstAddend = cursor.next()
    secondAddend = cursor.next()
    outputCount = cursor.nextInt()
    precondition(outputCount >= 1 && outputCount <= 2, "a gradient has one or two outputs")
    firstOutput = Self.output(&cursor)
    secondOutput = Self.output(&cursor)
    element = cursor.nextElement()
    addendBits = cursor.next()
    guard let rounding = ErrorRounding(rawValue: cursor.next()) else {
      preconditionFailure("errors have a known rounding")
    }
    self.rounding = rounding
    split = WeightSplit(&cursor)
  }

  private static func output(_ cursor: inout PlanCursor) -> Output {
    guard let kind = Plan.GradientOutput(rawValue: cursor.next()) else {
      preconditionFailure("a gradient's output has a known kind")
    }
    return Output(
      kind: kind, operand: cursor.next(), mask: cursor.next(), otherMask: cursor.next(), factors: cursor.next(),
      factorExponent: cursor.next(), limit: cursor.next(), carried: cursor.next(), randomKey: cursor.next())
  }

  public func addend(_ index: Int) -> Int32 { index == 0 ? firstAddend : secondAddend }
  public func output(_ index: Int) -> Output { index == 0 ? firstOutput : secondOutput }
  public var hasQuantizedOutput: Bool { firstOutput.kind == .quantized }

  public var channels: Int { geometry.inputChannels }
  public var frames: Int { geometry.inputLength }

  /// Where frame `t` of the sum stands: the one frame of the workspace, or its place in the staging buffer.
  func frame(_ t: Int) -> Int32 {
    staging == Plan.none ? workspace : staging &+ Int32(truncatingIfNeeded: 4 &* t &* channels)
  }

  // The workspace: one frame, then for each output the largest magnitudes and the factors they become.
  private var frameBytes: Int32 { Int32(truncatingIfNeeded: 4 &* geometry.inputChannels) }
  private func outputWorkspace(_ index: Int) -> Int32 {
    workspace &+ frameBytes &+ Int32(truncatingIfNeeded: index) &* (2 &* frameBytes &+ (frameBytes &>> 2 &+ 3) & ~3)
  }
  func largest(_ output: Int) -> Int32 { outputWorkspace(output) }
  func mantissas(_ output: Int) -> Int32 { outputWorkspace(output) &+ frameBytes }
  func shifts(_ output: Int) -> Int32 { outputWorkspace(output) &+ 2 &* frameBytes }
}
