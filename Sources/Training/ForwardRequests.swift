public import Kernels
public import Tensors

/// An operation of a plan, as its record says.
public enum PlanOperation: Sendable {
  case convolution(ConvolutionRequest)
  case logits(LogitsRequest, state: Int32)
  case residualAdd(ResidualAddRequest)
  case averagePool(AveragePoolRequest)
  case gradient(GradientRequest, state: Int32)
  case updateWeights(WeightUpdateRequest)
  case updateBias(BiasUpdateRequest)
  /// One that is left to the kernels in Swift.
  case other
}

/// The fields of a convolution, dense or depthwise, whose sums are requantized.
public struct ConvolutionRequest: Sendable {
  public let isDepthwise: Bool
  public let input: Int32
  public let inputZeroPoint: Int32
  public let weights: Int32
  public let bias: Int32
  public let mantissas: Int32
  public let shifts: Int32
  public let geometry: ConvolutionGeometry
  public let range: OutputRange
  let sums: Int32
  public let output: Int32
  public let mask: Int32
  public let split: WeightSplit

  init(_ cursor: inout PlanCursor, depthwise: Bool) {
    isDepthwise = depthwise
    input = cursor.next()
    inputZeroPoint = cursor.next()
    weights = cursor.next()
    bias = cursor.next()
    mantissas = cursor.next()
    shifts = cursor.next()
    geometry = cursor.nextGeometry()
    range = cursor.nextRange()
    sums = cursor.next()
    output = cursor.next()
    mask = cursor.next()
    split = WeightSplit(&cursor)
  }

  public var weightCount: Int {
    isDepthwise ? geometry.kernel &* geometry.outputChannels : geometry.outputChannels &* geometry.patchCount
  }
}

/// The fields of the last layer.
public struct LogitsRequest: Sendable {
  public let input: Int32
  public let inputZeroPoint: Int32
  public let weights: Int32
  public let bias: Int32
  public let mantissas: Int32
  public let shifts: Int32
  public let geometry: ConvolutionGeometry
  public let output: Int32
  public let split: WeightSplit

  init(_ cursor: inout PlanCursor) {
    input = cursor.next()
    inputZeroPoint = cursor.next()
    weights = cursor.next()
    bias = cursor.next()
    mantissas = cursor.next()
    shifts = cursor.next()
    geometry = cursor.nextGeometry()
    output = cursor.next()
    split = WeightSplit(&cursor)
  }
}

/// The fields of a residual add.
public struct ResidualAddRequest: Sendable {
  public let left: Int32
  public let right: Int32
  public let factors: ResidualAddFactors
  public let count: Int
  public let range: OutputRange
  public let output: Int32
  public let mask: Int32

  init(_ cursor: inout PlanCursor) {
    left = cursor.next()
    right = cursor.next()
    factors = ResidualAddFactors(
      leftZeroPoint: cursor.next(), rightZeroPoint: cursor.next(), left: cursor.next(), right: cursor.next(),
      shift: UInt8(truncatingIfNeeded: cursor.next()))
    count = cursor.nextInt()
    range = cursor.nextRange()
    output = cursor.next()
    mask = cursor.next()
  }
}

/// The fields of an average pool.
public struct AveragePoolRequest: Sendable {
  public let input: Int32
  public let zeroPoint: Int32
  public let factor: FixedPointMultiplier
  public let geometry: ConvolutionGeometry
  public let output: Int32

  init(_ cursor: inout PlanCursor) {
    input = cursor.next()
    zeroPoint = cursor.next()
    factor = FixedPointMultiplier(mantissa: cursor.next(), shift: UInt8(truncatingIfNeeded: cursor.next()))
    geometry = cursor.nextGeometry()
    output = cursor.next()
  }
}
