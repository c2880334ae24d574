@testable import Kernels
import Tensors
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite struct SoftmaxCrossEntropyTests {
  static let unit = 0x1p-20

  static func evaluate(_ logits: [Int32], label: Int) -> (loss: Double, gradient: [Double]) {
    var gradient = [Int32](repeating: 77, count: logits.count)
    var loss: Int32 = 0
    do {
      var span = gradient.mutableSpan
      loss = softmaxCrossEntropy(logits: logits.span, label: label, gradient: &span)
    }
    return (Double(loss) * unit, gradient.map { Double($0) * 0x1p-30 })
  }

  static func reference(_ logits: [Double], label: Int) -> (loss: Double, gradient: [Double]) {
    let largest = logits.max() ?? 0
    let powers = logits.map { exp($0 - largest) }
    let sum = powers.reduce(0, +)
    return (log(sum) + largest - logits[label], powers.indices.map { powers[$0] / sum - ($0 == label ? 1 : 0) })
  }

  /// Random and extreme logits in units of 2^-20, with a seed for the random ones.
  static func cases(seed: UInt64) -> [[Int32]] {
    var random = SeededRandom(seed: seed)
    let most: Int32 = 1 << 30
    var cases: [[Int32]] = [[0], [most], [-most], [most, -most], [-most, most, 0], [most, most - 1], [0, 1, -1]]
    for classes in 1...50 {
      cases.append([Int32](repeating: 0, count: classes))
      cases.append([Int32](repeating: -most, count: classes))
      cases.append((0..<classes).map { $0 == classes / 2 ? most : -most })
      // The others stand 4, 14, 20, 21 or 30 nats below: where exponentials lose their last bits.
      cases.append((0..<classes).map { $0 == 0 ? 0 : -[4, 14, 20, 21, 30][$0 % 5] << 20 })
      for nats in [1, 8, 40] {
        cases.append(
          (0..<classes).map { _ in Int32.random(in: -Int32(nats) << 20...Int32(nats) << 20, using: &random) })
      }
      cases.append(random.int32s(classes, magnitude: most))
    }
    return cases
  }

  @Test func gradientAndLossEqualDoublePrecision() {
    for logits in Self.cases(seed: 601) {
      for label in Set([0, logits.count / 2, logits.count - 1]) {
        let found = Self.evaluate(logits, label: label)
        let exact = Self.reference(logits.map { Double($0) * Self.unit }, label: label)
        for (a, b) in zip(found.gradient, exact.gradient) {
          // Each power is within six units of 2^-30, most of it in common with the sum; a probability, then, is
          // within twice that and a unit of rounding.
          #expect(abs(a - b) < 0xDp-30, "seed 601, \(logits), label \(label)")
        }
        // Fifty classes are fewer than six doublings: the logarithm is within 3.5 units of 2^-20, its argument 0.1.
        #expect(
          abs(found.loss - min(exact.loss, 2_048 - Self.unit)) < 3.6 * Self.unit, "seed 601, \(logits), label \(label)")
      }
    }
  }

  @Test func gradientsSumToZero() {
    for logits in Self.cases(seed: 602) {
      let sum = Self.evaluate(logits, label: logits.count / 2).gradient.reduce(0, +)
      // Half a unit of rounding for each class, and the reciprocal's truncation.
      #expect(abs(sum) <= Double(logits.count + 8) * 0x1p-30, "seed 602, \(logits)")
    }
  }

  @Test func oneClassHasNoLossAndNoGradient() {
    for logit: Int32 in [-(1 << 30), 0, 5, 1 << 30] {
      let found = Self.evaluate([logit], label: 0)
      #expect(found.loss == 0 && found.gradient == [0])
    }
  }

  @Test func aHopelessLabelLosesTheDistanceOfItsLogit() {
    let found = Self.evaluate([1 << 30, -(1 << 30)], label: 1)
    // 2^31 units do not fit, so the largest that do.
    #expect(found.loss == Double(Int32.max) * Self.unit)
    #expect(found.gradient == [1, -1])
  }

  @Test func theGradientIsTheLossesSlope() {
    let seed: UInt64 = 603
    var random = SeededRandom(seed: seed)
    for _ in 0..<100 {
      let classes = Int.random(in: 2...10, using: &random)
      let logits = random.int32s(classes, magnitude: 5 << 20)
      let label = Int.random(in: 0..<classes, using: &random)
      let gradient = Self.evaluate(logits, label: label).gradient
      for c in 0..<classes {
        // A sixteenth of a nat: curvature is at most 1/4, its slope 0.1, so the chord is within 2^-4^2 / 6 · 0.1
        // = 2^-13 of the tangent; two losses within 3 · 2^-20 over 2^-3 add 2^-14.4.
        let h: Int32 = 1 << 16
        var up = logits
        var down = logits
        up[c] += h
        down[c] -= h
        let slope =
          (Self.evaluate(up, label: label).loss - Self.evaluate(down, label: label).loss) / (2 * Double(h) * Self.unit)
        #expect(abs(slope - gradient[c]) < 0x1p-12, "seed \(seed), \(logits), class \(c)")
      }
    }
  }

  @Test func exponentialsFallAndStayInRange() {
    var last = exponential(ofMinus: 0)
    #expect(last == 1 << 30)
    for x in stride(from: UInt32(0), to: 25 << 20, by: 4_099) {
      let power = exponential(ofMinus: x)
      // The pieces of the polynomial meet within their own error.
      #expect(power <= last + 8)
      #expect(abs(Double(power) * 0x1p-30 - exp(-Double(x) * Self.unit)) < 0x6p-30)
      last = power
    }
    #expect(exponential(ofMinus: .max) == 0 && exponential(ofMinus: 1 << 31) == 0)
  }

  @Test func logarithmsAreExactToAUnitAndHalfAUnitForEachDoubling() {
    let seed: UInt64 = 604
    var random = SeededRandom(seed: seed)
    for doublings: UInt64 in 0..<7 {
      for _ in 0..<250 {
        let sum = UInt64.random(in: 1 << (30 + doublings)..<1 << (31 + doublings), using: &random)
        let exact = log(Double(sum) * 0x1p-30)
        // One unit of truncation; ln 2 is rounded to a unit once for each doubling.
        let bound = (1 + Double(doublings) / 2) * Self.unit + 0x1p-24
        #expect(abs(Double(logarithm(of: sum)) * Self.unit - exact) < bound, "seed \(seed), \(sum)")
      }
    }
    #expect(logarithm(of: 1 << 30) == 0)
  }

  // MARK: Logits

  @Test func logitsMeetInOneScaleAndTheFirstLargestWins() {
    let seed: UInt64 = 605
    var random = SeededRandom(seed: seed)
    for classes in 1...50 {
      for round in 0..<8 {
        let sums = random.int32s(classes, magnitude: [1, 10, 100_000, .max][round % 4])
        let mantissas = sums.map { _ in round % 2 == 0 ? 1 << 30 : Int32.random(in: 1 << 30 ... .max, using: &random) }
        let shifts = sums.map { _ in round % 2 == 0 ? 31 : UInt8.random(in: 1...40, using: &random) }
        var logits = sums
        var best = -1
        do {
          var span = logits.mutableSpan
          best = scaleLogits(&span, mantissas: mantissas.span, shifts: shifts.span)
        }
        let limit: Int64 = 1 << 30
        let expected = sums.indices.map {
          min(max(IntegerReference.scaled(Int64(sums[$0]), mantissas[$0], shifts[$0]), -limit), limit)
        }
        #expect(logits.map(Int64.init) == expected, "seed \(seed)")
        #expect(best == expected.firstIndex(of: expected.max() ?? 0), "seed \(seed)")
      }
    }
  }
}
