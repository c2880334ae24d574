@testable import Tensors
import Testing

/// A scale as an exact ratio would need hundreds of bits; its mantissa and exponent are compared instead.
private func isNormalised(_ scale: RuntimeScale) -> Bool { scale.mantissa >= 1 << 30 }

@Suite struct RuntimeScaleTests {
  static let mantissas: [Int32] = [1 << 30, (1 << 30) + 1, 1_082_196_484, 1_518_500_249, .max - 1, .max]

  /// Some edges, then random scales.
  static func scales(seed: UInt64, count: Int) -> [RuntimeScale] {
    var random = SeededRandom(seed: seed)
    var scales = mantissas.flatMap { m in [-200, -61, -30, 0, 7, 200].map { RuntimeScale(mantissa: m, exponent: $0) } }
    for _ in 0..<count {
      scales.append(
        RuntimeScale(
          mantissa: .random(in: 1 << 30 ... .max, using: &random), exponent: .random(in: -90...90, using: &random)))
    }
    return scales
  }

  @Test func productsTruncateBelowOneUnitIn2ToThe30() {
    let scales = Self.scales(seed: 21, count: 100)
    for a in scales {
      for b in scales {
        let product = a.multiplied(by: b)
        #expect(isNormalised(product))
        // exact = a.m · b.m · 2^(a.e + b.e); the product's mantissa is its 31 highest bits.
        let shift = product.exponent - a.exponent - b.exponent
        let exact = Int128(a.mantissa) * Int128(b.mantissa)
        let found = Int128(product.mantissa) << Int128(shift)
        #expect(found <= exact && (exact - found) << 30 < exact, "seed 21: \(a) · \(b)")
      }
    }
  }

  @Test func quotientsTruncateBelowOneUnitIn2ToThe30() {
    let seed: UInt64 = 22
    var random = SeededRandom(seed: seed)
    let edges: [UInt32] = [1, 2, 3, 5, 255, 65_535, 65_536, 1 << 31, .max - 1, .max]
    for scale in Self.scales(seed: seed, count: 60) {
      for denominator in edges + [.random(in: 1 ... .max, using: &random)] {
        for numerator in edges + [.random(in: 1 ... .max, using: &random)] {
          let quotient = scale.multiplied(by: numerator, over: denominator)
          #expect(isNormalised(quotient))
          // Cross-multiplied: quotient · denominator against scale · numerator, both in whole units.
          let shift = Int128(quotient.exponent - scale.exponent)
          var found = Int128(quotient.mantissa) * Int128(denominator)
          var exact = Int128(scale.mantissa) * Int128(numerator)
          if shift >= 0 { found <<= shift } else { exact <<= -shift }
          #expect(
            found <= exact && (exact - found) < (exact >> 30) + 1,
            "seed \(seed): \(scale) · \(numerator)/\(denominator)")
        }
      }
    }
  }

  @Test func zeroStaysZero() {
    let one = RuntimeScale.powerOfTwo(0)
    #expect(RuntimeScale(UInt64(0), exponent: 9) == .zero && RuntimeScale(0.0) == .zero)
    #expect(RuntimeScale.zero.multiplied(by: one).isZero && one.multiplied(by: .zero).isZero)
    #expect(one.multiplied(by: 0, over: 3).isZero && RuntimeScale.zero.multiplied(by: 5, over: 3).isZero)
    #expect(!one.isZero && RuntimeScale.zero.value == 0)
  }

  @Test func everyWidthIsNormalisedWithoutLosingItsHighestBits() {
    for bits in 0..<64 {
      for low: UInt64 in [0, 1, .max] {
        let value = (1 << UInt64(bits)) | (bits == 0 ? 0 : low & ((1 << UInt64(bits)) - 1))
        let scale = RuntimeScale(value, exponent: -5)
        #expect(isNormalised(scale))
        let shift = Int(scale.exponent) + 5
        #expect(shift == bits - 30)
        #expect(UInt64(scale.mantissa) == (shift >= 0 ? value >> UInt64(shift) : value << UInt64(-shift)))
      }
    }
  }

  @Test(arguments: -100...100) func powersOfTwoAreExact(power: Int) {
    let scale = RuntimeScale.powerOfTwo(Int32(power))
    #expect(scale.value == Double(sign: .plus, exponent: power, significand: 1))
    #expect(scale == RuntimeScale(scale.value))
  }

  @Test func realNumbersComeBackWithinHalfAUnit() {
    let seed: UInt64 = 23
    var random = SeededRandom(seed: seed)
    for _ in 0..<5_000 {
      let value = Double(
        sign: .plus, exponent: .random(in: -100...100, using: &random), significand: .random(in: 1..<2, using: &random))
      #expect(abs(RuntimeScale(value).value / value - 1) <= 0x1p-31, "seed \(seed): \(value)")
    }
    #expect(RuntimeScale(0x1p1.nextDown) == .powerOfTwo(1))
  }

  @Test func reciprocalsAreTheFloorOfTheirQuotient() {
    for scale in Self.scales(seed: 24, count: 2_000) {
      let exact = (UInt64(1) << 61) / UInt64(scale.mantissa)
      #expect(UInt64(scale.reciprocalMantissa) == min(exact, UInt64(Int32.max)))
    }
  }

  @Test func divisionBitByBitIsDivision() {
    let seed: UInt64 = 25
    var random = SeededRandom(seed: seed)
    let dividends: [UInt64] = [0, 1, 2, 3, 1 << 31, 1 << 32, (1 << 32) - 1, 1 << 61, 1 << 63, .max - 1, .max]
    let divisors: [UInt32] = [1, 2, 3, 7, 255, 1 << 16, 1 << 30, 1 << 31, .max - 1, .max]
    for dividend in dividends {
      for divisor in divisors { #expect(divideBitByBit(dividend, by: divisor) == dividend / UInt64(divisor)) }
    }
    for _ in 0..<5_000 {
      let dividend = random.next() >> UInt64.random(in: 0...40, using: &random)
      let divisor = UInt32(truncatingIfNeeded: random.next() >> UInt64.random(in: 32...62, using: &random)) | 1
      #expect(divideBitByBit(dividend, by: divisor) == dividend / UInt64(divisor), "seed \(seed)")
      #expect(divide(dividend, by: divisor) == dividend / UInt64(divisor), "seed \(seed)")
    }
  }
}
