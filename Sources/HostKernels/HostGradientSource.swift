import CTrainingKernels
import Tensors
import Training

/// Where a gradient comes from: errors or a gradient behind it, all read before anything is written.
struct HostGradientSource {
  private enum Kind {
    case none
    case stored(UnsafePointer<Int32>)
    case averagePool(UnsafePointer<Int32>)
    case convolution(PaddedFrames, BackwardWeights)
    case depthwise(PairedFrames, DepthwiseWeights)
  }

  private let kind: Kind
  private let geometry: ConvolutionGeometry

  init?(_ request: GradientRequest, _ context: HostContext, _ memory: borrowing PlanMemory) {
    geometry = request.geometry.withBoundedStride
    let values = request.errors &+ Int32(Plan.scaleBytes)
    switch request.source {
    case .none:
      kind = .none
    case .stored:
      kind = .stored(memory.unsafeAddress(of: values, as: Int32.self, count: geometry.inputCount))
    case .averagePool:
      precondition(
        geometry.outputChannels == geometry.inputChannels && geometry.padding == 0,
        "a pool keeps its channels and never pads")
      kind = .averagePool(memory.unsafeAddress(of: values, as: Int32.self, count: geometry.outputCount))
    case .convolution:
      guard request.element == .int8 else { return nil }
      let weights = context.weights(request.weights, request.split, geometry, isDepthwise: false, memory)
        .backward(geometry)
      // Rows end with the last error frame that an input frame lies under, which may be behind the last there is.
      let last = (geometry.inputLength - 1 + geometry.padding) / geometry.stride
      let errors = PaddedFrames(
        source: memory.unsafeAddress(of: values, as: Int8.self, count: geometry.outputCount),
        frames: geometry.outputLength, channels: geometry.outputChannels,
        before: (geometry.kernel - 1) / geometry.stride, after: max(0, last - geometry.outputLength + 1))
      context.workspace.bytes.reserve(errors.byteCount)
      kind = .convolution(errors, weights)
    case .depthwiseConvolution:
      guard request.element == .int8 else { return nil }
      precondition(geometry.outputChannels == geometry.inputChannels, "a depthwise convolution keeps its channels")
      let weights = context.weights(request.weights, request.split, geometry, isDepthwise: true, memory)
        .depthwise(geometry)
      let last = (geometry.inputLength - 1 + geometry.padding) / geometry.stride
      let errors = PairedFrames(
        source: memory.unsafeAddress(of: values, as: Int8.self, count: geometry.outputCount),
        frames: geometry.outputLength, stride: geometry.inputChannels, channels: geometry.inputChannels,
        before: (geometry.kernel - 1) / geometry.stride, after: max(0, last - geometry.outputLength + 1), distance: 1)
      context.workspace.pairs.reserve(errors.byteCount)
      kind = .depthwise(errors, weights)
    case .maxPool:
      return nil
    }
  }

  /// Writes `[frames][lanes]`.
  func make(_ gradient: UnsafeMutablePointer<Int32>, _ context: HostContext) {
    let channels = geometry.inputChannels
    let width = lanes(channels)
    switch kind {
    case .none:
      gradient.update(repeating: 0, count: geometry.inputLength * width)
    case .stored(let values):
      for t in 0..<geometry.inputLength {
        (gradient + t * width).update(from: values + t * channels, count: channels)
      }
    case .averagePool(let values):
      averagePool(values, gradient)
    case .convolution(let errors, let weights):
      convolution(errors, weights, gradient, context)
    case .depthwise(let errors, let weights):
      depthwise(errors, weights, gradient, context)
    }
  }

  private func convolution(
    _ errors: PaddedFrames, _ weights: BackwardWeights, _ gradient: UnsafeMutablePointer<Int32>, _ context: HostContext
  ) {
    let kernels = context.kernels
    clearUnreached(gradient)
    weights.refresh(kernels)
    let rows = context.workspace.bytes.pointer(as: UInt8.self)
    errors.copy(filler: 0, flip: context.flip, to: rows, kernels)
    let width = lanes(geometry.inputChannels)
    for (index, residue) in weights.residues.enumerated() {
      guard let reach = reach(ofResidue: index, taps: residue.taps) else { continue }
      var product = TKProduct(
        rows: rows + (errors.before + reach.firstError) * errors.channels, rowStride: errors.channels,
        rowCount: reach.count, weights: residue.packed, blockStride: 64, groupStride: 4 * width,
        groups: residue.groups, start: residue.start.pointer, outputs: geometry.inputChannels)
      kernels.pointee.product(&product, gradient + reach.firstFrame * width, geometry.stride * width)
    }
  }

  private func depthwise(
    _ errors: PairedFrames, _ weights: DepthwiseWeights, _ gradient: UnsafeMutablePointer<Int32>,
    _ context: HostContext
  ) {
    let kernels = context.kernels
    clearUnreached(gradient)
    weights.refreshBackward(kernels)
    let pairs = errors.make(zeroPoint: 0, context.workspace.pairs, kernels)
    let width = lanes(geometry.inputChannels)
    for (index, residue) in weights.backward.enumerated() {
      guard let reach = reach(ofResidue: index, taps: residue.taps) else { continue }
      var product = TKDepthwise(
        frames: pairs + (errors.before + reach.firstError) * Int(TK_BLOCK), blockFrames: errors.blockFrames, stride: 1,
        rowCount: reach.count,
        pairs: (residue.taps + 1) / 2, weights: residue.pairs.pointer, start: nil, channels: geometry.inputChannels)
      kernels.pointee.depthwiseSums(&product, gradient + reach.firstFrame * width, geometry.stride * width)
    }
  }

  /// Frames that no tap reaches are not computed, so they are cleared before.
  private func clearUnreached(_ gradient: UnsafeMutablePointer<Int32>) {
    guard geometry.stride > geometry.kernel else { return }
    gradient.update(repeating: 0, count: geometry.inputLength * lanes(geometry.inputChannels))
  }

  /// The input frames t with t + padding = q · stride + residue, `stride` apart, and the first error frame that the
  /// first of them lies under, which may be before the first there is; nothing where there are no such frames.
  private func reach(ofResidue residue: Int, taps: Int) -> (firstFrame: Int, firstError: Int, count: Int)? {
    let stride = geometry.stride
    let padding = geometry.padding
    let first = max(0, (padding - residue + stride - 1) / stride)
    let end = (geometry.inputLength - 1 + padding - residue + stride) / stride
    guard first < end else { return nil }
    return (first * stride + residue - padding, first - taps + 1, end - first)
  }

  private func averagePool(_ values: UnsafePointer<Int32>, _ gradient: UnsafeMutablePointer<Int32>) {
    let channels = geometry.inputChannels
    let width = lanes(channels)
    for frame in 0..<geometry.inputLength {
      let sum = gradient + frame * width
      sum.update(repeating: 0, count: channels)
      // Windows t with t · stride <= frame < t · stride + kernel.
      let first = frame < geometry.kernel ? 0 : (frame - geometry.kernel) / geometry.stride + 1
      let end = min(frame / geometry.stride + 1, geometry.outputLength)
      guard first < end else { continue }
      for t in first..<end {
        let row = values + t * channels
        for c in 0..<channels { sum[c] &+= row[c] }
      }
    }
  }
}
