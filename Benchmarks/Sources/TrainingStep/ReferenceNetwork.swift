import Tensors
import TrainingCompiler

/// The reference network `mcu1d` with random weights: times do not depend on what it has learned.
enum ReferenceNetwork {
  static func quantized(seed: UInt64) throws -> QuantizedNetwork {
    typealias Kernel = NetworkGraph.SlidingKernel
    var graph = NetworkGraph(input: ActivationShape(length: 128, channels: 9))
    var last = try graph.appendConvolution(
      named: "stem", to: 0, channels: 32, kernel: Kernel(size: 5, stride: 2, padding: 2), batchNormalized: false,
      activation: .relu6)
    for (i, block) in [(32, 1), (48, 2), (48, 1), (64, 2)].enumerated() {
      last = try graph.appendInvertedResidual(
        named: "block\(i + 1)", to: last, channels: block.0, expansion: 3,
        kernel: Kernel(size: 5, stride: block.1, padding: 2), batchNormalized: false)
    }
    last = try graph.appendConvolution(
      named: "pointwise", to: last, channels: 128, kernel: Kernel(size: 1), batchNormalized: false, activation: .relu6)
    last = try graph.append(.globalAveragePool, named: "pool", to: [last])
    _ = try graph.append(.dense(hasBias: true), named: "head", to: [last], channels: 6)
    var random = SplitMix64(seed: seed)
    let parameters = graph.nodes.indices.map { n in
      var numbers = NodeParameters()
      let count = graph.weightCount(ofNode: n)
      guard count > 0 else { return numbers }
      let row = Float(count / graph.nodes[n].shape.channels)
      // Of variance 2 / row, so that activations keep their size.
      let limit = (6 / row).squareRoot()
      numbers.weights = (0..<count).map { _ in Float.random(in: -limit...limit, using: &random) }
      numbers.bias = (0..<graph.nodes[n].shape.channels).map { _ in Float.random(in: -0.1...0.1, using: &random) }
      return numbers
    }
    let ranges = graph.nodes.map { node -> ClosedRange<Float> in
      switch node.operation {
      case .activation, .averagePool, .maxPool, .globalAveragePool: 0...6
      default: -4...4
      }
    }
    return try QuantizedNetwork(quantizing: FloatNetwork(graph: graph, parameters: parameters), ranges: ranges)
  }

  /// First convolution, first block, all biases and the last layer.
  static func sparseScheme(_ network: QuantizedNetwork) throws -> UpdateScheme {
    let layers = network.nodes.filter { !$0.weights.isEmpty }.map(\.name)
    let whole = layers.filter { $0 == "stem" || $0 == "head" || $0.hasPrefix("block1.") }
    return try .tensors(whole.map { "\($0).weights" } + layers.map { "\($0).bias" }, of: network)
  }

  static func windows(_ count: Int, of network: QuantizedNetwork, seed: UInt64) -> [[Int8]] {
    var random = SplitMix64(seed: seed)
    return (0..<count).map { _ in
      (0..<network.inputShape.elementCount).map { _ in Int8.random(in: -128...127, using: &random) }
    }
  }
}

struct SplitMix64: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var x = state
    x = (x ^ (x >> 30)) &* 0xBF58_476D_1CE4_E5B9
    x = (x ^ (x >> 27)) &* 0x94D0_49BB_1331_11EB
    return x ^ (x >> 31)
  }
}
