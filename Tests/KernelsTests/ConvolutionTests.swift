@testable import Kernels
import Tensors
import Testing

@Suite struct ConvolutionTests {
  /// Random operands of one convolution, with factors that bring its sums near the int8 range.
  struct Operands {
    let x: [Int8]
    let zeroPoint: Int32
    let weights: [Int8]
    let bias: [Int32]
    let mantissas: [Int32]
    let shifts: [UInt8]
    let range: OutputRange

    init(_ g: ConvolutionGeometry, weightCount: Int, random: inout SeededRandom) {
      x = random.int8s(g.inputCount)
      zeroPoint = random.zeroPoint()
      weights = random.symmetric(weightCount)
      bias = random.int32s(g.outputChannels, magnitude: Bool.random(using: &random) ? 20_000 : 0)
      mantissas = (0..<g.outputChannels).map { _ in Int32.random(in: 1 << 30 ... .max, using: &random) }
      shifts = (0..<g.outputChannels).map { _ in UInt8.random(in: 34...42, using: &random) }
      let zero = random.zeroPoint()
      range =
        [
          OutputRange(zeroPoint: zero, low: -128, high: 127), OutputRange(zeroPoint: zero, low: zero, high: 127),
          OutputRange(zeroPoint: zero, low: zero, high: min(127, zero + 40)),
        ].randomElement(using: &random) ?? OutputRange(zeroPoint: 0, low: -128, high: 127)
    }
  }

  @Test(arguments: [UInt64(101), 102, 103]) func convolutionEqualsItsFormula(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    var clampedElements = 0
    for g in Geometries.convolutions {
      let c = Operands(g, weightCount: g.outputChannels * g.patchCount, random: &random)
      let sums = IntegerReference.convolutionSums(c.x, zeroPoint: c.zeroPoint, weights: c.weights, bias: c.bias, g)
      let expected = IntegerReference.requantized(sums, mantissas: c.mantissas, shifts: c.shifts, range: c.range)
      clampedElements += expected.clamped.count { $0 }
      for masked in [true, false] {
        let found = KernelCalls.convolution(
          c.x, zeroPoint: c.zeroPoint, weights: c.weights, bias: c.bias, mantissas: c.mantissas, shifts: c.shifts, g,
          range: c.range, masked: masked)
        #expect(found.values == expected.values, "seed \(seed), \(g)")
        #expect(found.mask == (masked ? IntegerReference.bytes(of: expected.clamped) : []), "seed \(seed), \(g)")
      }
    }
    #expect(clampedElements > 1_000, "the limits are exercised")
  }

  @Test(arguments: [UInt64(111), 112]) func depthwiseConvolutionEqualsItsFormula(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    for g in Geometries.depthwise {
      let c = Operands(g, weightCount: g.kernel * g.inputChannels, random: &random)
      let sums = IntegerReference.depthwiseSums(c.x, zeroPoint: c.zeroPoint, weights: c.weights, bias: c.bias, g)
      let expected = IntegerReference.requantized(sums, mantissas: c.mantissas, shifts: c.shifts, range: c.range)
      for masked in [true, false] {
        let found = KernelCalls.convolution(
          c.x, zeroPoint: c.zeroPoint, weights: c.weights, bias: c.bias, mantissas: c.mantissas, shifts: c.shifts, g,
          range: c.range, masked: masked, depthwise: true)
        #expect(found.values == expected.values, "seed \(seed), \(g)")
        #expect(found.mask == (masked ? IntegerReference.bytes(of: expected.clamped) : []), "seed \(seed), \(g)")
      }
    }
  }

  @Test func sumsOfTheLastLayerEqualTheirFormula() {
    let seed: UInt64 = 121
    var random = SeededRandom(seed: seed)
    for length in 1...9 {
      for inputs in [1, 2, 3, 5, 31, 33] {
        for outputs in [1, 2, 3, 4, 5, 7, 50] {
          let g = Geometries.geometry((length, length, 1, 0), inputs, outputs)
          let x = random.int8s(g.inputCount)
          let zero = random.zeroPoint()
          let w = random.symmetric(outputs * g.patchCount)
          let b = random.int32s(outputs, magnitude: 1 << 30)
          let expected = IntegerReference.convolutionSums(x, zeroPoint: zero, weights: w, bias: b, g)
          let found = KernelCalls.sums(x, zeroPoint: zero, weights: w, bias: b, g)
          #expect(found.map(Int64.init) == expected, "seed \(seed), \(g)")
        }
      }
    }
  }

  @Test func theLargestPossibleSumIsExact() {
    // Bias at its limit and every product at its largest: the sum is the last that int32 holds.
    let g = Geometries.geometry((64, 64, 1, 0), 31, 1)
    let limit = Int32.max - Int32(g.patchCount * 127 * 255)
    for (x, zero, sign) in [(Int8(127), Int32(-128), Int32(1)), (-128, 127, -1)] {
      let found = KernelCalls.sums(
        [Int8](repeating: x, count: g.inputCount), zeroPoint: zero,
        weights: [Int8](repeating: 127, count: g.patchCount),
        bias: [sign * limit], g)
      #expect(found == [sign * .max])
    }
  }

  @Test(arguments: [UInt64(131), 132]) func inputGradientEqualsItsFormula(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    for g in Geometries.convolutions {
      let e = random.errors(g.outputCount)
      let w = random.symmetric(g.outputChannels * g.patchCount)
      #expect(
        KernelCalls.inputGradient(e, weights: w, g).map(Int64.init) == IntegerReference.inputGradient(e, weights: w, g),
        "seed \(seed), \(g)")
    }
    for g in Geometries.depthwise {
      let e = random.errors(g.outputCount)
      let w = random.symmetric(g.kernel * g.inputChannels)
      #expect(
        KernelCalls.inputGradient(e, weights: w, g, depthwise: true).map(Int64.init)
          == IntegerReference.depthwiseInputGradient(e, weights: w, g), "seed \(seed), \(g)")
    }
  }

  @Test(arguments: [UInt64(141), 142]) func weightGradientEqualsItsFormula(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    for g in Geometries.convolutions {
      let e = random.errors(g.outputCount)
      let x = random.int8s(g.inputCount)
      let zero = random.zeroPoint()
      #expect(
        KernelCalls.weightGradient(e, input: x, zeroPoint: zero, g).map(Int64.init)
          == IntegerReference.weightGradient(e, input: x, zeroPoint: zero, g), "seed \(seed), \(g), zero point \(zero)")
    }
    for g in Geometries.depthwise {
      let e = random.errors(g.outputCount)
      let x = random.int8s(g.inputCount)
      let zero = random.zeroPoint()
      #expect(
        KernelCalls.weightGradient(e, input: x, zeroPoint: zero, g, depthwise: true).map(Int64.init)
          == IntegerReference.depthwiseWeightGradient(e, input: x, zeroPoint: zero, g),
        "seed \(seed), \(g), zero point \(zero)")
    }
  }

  @Test func gradientsOfExtremesDoNotWrapInt16() {
    // Two frames, or two channels, share one int16 sum of products.
    for (e, x): (Int8, Int8) in [(-127, -128), (127, -128), (-127, 127), (127, 127)] {
      let g = Geometries.geometry((8, 3, 1, 1), 3, 4)
      let errors = [Int8](repeating: e, count: g.outputCount)
      let input = [Int8](repeating: x, count: g.inputCount)
      let weights = [Int8](repeating: max(-127, x), count: g.outputChannels * g.patchCount)
      #expect(
        KernelCalls.weightGradient(errors, input: input, zeroPoint: 127, g).map(Int64.init)
          == IntegerReference.weightGradient(errors, input: input, zeroPoint: 127, g))
      #expect(
        KernelCalls.inputGradient(errors, weights: weights, g).map(Int64.init)
          == IntegerReference.inputGradient(errors, weights: weights, g))
      let d = Geometries.geometry((8, 3, 1, 1), 3, 3)
      #expect(
        KernelCalls.weightGradient(
          Array(errors.prefix(d.outputCount)), input: input, zeroPoint: 127, d, depthwise: true
        ).map(Int64.init)
          == IntegerReference.depthwiseWeightGradient(
            Array(errors.prefix(d.outputCount)), input: input, zeroPoint: 127, d))
    }
  }

  @Test func errorSumsAddEveryFrameOfAChannel() {
    let seed: UInt64 = 151
    var random = SeededRandom(seed: seed)
    for length in 1...9 {
      for channels in [1, 2, 3, 5, 31] {
        let e = random.symmetric(length * channels)
        for c in 0..<channels {
          let expected = (0..<length).reduce(Int64(0)) { $0 + Int64(e[$1 * channels + c]) }
          #expect(
            Int64(errorSum(ofChannel: c, errors: e.span, length: length, channels: channels)) == expected,
            "seed \(seed)")
        }
      }
    }
  }
}
