public import Tensors

/// The fields of a weight update.
public struct WeightUpdateRequest: Sendable {
  public let isDepthwise: Bool
  public let errors: Int32
  public let input: Int32
  public let inputZeroPoint: Int32
  public let weights: Int32
  public let geometry: ConvolutionGeometry
  public let mantissas: Int32
  public let exponents: Int32
  public let workspace: Int32
  public let rounding: UpdateRounding
  public let residual: Int32
  public let firstIndex: UInt32
  public let element: Plan.ErrorElement
  public let velocity: VelocityRequest
  public let origin: WeightOrigin

  init(_ cursor: inout PlanCursor, depthwise: Bool) {
    isDepthwise = depthwise
    errors = cursor.next()
    input = cursor.next()
    inputZeroPoint = cursor.next()
    weights = cursor.next()
    geometry = cursor.nextGeometry()
    mantissas = cursor.next()
    exponents = cursor.next()
    workspace = cursor.next()
    rounding = cursor.nextRounding()
    residual = cursor.next()
    firstIndex = UInt32(bitPattern: cursor.next())
    element = cursor.nextElement()
    velocity = VelocityRequest(&cursor)
    origin = WeightOrigin(&cursor)
  }

  /// Whether the input's frames and the errors hold no channels but those whose weights are updated.
  public var isWhole: Bool {
    origin.frameStride == geometry.inputChannels
      && (!isDepthwise || geometry.outputChannels == geometry.inputChannels)
  }

  /// Output channels; taps of a depthwise convolution.
  public var rows: Int { isDepthwise ? geometry.kernel : geometry.outputChannels }
  public var rowCount: Int { isDepthwise ? geometry.inputChannels : geometry.patchCount }
}

/// The fields of a bias update.
public struct BiasUpdateRequest: Sendable {
  public let errors: Int32
  public let bias: Int32
  public let length: Int
  public let channels: Int
  public let mantissas: Int32
  public let exponents: Int32
  public let limit: Int32
  public let rounding: UpdateRounding
  public let residual: Int32
  public let firstIndex: UInt32
  public let element: Plan.ErrorElement
  public let velocity: VelocityRequest
  /// One sum a channel; needed where there is a velocity.
  public let workspace: Int32
  /// The channel as described of each bias; absent if they stand as described.
  public let places: Int32

  init(_ cursor: inout PlanCursor) {
    errors = cursor.next()
    bias = cursor.next()
    length = cursor.nextInt()
    channels = cursor.nextInt()
    mantissas = cursor.next()
    exponents = cursor.next()
    limit = cursor.next()
    rounding = cursor.nextRounding()
    residual = cursor.next()
    firstIndex = UInt32(bitPattern: cursor.next())
    element = cursor.nextElement()
    velocity = VelocityRequest(&cursor)
    workspace = cursor.next()
    places = cursor.next()
  }
}

/// What an update keeps of gradients from step to step: a momentum's velocity, or a sum over some steps.
public struct VelocityRequest: Sendable {
  public let operand: Int32
  /// What of it is left at the next step.
  public let decay: RuntimeScale
  /// It is applied at every step, or, and then cleared, at every step whose number this divides.
  public let period: UInt32

  init(_ cursor: inout PlanCursor) {
    operand = cursor.next()
    decay = RuntimeScale(mantissa: cursor.next(), exponent: cursor.next())
    period = UInt32(bitPattern: cursor.next())
    precondition(period > 0, "a velocity is applied at some step")
  }

  public var exists: Bool { operand != Plan.none }

  /// The learning rate of a step that applies, over the number of its gradients; nil between such steps.
  func rate(of step: StepContext) -> RuntimeScale? {
    guard exists, period > 1 else { return step.rate }
    guard step.index % period == period &- 1 else { return nil }
    return step.rate.multiplied(by: 1, over: period)
  }
}

/// Where the velocity of one row stands.
struct VelocityPlace {
  public let exists: Bool
  public let scale: Int32
  public let values: Int32
  public let count: Int
  public let decay: RuntimeScale
  public let isClearedWhenApplied: Bool

  /// - Parameter start: The row's first parameter within its tensor.
  init(_ request: VelocityRequest, row: Int, rows: Int, start: Int, count: Int) {
    exists = request.exists
    scale = exists ? request.operand &+ Int32(truncatingIfNeeded: Plan.scaleBytes &* row) : Plan.none
    values = exists ? request.operand &+ Int32(truncatingIfNeeded: Plan.scaleBytes &* rows &+ start) : Plan.none
    self.count = count
    decay = request.decay
    isClearedWhenApplied = request.period > 1
  }
}

extension PlanCursor {
  mutating func nextRounding() -> UpdateRounding {
    guard let rounding = UpdateRounding(rawValue: next()) else {
      preconditionFailure("an update has a known rounding")
    }
    return rounding
  }
}
