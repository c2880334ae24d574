import Tensors

/// Why a layer does not fit its input.
enum LayerMisfit: Error {
  case kernelDoesNotFit(kernel: Int, length: Int, padding: Int)
  case tooLarge(elements: Int)

  func issue(layer: Layer, at path: PipelinePath) -> PipelineIssue {
    let name = layer.description.name
    switch self {
    case .kernelDoesNotFit(let kernel, let length, let padding):
      return PipelineIssue(
        .kernelDoesNotFit(layer: name, kernel: kernel, length: length, padding: padding),
        at: path.parameter("kernel"))
    case .tooLarge(let elements):
      return PipelineIssue(.networkTooLarge(layer: name, elements: elements), at: path)
    }
  }
}

/// What a layer makes of its input.
struct LayerStep {
  var output: ActivationShape
  var parameters = 0
  var multiplyAccumulates = 0

  /// Adds what stands behind it in the same layer.
  func followed(by next: LayerStep) -> LayerStep {
    LayerStep(
      output: next.output, parameters: parameters + next.parameters,
      multiplyAccumulates: multiplyAccumulates + next.multiplyAccumulates)
  }
}

extension Layer {
  /// The largest activation and the largest weight tensor that anyone could mean, in elements.
  ///
  /// Under it no sum or product of sizes in this file overflows.
  static let elementLimit = 1 << 28

  func apply(to shape: ActivationShape, classCount: Int) throws(LayerMisfit) -> LayerStep {
    switch self {
    case .conv1D(let layer):
      return try Self.convolve(
        shape, channels: layer.channels, kernel: layer.kernel, stride: layer.stride, padding: layer.effectivePadding)
    case .depthwiseConv1D(let layer):
      return try Self.convolveDepthwise(
        shape, kernel: layer.kernel, stride: layer.stride, padding: layer.effectivePadding)
    case .pointwise(let layer):
      return try Self.convolve(shape, channels: layer.channels, kernel: 1, stride: 1, padding: 0)
    case .invertedResidual(let block):
      return try Self.invertedResidual(block, over: shape)
    case .averagePool(let pool):
      return try Self.pool(shape, kernel: pool.kernel, stride: pool.effectiveStride)
    case .maxPool(let pool):
      return try Self.pool(shape, kernel: pool.kernel, stride: pool.effectiveStride)
    case .globalAveragePool:
      return LayerStep(output: ActivationShape(length: 1, channels: shape.channels))
    case .dense(let layer):
      return try Self.dense(layer, over: shape, classCount: classCount)
    case .batchNormalization, .relu, .relu6:
      return LayerStep(output: shape)
    }
  }

  private static func invertedResidual(
    _ block: InvertedResidual, over shape: ActivationShape
  ) throws(LayerMisfit) -> LayerStep {
    var step = LayerStep(output: shape)
    if block.expand > 1 {
      step = try convolve(shape, channels: shape.channels * block.expand, kernel: 1, stride: 1, padding: 0)
    }
    let middle = try convolveDepthwise(
      step.output, kernel: block.kernel, stride: block.stride, padding: block.padding)
    step = step.followed(by: middle)
    return step.followed(
      by: try convolve(step.output, channels: block.channels, kernel: 1, stride: 1, padding: 0))
  }

  private static func dense(
    _ layer: Dense, over shape: ActivationShape, classCount: Int
  ) throws(LayerMisfit) -> LayerStep {
    let outputs =
      switch layer.outputs {
      case .classes: classCount
      case .count(let count): count
      }
    let output = ActivationShape(length: 1, channels: max(1, outputs))
    let weights = try bounded(shape.elementCount, output.channels)
    return LayerStep(output: output, parameters: weights + output.channels, multiplyAccumulates: weights)
  }

  private static func convolve(
    _ shape: ActivationShape, channels: Int, kernel: Int, stride: Int, padding: Int
  ) throws(LayerMisfit) -> LayerStep {
    let output = try slide(shape, channels: channels, kernel: kernel, stride: stride, padding: padding)
    let weights = try bounded(try bounded(output.channels, kernel), shape.channels)
    return LayerStep(
      output: output, parameters: weights + output.channels, multiplyAccumulates: weights * output.length)
  }

  private static func convolveDepthwise(
    _ shape: ActivationShape, kernel: Int, stride: Int, padding: Int
  ) throws(LayerMisfit) -> LayerStep {
    let output = try slide(shape, channels: shape.channels, kernel: kernel, stride: stride, padding: padding)
    let weights = try bounded(kernel, shape.channels)
    return LayerStep(
      output: output, parameters: weights + output.channels, multiplyAccumulates: weights * output.length)
  }

  private static func pool(_ shape: ActivationShape, kernel: Int, stride: Int) throws(LayerMisfit) -> LayerStep {
    LayerStep(output: try slide(shape, channels: shape.channels, kernel: kernel, stride: stride, padding: 0))
  }

  private static func slide(
    _ shape: ActivationShape, channels: Int, kernel: Int, stride: Int, padding: Int
  ) throws(LayerMisfit) -> ActivationShape {
    let span = shape.length + 2 * padding - kernel
    guard span >= 0 else {
      throw .kernelDoesNotFit(kernel: kernel, length: shape.length, padding: padding)
    }
    let length = span / stride + 1
    _ = try bounded(length, channels)
    return ActivationShape(length: length, channels: channels)
  }

  private static func bounded(_ left: Int, _ right: Int) throws(LayerMisfit) -> Int {
    let (product, overflow) = left.multipliedReportingOverflow(by: right)
    if overflow || product > elementLimit { throw .tooLarge(elements: overflow ? .max : product) }
    return product
  }
}
