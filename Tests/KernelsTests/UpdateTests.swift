@testable import Kernels
import Tensors
import Testing

@Suite struct UpdateTests {
  /// `scale · gradient` as a step in units of 2^-24, exact for the powers of two that tests use.
  static func factor(_ step: Double) -> StepFactor { StepFactor(RuntimeScale(step)) }

  /// Weights after one update, and their residuals.
  static func update(
    _ weights: [Int8], gradient: [Int32], step: Double, rounding: UpdateRounding, seed: UInt64 = 1, stream: UInt64 = 0,
    firstIndex: UInt32 = 0, residual: [Int8] = []
  ) -> (weights: [Int8], residual: [Int8]) {
    var weights = weights
    var residual = residual
    do {
      var span = weights.mutableSpan
      var residualSpan = residual.mutableSpan
      updateWeights(
        &span, gradient: gradient.span, factor: factor(step), rounding: rounding,
        random: CounterRandom(seed: seed, stream: stream), firstIndex: firstIndex, residual: &residualSpan)
    }
    return (weights, residual)
  }

  static func updateBias(
    _ bias: Int32, gradient: Int32, step: Double, rounding: UpdateRounding, index: UInt32 = 0, limit: Int32 = 1 << 30,
    residual: inout Int8
  ) -> Int32 {
    updatedBias(
      bias, gradient: gradient, factor: factor(step), rounding: rounding, random: CounterRandom(seed: 1, stream: 0),
      index: index, limit: limit, residual: &residual)
  }

  // MARK: Steps

  @Test func stepsAreExactAndSaturate() {
    let seed: UInt64 = 501
    var random = SeededRandom(seed: seed)
    let mantissas: [Int32] = [1 << 30, (1 << 30) + 1, .max]
    let gradients: [Int32] = [.min, -1, 0, 1, .max]
    for exponent in Int32(-200)...200 {
      for mantissa in mantissas + [.random(in: 1 << 30 ... .max, using: &random)] {
        let factor = StepFactor(RuntimeScale(mantissa: mantissa, exponent: exponent))
        for gradient in gradients + [.random(in: .min ... .max, using: &random)] {
          let found = Int128(factor.step(gradient))
          let product = Int128(gradient) * Int128(mantissa)
          let power = exponent + 24
          if power < 0 {
            // Right shifts round to nearest; beyond 62 places nothing is left but at most half a unit.
            if power < -62 {
              #expect(found == 0)
            } else {
              let unit: Int128 = 1 << Int128(-power)
              #expect(found == IntegerReference.floor(2 * product + unit, over: 2 * unit), "seed \(seed)")
            }
          } else {
            let limit: Int128 = 1 << 60
            let exact = power > 60 ? product.signum() * limit : min(max(product << Int128(power), -limit), limit)
            // Where the exact step passes the limit, so does what is kept; a multiple of the shift below it.
            #expect(
              found == exact || (abs(exact) == limit && abs(found) >= limit - (1 << Int128(min(60, power)))),
              "seed \(seed)")
          }
        }
      }
    }
    #expect(StepFactor(.zero).step(.max) == 0)
  }

  // MARK: Stochastic rounding

  @Test(arguments: [-100, -5, -1, 0, 1, 5, 100], [0.01, -0.01, 0.25, -0.25, 0.499, 0.75, -1.3])
  func stochasticRoundingIsUnbiased(weight: Int8, step: Double) {
    let count = 65_536
    let after = Self.update(
      [Int8](repeating: weight, count: count), gradient: [Int32](repeating: step < 0 ? -1 : 1, count: count),
      step: abs(step), rounding: .stochastic
    ).weights
    let mean = Double(after.reduce(0) { $0 + Int($1) }) / Double(count)
    // Four and a half standard deviations of the mean of `count` draws of which a share is rounded up.
    let share = abs(step) - abs(step).rounded(.down)
    let bound = 4.5 * (share * (1 - share) / Double(count)).squareRoot()
    #expect(abs(mean - (Double(weight) - step)) < bound, "mean \(mean)")
    let lowest = (Double(weight) - step).rounded(.down)
    #expect(after.allSatisfy { Double($0) == lowest || Double($0) == lowest + 1 })
  }

  @Test func aCounterDecidesEachBitAndNotTheOrder() {
    let gradient = [Int32](repeating: 1, count: 100)
    let whole = Self.update([Int8](repeating: 9, count: 100), gradient: gradient, step: 0.4, rounding: .stochastic)
    for cut in [1, 33, 64, 99] {
      let head = Self.update(
        [Int8](repeating: 9, count: cut), gradient: Array(gradient.prefix(cut)), step: 0.4, rounding: .stochastic)
      let tail = Self.update(
        [Int8](repeating: 9, count: 100 - cut), gradient: Array(gradient.dropFirst(cut)), step: 0.4,
        rounding: .stochastic, firstIndex: UInt32(cut))
      #expect(head.weights + tail.weights == whole.weights)
    }
    let other = Self.update(
      [Int8](repeating: 9, count: 100), gradient: gradient, step: 0.4, rounding: .stochastic, stream: 1)
    #expect(other.weights != whole.weights)
  }

  @Test func stochasticRoundingAddsTheHighest24BitsOfItsWord() {
    let random = CounterRandom(seed: 8, stream: 3)
    for index: UInt32 in 0..<2_000 {
      for step: Int32 in [-40_000_000, -1, 0, 1, 3_000_000, 16_777_216, 16_777_217] {
        let exact = Int128(7) * (1 << 24) - Int128(step) + Int128(random.word(at: index) / 256)
        #expect(
          Int128(roundedStochastically(7, minus: Int64(step), random: random.word(at: index)))
            == IntegerReference.floor(exact, over: 1 << 24))
      }
    }
  }

  // MARK: Nearest

  @Test func nearestRoundingKeepsSmallStepsOutAndTiesGoUpward() {
    let weights: [Int8] = [5, 5, 5, 5, -5, -5, -5, -5]
    #expect(
      Self.update(weights, gradient: [1, -1, 2, -2, 1, -1, 2, -2], step: 0.25, rounding: .nearest).weights
        == [5, 5, 5, 6, -5, -5, -5, -4])
    #expect(
      Self.update(weights, gradient: [3, -3, 4, -4, 3, -3, 4, -4], step: 0.25, rounding: .nearest).weights
        == [4, 6, 4, 6, -6, -4, -6, -4])
  }

  // MARK: Error feedback

  @Test(arguments: [1, -1, 3, -3, 100, -100]) func errorFeedbackAddsUpSmallStepsExactly(gradient: Int32) {
    // 256 steps of gradient / 256 make exactly one gradient, whatever single steps round to.
    var weights: [Int8] = [0, 13, -13]
    var residual: [Int8] = [0, 0, 0]
    var bias: Int32 = 1_000
    var biasResidual: Int8 = 0
    for _ in 0..<256 {
      (weights, residual) = Self.update(
        weights, gradient: [gradient, gradient, gradient], step: 1.0 / 256, rounding: .errorFeedback, residual: residual
      )
      bias = Self.updateBias(
        bias, gradient: gradient, step: 1.0 / 256, rounding: .errorFeedback, residual: &biasResidual)
    }
    #expect(weights.map(Int32.init) == [0 - gradient, 13 - gradient, -13 - gradient])
    #expect(residual == [0, 0, 0])
    #expect(bias == 1_000 - gradient && biasResidual == 0)
  }

  @Test func errorFeedbackIsWeightAndResidualTogether() {
    let seed: UInt64 = 502
    var random = SeededRandom(seed: seed)
    for _ in 0..<5_000 {
      let weight = Int8.random(in: -127...127, using: &random)
      let residual = Int8.random(in: -128...127, using: &random)
      let step = Int32.random(in: -2_000...2_000, using: &random)  // of 1/1024
      let found = Self.update(
        [weight], gradient: [step], step: 1.0 / 1024, rounding: .errorFeedback, residual: [residual])
      // In units of 1/256, to nearest with ties upward.
      let exact = 4 * (Int128(weight) * 256 + Int128(residual)) - Int128(step)
      let fine = IntegerReference.floor(2 * exact + 4, over: 8)
      let total = Int128(found.weights[0]) * 256 + Int128(found.residual[0])
      let lowest: Int128 = -127 * 256 - 128
      let highest: Int128 = 127 * 256 + 127
      let kept = min(max(fine, lowest), highest)
      #expect(total == kept, "seed \(seed)")
    }
  }

  // MARK: Saturation

  @Test(arguments: [UpdateRounding.stochastic, .nearest, .errorFeedback])
  func weightsSaturateAt127AndBiasesAtTheirLimit(rounding: UpdateRounding) {
    for step in [1, 3, 1_000, 1e9, 1e30] {
      let residual = rounding == .errorFeedback ? [Int8](repeating: 0, count: 4) : []
      let found = Self.update(
        [127, -127, 126, -126], gradient: [-1, 1, -2, 2], step: step, rounding: rounding, residual: residual)
      #expect(found.weights == [127, -127, 127, -127], "step \(step)")
      for limit: Int32 in [1_000, 1 << 30, .max] {
        var none: Int8 = 0
        #expect(
          Self.updateBias(limit, gradient: -.max, step: step, rounding: rounding, limit: limit, residual: &none)
            == limit)
        #expect(
          Self.updateBias(-limit, gradient: .max, step: step, rounding: rounding, limit: limit, residual: &none)
            == -limit)
      }
    }
  }

  @Test func biasesRoundAsWeightsDo() {
    let random = CounterRandom(seed: 1, stream: 0)
    for index: UInt32 in 0..<4_000 {
      for bias: Int32 in [-70_000, -1, 0, 5, 70_000] {
        var none: Int8 = 0
        let found = Self.updateBias(
          bias, gradient: 3, step: 0.125, rounding: .stochastic, index: index, residual: &none)
        let exact = Int128(bias) * (1 << 24) - 3 * (1 << 21) + Int128(random.word(at: index) >> 8)
        #expect(Int128(found) == IntegerReference.floor(exact, over: 1 << 24))
      }
    }
    var none: Int8 = 0
    #expect(Self.updateBias(5, gradient: 1, step: 0.5, rounding: .nearest, residual: &none) == 5)
    #expect(Self.updateBias(5, gradient: -1, step: 0.5, rounding: .nearest, residual: &none) == 6)
  }
}
