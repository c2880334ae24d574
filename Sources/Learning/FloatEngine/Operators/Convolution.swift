import Tensors
import TrainingCompiler

/// One float32 convolution over whole samples, frame-major.
///
/// `input` is `[N, T, C]`, `output` `[N, U, O]`, weights `[O, K, C]` (`packed`: `[K·C, O]`). In this
/// layout a patch is `K·C` neighbouring floats, so everything is a matrix product over overlapping rows.
struct ConvolutionFloat {
  let kernel: NetworkGraph.SlidingKernel
  let input: ActivationShape
  let output: ActivationShape

  var patchCount: Int { kernel.size * input.channels }
  private var paddedCount: Int { (input.length + 2 * kernel.padding) * input.channels }
  /// A pointwise convolution sees all samples as one long matrix.
  private var isOneMatrix: Bool { kernel.size == 1 && kernel.stride == 1 }

  /// Floats of scratch for one sample with its padding, or none.
  var scratchCount: Int { kernel.padding == 0 ? 0 : paddedCount }

  /// Transposes `[O, K·C]` to `[K·C, O]`, so that neighbouring outputs fill the lanes.
  static func pack(
    _ weights: UnsafePointer<Float>, rows: Int, columns: Int, into packed: UnsafeMutablePointer<Float>
  ) {
    for row in 0..<rows {
      let source = weights + row * columns
      for column in 0..<columns {
        packed[column &* rows &+ row] = source[column]
      }
    }
  }

  func forward(
    samples: Range<Int>, input x: UnsafePointer<Float>, packed: UnsafePointer<Float>, bias: UnsafePointer<Float>?,
    output y: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
  ) {
    let channels = output.channels
    if isOneMatrix {
      MatrixProduct.multiply(
        rows: samples.count * output.length, columns: channels, depth: input.channels,
        left: MatrixView(
          base: x + samples.lowerBound * input.elementCount, rowStride: input.channels, columnStride: 1),
        right: packed, rightStride: channels, start: bias, startStride: 0,
        output: y + samples.lowerBound * output.elementCount, outputStride: channels)
      return
    }
    for sample in samples {
      let patches = padded(x + sample * input.elementCount, scratch: scratch)
      MatrixProduct.multiply(
        rows: output.length, columns: channels, depth: patchCount,
        left: MatrixView(base: patches, rowStride: kernel.stride * input.channels, columnStride: 1),
        right: packed, rightStride: channels, start: bias, startStride: 0,
        output: y + sample * output.elementCount, outputStride: channels)
    }
  }

  /// `∂L/∂w[o, k] = Σ over samples and time of ∂L/∂y[u, o] · patch[u, k]`; overwrites `gradients`.
  func backwardWeights(
    samples: Range<Int>, input x: UnsafePointer<Float>, outputGradients: UnsafePointer<Float>,
    gradients: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
  ) {
    let merged = isOneMatrix
    for sample in merged ? samples.lowerBound..<samples.lowerBound + 1 : samples {
      let patches = merged ? x + sample * input.elementCount : padded(x + sample * input.elementCount, scratch: scratch)
      MatrixProduct.multiply(
        rows: output.channels, columns: patchCount, depth: output.length * (merged ? samples.count : 1),
        left: MatrixView(
          base: outputGradients + sample * output.elementCount, rowStride: 1, columnStride: output.channels),
        right: patches, rightStride: kernel.stride * input.channels,
        start: sample == samples.lowerBound ? nil : UnsafePointer(gradients), startStride: patchCount,
        output: gradients, outputStride: patchCount)
    }
  }

  /// `∂L/∂x[u·stride + k − padding, c] += Σ over o of ∂L/∂y[u, o] · w[o, k, c]`.
  ///
  /// One product a tap: with the tap fixed, the rows that two outputs write do not overlap.
  func backwardInput(
    samples: Range<Int>, weights: UnsafePointer<Float>, outputGradients: UnsafePointer<Float>,
    inputGradients: UnsafeMutablePointer<Float>, accumulate: Bool, scratch: UnsafeMutablePointer<Float>
  ) {
    let channels = input.channels
    if isOneMatrix {
      let target = inputGradients + samples.lowerBound * input.elementCount
      MatrixProduct.multiply(
        rows: samples.count * output.length, columns: channels, depth: output.channels,
        left: MatrixView(
          base: outputGradients + samples.lowerBound * output.elementCount, rowStride: output.channels,
          columnStride: 1),
        right: weights, rightStride: channels, start: accumulate ? UnsafePointer(target) : nil,
        startStride: channels, output: target, outputStride: channels)
      return
    }
    for sample in samples {
      let target = inputGradients + sample * input.elementCount
      let sums = kernel.padding == 0 ? target : scratch
      if kernel.padding > 0 || !accumulate {
        sums.update(repeating: 0, count: paddedCount)
      }
      for tap in 0..<kernel.size {
        MatrixProduct.multiply(
          rows: output.length, columns: channels, depth: output.channels,
          left: MatrixView(
            base: outputGradients + sample * output.elementCount, rowStride: output.channels, columnStride: 1),
          right: weights + tap * channels, rightStride: patchCount, start: sums + tap * channels,
          startStride: kernel.stride * channels, output: sums + tap * channels,
          outputStride: kernel.stride * channels)
      }
      if kernel.padding > 0 {
        let kept = sums + kernel.padding * channels
        if accumulate {
          Elementwise.add(kept, to: target, count: input.elementCount)
        } else {
          target.update(from: kept, count: input.elementCount)
        }
      }
    }
  }

  private func padded(
    _ sample: UnsafePointer<Float>, scratch: UnsafeMutablePointer<Float>
  ) -> UnsafePointer<Float> {
    guard kernel.padding > 0 else { return sample }
    let margin = kernel.padding * input.channels
    scratch.update(repeating: 0, count: margin)
    (scratch + margin).update(from: sample, count: input.elementCount)
    (scratch + margin + input.elementCount).update(repeating: 0, count: margin)
    return UnsafePointer(scratch)
  }
}
