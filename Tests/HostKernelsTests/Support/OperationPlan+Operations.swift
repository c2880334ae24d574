import Tensors

/// What decides how an operation's numbers come out.
extension SeededRandom {
  /// Fixed-point factors: usual ones, those at the limits, and all kinds beside each other.
  mutating func factors(_ count: Int) -> (mantissas: [Int32], shifts: [UInt8]) {
    let kind = int(0...3)
    let shifts = (0..<count).map { _ -> UInt8 in
      switch kind {
      case 0: UInt8(int(33...42))
      case 1: one(of: [33, 34, 62])
      case 2: one(of: [1, 2, 31, 32, 33, 61, 62])
      default: UInt8(int(1...62))
      }
    }
    let mantissas = (0..<count).map { _ -> Int32 in
      int(0...9) == 0 ? one(of: [0, .max, 1 << 30]) : Int32(int(1 << 30...Int(Int32.max)))
    }
    return (mantissas, shifts)
  }

  mutating func range() -> OutputRange {
    let zero = zeroPoint()
    let low = one(of: [-128, zero, Int32(int(-128...20))])
    return OutputRange(zeroPoint: zero, low: low, high: max(low, one(of: [127, Int32(int(0...127))])))
  }

  /// A scale whose exponent is near `exponent`.
  mutating func scale(near exponent: Int) -> RuntimeScale {
    RuntimeScale(mantissa: Int32(int(1 << 30...Int(Int32.max))), exponent: Int32(exponent - 30 + int(-3...3)))
  }

  mutating func mask(_ elements: Int) -> [UInt8] {
    let kind = int(0...2)
    return (0..<(elements + 7) / 8).map { _ in
      kind == 0 ? 0xFF : kind == 1 ? 0 : UInt8.random(in: 0...255, using: &self)
    }
  }

  /// What may follow input frames `length`, if anything.
  mutating func geometry(length: Int, channels: Int, outputs: Int, kernel: Int, stride: Int) -> ConvolutionGeometry {
    let padding = int(0...kernel - 1)
    let span = length + 2 * padding - kernel
    guard span >= 0 else {
      return geometry(length: kernel, channels: channels, outputs: outputs, kernel: kernel, stride: stride)
    }
    // Frames that no output sees are allowed.
    let longest = span / stride + 1
    return ConvolutionGeometry(
      inputLength: length, inputChannels: channels, outputLength: flag() ? longest : int(1...longest),
      outputChannels: outputs, kernel: kernel, stride: stride, padding: padding)
  }
}

extension ConvolutionGeometry {
  var words: [Int32] {
    [inputLength, inputChannels, outputLength, outputChannels, kernel, stride, padding].map { Int32($0) }
  }
}

private let noSplit: [Int32] = [Plan.none, 0]

extension OperationPlan {
  static func convolution(_ geometry: ConvolutionGeometry, isDepthwise: Bool, seed: UInt64) -> OperationPlan {
    var random = SeededRandom(seed: seed)
    var plan = OperationPlan(seed: seed)
    let channels = geometry.outputChannels
    let count = isDepthwise ? geometry.kernel * channels : channels * geometry.patchCount
    let factors = random.factors(channels)
    let range = random.range()
    let input = plan.place(random.int8s(geometry.inputCount))
    let weights =
      random.flag()
      ? plan.place(random.int8s(count, lowest: -127)) : plan.constant(random.int8s(count, lowest: -127))
    let bias = (0..<channels).map { _ in Int32(random.int(-100_000_000...100_000_000)) }
    plan.addForward(
      isDepthwise ? .depthwiseConvolution : .convolution,
      [
        input, random.zeroPoint(), weights, random.flag() ? plan.place(bias) : plan.constant(bias),
        plan.constant(factors.mantissas), plan.constant(factors.shifts),
      ] + geometry.words + [
        range.zeroPoint, range.low, range.high, plan.placeWorkspace(bytes: 4 * channels),
        plan.place([Int8](repeating: 99, count: geometry.outputCount)),
        random.int(0...3) == 0 ? Plan.none : plan.place(random.mask(geometry.outputCount)),
      ] + noSplit)
    return plan
  }

  static func logits(channels: Int, classes: Int, seed: UInt64) -> OperationPlan {
    var random = SeededRandom(seed: seed)
    var plan = OperationPlan(seed: seed)
    let geometry = ConvolutionGeometry(
      inputLength: 1, inputChannels: channels, outputLength: 1, outputChannels: classes, kernel: 1, stride: 1,
      padding: 0)
    let factors = random.factors(classes)
    plan.addForward(
      .logits,
      [
        plan.place(random.int8s(channels)), random.zeroPoint(),
        plan.place(random.int8s(channels * classes, lowest: -127)),
        plan.place((0..<classes).map { _ in Int32(random.int(-1_000_000...1_000_000)) }),
        plan.constant(factors.mantissas), plan.constant(factors.shifts),
      ] + geometry.words + [plan.place([Int32](repeating: 7, count: classes))] + noSplit)
    return plan
  }

  static func residualAdd(count: Int, inPlace: Bool, seed: UInt64) -> OperationPlan {
    var random = SeededRandom(seed: seed)
    var plan = OperationPlan(seed: seed)
    let range = random.range()
    let left = plan.place(random.int8s(count))
    let right = plan.place(random.int8s(count))
    plan.addForward(
      .residualAdd,
      [
        left, right, random.zeroPoint(), random.zeroPoint(), Int32(random.int(0...1 << 30)),
        random.one(of: [1 << 30, Int32(random.int(0...1 << 30))]),
        Int32(random.one(of: [1, 20, 29, 30, 31, 33, 40, 62])),
        Int32(count), range.zeroPoint, range.low, range.high,
        inPlace ? random.one(of: [left, right]) : plan.place([Int8](repeating: 1, count: count)),
        random.flag() ? Plan.none : plan.place(random.mask(count)),
      ])
    return plan
  }

  static func averagePool(length: Int, channels: Int, kernel: Int, stride: Int, seed: UInt64) -> OperationPlan {
    var random = SeededRandom(seed: seed)
    var plan = OperationPlan(seed: seed)
    let geometry = ConvolutionGeometry(
      inputLength: length, inputChannels: channels, outputLength: (length - kernel) / stride + 1,
      outputChannels: channels, kernel: kernel, stride: stride, padding: 0)
    let factor = FixedPointMultiplier(1 / Double(kernel))
    let input = plan.place(random.int8s(geometry.inputCount))
    plan.addForward(
      .averagePool,
      [input, random.zeroPoint(), factor.mantissa, Int32(factor.shift)] + geometry.words
        + [random.flag() ? input : plan.place([Int8](repeating: 1, count: geometry.outputCount))])
    return plan
  }

  // MARK: Backward

  /// The gradient of a convolution's input, or of a pool's or a join's, with what else can be asked of it.
  static func gradient(_ source: Plan.GradientSource, _ geometry: ConvolutionGeometry, seed: UInt64) -> OperationPlan {
    var random = SeededRandom(seed: seed)
    var plan = OperationPlan(seed: seed)
    let channels = geometry.inputChannels
    let elements = geometry.inputCount
    var errors = Plan.none
    var weights = Plan.none
    switch source {
    case .convolution, .depthwiseConvolution:
      let count = source == .convolution ? geometry.outputChannels * geometry.patchCount : geometry.kernel * channels
      errors = plan.place(random.int8s(geometry.outputCount, lowest: -127), scale: random.scale(near: -12))
      weights = plan.place(random.int8s(count, lowest: -127))
    case .stored, .averagePool:
      let limit = random.one(of: [3, 40_000, 1 << 29])
      let count = source == .stored ? elements : geometry.outputCount
      errors = plan.place(
        (0..<count).map { _ in Int32(random.int(-limit / 32...limit / 32)) }, scale: random.scale(near: -20))
    case .maxPool:
      errors = plan.place(
        (0..<geometry.outputCount).map { _ in Int32(random.int(-40_000...40_000)) }, scale: random.scale(near: -20))
      weights = plan.place((0..<geometry.outputCount).map { _ in UInt8(random.int(0...geometry.kernel - 1)) })
    case .none:
      break
    }
    let addendCount = source == .none ? random.int(1...2) : random.int(0...2)
    let addends = (0..<2).map { index -> Int32 in
      guard index < addendCount else { return Plan.none }
      let scale = random.int(0...5) == 0 ? RuntimeScale.zero : random.scale(near: random.one(of: [-12, -30, 3]))
      return plan.place(random.int8s(elements, lowest: -127), scale: scale)
    }
    let isWhole = addendCount == 0 && random.int(0...5) == 0
    let outputCount = isWhole ? 1 : random.int(1...2)
    var outputs: [Int32] = []
    for index in 0..<2 {
      guard index < outputCount else {
        outputs += [0, Plan.none, Plan.none, Plan.none, Plan.none, 0, 127, Plan.none, 0]
        continue
      }
      let values =
        isWhole
        ? plan.place([Int32](repeating: 5, count: elements), scale: .zero)
        : plan.place([Int8](repeating: 5, count: elements), scale: .zero)
      let carried = random.int(0...2)
      outputs += [
        isWhole ? Plan.GradientOutput.int32.rawValue : Plan.GradientOutput.quantized.rawValue, values,
        random.flag() ? Plan.none : plan.place(random.mask(elements)),
        random.flag() ? Plan.none : plan.place(random.mask(elements)),
        random.flag() ? Plan.none : plan.constant((0..<channels).map { _ in Int32(random.int(0...Int(Int32.max))) }),
        Int32(random.int(-9...1)), Int32(random.one(of: [1, 100, 127])),
        carried == 0
          ? Plan.none : plan.place([Int32](), scale: carried == 1 ? RuntimeScale.zero : random.scale(near: -3)),
        Int32(index + 1),
      ]
    }
    let workspace = plan.placeWorkspace(
      bytes: Plan.gradientWorkspaceBytes(channels: channels, quantizedOutputs: isWhole ? 0 : outputCount))
    let divisor = source == .averagePool ? RuntimeScale(1 / Double(geometry.kernel)) : .powerOfTwo(0)
    plan.addBackward(
      .gradient,
      [source.rawValue] + geometry.words + [errors, weights, 28, divisor.mantissa, divisor.exponent] + [
        random.flag() ? Plan.none : plan.placeWorkspace(bytes: 4 * elements), workspace, Int32(addendCount), addends[0],
        addends[1], Int32(outputCount),
      ] + outputs + [
        Plan.ErrorElement.int8.rawValue, 7,
        random.flag() ? ErrorRounding.nearest.rawValue : ErrorRounding.stochastic.rawValue,
      ] + noSplit)
    return plan
  }

  /// - Parameter partial: Whether frames of the input, and of a depthwise layer's errors, hold more channels than are
  ///   updated, in another order.
  static func weightUpdate(
    _ geometry: ConvolutionGeometry, isDepthwise: Bool, partial: Bool, seed: UInt64
  ) -> OperationPlan {
    var random = SeededRandom(seed: seed)
    var plan = OperationPlan(seed: seed)
    let channels = geometry.inputChannels
    let frameStride = partial ? channels + random.int(0...5) : channels
    let rows = isDepthwise ? geometry.kernel : geometry.outputChannels
    let rowCount = isDepthwise ? channels : geometry.patchCount
    let constants = (0..<geometry.outputChannels).map { _ in random.scale(near: random.one(of: [0, 10, 20])) }
    // Rates from one that changes nothing to one that saturates every weight.
    let errors = plan.place(
      random.int8s(geometry.outputCount, lowest: -127),
      scale: random.scale(near: random.one(of: [-60, -30, -24, -20, -6, 20])))
    let places = partial ? (0..<rowCount).map { Int32($0 * 3 + random.int(0...2)) } : nil
    let order = partial ? (0..<rows).map { _ in Int32(random.int(0...99)) } : nil
    plan.addBackward(
      isDepthwise ? .updateDepthwiseWeights : .updateWeights,
      [
        errors, plan.place(random.int8s(geometry.inputLength * frameStride)), random.zeroPoint(),
        plan.place(random.int8s(rows * rowCount, lowest: -127)),
      ] + geometry.words + [
        plan.constant(constants.map(\.mantissa)), plan.constant(constants.map { Int8($0.exponent) }),
        plan.placeWorkspace(bytes: 4 * rowCount),
        random.flag() ? UpdateRounding.stochastic.rawValue : UpdateRounding.nearest.rawValue, Plan.none,
        Int32(random.int(0...100_000)), Plan.ErrorElement.int8.rawValue, Plan.none, 0, 0, 1, Int32(frameStride),
        Int32(rowCount), order.map { plan.constant($0) } ?? Plan.none, places.map { plan.constant($0) } ?? Plan.none,
      ])
    return plan
  }

  static func biasUpdate(length: Int, channels: Int, seed: UInt64) -> OperationPlan {
    var random = SeededRandom(seed: seed)
    var plan = OperationPlan(seed: seed)
    let constants = (0..<channels).map { _ in random.scale(near: random.one(of: [0, 10, 20])) }
    let errors = plan.place(
      random.int8s(length * channels, lowest: -127), scale: random.scale(near: random.one(of: [-60, -30, -20, -6, 20])))
    let limit = random.one(of: [1000, Int32.max / 2])
    plan.addBackward(
      .updateBias,
      [
        errors, plan.place((0..<channels).map { _ in Int32(random.int(-Int(limit)...Int(limit))) }), Int32(length),
        Int32(channels), plan.constant(constants.map(\.mantissa)), plan.constant(constants.map { Int8($0.exponent) }),
        limit, random.flag() ? UpdateRounding.stochastic.rawValue : UpdateRounding.nearest.rawValue, Plan.none,
        Int32(random.int(0...100_000)), Plan.ErrorElement.int8.rawValue, Plan.none, 0, 0, 1, Plan.none,
        random.flag() ? Plan.none : plan.constant((0..<channels).map { _ in Int32(random.int(0...999)) }),
      ])
    return plan
  }
}
