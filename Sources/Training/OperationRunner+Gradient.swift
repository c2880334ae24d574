import Kernels
import Tensors

extension OperationRunner {
  /// Loss of the logits and its gradient, an int32 tensor in units of 2^-30.
  func loss(_ cursor: inout PlanCursor, label: Int, state: Int32) {
    let logitsAt = cursor.next()
    let classes = cursor.nextInt()
    let gradientAt = cursor.next()
    let logits = memory.read(logitsAt, as: Int32.self, count: classes)
    var gradient = memory.write(gradientAt &+ Int32(Plan.scaleBytes), as: Int32.self, count: classes)
    let loss = softmaxCrossEntropy(logits: logits, label: label, gradient: &gradient)
    memory.setScale(.powerOfTwo(-30), of: gradientAt)
    var words = memory.write(state, as: Int32.self, count: Plan.State.byteCount / 4)
    words[Plan.State.loss] = loss
  }

  /// The gradient of one activation, summed over all paths and quantized once for each consumer.
  ///
  /// The frames are made twice, once to find the largest magnitude, which is the scale, and once to quantize; or
  /// once into a staging buffer where the plan has room for all int32 values; or once where the scale is carried
  /// over from the step before.
  ///
  /// An output may stand where the source's errors or an addend do, as long as no byte is written before it was
  /// read: every scale is read first, the first pass writes workspace only, and the second makes a whole frame
  /// before it writes that frame's outputs.
  func gradient(_ request: GradientRequest, step: StepContext, state: Int32) {
    let terms = GradientTerms(request, memory)
    guard request.hasQuantizedOutput else { return store(request, terms) }
    for o in 0..<request.outputCount {
      var largest = memory.write(request.largest(o), as: Int32.self, count: request.channels)
      for c in 0..<request.channels { largest[c] = 0 }
    }
    let isKnown = hasCarriedScales(request)
    if !isKnown {
      for t in 0..<request.frames {
        makeFrame(t, of: request, terms)
        for o in 0..<request.outputCount { collectFrame(t, of: request, for: request.output(o), at: o) }
      }
    }
    let first = chooseScale(of: request.output(0), at: 0, request, unit: terms.unit, step)
    let second =
      request.outputCount > 1 ? chooseScale(of: request.output(1), at: 1, request, unit: terms.unit, step) : first
    var saturated = 0
    for t in 0..<request.frames {
      if isKnown || request.staging == Plan.none { makeFrame(t, of: request, terms) }
      for o in 0..<request.outputCount {
        if isKnown { collectFrame(t, of: request, for: request.output(o), at: o) }
        saturated &+= quantizeFrame(t, of: request, into: request.output(o), at: o, o == 0 ? first : second)
      }
    }
    for o in 0..<request.outputCount { carry(request.output(o), at: o, request, unit: terms.unit) }
    var words = memory.write(state, as: UInt32.self, count: Plan.State.byteCount / 4)
    words[Plan.State.saturated] &+= UInt32(truncatingIfNeeded: saturated)
  }

  /// The int32 gradient itself, in the scale in which it was summed.
  private func store(_ request: GradientRequest, _ terms: GradientTerms) {
    let channels = request.channels
    let output = request.output(0).operand
    for t in 0..<request.frames {
      makeFrame(t, of: request, terms)
      let values = memory.read(request.frame(t), as: Int32.self, count: channels)
      let at = output &+ Int32(Plan.scaleBytes) &+ Int32(truncatingIfNeeded: 4 &* t &* channels)
      var stored = memory.write(at, as: Int32.self, count: channels)
      for c in 0..<channels { stored[c] = values[c] }
    }
    memory.setScale(terms.unit, of: output)
  }

  // MARK: Scales

  /// Folds one frame into the maxima.
  private func collectFrame(
    _ t: Int, of request: GradientRequest, for output: GradientRequest.Output, at index: Int
  ) {
    let channels = request.channels
    let elements = request.frames &* channels
    let values = memory.read(request.frame(t), as: Int32.self, count: channels)
    let mask = memory.mask(output.mask, elements: elements)
    let otherMask = memory.mask(output.otherMask, elements: elements)
    var largest = memory.write(request.largest(index), as: Int32.self, count: channels)
    accumulateLargest(values, at: t &* channels, mask: mask, otherMask: otherMask, largest: &largest)
  }

  /// Whether an earlier step left a magnitude for every output.
  private func hasCarriedScales(_ request: GradientRequest) -> Bool {
    for o in 0..<request.outputCount {
      let carried = request.output(o).carried
      if carried == Plan.none || memory.persistentScale(of: carried).isZero { return false }
    }
    return true
  }

  @_lifetime(borrow self)
  private func factors(of output: GradientRequest.Output, _ channels: Int) -> Span<Int32> {
    memory.read(output.factors, as: Int32.self, count: output.factors == Plan.none ? 0 : channels)
  }

  /// - Returns: How the elements of the output are made from the gradient, apart from the channels' factors.
  private func chooseScale(
    of output: GradientRequest.Output, at index: Int, _ request: GradientRequest, unit: RuntimeScale,
    _ step: StepContext
  ) -> ErrorQuantization {
    let channels = request.channels
    let factors = factors(of: output, channels)
    var mantissas = memory.write(request.mantissas(index), as: Int32.self, count: channels)
    var shifts = memory.write(request.shifts(index), as: UInt8.self, count: channels)
    let carried = output.carried == Plan.none ? RuntimeScale.zero : memory.persistentScale(of: output.carried)
    let scale: RuntimeScale
    if carried.isZero {
      let largest = memory.read(request.largest(index), as: Int32.self, count: channels)
      scale = chooseErrorScale(
        largest: largest, factors: factors, factorExponent: output.factorExponent, unit: unit, limit: output.limit,
        mantissas: &mantissas, shifts: &shifts)
    } else {
      scale = CarriedScale.scale(carried: carried, limit: output.limit)
      setErrorFactors(
        scale: scale, factors: factors, factorExponent: output.factorExponent, unit: unit, mantissas: &mantissas,
        shifts: &shifts)
    }
    memory.setScale(scale, of: output.operand)
    return ErrorQuantization(
      limit: output.limit, rounding: request.rounding, random: step.errorRandom(key: output.randomKey))
  }

  /// Leaves this step's largest magnitude for the next step.
  private func carry(
    _ output: GradientRequest.Output, at index: Int, _ request: GradientRequest, unit: RuntimeScale
  ) {
    guard output.carried != Plan.none else { return }
    let largest = memory.read(request.largest(index), as: Int32.self, count: request.channels)
    let magnitude = largestErrorMagnitude(
      largest: largest, factors: factors(of: output, request.channels), factorExponent: output.factorExponent,
      unit: unit)
    memory.setScale(
      CarriedScale.next(carried: memory.persistentScale(of: output.carried), largest: magnitude), of: output.carried)
  }

  // MARK: Frames

  /// - Returns: How many elements were saturated.
  private func quantizeFrame(
    _ t: Int, of request: GradientRequest, into output: GradientRequest.Output, at index: Int,
    _ quantization: ErrorQuantization
  ) -> Int {
    let channels = request.channels
    let elements = request.frames &* channels
    let values = memory.read(request.frame(t), as: Int32.self, count: channels)
    let mask = memory.mask(output.mask, elements: elements)
    let otherMask = memory.mask(output.otherMask, elements: elements)
    let mantissas = memory.read(request.mantissas(index), as: Int32.self, count: channels)
    let shifts = memory.read(request.shifts(index), as: UInt8.self, count: channels)
    let at = output.operand &+ Int32(Plan.scaleBytes)
    switch request.element {
    case .int8:
      var errors = memory.write(at, as: Int8.self, count: elements)
      return quantizeErrorFrame(
        values, at: t &* channels, mask: mask, otherMask: otherMask, mantissas: mantissas, shifts: shifts,
        quantization: quantization, errors: &errors)
    case .int16:
      var errors = memory.write(at, as: Int16.self, count: elements)
      return quantizeErrorFrame(
        values, at: t &* channels, mask: mask, otherMask: otherMask, mantissas: mantissas, shifts: shifts,
        quantization: quantization, errors: &errors)
    case .int32:
      var errors = memory.write(at, as: Int32.self, count: elements)
      return quantizeErrorFrame(
        values, at: t &* channels, mask: mask, otherMask: otherMask, mantissas: mantissas, shifts: shifts,
        quantization: quantization, errors: &errors)
    }
  }

  /// One frame of the summed gradient, in the source's scale or, where paths meet, in the common unit.
  private func makeFrame(_ t: Int, of request: GradientRequest, _ terms: GradientTerms) {
    let geometry = request.geometry
    let channels = request.channels
    if request.split.exists { makeSplitFrame(t, of: request) }
    var values = memory.write(request.frame(t), as: Int32.self, count: channels)
    switch request.source {
    case _ where request.split.exists:
      break
    case .none:
      for c in 0..<channels { values[c] = 0 }
    case .convolution:
      convolutionFrame(t, of: request, into: &values)
    case .depthwiseConvolution:
      depthwiseFrame(t, of: request, into: &values)
    case .stored:
      let stored = memory.values(of: request.errors, as: Int32.self, count: geometry.inputCount)
      for c in 0..<channels { values[c] = stored[t &* channels &+ c] }
    case .averagePool:
      let stored = memory.values(of: request.errors, as: Int32.self, count: geometry.outputCount)
      averagePoolInputGradientFrame(t, outputGradient: stored, geometry: geometry, gradient: &values)
    case .maxPool:
      let stored = memory.values(of: request.errors, as: Int32.self, count: geometry.outputCount)
      let winners = memory.read(request.weights, as: UInt8.self, count: geometry.outputCount)
      maxPoolInputGradientFrame(t, outputGradient: stored, winners: winners, geometry: geometry, gradient: &values)
    }
    guard request.addendCount > 0 else { return }
    if let alignment = terms.source {
      for c in 0..<channels { values[c] = alignment.apply(values[c]) }
    } else {
      for c in 0..<channels { values[c] = 0 }
    }
    for a in 0..<request.addendCount {
      guard let alignment = a == 0 ? terms.firstAddend : terms.secondAddend else { continue }
      add(frame: t, of: request.addend(a), request, alignment, to: &values)
    }
  }

  private func convolutionFrame(_ t: Int, of request: GradientRequest, into values: inout MutableSpan<Int32>) {
    let geometry = request.geometry
    let count = geometry.outputCount
    let weights = memory.read(request.weights, as: Int8.self, count: geometry.outputChannels &* geometry.patchCount)
    switch request.element {
    case .int8:
      let errors = memory.values(of: request.errors, as: Int8.self, count: count)
      convolutionInputGradientFrame(t, errors: errors, weights: weights, geometry: geometry, gradient: &values)
    case .int16:
      let errors = memory.values(of: request.errors, as: Int16.self, count: count)
      convolutionInputGradientFrame(t, errors: errors, weights: weights, geometry: geometry, gradient: &values)
    case .int32:
      let errors = memory.values(of: request.errors, as: Int32.self, count: count)
      convolutionInputGradientFrame(t, errors: errors, weights: weights, geometry: geometry, gradient: &values)
    }
  }

  private func depthwiseFrame(_ t: Int, of request: GradientRequest, into values: inout MutableSpan<Int32>) {
    let geometry = request.geometry
    let count = geometry.outputCount
    let weights = memory.read(request.weights, as: Int8.self, count: geometry.kernel &* geometry.inputChannels)
    switch request.element {
    case .int8:
      let errors = memory.values(of: request.errors, as: Int8.self, count: count)
      depthwiseInputGradientFrame(t, errors: errors, weights: weights, geometry: geometry, gradient: &values)
    case .int16:
      let errors = memory.values(of: request.errors, as: Int16.self, count: count)
      depthwiseInputGradientFrame(t, errors: errors, weights: weights, geometry: geometry, gradient: &values)
    case .int32:
      let errors = memory.values(of: request.errors, as: Int32.self, count: count)
      depthwiseInputGradientFrame(t, errors: errors, weights: weights, geometry: geometry, gradient: &values)
    }
  }

  private func add(
    frame t: Int, of addend: Int32, _ request: GradientRequest, _ alignment: GradientAlignment,
    to values: inout MutableSpan<Int32>
  ) {
    let count = request.geometry.inputCount
    let start = t &* request.channels
    switch request.element {
    case .int8: addAligned(memory.values(of: addend, as: Int8.self, count: count), at: start, alignment, to: &values)
    case .int16: addAligned(memory.values(of: addend, as: Int16.self, count: count), at: start, alignment, to: &values)
    case .int32: addAligned(memory.values(of: addend, as: Int32.self, count: count), at: start, alignment, to: &values)
    }
  }

  @inline(__always)
  private func addAligned<Element: FixedWidthInteger & SignedInteger>(
    _ addend: Span<Element>, at start: Int, _ alignment: GradientAlignment, to values: inout MutableSpan<Int32>
  ) {
    for c in 0..<values.count {
      values[c] &+= alignment.apply(Int32(truncatingIfNeeded: addend[start &+ c]))
    }
  }
}
