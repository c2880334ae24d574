import Tensors

/// What the options of a training mean for its error tensors.
extension TrainingOptions {
  /// The largest magnitude of an element of a layer's errors: as large as the element type holds and every sum that
  /// reads the tensor allows, so that all of them stay in int32.
  ///
  /// The sums are the input gradient, `taps · outputs · L · 127` with as many taps as one input frame lies under; the
  /// weight gradient, `frames · L · 255`; and the bias gradient, `frames · L`. Where even 127 is too large, lowering
  /// refuses the layer.
  ///
  /// - Parameters:
  ///   - passesOn: Whether the gradient of the layer's input is wanted.
  ///   - poolBits: How many bits overlapping pools before the layer add to that gradient, which they pass on in int32.
  func errorLimit(
    _ geometry: ConvolutionGeometry, isDepthwise: Bool, passesOn: Bool, poolBits: Int32, update: UpdateScheme.Update
  ) -> Int32 {
    var products = update.bias ? geometry.outputLength : 1
    if update.weights != .none { products = geometry.outputLength * 255 }
    if passesOn {
      products = max(products, (geometry.overlap * (isDepthwise ? 1 : geometry.outputChannels) * 127) << poolBits)
    }
    return Int32(max(127, min(Int(errorPrecision.largestMagnitude), Int(Int32.max) / products)))
  }

  /// Every element of a gradient that a join passes on, or that is stored to be added, is below 2 to this power.
  var addendBits: Int32 { Int32(Int32.bitWidth - errorPrecision.largestMagnitude.leadingZeroBitCount) }
}

extension ConvolutionGeometry {
  /// The most outputs under which one input frame lies: `⌈kernel / stride⌉`, if there are so many.
  var overlap: Int { min((kernel + stride - 1) / stride, outputLength) }

  /// How many bits the sum over those outputs may have more than each.
  var overlapBits: Int32 { overlap > 1 ? Int32(Int.bitWidth - (overlap - 1).leadingZeroBitCount) : 0 }
}

/// Which of a node's error tensors: its keys tell random bits apart, whatever order or place the tensors have.
enum ErrorTensorKey {
  /// A layer's errors, or the gradient that a join passes on.
  case ofNode(Int)
  /// What a reader sends back to its input, stored to be added.
  case byReader(Int)
  /// The n-th stored sum of a node's addends.
  case sum(Int, ofNode: Int)

  /// - Parameter nodeCount: Of the model as described.
  func value(nodeCount: Int) -> Int32 {
    switch self {
    case .ofNode(let n): Int32(1 + n)
    case .byReader(let n): Int32(1 + nodeCount + n)
    case .sum(let index, let n): Int32(1 + (2 + index) * nodeCount + n)
    }
  }
}
