import Tensors

extension ConvolutionGeometry {
  /// The same convolution, its stride at most the padded input.
  ///
  /// With one output frame any stride is as good as another, and what is packed for every residue must not follow one
  /// that no plan needs.
  var withBoundedStride: ConvolutionGeometry {
    ConvolutionGeometry(
      inputLength: inputLength, inputChannels: inputChannels, outputLength: outputLength,
      outputChannels: outputChannels, kernel: kernel, stride: min(stride, inputLength + 2 * padding), padding: padding)
  }
}
