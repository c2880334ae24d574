import Tensors

@testable import TrainingCompiler

/// Small networks that have every operation and every way in which paths meet.
enum SmallNetworks {
  typealias Kernel = NetworkGraph.SlidingKernel

  /// Convolution, depthwise, pointwise, global average, dense.
  static func chain() throws -> NetworkGraph {
    var graph = NetworkGraph(input: ActivationShape(length: 17, channels: 3))
    var last = try convolution(&graph, "stem", 0, 5, Kernel(size: 5, stride: 2, padding: 2), .relu6)
    last = try convolution(&graph, "depthwise", last, 0, Kernel(size: 3, padding: 1), .relu, depthwise: true)
    last = try convolution(&graph, "head", last, 7, Kernel(size: 1), .relu)
    return try classifier(&graph, last)
  }

  /// Two inverted residuals with joins, one without, as the reference network has them.
  static func residuals() throws -> NetworkGraph {
    var graph = NetworkGraph(input: ActivationShape(length: 21, channels: 2))
    var last = try convolution(&graph, "stem", 0, 4, Kernel(size: 3, stride: 2, padding: 1), .relu6)
    for (i, (channels, stride)) in [(4, 1), (4, 1), (6, 2)].enumerated() {
      last = try graph.appendInvertedResidual(
        named: "block\(i + 1)", to: last, channels: channels, expansion: 3,
        kernel: Kernel(size: 5, stride: stride, padding: 2), batchNormalized: false)
    }
    return try classifier(&graph, last)
  }

  /// One activation read by two convolutions and a join.
  static func fork() throws -> NetworkGraph {
    var graph = NetworkGraph(input: ActivationShape(length: 9, channels: 3))
    let trunk = try convolution(&graph, "trunk", 0, 4, Kernel(size: 3, padding: 1), .relu)
    let left = try convolution(&graph, "left", trunk, 4, Kernel(size: 3, padding: 1), nil)
    let right = try convolution(&graph, "right", trunk, 4, Kernel(size: 1), .relu)
    let join = try graph.append(.add, named: "join", to: [left, right])
    let outer = try graph.append(.add, named: "outer", to: [join, trunk])
    let doubled = try graph.append(.add, named: "doubled", to: [outer, outer])
    return try classifier(&graph, doubled)
  }

  /// Overlapping and disjoint pools.
  static func pools() throws -> NetworkGraph {
    var graph = NetworkGraph(input: ActivationShape(length: 25, channels: 3))
    var last = try convolution(&graph, "first", 0, 5, Kernel(size: 3, padding: 1), .relu6)
    last = try graph.append(.maxPool(Kernel(size: 2, stride: 2)), named: "maximum", to: [last])
    last = try convolution(&graph, "second", last, 6, Kernel(size: 3), .relu)
    last = try graph.append(.averagePool(Kernel(size: 3, stride: 2)), named: "average", to: [last])
    return try classifier(&graph, last)
  }

  static func all() throws -> [(name: String, network: QuantizedNetwork)] {
    try [("chain", chain()), ("residuals", residuals()), ("fork", fork()), ("pools", pools())].map {
      ($0.0, try quantized($0.1))
    }
  }

  private static func convolution(
    _ graph: inout NetworkGraph, _ name: String, _ input: Int, _ channels: Int, _ kernel: Kernel,
    _ activation: NetworkGraph.Activation?, depthwise: Bool = false
  ) throws -> Int {
    try graph.appendConvolution(
      named: name, to: input, channels: channels, kernel: kernel, depthwise: depthwise, batchNormalized: false,
      activation: activation)
  }

  private static func classifier(_ graph: inout NetworkGraph, _ last: Int) throws -> NetworkGraph {
    let pool = try graph.append(.globalAveragePool, named: "pool", to: [last])
    try graph.append(.dense(hasBias: true), named: "classifier", to: [pool], channels: 3)
    return graph
  }

  /// Random weights and biases.
  static func withParameters(_ graph: NetworkGraph, seed: UInt64 = 5) -> FloatNetwork {
    var random = SeededRandom(seed: seed)
    let parameters = graph.nodes.indices.map { n in
      var numbers = NodeParameters()
      let weights = graph.weightCount(ofNode: n)
      numbers.weights = (0..<weights).map { _ in Float.random(in: -0.6...0.6, using: &random) }
      if weights > 0 {
        numbers.bias = (0..<graph.nodes[n].shape.channels).map { _ in Float.random(in: -0.3...0.3, using: &random) }
      }
      return numbers
    }
    return FloatNetwork(graph: graph, parameters: parameters)
  }

  static func quantized(_ graph: NetworkGraph, seed: UInt64 = 5) throws -> QuantizedNetwork {
    let ranges = graph.nodes.map { node -> ClosedRange<Float> in
      if case .activation = node.operation { return 0...3 }
      return -2...2.5
    }
    return try QuantizedNetwork(quantizing: withParameters(graph, seed: seed), ranges: ranges)
  }

  /// Shares of all layers but those that read the sensor's channels, and of every other one of them.
  static func shares(_ network: QuantizedNetwork) -> [UpdateScheme] {
    let spaces = ChannelSpaces(of: network)
    let layers = network.nodes.indices.filter {
      !network.nodes[$0].weights.isEmpty && !spaces.isFixed(spaces.space(ofNode: network.nodes[$0].inputs[0]))
    }
    return [ChannelShare.eighth, .quarter, .half].flatMap { share in
      [layers, layers.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)].map { chosen in
        var updates = [UpdateScheme.Update](repeating: .none, count: network.nodes.count)
        for n in chosen { updates[n] = UpdateScheme.Update(weights: share, bias: n % 2 == 0) }
        return UpdateScheme(name: "\(share) of \(chosen.map { network.nodes[$0].name })", updates: updates)
      }
    }
  }

  /// Schemes from nothing to everything.
  static func schemes(_ network: QuantizedNetwork) throws -> [UpdateScheme] {
    let layers = network.nodes.indices.filter { !network.nodes[$0].weights.isEmpty }
    let singles = layers.flatMap { n in
      [UpdateScheme.Update(weights: .all), UpdateScheme.Update(bias: true)].map { update in
        var updates = [UpdateScheme.Update](repeating: .none, count: network.nodes.count)
        updates[n] = update
        return UpdateScheme(name: "\(network.nodes[n].name) \(update.bias ? "bias" : "weights")", updates: updates)
      }
    }
    return [
      UpdateScheme(name: "none", updates: network.nodes.map { _ in .none }), .full(network), .lastLayer(network),
      .biasesAndLastLayer(network), try .lastBlocks(1, of: network),
    ] + singles + shares(network)
  }
}
