import Kernels
import Tensors

extension TrainingEngine {
  /// Gradient and update of a layer's weights, row by row: no gradient outlives its row.
  func updateWeights(_ cursor: inout PlanCursor, step: StepContext, depthwise: Bool) {
    let errorsAt = cursor.next()
    let inputAt = cursor.next()
    let inputZeroPoint = cursor.next()
    let weightsAt = cursor.next()
    let geometry = cursor.nextGeometry()
    let mantissasAt = cursor.next()
    let exponentsAt = cursor.next()
    let workspaceAt = cursor.next()
    let rounding = nextRounding(&cursor)
    let residualAt = cursor.next()
    let firstIndex = UInt32(bitPattern: cursor.next())
    let origin = WeightOrigin(&cursor)

    let errorScale = memory.scale(of: errorsAt)
    let rate = step.rate.multiplied(by: errorScale)
    // With error feedback a zero gradient still releases nothing, so the layer can rest.
    guard !rate.isZero else { return }

    let channels = geometry.outputChannels
    let rows = depthwise ? geometry.kernel : channels
    let rowCount = depthwise ? geometry.inputChannels : geometry.patchCount
    let isWhole =
      origin.frameStride == geometry.inputChannels && (!depthwise || channels == geometry.inputChannels)
    let errors = memory.values(of: errorsAt, as: Int8.self, count: geometry.outputCount)
    let input = memory.read(inputAt, as: Int8.self, count: geometry.inputLength &* origin.frameStride)
    let places = memory.read(origin.places, as: Int32.self, count: origin.places == Plan.none ? 0 : rowCount)
    var gradient = memory.write(workspaceAt, as: Int32.self, count: rowCount)
    let mantissas = memory.read(mantissasAt, as: Int32.self, count: channels)
    let exponents = memory.read(exponentsAt, as: Int8.self, count: channels)
    let hasResidual = residualAt != Plan.none

    for row in 0..<rows {
      let start = Int32(truncatingIfNeeded: row &* rowCount)
      var w = memory.write(weightsAt &+ start, as: Int8.self, count: rowCount)
      var r = memory.write(
        hasResidual ? residualAt &+ start : Plan.none, as: Int8.self, count: hasResidual ? rowCount : 0)
      let index = origin.firstIndex(ofRow: row, of: rows, first: firstIndex, memory)
      if depthwise {
        if isWhole {
          depthwiseWeightGradientTap(
            row, errors: errors, input: input, inputZeroPoint: inputZeroPoint, geometry: geometry, gradient: &gradient)
        } else {
          depthwiseWeightGradientTap(
            row, errors: errors, input: input, frameStride: origin.frameStride, inputZeroPoint: inputZeroPoint,
            geometry: geometry, gradient: &gradient)
        }
        for c in 0..<rowCount {
          let constant = RuntimeScale(mantissa: mantissas[c], exponent: Int32(exponents[c]))
          updateWeight(
            &w, at: c, step: StepFactor(rate.multiplied(by: constant)).step(gradient[c]), rounding: rounding,
            random: step.random, index: index &+ UInt32(truncatingIfNeeded: places.isEmpty ? c : Int(places[c])),
            residual: &r)
        }
      } else {
        if isWhole {
          convolutionWeightGradientChannel(
            row, errors: errors, input: input, inputZeroPoint: inputZeroPoint, geometry: geometry, gradient: &gradient)
        } else {
          convolutionWeightGradientChannel(
            row, errors: errors, input: input, frameStride: origin.frameStride, inputZeroPoint: inputZeroPoint,
            geometry: geometry, gradient: &gradient)
        }
        let constant = RuntimeScale(mantissa: mantissas[row], exponent: Int32(exponents[row]))
        let factor = StepFactor(rate.multiplied(by: constant))
        if places.isEmpty {
          Kernels.updateWeights(
            &w, gradient: gradient.span, factor: factor, rounding: rounding, random: step.random, firstIndex: index,
            residual: &r)
        } else {
          Kernels.updateWeights(
            &w, gradient: gradient.span, factor: factor, rounding: rounding, random: step.random, firstIndex: index,
            places: places, residual: &r)
        }
      }
    }
  }

  func updateBias(_ cursor: inout PlanCursor, step: StepContext) {
    let errorsAt = cursor.next()
    let biasAt = cursor.next()
    let length = cursor.nextInt()
    let channels = cursor.nextInt()
    let mantissasAt = cursor.next()
    let exponentsAt = cursor.next()
    let limit = cursor.next()
    let rounding = nextRounding(&cursor)
    let residualAt = cursor.next()
    let firstIndex = UInt32(bitPattern: cursor.next())
    let placesAt = cursor.next()
    let rate = step.rate.multiplied(by: memory.scale(of: errorsAt))
    guard !rate.isZero else { return }
    let errors = memory.values(of: errorsAt, as: Int8.self, count: length &* channels)
    let mantissas = memory.read(mantissasAt, as: Int32.self, count: channels)
    let exponents = memory.read(exponentsAt, as: Int8.self, count: channels)
    let places = memory.read(placesAt, as: Int32.self, count: placesAt == Plan.none ? 0 : channels)
    var bias = memory.write(biasAt, as: Int32.self, count: channels)
    var residuals = memory.write(residualAt, as: Int8.self, count: residualAt == Plan.none ? 0 : channels)
    for c in 0..<channels {
      let constant = RuntimeScale(mantissa: mantissas[c], exponent: Int32(exponents[c]))
      var residual = residuals.isEmpty ? 0 : residuals[c]
      bias[c] = updatedBias(
        bias[c], gradient: errorSum(ofChannel: c, errors: errors, length: length, channels: channels),
        factor: StepFactor(rate.multiplied(by: constant)), rounding: rounding, random: step.random,
        index: firstIndex &+ UInt32(truncatingIfNeeded: places.isEmpty ? c : Int(places[c])), limit: limit,
        residual: &residual)
      if !residuals.isEmpty { residuals[c] = residual }
    }
  }

  private func nextRounding(_ cursor: inout PlanCursor) -> UpdateRounding {
    guard let rounding = UpdateRounding(rawValue: cursor.next()) else {
      preconditionFailure("an update has a known rounding")
    }
    return rounding
  }
}
