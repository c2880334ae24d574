@testable import Kernels
import Tensors
import Testing

/// Faults of published int8 training code, each with a test that fails on it.
@Suite struct PublishedFaultsTests {
  @Test(arguments: zeroPoints) func faultWeightGradientIgnoresTheInputZeroPoint(zeroPoint: Int32) {
    // An input of real zeros moves no weight, whatever integer stands for zero.
    let g = Geometries.geometry((9, 3, 2, 1), 3, 4)
    let zeros = [Int8](repeating: Int8(zeroPoint), count: g.inputCount)
    let errors = [Int8](repeating: 3, count: g.outputCount)
    #expect(KernelCalls.weightGradient(errors, input: zeros, zeroPoint: zeroPoint, g).allSatisfy { $0 == 0 })
    let d = Geometries.geometry((9, 3, 2, 1), 3, 3)
    #expect(
      KernelCalls.weightGradient(
        Array(errors.prefix(d.outputCount)), input: zeros, zeroPoint: zeroPoint, d, depthwise: true
      ).allSatisfy { $0 == 0 })
    // The same real input behind another zero point has the same gradient.
    let near = (0..<g.inputCount).map { Int8($0 % 7) }
    let moved = near.map { Int8(max(-128, min(127, Int32($0) + max(-128, min(120, zeroPoint))))) }
    #expect(
      KernelCalls.weightGradient(errors, input: moved, zeroPoint: max(-128, min(120, zeroPoint)), g)
        == KernelCalls.weightGradient(errors, input: near, zeroPoint: 0, g))
  }

  @Test(arguments: [5, -5, 100, -100] as [Int8]) func faultUpdateTruncatesTowardZero(weight: Int8) {
    // Published: 5 − 0.01 → 4 and 5 + 0.01 → 5, so weights decay whatever the gradient says.
    let count = 65_536
    for sign: Int32 in [1, -1] {
      let after = UpdateTests.update(
        [Int8](repeating: weight, count: count), gradient: [Int32](repeating: sign, count: count), step: 0.01,
        rounding: .stochastic
      ).weights
      let moved = after.count { $0 != weight }
      // One in a hundred moves, by one, down the gradient: 655 of them, with a standard deviation of 25.
      #expect((540...770).contains(moved))
      #expect(after.allSatisfy { $0 == weight || Int32($0) == Int32(weight) - sign })
      let nearest = UpdateTests.update([weight], gradient: [sign], step: 0.01, rounding: .nearest).weights
      #expect(nearest == [weight])
    }
  }

  @Test func faultUpdateWrapsInsteadOfSaturating() {
    for rounding in [UpdateRounding.stochastic, .nearest] {
      #expect(UpdateTests.update([127, -127], gradient: [-1, 1], step: 5, rounding: rounding).weights == [127, -127])
    }
  }

  @Test func faultRequantisationTruncates() {
    // 0.75 and -0.75 become 1 and -1; truncation gives 0 and 0, a floor 0 and -1.
    let found = KernelCalls.requantize(
      [3, -3, 2, -2, 1, -1], mantissas: Array(repeating: 1 << 30, count: 6), shifts: Array(repeating: 32, count: 6),
      range: OutputRange(zeroPoint: 0, low: -128, high: 127))
    #expect(found.values == [1, -1, 1, 0, 0, 0])
  }

  @Test func faultFloatMasterWeightsBehindTheInt8Ones() {
    // A new weight is a function of the int8 weight, the gradient and the random word, nothing else: what a
    // step rounded away is forgotten, so the same three give the same weight after any history.
    let seed: UInt64 = 801
    var random = SeededRandom(seed: seed)
    var seen: [[Int32]: Int8] = [:]
    var weight: Int8 = 0
    for step in 0..<20_000 {
      let gradient = Int32.random(in: -3...3, using: &random)
      let stream = UInt64.random(in: 0..<8, using: &random)
      let before = weight
      weight =
        UpdateTests.update([before], gradient: [gradient], step: 0.7, rounding: .stochastic, stream: stream).weights[0]
      let key = [Int32(before), gradient, Int32(stream)]
      #expect(seen[key] == nil || seen[key] == weight, "seed \(seed), step \(step)")
      seen[key] = weight
      #expect(weight >= -127, "weights stay in -127...127")
    }
    // Nor do a thousand steps below half a unit add up behind a weight that is rounded to nearest.
    var still: [Int8] = [40]
    for _ in 0..<1_000 { still = UpdateTests.update(still, gradient: [1], step: 0.4, rounding: .nearest).weights }
    #expect(still == [40])
  }
}
