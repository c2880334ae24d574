@testable import Kernels
import Tensors
import Testing

@Suite struct PoolingTests {
  private func average(_ x: [Int8], zeroPoint: Int32, factor: FixedPointMultiplier, _ g: ConvolutionGeometry) -> [Int8]
  {
    var output = [Int8](repeating: 99, count: g.outputCount)
    do {
      var span = output.mutableSpan
      averagePoolInt8(input: x.span, zeroPoint: zeroPoint, factor: factor, geometry: g, output: &span)
    }
    return output
  }

  private func maximum(_ x: [Int8], _ g: ConvolutionGeometry, winners: Bool) -> (values: [Int8], winners: [UInt8]) {
    var output = [Int8](repeating: 99, count: g.outputCount)
    var taps = [UInt8](repeating: 0xEE, count: winners ? g.outputCount : 0)
    do {
      var span = output.mutableSpan
      var tapSpan = taps.mutableSpan
      maxPoolInt8(input: x.span, geometry: g, output: &span, winners: &tapSpan)
    }
    return (output, taps)
  }

  @Test func averagesEqualTheirFormula() {
    let seed: UInt64 = 301
    var random = SeededRandom(seed: seed)
    for g in Geometries.pools {
      let x = random.int8s(g.inputCount)
      let factor = FixedPointMultiplier(1 / Double(g.kernel))
      for zero in zeroPoints {
        let found = average(x, zeroPoint: zero, factor: factor, g)
        for t in 0..<g.outputLength {
          for c in 0..<g.inputChannels {
            let sum = (0..<g.kernel).reduce(Int64(0)) {
              $0 + Int64(x[(t * g.stride + $1) * g.inputChannels + c]) - Int64(zero)
            }
            let expected = Int64(zero) + IntegerReference.scaled(sum, factor.mantissa, factor.shift)
            #expect(Int64(found[t * g.inputChannels + c]) == expected, "seed \(seed), \(g)")
            // The factor is within 2^-31 of 1 / kernel, so only a tie can fall on the other side.
            let real = Double(sum) / Double(g.kernel) + Double(zero)
            #expect(abs(Double(found[t * g.inputChannels + c]) - real) <= 0.5, "seed \(seed), \(g)")
          }
        }
      }
    }
  }

  @Test func aConstantIsItsOwnAverage() {
    for kernel in 1...130 {
      let g = Geometries.geometry((kernel, kernel, 1, 0), 1, 1)
      let factor = FixedPointMultiplier(1 / Double(kernel))
      for value: Int8 in [-128, -127, -1, 0, 1, 126, 127] {
        for zero in zeroPoints {
          #expect(average([Int8](repeating: value, count: kernel), zeroPoint: zero, factor: factor, g) == [value])
        }
      }
    }
  }

  @Test func maximaAreTheLargestAndTheFirstOfEqualsWins() {
    let seed: UInt64 = 311
    var random = SeededRandom(seed: seed)
    for g in Geometries.pools {
      let x = random.int8s(g.inputCount)
      let found = maximum(x, g, winners: true)
      for t in 0..<g.outputLength {
        for c in 0..<g.inputChannels {
          let window = (0..<g.kernel).map { x[(t * g.stride + $0) * g.inputChannels + c] }
          let largest = window.max()
          #expect(found.values[t * g.inputChannels + c] == largest, "seed \(seed), \(g)")
          #expect(
            Int(found.winners[t * g.inputChannels + c]) == window.firstIndex { $0 == largest }, "seed \(seed), \(g)")
        }
      }
      #expect(maximum(x, g, winners: false).values == found.values)
    }
  }

  @Test func taps256AreNumberedAndLongerWindowsHaveNoWinners() async {
    let rising = (0..<300).map { Int8(truncatingIfNeeded: $0 / 3) }
    let found = maximum(Array(rising.prefix(256)), Geometries.geometry((256, 256, 1, 0), 1, 1), winners: true)
    #expect(found.values == [85] && found.winners == [255])
    #expect(maximum(rising, Geometries.geometry((300, 300, 1, 0), 1, 1), winners: false).values == [99])
    await #expect(processExitsWith: .failure) {
      _ = PoolingTests().maximum(
        [Int8](repeating: 0, count: 300), Geometries.geometry((300, 300, 1, 0), 1, 1), winners: true)
    }
  }

  @Test func averageGradientReachesEveryFrameOfItsWindow() {
    let seed: UInt64 = 321
    var random = SeededRandom(seed: seed)
    for g in Geometries.pools {
      let e = random.int32s(g.outputCount, magnitude: 1 << 24)
      var expected = [Int64](repeating: 0, count: g.inputCount)
      for t in 0..<g.outputLength {
        for k in 0..<g.kernel {
          for c in 0..<g.inputChannels {
            expected[(t * g.stride + k) * g.inputChannels + c] += Int64(e[t * g.inputChannels + c])
          }
        }
      }
      let found = (0..<g.inputLength).flatMap { frame in
        KernelCalls.frame(g.inputChannels) {
          averagePoolInputGradientFrame(frame, outputGradient: e.span, geometry: g, gradient: &$0)
        }
      }
      #expect(found.map(Int64.init) == expected, "seed \(seed), \(g)")
    }
  }

  @Test func maximumGradientReachesTheWinnerOnly() {
    let seed: UInt64 = 331
    var random = SeededRandom(seed: seed)
    for g in Geometries.pools {
      let x = random.int8s(g.inputCount)
      let winners = maximum(x, g, winners: true).winners
      let e = random.int32s(g.outputCount, magnitude: 1 << 24)
      var expected = [Int64](repeating: 0, count: g.inputCount)
      for t in 0..<g.outputLength {
        for c in 0..<g.inputChannels {
          let window = (0..<g.kernel).map { x[(t * g.stride + $0) * g.inputChannels + c] }
          let winner = window.firstIndex(of: window.max() ?? 0) ?? 0
          expected[(t * g.stride + winner) * g.inputChannels + c] += Int64(e[t * g.inputChannels + c])
        }
      }
      let found = (0..<g.inputLength).flatMap { frame in
        KernelCalls.frame(g.inputChannels) {
          maxPoolInputGradientFrame(
            frame, outputGradient: e.span, winners: winners.span, geometry: g, gradient: &$0)
        }
      }
      #expect(found.map(Int64.init) == expected, "seed \(seed), \(g)")
    }
  }
}
