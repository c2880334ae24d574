import Kernels
import Tensors

extension OperationRunner {
  /// Gradient and update of a layer's weights, row by row: no gradient outlives its row.
  func updateWeights(_ request: WeightUpdateRequest, step: StepContext) {
    let gradientScale = memory.scale(of: request.errors)
    // With error feedback a zero gradient still releases nothing, so the layer can rest.
    guard request.velocity.exists || !step.rate.multiplied(by: gradientScale).isZero else { return }
    let stepRate = request.velocity.rate(of: step)
    let count = request.rowCount
    var values = memory.write(request.workspace, as: Int32.self, count: count)
    let places = memory.places(request.origin.places, count: count)
    for row in 0..<request.rows {
      weightGradient(row, of: request, into: &values)
      let start = row &* count
      let index = request.origin.firstIndex(ofRow: row, of: request.rows, first: request.firstIndex, memory)
      let place = VelocityPlace(request.velocity, row: row, rows: request.rows, start: start, count: count)
      let unit = addVelocity(to: &values, gradientScale, place)
      if let stepRate {
        descend(row, of: request, along: values.span, rate: stepRate.multiplied(by: unit), step.random, index, places)
      }
      storeVelocity(values.span, unit: unit, place, isApplied: stepRate != nil, step, index, places)
    }
  }

  private func descend(
    _ row: Int, of request: WeightUpdateRequest, along gradient: Span<Int32>, rate: RuntimeScale,
    _ random: CounterRandom, _ index: UInt32, _ places: Span<Int32>
  ) {
    let count = request.rowCount
    let start = Int32(truncatingIfNeeded: row &* count)
    let hasResidual = request.residual != Plan.none
    let mantissas = memory.read(request.mantissas, as: Int32.self, count: request.geometry.outputChannels)
    let exponents = memory.read(request.exponents, as: Int8.self, count: request.geometry.outputChannels)
    var w = memory.write(request.weights &+ start, as: Int8.self, count: count)
    var r = memory.write(
      hasResidual ? request.residual &+ start : Plan.none, as: Int8.self, count: hasResidual ? count : 0)
    guard request.isDepthwise else {
      let constant = RuntimeScale(mantissa: mantissas[row], exponent: Int32(exponents[row]))
      let factor = StepFactor(rate.multiplied(by: constant))
      if places.isEmpty {
        Kernels.updateWeights(
          &w, gradient: gradient, factor: factor, rounding: request.rounding, random: random, firstIndex: index,
          residual: &r)
      } else {
        Kernels.updateWeights(
          &w, gradient: gradient, factor: factor, rounding: request.rounding, random: random, firstIndex: index,
          places: places, residual: &r)
      }
      return
    }
    for c in 0..<count {
      let constant = RuntimeScale(mantissa: mantissas[c], exponent: Int32(exponents[c]))
      updateWeight(
        &w, at: c, step: StepFactor(rate.multiplied(by: constant)).step(gradient[c]), rounding: request.rounding,
        random: random, index: index &+ parameterPlace(c, places), residual: &r)
    }
  }

  private func weightGradient(_ row: Int, of request: WeightUpdateRequest, into values: inout MutableSpan<Int32>) {
    guard request.isWhole else {
      partialWeightGradient(row, of: request, into: &values)
      return
    }
    let geometry = request.geometry
    let count = geometry.outputCount
    let input = memory.read(request.input, as: Int8.self, count: geometry.inputCount)
    let zero = request.inputZeroPoint
    switch (request.element, request.isDepthwise) {
    case (.int8, false):
      convolutionWeightGradientChannel(
        row, errors: memory.values(of: request.errors, as: Int8.self, count: count), input: input,
        inputZeroPoint: zero, geometry: geometry, gradient: &values)
    case (.int16, false):
      convolutionWeightGradientChannel(
        row, errors: memory.values(of: request.errors, as: Int16.self, count: count), input: input,
        inputZeroPoint: zero, geometry: geometry, gradient: &values)
    case (.int32, false):
      convolutionWeightGradientChannel(
        row, errors: memory.values(of: request.errors, as: Int32.self, count: count), input: input,
        inputZeroPoint: zero, geometry: geometry, gradient: &values)
    case (.int8, true):
      depthwiseWeightGradientTap(
        row, errors: memory.values(of: request.errors, as: Int8.self, count: count), input: input,
        inputZeroPoint: zero, geometry: geometry, gradient: &values)
    case (.int16, true):
      depthwiseWeightGradientTap(
        row, errors: memory.values(of: request.errors, as: Int16.self, count: count), input: input,
        inputZeroPoint: zero, geometry: geometry, gradient: &values)
    case (.int32, true):
      depthwiseWeightGradientTap(
        row, errors: memory.values(of: request.errors, as: Int32.self, count: count), input: input,
        inputZeroPoint: zero, geometry: geometry, gradient: &values)
    }
  }

  func updateBias(_ request: BiasUpdateRequest, step: StepContext) {
    let channels = request.channels
    let gradientScale = memory.scale(of: request.errors)
    guard request.velocity.exists else {
      let rate = step.rate.multiplied(by: gradientScale)
      guard !rate.isZero else { return }
      for c in 0..<channels {
        descend(channel: c, of: request, along: errorSum(ofChannel: c, of: request), rate: rate, step.random)
      }
      return
    }
    // The scale of a velocity needs all sums before the first is stored.
    var values = memory.write(request.workspace, as: Int32.self, count: channels)
    for c in 0..<channels { values[c] = errorSum(ofChannel: c, of: request) }
    let place = VelocityPlace(request.velocity, row: 0, rows: 1, start: 0, count: channels)
    let unit = addVelocity(to: &values, gradientScale, place)
    let stepRate = request.velocity.rate(of: step)
    if let stepRate {
      let rate = stepRate.multiplied(by: unit)
      for c in 0..<channels { descend(channel: c, of: request, along: values[c], rate: rate, step.random) }
    }
    storeVelocity(
      values.span, unit: unit, place, isApplied: stepRate != nil, step, request.firstIndex,
      memory.places(request.places, count: channels))
  }

  private func errorSum(ofChannel c: Int, of request: BiasUpdateRequest) -> Int32 {
    let (length, channels) = (request.length, request.channels)
    let count = length &* channels
    switch request.element {
    case .int8:
      return Kernels.errorSum(
        ofChannel: c, errors: memory.values(of: request.errors, as: Int8.self, count: count), length: length,
        channels: channels)
    case .int16:
      return Kernels.errorSum(
        ofChannel: c, errors: memory.values(of: request.errors, as: Int16.self, count: count), length: length,
        channels: channels)
    case .int32:
      return Kernels.errorSum(
        ofChannel: c, errors: memory.values(of: request.errors, as: Int32.self, count: count), length: length,
        channels: channels)
    }
  }

  private func descend(
    channel c: Int, of request: BiasUpdateRequest, along gradient: Int32, rate: RuntimeScale, _ random: CounterRandom
  ) {
    let channels = request.channels
    let hasResidual = request.residual != Plan.none
    let mantissas = memory.read(request.mantissas, as: Int32.self, count: channels)
    let exponents = memory.read(request.exponents, as: Int8.self, count: channels)
    var bias = memory.write(request.bias, as: Int32.self, count: channels)
    var residuals = memory.write(request.residual, as: Int8.self, count: hasResidual ? channels : 0)
    let constant = RuntimeScale(mantissa: mantissas[c], exponent: Int32(exponents[c]))
    var residual = hasResidual ? residuals[c] : 0
    bias[c] = updatedBias(
      bias[c], gradient: gradient, factor: StepFactor(rate.multiplied(by: constant)), rounding: request.rounding,
      random: random,
      index: request.firstIndex &+ parameterPlace(c, memory.places(request.places, count: channels)),
      limit: request.limit, residual: &residual)
    if hasResidual { residuals[c] = residual }
  }

  // MARK: Velocities

  /// - Returns: The scale of the values; the gradient's own where there is no velocity.
  private func addVelocity(
    to values: inout MutableSpan<Int32>, _ gradientScale: RuntimeScale, _ place: VelocityPlace
  ) -> RuntimeScale {
    guard place.exists else { return gradientScale }
    let stored = memory.read(place.values, as: Int8.self, count: place.count)
    return Kernels.addVelocity(
      &values, gradientScale: gradientScale, velocity: stored,
      velocityScale: memory.persistentScale(of: place.scale).multiplied(by: place.decay))
  }

  /// Keeps a row's velocity for the next step, or clears what was accumulated once it is applied.
  private func storeVelocity(
    _ values: Span<Int32>, unit: RuntimeScale, _ place: VelocityPlace, isApplied: Bool, _ step: StepContext,
    _ firstIndex: UInt32, _ places: Span<Int32>
  ) {
    guard place.exists else { return }
    var stored = memory.write(place.values, as: Int8.self, count: place.count)
    let scale = Kernels.storeVelocity(
      values, unit: isApplied && place.isClearedWhenApplied ? .zero : unit, random: step.velocityRandom,
      firstIndex: firstIndex, places: places, into: &stored)
    memory.setScale(scale, of: place.scale)
  }
}
