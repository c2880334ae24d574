@testable import Kernels
import Tensors
import Testing

/// Weights in two places, and gradients over some channels, against the kernels of whole tensors.
@Suite struct SplitWeightsTests {
  /// Every way to cut the input channels in two, of geometries with at least two of them.
  private static func cuts(_ geometries: [ConvolutionGeometry]) -> [(ConvolutionGeometry, Int)] {
    geometries.flatMap { g in
      (1..<max(1, g.inputChannels)).filter { $0 < 5 || $0 == g.inputChannels - 1 || $0 == 16 }.map { (g, $0) }
    }
  }

  /// The columns of a `[…][channels]` tensor.
  private static func columns<Element>(_ tensor: [Element], _ chosen: Range<Int>, of channels: Int) -> [Element] {
    tensor.indices.filter { chosen.contains($0 % channels) }.map { tensor[$0] }
  }

  /// Int32 sums of both parts are exact, so not a bit may differ.
  @Test(arguments: [UInt64(701), 702]) func splitConvolutionsEqualWholeOnes(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    for depthwise in [false, true] {
      for (g, updated) in Self.cuts(depthwise ? Geometries.depthwise : Geometries.convolutions) {
        let channels = g.inputChannels
        let c = ConvolutionTests.Operands(
          g, weightCount: (depthwise ? 1 : g.outputChannels) * g.patchCount, random: &random)
        let whole = KernelCalls.convolution(
          c.x, zeroPoint: c.zeroPoint, weights: c.weights, bias: c.bias, mantissas: c.mantissas, shifts: c.shifts, g,
          range: c.range, masked: true, depthwise: depthwise)
        let first = Self.columns(c.weights, 0..<updated, of: channels)
        let rest = Self.columns(c.weights, updated..<channels, of: channels)
        let split = Self.split(c, g, first, rest, updated, depthwise: depthwise)
        #expect(split == whole, "seed \(seed), \(g), \(updated) channels, depthwise \(depthwise)")
        guard !depthwise && g.outputLength == 1 else { continue }
        let sums = KernelCalls.frame(g.outputChannels) { span in
          splitConvolutionSumsInt8(
            input: c.x.span, inputZeroPoint: c.zeroPoint, updated: first.span, frozen: rest.span,
            updatedChannels: updated, bias: c.bias.span, geometry: g, output: &span)
        }
        #expect(sums == KernelCalls.sums(c.x, zeroPoint: c.zeroPoint, weights: c.weights, bias: c.bias, g))
      }
    }
  }

  private static func split(
    _ c: ConvolutionTests.Operands, _ g: ConvolutionGeometry, _ updated: [Int8], _ frozen: [Int8], _ count: Int,
    depthwise: Bool
  ) -> KernelCalls.Activations {
    var sums = [Int32](repeating: 77, count: g.outputChannels)
    var values = [Int8](repeating: 99, count: g.outputCount)
    var mask = [UInt8](repeating: 0xFF, count: (g.outputCount + 7) / 8)
    do {
      var sumsSpan = sums.mutableSpan
      var valuesSpan = values.mutableSpan
      var maskSpan = mask.mutableSpan
      if depthwise {
        splitDepthwiseConvolutionInt8(
          input: c.x.span, inputZeroPoint: c.zeroPoint, updated: updated.span, frozen: frozen.span,
          updatedChannels: count, bias: c.bias.span, mantissas: c.mantissas.span, shifts: c.shifts.span, geometry: g,
          range: c.range, sums: &sumsSpan, output: &valuesSpan, clamped: &maskSpan)
      } else {
        splitConvolutionInt8(
          input: c.x.span, inputZeroPoint: c.zeroPoint, updated: updated.span, frozen: frozen.span,
          updatedChannels: count, bias: c.bias.span, mantissas: c.mantissas.span, shifts: c.shifts.span, geometry: g,
          range: c.range, sums: &sumsSpan, output: &valuesSpan, clamped: &maskSpan)
      }
    }
    return KernelCalls.Activations(values: values, mask: mask)
  }

  @Test(arguments: [UInt64(711), 712]) func theInputGradientOfSomeChannelsIsThatOfAll(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    for (g, updated) in Self.cuts(Geometries.depthwise) {
      let channels = g.inputChannels
      let e = random.errors(g.outputCount)
      let weights = random.symmetric(g.kernel * channels)
      let whole = KernelCalls.inputGradient(e, weights: weights, g, depthwise: true)
      for chosen in [0..<updated, updated..<channels] {
        let part = Self.columns(weights, chosen, of: channels)
        let found = (0..<g.inputLength).flatMap { frame in
          KernelCalls.frame(chosen.count) { span in
            depthwiseInputGradientFrame(
              frame, errors: e.span, weights: part.span, firstChannel: chosen.lowerBound, geometry: g,
              gradient: &span)
          }
        }
        #expect(found == Self.columns(whole, chosen, of: channels), "seed \(seed), \(g), \(chosen)")
      }
    }
  }

  /// Over a slice that holds some of the channels, and over frames that hold all.
  @Test(arguments: [UInt64(721), 722]) func theWeightGradientOfSomeChannelsIsThatOfAll(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    for depthwise in [false, true] {
      for (g, updated) in Self.cuts(depthwise ? Geometries.depthwise : Geometries.convolutions) {
        let channels = g.inputChannels
        let e = random.errors(g.outputCount)
        let x = random.int8s(g.inputCount)
        let zeroPoint = random.zeroPoint()
        let whole = KernelCalls.weightGradient(e, input: x, zeroPoint: zeroPoint, g, depthwise: depthwise)
        let narrow = ConvolutionGeometry(
          inputLength: g.inputLength, inputChannels: updated, outputLength: g.outputLength,
          outputChannels: g.outputChannels, kernel: g.kernel, stride: g.stride, padding: g.padding)
        for stride in updated...channels {
          let input = Self.columns(x, 0..<stride, of: channels)
          let found = (0..<(depthwise ? g.kernel : g.outputChannels)).flatMap { row in
            KernelCalls.frame(depthwise ? updated : narrow.patchCount) { span in
              if depthwise {
                depthwiseWeightGradientTap(
                  row, errors: e.span, input: input.span, frameStride: stride, inputZeroPoint: zeroPoint,
                  geometry: narrow, gradient: &span)
              } else {
                convolutionWeightGradientChannel(
                  row, errors: e.span, input: input.span, frameStride: stride, inputZeroPoint: zeroPoint,
                  geometry: narrow, gradient: &span)
              }
            }
          }
          #expect(
            found == Self.columns(whole, 0..<updated, of: channels), "seed \(seed), \(g), \(updated) of \(stride)")
        }
      }
    }
  }

  @Test func copiesHoldTheFirstChannelsOfEachFrame() {
    var random = SeededRandom(seed: 731)
    for channels in 1...9 {
      for kept in 1...channels {
        let x = random.int8s(7 * channels)
        var slice = [Int8](repeating: 99, count: 7 * kept)
        do {
          var span = slice.mutableSpan
          copyChannels(x.span, channels: channels, kept: kept, output: &span)
        }
        #expect(slice == Self.columns(x, 0..<kept, of: channels))
      }
    }
  }

  /// A row whose weights stand elsewhere draws the bits of where they stood.
  @Test func randomBitsFollowTheWeight() {
    var random = SeededRandom(seed: 741)
    let weights = random.symmetric(40)
    let gradient = random.int32s(40, magnitude: 9_000)
    let factor = StepFactor(RuntimeScale(mantissa: 1_700_000_000, exponent: -44))
    let bits = CounterRandom(seed: 3, stream: 4)
    func updated(_ body: (inout MutableSpan<Int8>, inout MutableSpan<Int8>) -> Void, _ start: [Int8]) -> [Int8] {
      var values = start
      var residual: [Int8] = []
      do {
        var span = values.mutableSpan
        var none = residual.mutableSpan
        body(&span, &none)
      }
      return values
    }
    let whole = updated(
      {
        updateWeights(
          &$0, gradient: gradient.span, factor: factor, rounding: .stochastic, random: bits, firstIndex: 500,
          residual: &$1)
      }, weights)
    let order = Array(Array(0..<40).shuffled(using: &random).prefix(13))
    let places = order.map { Int32($0) }
    let steps = order.map { gradient[$0] }
    let part = updated(
      {
        updateWeights(
          &$0, gradient: steps.span, factor: factor, rounding: .stochastic, random: bits, firstIndex: 500,
          places: places.span, residual: &$1)
      }, order.map { weights[$0] })
    #expect(part == order.map { whole[$0] })
    #expect(whole != weights)
  }
}
