@testable import Kernels
import Tensors
import Testing

@Suite struct GradientQuantizationTests {
  struct Quantized {
    var errors: [Int8]
    var scale: RuntimeScale
    var saturated: Int
  }

  /// Finds the scale of a gradient of some frames and quantizes it.
  static func quantize(
    _ gradient: [Int32], channels: Int, factors: [Int32], factorExponent: Int32, unit: RuntimeScale,
    mask: [UInt8] = [], otherMask: [UInt8] = [], limit: Int32 = 127
  ) -> Quantized {
    var largest = [Int32](repeating: 0, count: channels)
    var mantissas = [Int32](repeating: 77, count: channels)
    var shifts = [UInt8](repeating: 77, count: channels)
    var errors = [Int8](repeating: 99, count: gradient.count)
    let frames = stride(from: 0, to: gradient.count, by: channels).map { ($0, Array(gradient[$0..<$0 + channels])) }
    for (start, frame) in frames {
      var span = largest.mutableSpan
      accumulateLargest(frame.span, at: start, mask: mask.span, otherMask: otherMask.span, largest: &span)
    }
    let scale: RuntimeScale
    do {
      var mantissaSpan = mantissas.mutableSpan
      var shiftSpan = shifts.mutableSpan
      scale = chooseErrorScale(
        largest: largest.span, factors: factors.span, factorExponent: factorExponent, unit: unit, limit: limit,
        mantissas: &mantissaSpan, shifts: &shiftSpan)
    }
    var saturated = 0
    for (start, frame) in frames {
      var span = errors.mutableSpan
      saturated += quantizeErrorFrame(
        frame.span, at: start, mask: mask.span, otherMask: otherMask.span, mantissas: mantissas.span,
        shifts: shifts.span, quantization: nearest(limit), errors: &span)
    }
    return Quantized(errors: errors, scale: scale, saturated: saturated)
  }

  static func nearest(_ limit: Int32) -> ErrorQuantization {
    ErrorQuantization(limit: limit, rounding: .nearest, random: CounterRandom(seed: 0, stream: 0))
  }

  static func isSet(_ mask: [UInt8], _ i: Int) -> Bool { !mask.isEmpty && mask[i / 8] >> UInt8(i % 8) & 1 == 1 }

  @Test func errorsAreTheGradientOverTheLargestMagnitudeTimes127() {
    let seed: UInt64 = 401
    var random = SeededRandom(seed: seed)
    for round in 0..<400 {
      let channels = [1, 2, 3, 5, 31, 33][round % 6]
      let count = channels * Int.random(in: 1...9, using: &random)
      let gradient = random.int32s(count, magnitude: [1, 100, 1 << 20, .max][round % 4])
      let factors = round % 3 == 0 ? [] : (0..<channels).map { _ in Int32.random(in: 1 << 20 ... .max, using: &random) }
      let factorExponent = Int32.random(in: -20...3, using: &random)
      let unit = RuntimeScale(mantissa: .random(in: 1 << 30 ... .max, using: &random), exponent: -50)
      let mask = round % 2 == 0 ? random.mask(count) : []
      let otherMask = round % 5 == 0 ? random.mask(count) : []
      let found = Self.quantize(
        gradient, channels: channels, factors: factors, factorExponent: factorExponent, unit: unit, mask: mask,
        otherMask: otherMask)

      // Real values of the gradient with the producer's weight scale folded in; masked ones are 0.
      let real = gradient.indices.map { i -> Double in
        if Self.isSet(mask, i) || Self.isSet(otherMask, i) { return 0 }
        let factor =
          factors.isEmpty
          ? 1 : Double(factors[i % channels]) * Double(sign: .plus, exponent: Int(factorExponent) - 31, significand: 1)
        return Double(gradient[i]) * factor * unit.value
      }
      let largest = real.map(abs).max() ?? 0
      guard largest > 0 else {
        #expect(found.scale.isZero && found.errors.allSatisfy { $0 == 0 })
        continue
      }
      // Six truncated 31-bit products at most stand between the scale and its exact value.
      #expect(abs(found.scale.value / (largest / 127) - 1) < 6 * 0x1p-30, "seed \(seed), round \(round)")
      #expect(found.errors.map { abs(Int($0)) }.max() == 127, "the largest becomes 127; seed \(seed), round \(round)")
      #expect(found.saturated == 0, "the largest does not saturate; seed \(seed), round \(round)")
      for i in real.indices {
        // Half a unit of rounding, and what the factor's last places move 127.
        #expect(
          abs(Double(found.errors[i]) - real[i] / largest * 127) <= 0.5 + 127 * 8 * 0x1p-30,
          "seed \(seed), round \(round), element \(i)")
      }
    }
  }

  @Test func clampedElementsHaveNoErrorAndNoSayInTheScale() {
    let found = Self.quantize(
      [1_000_000, 10, -1_000_000, 6], channels: 2, factors: [], factorExponent: 0, unit: .powerOfTwo(0),
      mask: [0b0001], otherMask: [0b0100])
    #expect(found.errors == [0, 127, 0, 76])
    #expect(abs(found.scale.value * 127 - 10) < 1e-7)
  }

  @Test func aZeroGradientHasScaleZero() {
    for factors: [Int32] in [[], [0, 0], [.max, 1]] {
      let found = Self.quantize(
        [0, 0, 0, 0], channels: 2, factors: factors, factorExponent: 0, unit: .powerOfTwo(-20))
      #expect(found.scale.isZero && found.errors == [0, 0, 0, 0])
    }
  }

  @Test func aFrameQuantizesAsItsFormula() {
    let seed: UInt64 = 402
    var random = SeededRandom(seed: seed)
    for count in [1, 2, 7, 8, 9, 31, 33] {
      for round in 0..<30 {
        let gradient = random.int32s(count, magnitude: 1 << 24)
        let mantissas = gradient.map { _ in Int32.random(in: 1 << 30 ... .max, using: &random) }
        let shifts = gradient.map { _ in UInt8.random(in: 46...52, using: &random) }
        // The frame starts in the middle of its tensor, off any byte boundary of the mask.
        let start = 3
        let mask = round % 2 == 0 ? random.mask(start + count) : []
        let otherMask = round % 3 == 0 ? random.mask(start + count) : []
        var errors = [Int8](repeating: 99, count: start + count)
        var saturated = 0
        do {
          var span = errors.mutableSpan
          saturated = quantizeErrorFrame(
            gradient.span, at: start, mask: mask.span, otherMask: otherMask.span, mantissas: mantissas.span,
            shifts: shifts.span, quantization: Self.nearest(127), errors: &span)
        }
        var expected = [Int8](repeating: 99, count: start)
        var outside = 0
        for i in 0..<count {
          let masked = Self.isSet(mask, start + i) || Self.isSet(otherMask, start + i)
          let rounded = masked ? 0 : IntegerReference.scaled(Int64(gradient[i]), mantissas[i], shifts[i])
          expected.append(Int8(min(max(rounded, -127), 127)))
          if abs(rounded) > 127 { outside += 1 }
        }
        #expect(errors == expected && saturated == outside, "seed \(seed)")
      }
    }
  }

  @Test func alignmentRoundsToTheCommonUnit() {
    let seed: UInt64 = 403
    var random = SeededRandom(seed: seed)
    for _ in 0..<4_000 {
      let scale = RuntimeScale(
        mantissa: .random(in: 1 << 30 ... .max, using: &random), exponent: .random(in: -60...10, using: &random))
      let bits = Int32.random(in: 1...31, using: &random)
      // Another path may have the larger magnitude, and so set a coarser unit.
      let coarser = Int32.random(in: 0...40, using: &random)
      let top = (magnitudeExponent(bits: bits, scale: scale) ?? 0) + coarser
      let unit = alignedUnit(forMagnitudeExponent: top)
      let alignment = GradientAlignment(of: scale, toUnitExponent: unit)
      let bound = Int64(1) << Int64(bits) - 1
      let value = Int32(Int64.random(in: -bound...bound, using: &random))
      let shift = unit - scale.exponent
      let expected = shift > 62 ? 0 : IntegerReference.scaled(Int64(value), scale.mantissa, UInt8(shift))
      #expect(Int64(alignment.apply(value)) == expected, "seed \(seed)")
      #expect(abs(expected) <= 1 << 29)
    }
    #expect(magnitudeExponent(bits: 7, scale: .zero) == nil)
  }
}
