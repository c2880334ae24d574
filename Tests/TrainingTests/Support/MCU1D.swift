import Tensors

@testable import TrainingCompiler

/// The reference network `mcu1d`: a convolution, four inverted residuals, a pointwise convolution, a global
/// pool and a dense layer, over windows of 128 frames and 9 channels.
enum MCU1D {
  static func floatNetwork(seed: UInt64) throws -> FloatNetwork {
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
      named: "pointwise", to: last, channels: 128, kernel: Kernel(size: 1), batchNormalized: false,
      activation: .relu6)
    last = try graph.append(.globalAveragePool, named: "pool", to: [last])
    try graph.append(.dense(hasBias: true), named: "head", to: [last], channels: 6)
    var random = SplitMix(seed: seed)
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
    return FloatNetwork(graph: graph, parameters: parameters)
  }

  static func quantized(seed: UInt64) throws -> QuantizedNetwork {
    let network = try floatNetwork(seed: seed)
    let ranges = network.graph.nodes.map { node -> ClosedRange<Float> in
      switch node.operation {
      case .activation, .averagePool, .maxPool, .globalAveragePool: 0...6
      default: -4...4
      }
    }
    return try QuantizedNetwork(quantizing: network, ranges: ranges)
  }
}
