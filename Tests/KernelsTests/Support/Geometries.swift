import Tensors

/// The sizes that kernel tests exhaust.
enum Geometries {
  /// Every kernel of 1...5, stride of 1...3, padding below the kernel and length of 1...9.
  static let sliding: [(length: Int, kernel: Int, stride: Int, padding: Int)] = {
    var all: [(length: Int, kernel: Int, stride: Int, padding: Int)] = []
    for kernel in 1...5 {
      for stride in 1...3 {
        for padding in 0..<kernel {
          for length in 1...9 where length + 2 * padding >= kernel { all.append((length, kernel, stride, padding)) }
        }
      }
    }
    return all
  }()

  static func geometry(
    _ s: (length: Int, kernel: Int, stride: Int, padding: Int), _ inputChannels: Int, _ outputChannels: Int
  ) -> ConvolutionGeometry {
    ConvolutionGeometry(
      inputLength: s.length, inputChannels: inputChannels,
      outputLength: (s.length + 2 * s.padding - s.kernel) / s.stride + 1, outputChannels: outputChannels,
      kernel: s.kernel, stride: s.stride, padding: s.padding)
  }

  /// All sliding sizes with a few channel counts each, so that every pair of 1...5 occurs; then every pair
  /// over one size, and counts around and between the widths of SIMD registers.
  static let convolutions: [ConvolutionGeometry] = {
    var all: [ConvolutionGeometry] = []
    for (i, s) in sliding.enumerated() {
      for j in 0..<2 { all.append(geometry(s, (i + j) % 5 + 1, (i / 5 + 2 * j) % 5 + 1)) }
    }
    for inputs in 1...5 {
      for outputs in 1...5 { all.append(geometry((7, 3, 2, 1), inputs, outputs)) }
    }
    for (inputs, outputs) in [(31, 33), (33, 31), (1, 37), (37, 1), (8, 64), (16, 16)] {
      all.append(geometry((9, 5, 2, 2), inputs, outputs))
    }
    return all
  }()

  static let depthwise: [ConvolutionGeometry] =
    sliding.enumerated().map { geometry($1, $0 % 5 + 1, $0 % 5 + 1) }
    + [31, 32, 33, 37].map { geometry((9, 5, 2, 2), $0, $0) }

  /// Pools never pad.
  static let pools: [ConvolutionGeometry] =
    sliding.filter { $0.padding == 0 }.enumerated().flatMap { i, s in
      [geometry(s, i % 5 + 1, i % 5 + 1), geometry(s, (i + 2) % 5 + 1, (i + 2) % 5 + 1)]
    } + [31, 33].map { geometry((9, 4, 2, 0), $0, $0) } + [geometry((128, 128, 1, 0), 3, 3)]
}
