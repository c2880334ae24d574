import Tensors

@testable import TrainingCompiler

/// Builds quantized networks layer by layer from random int8 weights, without a float network behind them.
///
/// Scales are chosen so that activations fill their range and some elements are clamped; zero points are what
/// the caller says.
struct NetworkBuilder {
  enum Clamp {
    case none, relu, relu6
  }

  private(set) var network: QuantizedNetwork
  private var random: SplitMix
  /// The root mean square of each node's real output, roughly.
  private var rms: [Double]

  init(seed: UInt64, length: Int, channels: Int, zeroPoint: Int32 = 9) {
    random = SplitMix(seed: seed)
    var output = ActivationQuantization(range: -1...1, activation: nil)
    output.scale = 0.031
    output.zeroPoint = zeroPoint
    network = QuantizedNetwork(nodes: [
      QuantizedNetwork.Node(
        name: "input", operation: .input, inputs: [], shape: ActivationShape(length: length, channels: channels),
        output: output)
    ])
    rms = [0.031 * 74]
  }

  var last: Int { network.nodes.count - 1 }

  /// - Parameter headroom: Standard deviations that int8 holds on each side; the rest is clamped.
  @discardableResult
  mutating func convolution(
    _ name: String, from input: Int? = nil, channels: Int, kernel: Int, stride: Int = 1, padding: Int = 0,
    clamp: Clamp = .relu, zeroPoint: Int32 = -128, headroom: Double = 1.8, depthwise: Bool = false
  ) -> Int {
    let source = input ?? last
    let shape = network.nodes[source].shape
    let sliding = NetworkGraph.SlidingKernel(size: kernel, stride: stride, padding: padding)
    return appendWeighted(
      name, depthwise ? .depthwiseConvolution(sliding) : .convolution(sliding), from: source,
      shape: ActivationShape(
        length: sliding.outputLength(for: shape.length), channels: depthwise ? shape.channels : channels),
      row: depthwise ? kernel : kernel * shape.channels, clamp: clamp, zeroPoint: zeroPoint, headroom: headroom)
  }

  @discardableResult
  mutating func depthwise(
    _ name: String, from input: Int? = nil, kernel: Int, stride: Int = 1, padding: Int = 0, clamp: Clamp = .relu,
    zeroPoint: Int32 = -128, headroom: Double = 1.8
  ) -> Int {
    convolution(
      name, from: input, channels: 0, kernel: kernel, stride: stride, padding: padding, clamp: clamp,
      zeroPoint: zeroPoint, headroom: headroom, depthwise: true)
  }

  @discardableResult
  mutating func dense(
    _ name: String, from input: Int? = nil, outputs: Int, clamp: Clamp = .none, zeroPoint: Int32 = 0
  ) -> Int {
    let source = input ?? last
    return appendWeighted(
      name, .dense, from: source, shape: ActivationShape(length: 1, channels: outputs),
      row: network.nodes[source].shape.elementCount, clamp: clamp, zeroPoint: zeroPoint, headroom: 1.8)
  }

  @discardableResult
  mutating func add(
    _ name: String, _ left: Int, _ right: Int, clamp: Clamp = .none, zeroPoint: Int32 = -3, headroom: Double = 1.8
  ) -> Int {
    let spread = (rms[left] * rms[left] + rms[right] * rms[right]).squareRoot()
    return append(
      QuantizedNetwork.Node(
        name: name, operation: .add, inputs: [left, right], shape: network.nodes[left].shape,
        output: quantization(spread: spread, clamp: clamp, zeroPoint: zeroPoint, headroom: headroom)),
      rms: spread * (clamp == .none ? 1 : 0.7))
  }

  @discardableResult
  mutating func maxPool(_ name: String, kernel: Int, stride: Int) -> Int {
    let sliding = NetworkGraph.SlidingKernel(size: kernel, stride: stride)
    return pool(name, .maxPool(sliding), length: sliding.outputLength(for: network.nodes[last].shape.length))
  }

  @discardableResult
  mutating func averagePool(_ name: String, kernel: Int, stride: Int) -> Int {
    let sliding = NetworkGraph.SlidingKernel(size: kernel, stride: stride)
    return pool(name, .averagePool(sliding), length: sliding.outputLength(for: network.nodes[last].shape.length))
  }

  @discardableResult
  mutating func globalPool(_ name: String) -> Int { pool(name, .globalAveragePool, length: 1) }

  /// Expand, depthwise, project and, if asked for, the join with the block's input.
  @discardableResult
  mutating func invertedResidual(
    _ name: String, channels: Int, expansion: Int = 2, kernel: Int = 3, stride: Int = 1, joins: Bool = true
  ) -> Int {
    let input = last
    let width = network.nodes[input].shape.channels * expansion
    convolution("\(name).expand", channels: width, kernel: 1, clamp: .relu6, zeroPoint: -128)
    depthwise("\(name).depthwise", kernel: kernel, stride: stride, padding: kernel / 2, clamp: .relu6, zeroPoint: -121)
    let projected = convolution("\(name).project", channels: channels, kernel: 1, clamp: .none, zeroPoint: 11)
    return joins ? add("\(name).add", projected, input) : projected
  }

  // MARK: Pieces

  private mutating func append(_ node: QuantizedNetwork.Node, rms spread: Double) -> Int {
    network.nodes.append(node)
    rms.append(spread)
    return last
  }

  private mutating func pool(_ name: String, _ operation: QuantizedNetwork.Operation, length: Int) -> Int {
    let source = network.nodes[last]
    return append(
      QuantizedNetwork.Node(
        name: name, operation: operation, inputs: [last],
        shape: ActivationShape(length: length, channels: source.shape.channels), output: source.output),
      rms: rms[last] * 0.8)
  }

  private func quantization(
    spread: Double, clamp: Clamp, zeroPoint: Int32, headroom: Double
  ) -> ActivationQuantization {
    var output = ActivationQuantization(range: -1...1, activation: nil)
    let room = clamp == .none ? 127.0 : Double(127 - zeroPoint)
    output.scale = Float(spread * headroom / room)
    output.zeroPoint = zeroPoint
    output.low = clamp == .none ? -128 : zeroPoint
    // The upper limit of ReLU6 lies inside the int8 range, as it does where 6 is not the largest value.
    output.high = clamp == .relu6 ? zeroPoint + (127 - zeroPoint) * 3 / 4 : 127
    return output
  }

  private mutating func appendWeighted(
    _ name: String, _ operation: QuantizedNetwork.Operation, from source: Int, shape: ActivationShape, row: Int,
    clamp: Clamp, zeroPoint: Int32, headroom: Double
  ) -> Int {
    // The real weights have a variance of 1 / row; channels differ in scale by up to 3.
    let unit = 1 / (73.6 * Double(row).squareRoot())
    let scales = (0..<shape.channels).map { _ in Float(unit * Double.random(in: 0.5...1.5, using: &random)) }
    let weights = (0..<shape.channels * row).map { _ in Int8.random(in: -127...127, using: &random) }
    let inputScale = Double(network.nodes[source].output.scale)
    let spread = rms[source]
    let bias = scales.map { scale in
      Int32(spread * Double.random(in: -0.4...0.4, using: &random) / (inputScale * Double(scale)))
    }
    return append(
      QuantizedNetwork.Node(
        name: name, operation: operation, inputs: [source], shape: shape,
        output: quantization(spread: spread, clamp: clamp, zeroPoint: zeroPoint, headroom: headroom),
        weights: weights, weightScales: scales, bias: bias),
      rms: spread * (clamp == .none ? 1 : 0.7))
  }
}
