import Kernels
import Tensors

extension TrainingEngine {
  /// One frame of the gradient through a layer whose weights lie in two places: each part gives the channels that it
  /// reads, and no channel is read by both.
  func makeSplitFrame(_ t: Int, of request: GradientRequest) {
    let updated = request.split.updatedChannels
    inputGradient(t, of: request, weights: request.weights, channels: 0..<updated)
    inputGradient(t, of: request, weights: request.split.frozen, channels: updated..<request.channels)
  }

  private func inputGradient(_ t: Int, of request: GradientRequest, weights weightsAt: Int32, channels: Range<Int>) {
    let whole = request.geometry
    let width = channels.count
    let at = request.frame(t) &+ Int32(truncatingIfNeeded: 4 &* channels.lowerBound)
    var values = memory.write(at, as: Int32.self, count: width)
    let errors = memory.values(of: request.errors, as: Int8.self, count: whole.outputCount)
    if request.source == .depthwiseConvolution {
      let weights = memory.read(weightsAt, as: Int8.self, count: whole.kernel &* width)
      depthwiseInputGradientFrame(
        t, errors: errors, weights: weights, firstChannel: channels.lowerBound, geometry: whole, gradient: &values)
    } else {
      // A convolution over fewer input channels.
      let geometry = ConvolutionGeometry(
        inputLength: whole.inputLength, inputChannels: width, outputLength: whole.outputLength,
        outputChannels: whole.outputChannels, kernel: whole.kernel, stride: whole.stride, padding: whole.padding)
      let weights = memory.read(weightsAt, as: Int8.self, count: geometry.outputChannels &* geometry.patchCount)
      convolutionInputGradientFrame(t, errors: errors, weights: weights, geometry: geometry, gradient: &values)
    }
  }
}
