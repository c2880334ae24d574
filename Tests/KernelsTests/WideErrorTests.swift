@testable import Kernels
import Tensors
import Testing

/// Gradients of errors wider than int8.
@Suite struct WideErrorTests {
  /// The kernels of one element type.
  struct Width: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let limit: Int64
    let inputGradient: @Sendable ([Int64], [Int8], ConvolutionGeometry, Bool) -> [Int32]
    let weightGradient: @Sendable ([Int64], [Int8], Int32, ConvolutionGeometry, Bool) -> [Int32]
    let sum: @Sendable ([Int64], Int, Int, Int) -> Int32
  }

  static let widths = [
    Width(
      testDescription: "int16", limit: 32_767,
      inputGradient: { e, w, g, depthwise in
        let e = e.map { Int16($0) }
        return frames(g.inputLength, g.inputChannels) { frame, span in
          if depthwise {
            depthwiseInputGradientFrame(frame, errors: e.span, weights: w.span, geometry: g, gradient: &span)
          } else {
            convolutionInputGradientFrame(frame, errors: e.span, weights: w.span, geometry: g, gradient: &span)
          }
        }
      },
      weightGradient: { e, x, zero, g, depthwise in
        let e = e.map { Int16($0) }
        return frames(depthwise ? g.kernel : g.outputChannels, depthwise ? g.inputChannels : g.patchCount) {
          row, span in
          if depthwise {
            depthwiseWeightGradientTap(
              row, errors: e.span, input: x.span, inputZeroPoint: zero, geometry: g, gradient: &span)
          } else {
            convolutionWeightGradientChannel(
              row, errors: e.span, input: x.span, inputZeroPoint: zero, geometry: g, gradient: &span)
          }
        }
      },
      sum: { e, c, length, channels in
        errorSum(ofChannel: c, errors: e.map { Int16($0) }.span, length: length, channels: channels)
      }),
    Width(
      testDescription: "int32", limit: (1 << 24) - 1,
      inputGradient: { e, w, g, depthwise in
        let e = e.map { Int32($0) }
        return frames(g.inputLength, g.inputChannels) { frame, span in
          if depthwise {
            depthwiseInputGradientFrame(frame, errors: e.span, weights: w.span, geometry: g, gradient: &span)
          } else {
            convolutionInputGradientFrame(frame, errors: e.span, weights: w.span, geometry: g, gradient: &span)
          }
        }
      },
      weightGradient: { e, x, zero, g, depthwise in
        let e = e.map { Int32($0) }
        return frames(depthwise ? g.kernel : g.outputChannels, depthwise ? g.inputChannels : g.patchCount) {
          row, span in
          if depthwise {
            depthwiseWeightGradientTap(
              row, errors: e.span, input: x.span, inputZeroPoint: zero, geometry: g, gradient: &span)
          } else {
            convolutionWeightGradientChannel(
              row, errors: e.span, input: x.span, inputZeroPoint: zero, geometry: g, gradient: &span)
          }
        }
      },
      sum: { e, c, length, channels in
        errorSum(ofChannel: c, errors: e.map { Int32($0) }.span, length: length, channels: channels)
      }),
  ]

  static func frames(_ count: Int, _ width: Int, _ body: (Int, inout MutableSpan<Int32>) -> Void) -> [Int32] {
    (0..<count).flatMap { i in KernelCalls.frame(width) { body(i, &$0) } }
  }

  /// Errors of which many are zero, at most as large as every sum over so many products of 127 and 255 allows.
  private func errors(
    _ count: Int, _ width: Width, _ g: ConvolutionGeometry, _ random: inout SeededRandom, depthwise: Bool = false
  ) -> [Int64] {
    let taps = (g.kernel + g.stride - 1) / g.stride
    let products = max(taps * (depthwise ? 1 : g.outputChannels) * 127, g.outputLength * 255)
    let limit = min(width.limit, Int64(Int32.max) / Int64(products))
    return (0..<count).map { _ in
      switch Int.random(in: 0..<4, using: &random) {
      case 0: 0
      case 1: Bool.random(using: &random) ? limit : -limit
      default: Int64.random(in: -limit...limit, using: &random)
      }
    }
  }

  @Test(arguments: widths) func inputGradientsEqualTheirFormula(_ width: Width) {
    let seed: UInt64 = 161
    var random = SeededRandom(seed: seed)
    for g in Geometries.convolutions {
      let e = errors(g.outputCount, width, g, &random)
      let w = random.symmetric(g.outputChannels * g.patchCount)
      #expect(
        width.inputGradient(e, w, g, false).map(Int64.init) == IntegerReference.inputGradient(e, weights: w, g),
        "seed \(seed), \(g)")
    }
    for g in Geometries.depthwise {
      let e = errors(g.outputCount, width, g, &random, depthwise: true)
      let w = random.symmetric(g.kernel * g.inputChannels)
      #expect(
        width.inputGradient(e, w, g, true).map(Int64.init)
          == IntegerReference.depthwiseInputGradient(e, weights: w, g), "seed \(seed), \(g)")
    }
  }

  @Test(arguments: widths) func weightGradientsEqualTheirFormula(_ width: Width) {
    let seed: UInt64 = 171
    var random = SeededRandom(seed: seed)
    for (g, depthwise) in Geometries.convolutions.map({ ($0, false) }) + Geometries.depthwise.map({ ($0, true) }) {
      let e = errors(g.outputCount, width, g, &random, depthwise: depthwise)
      let x = random.int8s(g.inputCount)
      let zero = random.zeroPoint()
      #expect(
        width.weightGradient(e, x, zero, g, depthwise).map(Int64.init)
          == (depthwise
            ? IntegerReference.depthwiseWeightGradient(e, input: x, zeroPoint: zero, g)
            : IntegerReference.weightGradient(e, input: x, zeroPoint: zero, g)),
        "seed \(seed), \(g), zero point \(zero)")
      for c in 0..<g.outputChannels {
        let expected = (0..<g.outputLength).reduce(Int64(0)) { $0 + e[$1 * g.outputChannels + c] }
        #expect(Int64(width.sum(e, c, g.outputLength, g.outputChannels)) == expected, "seed \(seed)")
      }
    }
  }
}
