import Kernels
import Tensors

extension TrainingEngine {
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
  /// The frames are made twice, once to find the largest magnitude, which is the scale, and once to
  /// quantize; or once into a staging buffer where the plan has room for all int32 values.
  func gradient(_ cursor: inout PlanCursor, state: Int32) {
    let request = GradientRequest(&cursor)
    let units = gradientUnits(request)
    for o in 0..<request.outputCount where request.output(o).kind == .int8 {
      var largest = memory.write(request.largest(o), as: Int32.self, count: request.channels)
      for c in 0..<request.channels { largest[c] = 0 }
    }
    for t in 0..<request.frames {
      makeFrame(t, of: request, units: units)
      collectFrame(t, of: request)
    }
    for o in 0..<request.outputCount { chooseScale(of: request.output(o), at: o, request, unit: units.unit) }
    guard request.hasQuantizedOutput else { return }
    var saturated = 0
    for t in 0..<request.frames {
      if request.staging == Plan.none { makeFrame(t, of: request, units: units) }
      for o in 0..<request.outputCount where request.output(o).kind == .int8 {
        saturated &+= quantizeFrame(t, of: request, into: request.output(o), at: o)
      }
    }
    var words = memory.write(state, as: UInt32.self, count: Plan.State.byteCount / 4)
    words[Plan.State.saturated] &+= UInt32(truncatingIfNeeded: saturated)
  }

  /// The scales in which a gradient is summed.
  private struct GradientUnits {
    let source: RuntimeScale
    /// Of the summed frames.
    let unit: RuntimeScale
    /// The unit's exponent where terms must be aligned; a single source keeps its own scale.
    let aligned: Int32?
    /// Of the addends. All scales are read before an output is written, which may stand where an addend does.
    let first: RuntimeScale
    let second: RuntimeScale
  }

  private func gradientUnits(_ request: GradientRequest) -> GradientUnits {
    let source =
      request.source == .none
      ? RuntimeScale.zero : memory.scale(of: request.errors).multiplied(by: request.divisor)
    guard request.addendCount > 0 else {
      return GradientUnits(source: source, unit: source, aligned: nil, first: .zero, second: .zero)
    }
    let first = memory.scale(of: request.addend(0))
    let second = request.addendCount > 1 ? memory.scale(of: request.addend(1)) : .zero
    var top = magnitudeExponent(bits: request.sourceBits, scale: source)
    for a in 0..<request.addendCount {
      if let addend = magnitudeExponent(bits: 7, scale: a == 0 ? first : second) {
        top = max(top ?? addend, addend)
      }
    }
    let exponent = alignedUnit(forMagnitudeExponent: top ?? 0)
    return GradientUnits(
      source: source, unit: .powerOfTwo(exponent), aligned: exponent, first: first, second: second)
  }

  /// Folds one frame into the maxima, or stores it where the output is the int32 gradient itself.
  private func collectFrame(_ t: Int, of request: GradientRequest) {
    let channels = request.channels
    let elements = request.frames &* channels
    let values = memory.read(request.frame(t), as: Int32.self, count: channels)
    for o in 0..<request.outputCount {
      let output = request.output(o)
      switch output.kind {
      case .int8:
        let mask = memory.mask(output.mask, elements: elements)
        let otherMask = memory.mask(output.otherMask, elements: elements)
        var largest = memory.write(request.largest(o), as: Int32.self, count: channels)
        accumulateLargest(values, at: t &* channels, mask: mask, otherMask: otherMask, largest: &largest)
      case .int32:
        let at = output.operand &+ Int32(Plan.scaleBytes) &+ Int32(truncatingIfNeeded: 4 &* t &* channels)
        var stored = memory.write(at, as: Int32.self, count: channels)
        for c in 0..<channels { stored[c] = values[c] }
      }
    }
  }

  private func chooseScale(
    of output: GradientRequest.Output, at index: Int, _ request: GradientRequest, unit: RuntimeScale
  ) {
    guard output.kind == .int8 else {
      memory.setScale(unit, of: output.operand)
      return
    }
    let channels = request.channels
    let largest = memory.read(request.largest(index), as: Int32.self, count: channels)
    let factors = memory.read(output.factors, as: Int32.self, count: output.factors == Plan.none ? 0 : channels)
    var mantissas = memory.write(request.mantissas(index), as: Int32.self, count: channels)
    var shifts = memory.write(request.shifts(index), as: UInt8.self, count: channels)
    let scale = chooseErrorScale(
      largest: largest, factors: factors, factorExponent: output.factorExponent, unit: unit, mantissas: &mantissas,
      shifts: &shifts)
    memory.setScale(scale, of: output.operand)
  }

  /// - Returns: How many elements were saturated.
  private func quantizeFrame(
    _ t: Int, of request: GradientRequest, into output: GradientRequest.Output, at index: Int
  ) -> Int {
    let channels = request.channels
    let elements = request.frames &* channels
    let values = memory.read(request.frame(t), as: Int32.self, count: channels)
    let mask = memory.mask(output.mask, elements: elements)
    let otherMask = memory.mask(output.otherMask, elements: elements)
    let mantissas = memory.read(request.mantissas(index), as: Int32.self, count: channels)
    let shifts = memory.read(request.shifts(index), as: UInt8.self, count: channels)
    var errors = memory.write(output.operand &+ Int32(Plan.scaleBytes), as: Int8.self, count: elements)
    return quantizeErrorFrame(
      values, at: t &* channels, mask: mask, otherMask: otherMask, mantissas: mantissas, shifts: shifts,
      errors: &errors)
  }

  /// One frame of the summed gradient, in the source's scale or, where paths meet, in the common unit.
  private func makeFrame(_ t: Int, of request: GradientRequest, units: GradientUnits) {
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
      let errors = memory.values(of: request.errors, as: Int8.self, count: geometry.outputCount)
      let weights = memory.read(
        request.weights, as: Int8.self, count: geometry.outputChannels &* geometry.patchCount)
      convolutionInputGradientFrame(t, errors: errors, weights: weights, geometry: geometry, gradient: &values)
    case .depthwiseConvolution:
      let errors = memory.values(of: request.errors, as: Int8.self, count: geometry.outputCount)
      let weights = memory.read(request.weights, as: Int8.self, count: geometry.kernel &* channels)
      depthwiseInputGradientFrame(t, errors: errors, weights: weights, geometry: geometry, gradient: &values)
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
    guard let unit = units.aligned else { return }
    let own = GradientAlignment(of: units.source, toUnitExponent: unit)
    for c in 0..<channels { values[c] = units.source.isZero ? 0 : own.apply(values[c]) }
    for a in 0..<request.addendCount {
      let scale = a == 0 ? units.first : units.second
      guard !scale.isZero else { continue }
      let alignment = GradientAlignment(of: scale, toUnitExponent: unit)
      let addend = memory.values(of: request.addend(a), as: Int8.self, count: geometry.inputCount)
      for c in 0..<channels { values[c] &+= alignment.apply(Int32(addend[t &* channels &+ c])) }
    }
  }
}
