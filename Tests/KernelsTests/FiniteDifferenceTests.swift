@testable import Kernels
import Tensors
import Testing

/// Gradients of the int8 kernels against central differences of float64 layers written as their formulas.
///
/// The loss is `L = Σ g · y` for a given `g`. Every layer here is affine between its clamps, so a central
/// difference is exact but for float64 rounding; the kernels sum integers exactly. The tolerance of 1e-6 of the
/// largest gradient is what cancellation in `L` leaves of float64's 53 bits, with three orders of room.
@Suite struct FiniteDifferenceTests {
  static let tolerance = 1e-6

  /// Real numbers behind the integers of one layer.
  struct Layer {
    var geometry: ConvolutionGeometry
    var depthwise: Bool
    var inputZeroPoint: Int32
    var inputScale: Double
    var outputScale: Double
    var weightScales: [Double]
    var low: Double
    var high: Double

    /// The real output before any rounding, clamped where `clamps`.
    func forward(_ x: [Double], _ w: [Double], _ b: [Double], clamps: Bool = true) -> [Double] {
      let g = geometry
      var y: [Double] = []
      for t in 0..<g.outputLength {
        for o in 0..<g.outputChannels {
          var sum = b[o]
          for k in 0..<g.kernel {
            let s = t * g.stride + k - g.padding
            guard (0..<g.inputLength).contains(s) else { continue }
            if depthwise {
              sum += w[k * g.inputChannels + o] * x[s * g.inputChannels + o]
            } else {
              for i in 0..<g.inputChannels {
                sum += w[(o * g.kernel + k) * g.inputChannels + i] * x[s * g.inputChannels + i]
              }
            }
          }
          y.append(clamps ? min(max(sum, low), high) : sum)
        }
      }
      return y
    }

    func channel(ofWeight index: Int) -> Int {
      depthwise ? index % geometry.inputChannels : index / geometry.patchCount
    }
  }

  /// Slopes of a function along each element, by central differences.
  static func slopes(_ values: [Double], h: Double, _ loss: ([Double]) -> Double) -> [Double] {
    values.indices.map { i in
      var up = values
      var down = values
      up[i] += h
      down[i] -= h
      return (loss(up) - loss(down)) / (2 * h)
    }
  }

  static func expectEqual(_ found: [Double], _ expected: [Double], _ what: String) {
    let largest = max(1e-12, expected.map(abs).max() ?? 0)
    #expect(found.count == expected.count)
    for i in expected.indices {
      #expect(abs(found[i] - expected[i]) <= tolerance * largest, "\(what), element \(i)")
    }
  }

  @Test(arguments: [false, true], zeroPoints)
  func convolutionGradientsAreSlopes(depthwise: Bool, zeroPoint: Int32) {
    let seed = UInt64(700 + Int(zeroPoint) + (depthwise ? 1_000 : 0))
    var random = SeededRandom(seed: seed)
    var clampedElements = 0
    for (length, kernel, stride, padding) in [
      (7, 3, 1, 1), (9, 5, 2, 2), (5, 1, 1, 0), (8, 4, 3, 0), (9, 3, 2, 0), (4, 5, 1, 4),
    ] {
      for channels in [1, 2, 3] {
        let g = Geometries.geometry((length, kernel, stride, padding), channels, depthwise ? channels : channels + 1)
        let weightCount = depthwise ? g.kernel * channels : g.outputChannels * g.patchCount
        let layer = Layer(
          geometry: g, depthwise: depthwise, inputZeroPoint: zeroPoint, inputScale: 0.037, outputScale: 0.05,
          weightScales: (0..<g.outputChannels).map { 0.003 * Double($0 + 1) }, low: 0, high: 3)
        let x = random.int8s(g.inputCount)
        let w = random.symmetric(weightCount)
        let b = random.int32s(g.outputChannels, magnitude: 3_000)

        let realX = x.map { layer.inputScale * Double(Int32($0) - zeroPoint) }
        let realW = w.indices.map { Double(w[$0]) * layer.weightScales[layer.channel(ofWeight: $0)] }
        let realB = b.indices.map { Double(b[$0]) * layer.inputScale * layer.weightScales[$0] }
        let free = layer.forward(realX, realW, realB, clamps: false)

        // The kernel's mask agrees with the real clamp away from the limits by more than a rounding.
        let factors = layer.weightScales.map { FixedPointMultiplier(layer.inputScale * $0 / layer.outputScale) }
        let output = KernelCalls.convolution(
          x, zeroPoint: zeroPoint, weights: w, bias: b, mantissas: factors.map(\.mantissa),
          shifts: factors.map(\.shift),
          g, range: OutputRange(zeroPoint: -100, low: -100, high: -40), masked: true, depthwise: depthwise)
        let isClamped = free.map { $0 < layer.low || $0 > layer.high }
        for i in free.indices where abs(free[i] - layer.low) > 0.051 && abs(free[i] - layer.high) > 0.051 {
          #expect((output.mask[i / 8] >> UInt8(i % 8) & 1 == 1) == isClamped[i], "seed \(seed), \(g)")
        }
        // Elements too near a limit for a difference to stay on one side take no part in the loss.
        let error = random.symmetric(g.outputCount)
        let taking = free.map { abs($0 - layer.low) > 1e-3 && abs($0 - layer.high) > 1e-3 }
        clampedElements += isClamped.count { $0 }

        // The kernels' errors: `g · sw[o]`, 0 where clamped. Here `g` is such that the folding is exact.
        let gradient = error.indices.map {
          taking[$0] ? Double(error[$0]) / layer.weightScales[$0 % g.outputChannels] : 0
        }
        let folded = error.indices.map { taking[$0] && !isClamped[$0] ? error[$0] : 0 }
        func loss(_ y: [Double]) -> Double { zip(gradient, y).reduce(0) { $0 + $1.0 * $1.1 } }

        let h = 1e-5
        let slopesX = Self.slopes(realX, h: h) { loss(layer.forward($0, realW, realB)) }
        Self.expectEqual(
          KernelCalls.inputGradient(folded, weights: w, g, depthwise: depthwise).map { Double($0) }, slopesX,
          "input, seed \(seed), \(g)")
        // With respect to the stored integers: error scale (1) times input scale times the sum.
        let slopesW = Self.slopes(realW, h: h) { loss(layer.forward(realX, $0, realB)) }
        Self.expectEqual(
          KernelCalls.weightGradient(folded, input: x, zeroPoint: zeroPoint, g, depthwise: depthwise).map {
            Double($0) * layer.inputScale
          },
          slopesW.indices.map { slopesW[$0] * layer.weightScales[layer.channel(ofWeight: $0)] },
          "weights, seed \(seed), \(g)")
        let slopesB = Self.slopes(realB, h: h) { loss(layer.forward(realX, realW, $0)) }
        Self.expectEqual(
          (0..<g.outputChannels).map {
            Double(errorSum(ofChannel: $0, errors: folded.span, length: g.outputLength, channels: g.outputChannels))
              * layer.inputScale
          },
          slopesB.indices.map { slopesB[$0] * layer.inputScale * layer.weightScales[$0] }, "bias, seed \(seed), \(g)")

        // A weight that only clamped outputs see has exactly no gradient.
        for o in 0..<g.outputChannels
        where (0..<g.outputLength).allSatisfy({ isClamped[$0 * g.outputChannels + o] }) && !depthwise {
          let row = KernelCalls.weightGradient(folded, input: x, zeroPoint: zeroPoint, g)
          #expect(row[o * g.patchCount..<(o + 1) * g.patchCount].allSatisfy { $0 == 0 })
        }
      }
    }
    #expect(clampedElements > 20, "clamping is exercised")
  }

  @Test func averagePoolGradientIsItsSlope() {
    let seed: UInt64 = 702
    var random = SeededRandom(seed: seed)
    for g in Geometries.pools where g.inputCount <= 64 {
      let x = (0..<g.inputCount).map { _ in Double.random(in: -1...1, using: &random) }
      let e = random.int32s(g.outputCount, magnitude: 1_000)
      func forward(_ x: [Double]) -> Double {
        var sum = 0.0
        for t in 0..<g.outputLength {
          for c in 0..<g.inputChannels {
            let window = (0..<g.kernel).map { x[(t * g.stride + $0) * g.inputChannels + c] }
            sum += Double(e[t * g.inputChannels + c]) * window.reduce(0, +) / Double(g.kernel)
          }
        }
        return sum
      }
      let found = (0..<g.inputLength).flatMap { frame in
        KernelCalls.frame(g.inputChannels) {
          averagePoolInputGradientFrame(frame, outputGradient: e.span, geometry: g, gradient: &$0)
        }
      }
      Self.expectEqual(
        found.map { Double($0) / Double(g.kernel) }, Self.slopes(x, h: 1e-4, forward), "seed \(seed), \(g)")
    }
  }

  @Test func maximumPoolGradientIsItsSlopeAwayFromTies() {
    let seed: UInt64 = 703
    var random = SeededRandom(seed: seed)
    for g in Geometries.pools where g.inputCount <= 64 {
      // Distinct integers, so a difference of less than half changes no winner.
      let x = Array(Int8(-60)...60).shuffled(using: &random).prefix(g.inputCount)
      let e = random.int32s(g.outputCount, magnitude: 1_000)
      var output = [Int8](repeating: 0, count: g.outputCount)
      var winners = [UInt8](repeating: 0, count: g.outputCount)
      do {
        var outputSpan = output.mutableSpan
        var winnerSpan = winners.mutableSpan
        maxPoolInt8(input: Array(x).span, geometry: g, output: &outputSpan, winners: &winnerSpan)
      }
      func forward(_ x: [Double]) -> Double {
        var sum = 0.0
        for t in 0..<g.outputLength {
          for c in 0..<g.inputChannels {
            let largest = (0..<g.kernel).map { x[(t * g.stride + $0) * g.inputChannels + c] }.max() ?? 0
            sum += Double(e[t * g.inputChannels + c]) * largest
          }
        }
        return sum
      }
      let found = (0..<g.inputLength).flatMap { frame in
        KernelCalls.frame(g.inputChannels) {
          maxPoolInputGradientFrame(frame, outputGradient: e.span, winners: winners.span, geometry: g, gradient: &$0)
        }
      }
      Self.expectEqual(found.map(Double.init), Self.slopes(x.map(Double.init), h: 1e-3, forward), "seed \(seed), \(g)")
    }
  }

  @Test func aResidualJoinSendsItsGradientToBothSides() {
    // L = Σ g · clamp(a + b), through the mask of the forward kernel and the quantized error of the join.
    let seed: UInt64 = 704
    var random = SeededRandom(seed: seed)
    for count in [1, 5, 16, 33] {
      let a = random.int8s(count)
      let b = random.int8s(count)
      let (sa, sb, sy, za, zb) = (0.02, 0.05, 0.03, Int32(-128), Int32(5))
      let unit = Double(1 << 29)
      let factors = ResidualAddFactors(
        leftZeroPoint: za, rightZeroPoint: zb, left: Int32((sa / sy * unit).rounded()),
        right: Int32((sb / sy * unit).rounded()), shift: 29)
      let range = OutputRange(zeroPoint: 5, low: 5, high: 127)
      var output = [Int8](repeating: 0, count: count)
      var mask = [UInt8](repeating: 0, count: (count + 7) / 8)
      do {
        var outputSpan = output.mutableSpan
        var maskSpan = mask.mutableSpan
        residualAddInt8(
          left: a.span, right: b.span, factors: factors, range: range, output: &outputSpan, clamped: &maskSpan)
      }
      let left = a.map { sa * Double(Int32($0) - za) }
      let right = b.map { sb * Double(Int32($0) - zb) }
      let sums = zip(left, right).map { $0 + $1 }
      let highest = sy * 122
      // Within one rounding of a limit the integer and the real clamp may differ.
      let e = sums.map { abs($0) > sy && abs($0 - highest) > sy ? Int32.random(in: -1_000...1_000, using: &random) : 0 }
      func loss(_ l: [Double], _ r: [Double]) -> Double {
        e.indices.reduce(0) { $0 + Double(e[$1]) * min(max(l[$1] + r[$1], 0), highest) }
      }
      let slopesLeft = Self.slopes(left, h: 1e-4) { loss($0, right) }
      let slopesRight = Self.slopes(right, h: 1e-4) { loss(left, $0) }
      let quantized = GradientQuantizationTests.quantize(
        e, channels: count, factors: [], factorExponent: 0, unit: .powerOfTwo(0), mask: mask)
      let largest = slopesLeft.map(abs).max() ?? 0
      for i in 0..<count {
        let real = Double(quantized.errors[i]) * quantized.scale.value
        // Int8 errors are within half a 127th of the largest.
        #expect(abs(real - slopesLeft[i]) <= largest / 253, "seed \(seed)")
        #expect(abs(real - slopesRight[i]) <= largest / 253, "seed \(seed)")
        if sums[i] < -sy || sums[i] > highest + sy {
          #expect(quantized.errors[i] == 0, "a clamped element passes nothing")
        }
      }
    }
  }
}
