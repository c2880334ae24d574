@testable import Kernels
import Tensors

/// The kernels with arrays in place of spans. Outputs are filled with rubbish first: kernels overwrite.
enum KernelCalls {
  struct Activations: Equatable {
    var values: [Int8]
    var mask: [UInt8]
  }

  static func convolution(
    _ x: [Int8], zeroPoint: Int32, weights: [Int8], bias: [Int32], mantissas: [Int32], shifts: [UInt8],
    _ g: ConvolutionGeometry, range: OutputRange, masked: Bool, depthwise: Bool = false
  ) -> Activations {
    var sums = [Int32](repeating: 77, count: g.outputChannels)
    var values = [Int8](repeating: 99, count: g.outputCount)
    var mask = [UInt8](repeating: 0xFF, count: masked ? (g.outputCount + 7) / 8 : 0)
    do {
      var sumsSpan = sums.mutableSpan
      var valuesSpan = values.mutableSpan
      var maskSpan = mask.mutableSpan
      if depthwise {
        depthwiseConvolutionInt8(
          input: x.span, inputZeroPoint: zeroPoint, weights: weights.span, bias: bias.span,
          mantissas: mantissas.span, shifts: shifts.span, geometry: g, range: range, sums: &sumsSpan,
          output: &valuesSpan, clamped: &maskSpan)
      } else {
        convolutionInt8(
          input: x.span, inputZeroPoint: zeroPoint, weights: weights.span, bias: bias.span,
          mantissas: mantissas.span, shifts: shifts.span, geometry: g, range: range, sums: &sumsSpan,
          output: &valuesSpan, clamped: &maskSpan)
      }
    }
    return Activations(values: values, mask: mask)
  }

  static func sums(
    _ x: [Int8], zeroPoint: Int32, weights: [Int8], bias: [Int32], _ g: ConvolutionGeometry
  ) -> [Int32] {
    var output = [Int32](repeating: 77, count: g.outputCount)
    do {
      var span = output.mutableSpan
      convolutionSumsInt8(
        input: x.span, inputZeroPoint: zeroPoint, weights: weights.span, bias: bias.span, geometry: g, output: &span)
    }
    return output
  }

  /// One requantized frame, and its mask.
  static func requantize(
    _ sums: [Int32], mantissas: [Int32], shifts: [UInt8], range: OutputRange
  ) -> Activations {
    var values = [Int8](repeating: 99, count: sums.count)
    var mask = [UInt8](repeating: 0xFF, count: (sums.count + 7) / 8)
    do {
      var valuesSpan = values.mutableSpan
      var maskSpan = mask.mutableSpan
      clearMask(&maskSpan, elements: sums.count)
      requantizeFrame(
        sums: sums.span, mantissas: mantissas.span, shifts: shifts.span, range: range, at: 0, output: &valuesSpan,
        clamped: &maskSpan)
    }
    return Activations(values: values, mask: mask)
  }

  /// All frames of an input gradient.
  static func inputGradient(_ e: [Int8], weights: [Int8], _ g: ConvolutionGeometry, depthwise: Bool = false) -> [Int32]
  {
    (0..<g.inputLength).flatMap { frame in
      self.frame(g.inputChannels) { span in
        if depthwise {
          depthwiseInputGradientFrame(frame, errors: e.span, weights: weights.span, geometry: g, gradient: &span)
        } else {
          convolutionInputGradientFrame(frame, errors: e.span, weights: weights.span, geometry: g, gradient: &span)
        }
      }
    }
  }

  /// All rows of a weight gradient.
  static func weightGradient(
    _ e: [Int8], input x: [Int8], zeroPoint: Int32, _ g: ConvolutionGeometry, depthwise: Bool = false
  ) -> [Int32] {
    if depthwise {
      return (0..<g.kernel).flatMap { tap in
        frame(g.inputChannels) { span in
          depthwiseWeightGradientTap(
            tap, errors: e.span, input: x.span, inputZeroPoint: zeroPoint, geometry: g, gradient: &span)
        }
      }
    }
    return (0..<g.outputChannels).flatMap { channel in
      frame(g.patchCount) { span in
        convolutionWeightGradientChannel(
          channel, errors: e.span, input: x.span, inputZeroPoint: zeroPoint, geometry: g, gradient: &span)
      }
    }
  }

  static func frame(_ count: Int, _ body: (inout MutableSpan<Int32>) -> Void) -> [Int32] {
    var values = [Int32](repeating: 77, count: count)
    do {
      var span = values.mutableSpan
      body(&span)
    }
    return values
  }
}
