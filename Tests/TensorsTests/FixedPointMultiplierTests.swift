import Tensors
import Testing

/// `numerator / 2^shift`, to nearest with ties upward, by division in 128 bits.
private func roundedQuotient(_ numerator: Int128, shift: Int) -> Int128 {
  let divisor: Int128 = 1 << Int128(shift + 1)
  let (quotient, remainder) = (2 * numerator + divisor / 2).quotientAndRemainder(dividingBy: divisor)
  return remainder < 0 ? quotient - 1 : quotient
}

@Suite struct FixedPointMultiplierTests {
  static let accumulators: [Int32] = [
    .min, .min + 1, -1_000_000_007, -65_537, -3, -2, -1, 0, 1, 2, 3, 65_537, 1_000_000_007, .max - 1, .max,
  ]
  static let mantissas: [Int32] = [0, 1, 3, 1 << 30, (1 << 30) + 1, 1_431_655_765, .max - 1, .max]

  @Test(arguments: 1...62) func scalingRoundsTheExactProductToNearest(shift: Int) {
    for mantissa in Self.mantissas {
      let factor = FixedPointMultiplier(mantissa: mantissa, shift: UInt8(shift))
      for accumulator in Self.accumulators {
        #expect(
          Int128(factor.scale(accumulator))
            == roundedQuotient(Int128(accumulator) * Int128(mantissa), shift: shift), "\(accumulator) · \(factor)")
      }
    }
  }

  @Test func scalingRoundsRandomProductsToNearest() {
    let seed: UInt64 = 11
    var random = SeededRandom(seed: seed)
    for _ in 0..<20_000 {
      let accumulator = Int32.random(in: .min ... .max, using: &random)
      let factor = FixedPointMultiplier(
        mantissa: .random(in: 1 << 30 ... .max, using: &random), shift: .random(in: 1...62, using: &random))
      let exact = roundedQuotient(Int128(accumulator) * Int128(factor.mantissa), shift: Int(factor.shift))
      #expect(Int128(factor.scale(accumulator)) == exact, "seed \(seed): \(accumulator) · \(factor)")
    }
  }

  @Test func tiesGoUpward() {
    let half = FixedPointMultiplier(0.5)
    #expect((-5...5).map { half.scale($0) } == [-2, -2, -1, -1, 0, 0, 1, 1, 2, 2, 3])
  }

  @Test func theNearestFactorIsWithinHalfAUnitOfItsLastPlace() {
    let seed: UInt64 = 12
    var random = SeededRandom(seed: seed)
    var factors = [1, 0.5, 1.0 / 3, 0.1, 127, 1_073_741_823, 0x1p0.nextDown, 0x1p0.nextUp, 0x1p-1.nextDown]
    for _ in 0..<5_000 {
      factors.append(
        Double(
          sign: .plus, exponent: .random(in: -31...29, using: &random), significand: .random(in: 1..<2, using: &random))
      )
    }
    for factor in factors {
      let nearest = FixedPointMultiplier(factor)
      #expect(nearest.mantissa >= 1 << 30, "\(factor) is normalised")
      #expect(abs(nearest.value / factor - 1) <= 0x1p-31, "seed \(seed): \(factor)")
    }
  }

  @Test func tinyFactorsLoseBitsAndThenVanish() {
    for power in -120 ... -32 {
      let factor = Double(sign: .plus, exponent: power, significand: 1.37)
      let nearest = FixedPointMultiplier(factor)
      // The last place of a factor with the largest shift is 2^-62; it is rounded to 31 bits, then to that.
      #expect(abs(nearest.value - factor) <= 0x1.8p-63, "2^\(power)")
    }
    #expect(FixedPointMultiplier(0).scale(.max) == 0)
    #expect(FixedPointMultiplier(Double.leastNonzeroMagnitude).scale(.min) == 0)
  }

  @Test(arguments: [0x1p30.nextDown, 0x1p30, 1e20, .infinity])
  func factorsAboveTheLargestSaturate(factor: Double) {
    let largest = FixedPointMultiplier(factor)
    #expect(largest.shift == 1 && largest.mantissa == .max)
    #expect(largest.scale(1) == 1 << 30)
  }
}
