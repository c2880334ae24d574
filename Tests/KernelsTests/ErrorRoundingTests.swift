@testable import Kernels
import Tensors
import Testing

/// Stochastic errors, wider errors, and scales from the step before.
@Suite struct ErrorRoundingTests {
  struct Frame {
    var errors: [Int64]
    var saturated: Int
  }

  static func quantize(
    _ gradient: [Int32], factor: RuntimeScale, at start: Int = 0, element: Plan.ErrorElement = .int8,
    limit: Int32 = 127,
    rounding: ErrorRounding = .stochastic, random: CounterRandom = CounterRandom(seed: 3, stream: 4)
  ) -> Frame {
    let quantization = ErrorQuantization(limit: limit, rounding: rounding, random: random)
    let mantissas = gradient.map { _ in factor.mantissa }
    let shifts = gradient.map { _ in UInt8(-factor.exponent) }
    let none: [UInt8] = []
    let count = start + gradient.count
    switch element {
    case .int8:
      var errors = [Int8](repeating: 99, count: count)
      var span = errors.mutableSpan
      let saturated = quantizeErrorFrame(
        gradient.span, at: start, mask: none.span, otherMask: none.span, mantissas: mantissas.span,
        shifts: shifts.span, quantization: quantization, errors: &span)
      return Frame(errors: errors[start...].map(Int64.init), saturated: saturated)
    case .int16:
      var errors = [Int16](repeating: 99, count: count)
      var span = errors.mutableSpan
      let saturated = quantizeErrorFrame(
        gradient.span, at: start, mask: none.span, otherMask: none.span, mantissas: mantissas.span,
        shifts: shifts.span, quantization: quantization, errors: &span)
      return Frame(errors: errors[start...].map(Int64.init), saturated: saturated)
    case .int32:
      var errors = [Int32](repeating: 99, count: count)
      var span = errors.mutableSpan
      let saturated = quantizeErrorFrame(
        gradient.span, at: start, mask: none.span, otherMask: none.span, mantissas: mantissas.span,
        shifts: shifts.span, quantization: quantization, errors: &span)
      return Frame(errors: errors[start...].map(Int64.init), saturated: saturated)
    }
  }

  /// Factors whose shifts lie on both sides of the 32 random bits.
  @Test(arguments: [0.003, -0.003, 0.25, -0.25, 0.5, 17.9, -17.9], [1, 3, 1_048_576] as [Int32])
  func stochasticErrorsKeepTheMean(value: Double, gradient: Int32) {
    let count = 65_536
    let factor = RuntimeScale(abs(value) / Double(gradient))
    let sign: Int32 = value < 0 ? -1 : 1
    let found = Self.quantize([Int32](repeating: sign * gradient, count: count), factor: factor).errors
    let mean = Double(found.reduce(0, +)) / Double(count)
    let share = abs(value) - abs(value).rounded(.down)
    // Four and a half standard deviations of the mean of `count` draws.
    let bound = 4.5 * (share * (1 - share) / Double(count)).squareRoot() + 1e-9
    #expect(abs(mean - value) < bound, "mean \(mean)")
    #expect(found.allSatisfy { abs(Double($0) - value) < 1 })
  }

  @Test func anElementsIndexDecidesItsBits() {
    let gradient = [Int32](repeating: 1, count: 100)
    let factor = RuntimeScale(0.4)
    let whole = Self.quantize(gradient, factor: factor).errors
    for cut in [1, 33, 99] {
      let head = Self.quantize(Array(gradient.prefix(cut)), factor: factor).errors
      let tail = Self.quantize(Array(gradient.dropFirst(cut)), factor: factor, at: cut).errors
      #expect(head + tail == whole)
    }
    #expect(Self.quantize(gradient, factor: factor, random: CounterRandom(seed: 3, stream: 5)).errors != whole)
  }

  @Test(arguments: Plan.ErrorElement.allCases, [ErrorRounding.nearest, ErrorRounding.stochastic])
  func errorsSaturateAtTheirLimitAndAreCounted(_ element: Plan.ErrorElement, _ rounding: ErrorRounding) {
    for limit in [element.largestMagnitude, element.largestMagnitude / 3] {
      let gradient: [Int32] = [limit, limit + 1, -limit, -limit - 1, Int32.max, -Int32.max, 0]
      let found = Self.quantize(
        gradient, factor: .powerOfTwo(0), element: element, limit: limit, rounding: rounding)
      let l = Int64(limit)
      #expect(found.errors == [l, l, -l, -l, l, -l, 0])
      #expect(found.saturated == 4)
    }
  }

  /// The scale of the largest magnitude makes the largest element the limit, with any limit.
  @Test(arguments: [127, 128, 1_000, 32_767, 123_457, 16_777_215] as [Int32])
  func theLargestElementBecomesTheLimit(limit: Int32) {
    let seed: UInt64 = 411
    var random = SeededRandom(seed: seed)
    for _ in 0..<300 {
      let largest = [Int32.random(in: 1 ... .max, using: &random), 1, .random(in: 1...1_000, using: &random)]
      let factors = random.int32s(3, magnitude: 1 << 30).map { abs($0) + 1 }
      let unit = RuntimeScale(mantissa: .random(in: 1 << 30 ... .max, using: &random), exponent: -50)
      var mantissas: [Int32] = [0, 0, 0]
      var shifts: [UInt8] = [0, 0, 0]
      let scale: RuntimeScale
      do {
        var m = mantissas.mutableSpan
        var s = shifts.mutableSpan
        scale = chooseErrorScale(
          largest: largest.span, factors: factors.span, factorExponent: -3, unit: unit, limit: limit, mantissas: &m,
          shifts: &s)
      }
      let scaled = (0..<3).map { IntegerReference.scaled(Int64(largest[$0]), mantissas[$0], shifts[$0]) }
      #expect(scaled.max() == Int64(limit), "seed \(seed)")
      let real = (0..<3).map { Double(largest[$0]) * Double(factors[$0]) * 0x1p-34 * unit.value }.max()!
      #expect(abs(scale.value * Double(limit) / real - 1) < 6 * 0x1p-30, "seed \(seed)")
      let magnitude = largestErrorMagnitude(
        largest: largest.span, factors: factors.span, factorExponent: -3, unit: unit)
      #expect(abs(magnitude.value / real - 1) < 4 * 0x1p-30, "seed \(seed)")
    }
  }

  // MARK: Carried scales

  /// Factors from a scale that was chosen before equal `unit · f[c] / scale`.
  @Test func factorsFollowAGivenScale() {
    let seed: UInt64 = 421
    var random = SeededRandom(seed: seed)
    for round in 0..<2_000 {
      let factors = round % 3 == 0 ? [] : random.int32s(4, magnitude: .max - 1).map { abs($0) }
      let unit = RuntimeScale(
        mantissa: .random(in: 1 << 30 ... .max, using: &random), exponent: .random(in: -90 ... -30, using: &random))
      let scale = RuntimeScale(
        mantissa: .random(in: 1 << 30 ... .max, using: &random), exponent: .random(in: -90 ... -30, using: &random))
      var mantissas = [Int32](repeating: 77, count: 4)
      var shifts = [UInt8](repeating: 77, count: 4)
      do {
        var m = mantissas.mutableSpan
        var s = shifts.mutableSpan
        setErrorFactors(
          scale: scale, factors: factors.span, factorExponent: -5, unit: unit, mantissas: &m, shifts: &s)
      }
      for c in 0..<4 {
        let exact = unit.value / scale.value * (factors.isEmpty ? 1 : Double(factors[c]) * 0x1p-36)
        let found = FixedPointMultiplier(mantissa: mantissas[c], shift: shifts[c]).value
        if exact >= 0x1p30 {
          // Every element but 0 leaves any range.
          #expect(found > 0x1p29, "seed \(seed)")
        } else if exact >= 0x1p-31 {
          #expect(abs(found / exact - 1) < 8 * 0x1p-30, "seed \(seed)")
        } else {
          #expect(found < 0x1p-31, "seed \(seed)")
        }
      }
    }
  }

  @Test func aWindowWithoutErrorsLeavesWhatWasCarried() {
    let carried = RuntimeScale(0.37)
    #expect(CarriedScale.next(carried: carried, largest: .zero) == carried)
    #expect(CarriedScale.next(carried: .zero, largest: carried) == carried)
    #expect(CarriedScale.next(carried: .zero, largest: .zero) == .zero)
  }

  @Test func aMagnitudeRisesAtOnceAndFallsByAnEighthAStep() {
    let seed: UInt64 = 431
    var random = SeededRandom(seed: seed)
    var carried = RuntimeScale.zero
    for _ in 0..<2_000 {
      let value = Double.random(in: -30...0, using: &random)
      let largest = RuntimeScale(Double(sign: .plus, exponent: Int(value.rounded()), significand: 1.37))
      let next = CarriedScale.next(carried: carried, largest: largest)
      let expected = max(largest.value, carried.value * 0.875)
      #expect(abs(next.value / expected - 1) < 0x1p-29, "seed \(seed)")
      carried = next
    }
  }
}
