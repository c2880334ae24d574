import Kernels
import Tensors

extension OperationRunner {
  /// One row of a weight gradient over the channels that are updated, where the input's frames or the errors hold
  /// others too.
  func partialWeightGradient(_ row: Int, of request: WeightUpdateRequest, into values: inout MutableSpan<Int32>) {
    let count = request.geometry.outputCount
    switch request.element {
    case .int8:
      partialRow(row, of: request, memory.values(of: request.errors, as: Int8.self, count: count), into: &values)
    case .int16:
      partialRow(row, of: request, memory.values(of: request.errors, as: Int16.self, count: count), into: &values)
    case .int32:
      partialRow(row, of: request, memory.values(of: request.errors, as: Int32.self, count: count), into: &values)
    }
  }

  @inline(__always)
  private func partialRow<Element: FixedWidthInteger & SignedInteger>(
    _ row: Int, of request: WeightUpdateRequest, _ errors: Span<Element>, into values: inout MutableSpan<Int32>
  ) {
    let stride = request.origin.frameStride
    let input = memory.read(request.input, as: Int8.self, count: request.geometry.inputLength &* stride)
    if request.isDepthwise {
      depthwiseWeightGradientTap(
        row, errors: errors, input: input, frameStride: stride, inputZeroPoint: request.inputZeroPoint,
        geometry: request.geometry, gradient: &values)
    } else {
      convolutionWeightGradientChannel(
        row, errors: errors, input: input, frameStride: stride, inputZeroPoint: request.inputZeroPoint,
        geometry: request.geometry, gradient: &values)
    }
  }
}
