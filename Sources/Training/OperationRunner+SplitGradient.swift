import Kernels
import Tensors

extension OperationRunner {
  /// One frame of the gradient through a layer whose weights lie in two places: each part gives the channels that it
  /// reads, and no channel is read by both.
  func makeSplitFrame(_ t: Int, of request: GradientRequest) {
    let updated = request.split.updatedChannels
    inputGradient(t, of: request, weights: request.weights, channels: 0..<updated)
    inputGradient(t, of: request, weights: request.split.frozen, channels: updated..<request.channels)
  }

  private func inputGradient(_ t: Int, of request: GradientRequest, weights: Int32, channels: Range<Int>) {
    guard request.source == .convolution else {
      depthwiseGradient(t, of: request, weights: weights, channels: channels)
      return
    }
    let whole = request.geometry
    // A convolution over fewer input channels.
    let geometry = ConvolutionGeometry(
      inputLength: whole.inputLength, inputChannels: channels.count, outputLength: whole.outputLength,
      outputChannels: whole.outputChannels, kernel: whole.kernel, stride: whole.stride, padding: whole.padding)
    let count = geometry.outputCount
    let w = memory.read(weights, as: Int8.self, count: geometry.outputChannels &* geometry.patchCount)
    var values = memory.write(place(of: channels, inFrame: t, of: request), as: Int32.self, count: channels.count)
    switch request.element {
    case .int8:
      let errors = memory.values(of: request.errors, as: Int8.self, count: count)
      convolutionInputGradientFrame(t, errors: errors, weights: w, geometry: geometry, gradient: &values)
    case .int16:
      let errors = memory.values(of: request.errors, as: Int16.self, count: count)
      convolutionInputGradientFrame(t, errors: errors, weights: w, geometry: geometry, gradient: &values)
    case .int32:
      let errors = memory.values(of: request.errors, as: Int32.self, count: count)
      convolutionInputGradientFrame(t, errors: errors, weights: w, geometry: geometry, gradient: &values)
    }
  }

  private func depthwiseGradient(_ t: Int, of request: GradientRequest, weights: Int32, channels: Range<Int>) {
    let geometry = request.geometry
    let count = geometry.outputCount
    let first = channels.lowerBound
    let w = memory.read(weights, as: Int8.self, count: geometry.kernel &* channels.count)
    var values = memory.write(place(of: channels, inFrame: t, of: request), as: Int32.self, count: channels.count)
    switch request.element {
    case .int8:
      let errors = memory.values(of: request.errors, as: Int8.self, count: count)
      depthwiseInputGradientFrame(
        t, errors: errors, weights: w, firstChannel: first, geometry: geometry, gradient: &values)
    case .int16:
      let errors = memory.values(of: request.errors, as: Int16.self, count: count)
      depthwiseInputGradientFrame(
        t, errors: errors, weights: w, firstChannel: first, geometry: geometry, gradient: &values)
    case .int32:
      let errors = memory.values(of: request.errors, as: Int32.self, count: count)
      depthwiseInputGradientFrame(
        t, errors: errors, weights: w, firstChannel: first, geometry: geometry, gradient: &values)
    }
  }

  private func place(of channels: Range<Int>, inFrame t: Int, of request: GradientRequest) -> Int32 {
    request.frame(t) &+ Int32(truncatingIfNeeded: 4 &* channels.lowerBound)
  }
}
