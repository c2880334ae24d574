import Foundation
import Tensors

@testable import TrainingCompiler

/// A network with windows and, once the script in `Scripts/Reference` has run, what PyTorch computed.
struct TorchFixture: Codable {
  struct Node: Codable {
    var name: String
    var operation: String
    var kernel: Int
    var stride: Int
    var padding: Int
    var inputs: [Int]
    var length: Int
    var channels: Int
    /// Doubles that hold float32 values exactly.
    var scale: Double
    var zeroPoint: Int32
    var low: Int32
    var high: Int32
    var weights: [Int8]
    var weightScales: [Double]
    var bias: [Int32]
  }

  struct Layer: Codable {
    var error: [Int64]
    var errorScale: Double
    var inputSums: [Int64]
    var weightSums: [Int64]
    var biasSums: [Int64]
  }

  struct Expected: Codable {
    var loss: Double
    /// By node, without the last.
    var activations: [[Int64]]
    var logits: [Int64]
    var layers: [String: Layer]
  }

  struct Case: Codable {
    var window: [Int8]
    var label: Int
    var expected: Expected?
  }

  var name: String
  var nodes: [Node]
  var cases: [Case]
}

extension TorchFixture {
  init(_ test: TestNetwork, cases: Int) {
    name = test.name
    nodes = test.network.nodes.indices.map { Node(test.network, $0) }
    self.cases = test.windows(cases, seed: 61).enumerated().map { i, window in
      Case(window: window, label: i % test.network.classCount, expected: nil)
    }
  }

  var network: QuantizedNetwork {
    QuantizedNetwork(
      nodes: nodes.map { node in
        var output = ActivationQuantization(range: -1...1, activation: nil)
        output.scale = Float(node.scale)
        output.zeroPoint = node.zeroPoint
        output.low = node.low
        output.high = node.high
        return QuantizedNetwork.Node(
          name: node.name, operation: node.quantizedOperation, inputs: node.inputs,
          shape: ActivationShape(length: node.length, channels: node.channels), output: output,
          weights: node.weights, weightScales: node.weightScales.map { Float($0) }, bias: node.bias)
      })
  }
}

extension TorchFixture.Node {
  init(_ network: QuantizedNetwork, _ n: Int) {
    let node = network.nodes[n]
    let geometry = n == 0 ? nil : network.geometry(ofNode: n)
    self.init(
      name: node.name, operation: String("\(node.operation)".prefix { $0 != "(" }), kernel: geometry?.kernel ?? 1,
      stride: geometry?.stride ?? 1, padding: geometry?.padding ?? 0, inputs: node.inputs,
      length: node.shape.length, channels: node.shape.channels, scale: Double(node.output.scale),
      zeroPoint: node.output.zeroPoint, low: node.output.low, high: node.output.high, weights: node.weights,
      weightScales: node.weightScales.map { Double($0) }, bias: node.bias)
  }

  var quantizedOperation: QuantizedNetwork.Operation {
    let sliding = NetworkGraph.SlidingKernel(size: kernel, stride: stride, padding: padding)
    switch operation {
    case "convolution": return .convolution(sliding)
    case "depthwiseConvolution": return .depthwiseConvolution(sliding)
    case "dense": return .dense
    case "add": return .add
    case "averagePool": return .averagePool(sliding)
    case "maxPool": return .maxPool(sliding)
    case "globalAveragePool": return .globalAveragePool
    default: return .input
    }
  }
}
