@testable import Kernels
import Tensors
import Testing

@Suite struct ResidualAddTests {
  private func add(
    _ a: [Int8], _ b: [Int8], _ factors: ResidualAddFactors, _ range: OutputRange, masked: Bool
  ) -> KernelCalls.Activations {
    var values = [Int8](repeating: 99, count: a.count)
    var mask = [UInt8](repeating: 0xFF, count: masked ? (a.count + 7) / 8 : 0)
    do {
      var valuesSpan = values.mutableSpan
      var maskSpan = mask.mutableSpan
      residualAddInt8(
        left: a.span, right: b.span, factors: factors, range: range, output: &valuesSpan, clamped: &maskSpan)
    }
    return KernelCalls.Activations(values: values, mask: mask)
  }

  @Test func sumsEqualTheirFormulaForEveryPair() {
    let seed: UInt64 = 201
    var random = SeededRandom(seed: seed)
    let a = (0..<65_536).map { Int8(truncatingIfNeeded: $0 >> 8) }
    let b = (0..<65_536).map { Int8(truncatingIfNeeded: $0) }
    for round in 0..<6 {
      let factors = ResidualAddFactors(
        leftZeroPoint: random.zeroPoint(), rightZeroPoint: random.zeroPoint(),
        left: round == 0 ? 1 << 30 : .random(in: 0...1 << 30, using: &random),
        right: round == 0 ? 1 << 30 : .random(in: 0...1 << 30, using: &random), shift: round == 0 ? 30 : 31)
      let zero = random.zeroPoint()
      let range = OutputRange(zeroPoint: zero, low: round % 2 == 0 ? -128 : zero, high: 127)
      let found = add(a, b, factors, range, masked: true)
      var clamped: [Bool] = []
      var wrong = 0
      for i in a.indices {
        let exact =
          Int128(Int32(a[i]) - factors.leftZeroPoint) * Int128(factors.left)
          + Int128(Int32(b[i]) - factors.rightZeroPoint) * Int128(factors.right)
        let unit: Int128 = 1 << Int128(factors.shift)
        let rounded = Int128(zero) + IntegerReference.floor(2 * exact + unit, over: 2 * unit)
        if Int128(found.values[i]) != min(max(rounded, Int128(range.low)), Int128(range.high)) { wrong += 1 }
        clamped.append(rounded < Int128(range.low) || rounded > Int128(range.high))
      }
      #expect(wrong == 0, "seed \(seed), \(factors)")
      #expect(found.mask == IntegerReference.bytes(of: clamped), "seed \(seed), \(factors)")
      #expect(add(a, b, factors, range, masked: false).values == found.values)
    }
  }

  @Test func bothTermsAreSummedBeforeTheOneRounding() {
    // Two quarters make a half, which goes up; rounded apart they would vanish.
    let factors = ResidualAddFactors(leftZeroPoint: 0, rightZeroPoint: 0, left: 1 << 28, right: 1 << 28, shift: 30)
    let range = OutputRange(zeroPoint: 0, low: -128, high: 127)
    #expect(add([1, -1, -3], [1, -1, -3], factors, range, masked: false).values == [1, 0, -1])
  }
}
