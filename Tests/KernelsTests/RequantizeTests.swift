import Tensors
import Testing

@Suite struct RequantizeTests {
  @Test func tiesGoUpward() {
    let sums = Array(Int32(-9)...9)
    let found = KernelCalls.requantize(
      sums, mantissas: Array(repeating: 1 << 30, count: 19), shifts: Array(repeating: 31, count: 19),
      range: OutputRange(zeroPoint: 0, low: -128, high: 127))
    #expect(found.values == [-4, -4, -3, -3, -2, -2, -1, -1, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5])
  }

  @Test(arguments: zeroPoints) func aBitMarksExactlyWhatLayOutsideTheLimits(zeroPoint: Int32) {
    // A factor of exactly 1: the rounded value is the sum plus the zero point.
    let sums = Array(Int32(-300)...300)
    for (low, high): (Int32, Int32) in [(-128, 127), (zeroPoint, 127), (zeroPoint, min(127, zeroPoint + 9)), (3, 3)] {
      let found = KernelCalls.requantize(
        sums, mantissas: Array(repeating: 1 << 30, count: sums.count), shifts: Array(repeating: 30, count: sums.count),
        range: OutputRange(zeroPoint: zeroPoint, low: low, high: high))
      for (i, sum) in sums.enumerated() {
        let value = sum + zeroPoint
        #expect(Int32(found.values[i]) == min(max(value, low), high))
        // Equal to a limit is not outside it.
        #expect(
          (found.mask[i / 8] >> UInt8(i % 8) & 1 == 1) == (value < low || value > high), "\(value) in \(low)...\(high)")
      }
    }
  }

  @Test func anySumIsRoundedOnceAndClamped() {
    let seed: UInt64 = 161
    var random = SeededRandom(seed: seed)
    for _ in 0..<300 {
      let sums = random.int32s(13, magnitude: .max) + [.min, .max, 0]
      let mantissas = sums.map { _ in Int32.random(in: 1 << 30 ... .max, using: &random) }
      let shifts = sums.map { _ in UInt8.random(in: 1...62, using: &random) }
      let range = OutputRange(zeroPoint: random.zeroPoint(), low: -100, high: 90)
      let expected = IntegerReference.requantized(
        sums.map(Int64.init), mantissas: mantissas, shifts: shifts, range: range)
      let found = KernelCalls.requantize(sums, mantissas: mantissas, shifts: shifts, range: range)
      #expect(
        found.values == expected.values && found.mask == IntegerReference.bytes(of: expected.clamped), "seed \(seed)")
    }
  }
}
