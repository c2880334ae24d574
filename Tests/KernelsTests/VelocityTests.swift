@testable import Kernels
import Tensors
import Testing

@Suite struct VelocityTests {
  /// What is stored of one row.
  struct Row {
    var values: [Int8]
    var scale: RuntimeScale = .zero

    var real: [Double] { values.map { Double($0) * scale.value } }
  }

  /// One step: the new velocity before it is stored, and what is stored.
  static func step(
    _ row: Row, gradient: [Int32], scale: RuntimeScale, decay: RuntimeScale, seed: UInt64, stream: UInt64,
    firstIndex: UInt32 = 0
  ) -> (velocity: [Double], row: Row) {
    var values = gradient
    var stored = row.values
    let unit: RuntimeScale
    do {
      var span = values.mutableSpan
      unit = addVelocity(
        &span, gradientScale: scale, velocity: row.values.span, velocityScale: row.scale.multiplied(by: decay))
    }
    let storedScale: RuntimeScale
    let places: [Int32] = []
    do {
      var span = stored.mutableSpan
      storedScale = storeVelocity(
        values.span, unit: unit, random: CounterRandom(seed: seed, stream: stream), firstIndex: firstIndex,
        places: places.span, into: &span)
    }
    return (values.map { Double($0) * unit.value }, Row(values: stored, scale: storedScale))
  }

  static func scale(_ random: inout SeededRandom) -> RuntimeScale {
    RuntimeScale(
      mantissa: .random(in: 1 << 30 ... .max, using: &random), exponent: .random(in: -70 ... -50, using: &random))
  }

  @Test func theSumIsThatOfRealNumbers() {
    let seed: UInt64 = 601
    var random = SeededRandom(seed: seed)
    for round in 0..<3_000 {
      let count = [1, 2, 5, 33][round % 4]
      let magnitude: Int32 = [0, 1, 100, 1 << 20, .max][round % 5]
      let gradient = random.int32s(count, magnitude: magnitude)
      // The largest of a stored row is 127.
      let values = [round % 2 == 0 ? 127 : -127] + random.symmetric(count - 1)
      let row = Row(values: values, scale: round % 7 == 0 ? .zero : Self.scale(&random))
      let scale = Self.scale(&random)
      let decay = RuntimeScale([0, 0.5, 0.9, 0.99, 1][round % 5])
      let found = Self.step(row, gradient: gradient, scale: scale, decay: decay, seed: 1, stream: 2).velocity
      let exact = (0..<count).map { row.real[$0] * decay.value + Double(gradient[$0]) * scale.value }
      // Each term is rounded to a unit of which the larger has 2^22 or more.
      let terms = row.real.map { abs($0) * decay.value } + gradient.map { Double($0.magnitude) * scale.value }
      let largest = terms.max()!
      for i in 0..<count {
        #expect(abs(found[i] - exact[i]) <= largest * 0x1p-21 + largest * 0x1p-28, "seed \(seed), round \(round)")
      }
    }
  }

  @Test func theLargestBecomes127AndNothingLeavesTheRange() {
    let seed: UInt64 = 602
    var random = SeededRandom(seed: seed)
    for round in 0..<2_000 {
      let gradient = random.int32s(9, magnitude: [1, 77, 1 << 24, .max][round % 4])
      guard gradient.contains(where: { $0 != 0 }) else { continue }
      let row = Row(values: [Int8](repeating: 0, count: 9))
      let (velocity, stored) = Self.step(
        row, gradient: gradient, scale: Self.scale(&random), decay: RuntimeScale(0.9), seed: seed, stream: UInt64(round)
      )
      let largest = velocity.map(abs).max()!
      #expect(abs(stored.scale.value * 127 / largest - 1) < 6 * 0x1p-30)
      #expect(stored.values.map { abs(Int($0)) }.max()! >= 126, "seed \(seed)")
      for i in 0..<9 { #expect(abs(stored.real[i] - velocity[i]) < stored.scale.value * 1.000_001, "seed \(seed)") }
    }
  }

  @Test func aRowOfZerosIsZeroAndRestartsCleanly() {
    var row = Row(values: [0, 0, 0])
    for stream in 0..<3 as Range<UInt64> {
      let (velocity, next) = Self.step(
        row, gradient: [0, 0, 0], scale: .powerOfTwo(-20), decay: RuntimeScale(0.9), seed: 1, stream: stream)
      #expect(velocity == [0, 0, 0] && next.values == [0, 0, 0] && next.scale.isZero)
      row = next
    }
    let (velocity, next) = Self.step(
      row, gradient: [4, -2, 0], scale: .powerOfTwo(-20), decay: RuntimeScale(0.9), seed: 1, stream: 9)
    #expect(velocity == [4, -2, 0].map { $0 * 0x1p-20 })
    #expect(next.values[0] == 127 || next.values[0] == 126)
  }

  /// Momentum over 40 steps, against float64: the mean over many draws must be the float velocity, also of elements
  /// that lie below half a unit of the row's int8 values and would vanish if they were rounded to nearest.
  @Test(arguments: [0.5, 0.9, 1.0]) func theVelocityIsUnbiased(decay: Double) {
    let seed: UInt64 = 603
    var random = SeededRandom(seed: seed)
    let sizes: [Double] = [100_000, 30_000, 3_000, 300, -200, 100, 0]
    let steps = 40
    let draws = 1_500
    let gradients = (0..<steps).map { _ in
      sizes.map { Int32($0 * Double.random(in: 0.5...1.5, using: &random)) }
    }
    let scale = RuntimeScale(1e-6)
    var expected = [Double](repeating: 0, count: sizes.count)
    for gradient in gradients {
      for i in sizes.indices { expected[i] = decay * expected[i] + Double(gradient[i]) * scale.value }
    }
    var sums = [Double](repeating: 0, count: sizes.count)
    var squares = sums
    for draw in 0..<draws {
      var row = Row(values: [Int8](repeating: 0, count: sizes.count))
      for (t, gradient) in gradients.enumerated() {
        row =
          Self.step(
            row, gradient: gradient, scale: scale, decay: RuntimeScale(decay), seed: UInt64(draw), stream: UInt64(t)
          ).row
      }
      for i in sizes.indices {
        sums[i] += row.real[i]
        squares[i] += row.real[i] * row.real[i]
      }
    }
    for i in sizes.indices {
      let mean = sums[i] / Double(draws)
      let deviation = max(0, squares[i] / Double(draws) - mean * mean).squareRoot()
      // Four and a half standard deviations of the mean, and what the 22 bits of the sums lose.
      let bound = 4.5 * deviation / Double(draws).squareRoot() + abs(expected[0]) * 0x1p-18
      #expect(abs(mean - expected[i]) < bound, "element \(i): \(mean) for \(expected[i]), seed \(seed)")
    }
  }

  @Test func aParametersIndexDecidesItsBits() {
    // One element sets the scale of both rows.
    let gradient: [Int32] = [1_000, 11, 13, 17, 23, 29]
    let row = Row(values: [Int8](repeating: 0, count: 6))
    let whole = Self.step(
      row, gradient: gradient, scale: .powerOfTwo(-20), decay: .zero, seed: 5, stream: 6, firstIndex: 40
    ).row
    let tail = Self.step(
      Row(values: [0, 0, 0]), gradient: [17, 23, 1_000], scale: .powerOfTwo(-20), decay: .zero, seed: 5, stream: 6,
      firstIndex: 43
    ).row
    #expect(Array(tail.values.prefix(2)) == Array(whole.values[3...4]))
  }
}
