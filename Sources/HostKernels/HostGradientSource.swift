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
    case depthwise(BlockedFrames, DepthwiseWeights)
  }

  private let kind: Kind
  private let geometry: ConvolutionGeometry

  init?(_ request: GradientRequest, _ context: HostContext, _ memory: borrowing PlanMemory) {
    guard !request.split.exists else { return nil }
    geometry = request.geometry
    let values = request.errors &+ Int32(Plan.scaleBytes)
    switch request.source {
    case .none:
      kind = .none
    case .stored:
      kind = .stored(memory.unsafeAddress(of: values, as: Int32.self, count: geometry.inputCount))
    case .averagePool:
      kind = .averagePool(memory.unsafeAddress(of: values, as: Int32.self, count: geometry.outputCount))
    case .convolution:
      guard request.element == .int8 else { return nil }
      let weights = context.weights(
        request.weights, count: geometry.outputChannels * geometry.patchCount, memory
      ).backward(geometry)
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
      let weights = context.weights(
        request.weights, count: geometry.kernel * geometry.inputChannels, memory
      ).depthwise(kernel: geometry.kernel, channels: geometry.inputChannels)
      let errors = BlockedFrames(
        source: memory.unsafeAddress(of: values, as: Int8.self, count: geometry.outputCount),
        frames: geometry.outputLength, stride: geometry.inputChannels, channels: geometry.inputChannels, padding: 0)
      context.workspace.bytes.reserve(errors.byteCount)
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
      let kernels = context.kernels
      weights.refresh(kernels)
      kernels.pointee.depthwiseGradient(
        errors.blocked(filler: 0, context.workspace.bytes, kernels), weights.wide.pointer, geometry.inputLength,
        geometry.outputLength, geometry.kernel, geometry.stride, geometry.padding, width, gradient)
    }
  }

  private func convolution(
    _ errors: PaddedFrames, _ weights: BackwardWeights, _ gradient: UnsafeMutablePointer<Int32>, _ context: HostContext
  ) {
    let kernels = context.kernels
    weights.refresh(kernels)
    let rows = context.workspace.bytes.pointer(as: UInt8.self)
    errors.copy(filler: 0, flip: context.flip, to: rows, kernels)
    let width = lanes(geometry.inputChannels)
    let stride = geometry.stride
    let padding = geometry.padding
    for (index, residue) in weights.residues.enumerated() {
      // Frames t with t + padding = q · stride + index.
      let first = max(0, (padding - index + stride - 1) / stride)
      let end = (geometry.inputLength - 1 + padding - index + stride) / stride
      guard first < end else { continue }
      let frame = first * stride + index - padding
      guard residue.taps > 0 else {
        for q in 0..<end - first {
          (gradient + (frame + q * stride) * width).update(repeating: 0, count: width)
        }
        continue
      }
      var product = TKProduct(
        rows: rows + (errors.before + first - residue.taps + 1) * errors.channels, rowStride: errors.channels,
        rowCount: end - first, weights: residue.packed, blockStride: 64, groupStride: 4 * width,
        groups: residue.groups, start: residue.start.pointer, outputs: geometry.inputChannels)
      kernels.pointee.product(&product, gradient + frame * width, stride * width)
    }
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
