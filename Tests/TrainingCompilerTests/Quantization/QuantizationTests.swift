import Tensors
import Testing

@testable import TrainingCompiler

@Suite struct QuantizationTests {
  typealias Kernel = NetworkGraph.SlidingKernel

  // MARK: Weights and biases

  @Test func weightsComeBackWithinHalfAStep() throws {
    for seed: UInt64 in 1...5 {
      let float = SmallNetworks.withParameters(try SmallNetworks.residuals(), seed: seed)
      let network = try SmallNetworks.quantized(SmallNetworks.residuals(), seed: seed)
      for node in network.nodes where !node.weights.isEmpty {
        let index = try #require(float.graph.nodes.firstIndex { $0.name == node.name })
        let real = float.parameters[index]
        var isDepthwise = false
        if case .depthwiseConvolution = node.operation { isDepthwise = true }
        let row = node.weights.count / node.shape.channels
        for (i, weight) in node.weights.enumerated() {
          let scale = node.weightScales[isDepthwise ? i % node.shape.channels : i / row]
          // Half a step, and float32's own rounding of the quotient.
          #expect(abs(Float(weight) * scale - real.weights[i]) <= scale * 0.50001, "seed \(seed), \(node.name)")
          #expect(weight >= -127)
        }
        for c in 0..<node.shape.channels {
          let channel = node.weights.indices.filter { (isDepthwise ? $0 % node.shape.channels : $0 / row) == c }
          #expect(channel.map { abs(Int(node.weights[$0])) }.max() == 127, "each channel uses its whole range")
          let step = Double(network.nodes[node.inputs[0]].output.scale) * Double(node.weightScales[c])
          #expect(abs(Double(node.bias[c]) * step - Double(real.bias[c])) <= step * 0.50001)
        }
      }
    }
  }

  private static func dense(_ weights: [Float], bias: [Float], inputs: Int, input: ClosedRange<Float> = -1...1) throws
    -> QuantizedNetwork
  {
    var graph = NetworkGraph(input: ActivationShape(length: 1, channels: inputs))
    try graph.append(.dense(hasBias: true), named: "dense", to: [0], channels: weights.count / inputs)
    var numbers = NodeParameters()
    numbers.weights = weights
    numbers.bias = bias
    return try QuantizedNetwork(
      quantizing: FloatNetwork(graph: graph, parameters: [NodeParameters(), numbers]), ranges: [input, -1...1])
  }

  @Test func constantAndEmptyChannelsAreQuantized() throws {
    let node = try Self.dense([0.5, 0.5, 0, 0, -0.25, -0.25], bias: [0, 0.1, 0], inputs: 2).nodes[1]
    #expect(node.weights == [127, 127, 0, 0, -127, -127])
    #expect(node.weightScales.allSatisfy { $0 > 0 })
    // A channel without weights has a step that is small but no smaller than 1/1024 of the largest.
    #expect(abs(node.weightScales[1] - 0.5 / 1024 / 127) < 1e-9)
    let empty = try Self.dense([0, 0], bias: [0], inputs: 2).nodes[1]
    #expect(empty.weights == [0, 0] && empty.weightScales[0] > 0 && empty.bias == [0])
  }

  @Test func aBiasThatLeavesNoRoomForItsSumIsRefused() throws {
    for sign: Float in [1, -1] {
      #expect(throws: QuantizationError.biasOutOfRange(layer: "dense")) {
        try Self.dense([0.001, 0.001, 0.001], bias: [sign * 1e30], inputs: 3)
      }
    }
  }

  // MARK: Activations

  @Test func everyRangeHoldsAnExactZeroAndItsLimits() {
    let seed: UInt64 = 1_001
    var random = SeededRandom(seed: seed)
    var ranges: [ClosedRange<Float>] = [
      0...0, 0...1, -1...0, -1...1, 2...3, -3 ... -2, 5...5, -5 ... -5, 0...1e-9, -1e6...1e-3,
    ]
    for _ in 0..<500 {
      let a = Float.random(in: -20...20, using: &random)
      let b = Float.random(in: -20...20, using: &random)
      ranges.append(min(a, b)...max(a, b))
    }
    for range in ranges {
      let q = ActivationQuantization(range: range, activation: nil)
      #expect(q.scale > 0 && (-128...127).contains(q.zeroPoint), "\(range)")
      #expect(q.low == -128 && q.high == 127)
      // Real zero is `q == zeroPoint`; the ends of the range, widened to hold it, are within half a step.
      let lowest = q.scale * Float(-128 - q.zeroPoint)
      let highest = q.scale * Float(127 - q.zeroPoint)
      let slack = 0.5001 * q.scale
      #expect(lowest <= min(range.lowerBound, 0) + slack && highest >= max(range.upperBound, 0) - slack, "\(range)")
    }
  }

  @Test func reluStartsAtZeroAndRelu6EndsAtSix() {
    for (range, activation): (ClosedRange<Float>, NetworkGraph.Activation) in [
      (0...4, .relu), (0...6, .relu6), (0...3, .relu6), (0...12, .relu6), (-1...8, .relu), (-2...9, .relu6),
    ] {
      let q = ActivationQuantization(range: range, activation: activation)
      #expect(q.low == q.zeroPoint, "\(activation) over \(range)")
      let highest = q.scale * Float(q.high - q.zeroPoint)
      if activation == .relu6 && range.upperBound >= 6 {
        #expect(abs(highest - 6) <= 0.5001 * q.scale, "\(range)")
      } else {
        #expect(q.high == 127)
      }
    }
    // A range that saw nothing but zeros still has its limits in order.
    let flat = ActivationQuantization(range: 0...0, activation: .relu6)
    #expect(flat.low == flat.zeroPoint && flat.low <= flat.high && flat.high == 127)
  }

  @Test func poolsKeepTheirInputsScale() throws {
    let network = try SmallNetworks.quantized(SmallNetworks.pools())
    for node in network.nodes {
      switch node.operation {
      case .averagePool, .maxPool, .globalAveragePool: #expect(node.output == network.nodes[node.inputs[0]].output)
      default: break
      }
    }
  }

  // MARK: Errors

  /// A network of one convolution, what a body appends, a pool and a dense layer.
  private static func quantize(
    range: ClosedRange<Float> = -1...1, _ body: (inout NetworkGraph, Int) throws -> Int
  ) throws -> QuantizedNetwork {
    var graph = NetworkGraph(input: ActivationShape(length: 6, channels: 2))
    let convolution = try graph.append(
      .convolution(Kernel(size: 3, padding: 1), hasBias: true), named: "convolution", to: [0], channels: 2)
    let last = try body(&graph, convolution)
    let pool = try graph.append(.globalAveragePool, named: "pool", to: [last])
    try graph.append(.dense(hasBias: true), named: "dense", to: [pool], channels: 2)
    return try QuantizedNetwork(
      quantizing: SmallNetworks.withParameters(graph), ranges: graph.nodes.map { _ in range })
  }

  @Test func normalizationMustBeFoldedFirst() {
    #expect(throws: QuantizationError.normalizationNotFolded(layer: "norm")) {
      try Self.quantize { graph, last in
        try graph.append(.batchNormalization(epsilon: 1e-5), named: "norm", to: [last])
      }
    }
  }

  @Test func anActivationNeedsALayerToFuseInto() {
    #expect(throws: QuantizationError.activationCannotBeFused(layer: "relu", after: "maximum")) {
      try Self.quantize { graph, last in
        let pool = try graph.append(.maxPool(Kernel(size: 2)), named: "maximum", to: [last])
        return try graph.append(.activation(.relu), named: "relu", to: [pool])
      }
    }
  }

  @Test(arguments: [true, false]) func anActivationIsNotFusedWhereTheValuesBeforeItAreReadToo(readFirst: Bool) {
    // Fusing would give the second reader activated values in place of those it asked for.
    #expect(throws: QuantizationError.activationCannotBeFused(layer: "relu", after: "convolution")) {
      try Self.quantize { graph, last in
        if readFirst {
          let other = try graph.append(
            .convolution(Kernel(size: 1), hasBias: true), named: "other", to: [last], channels: 2)
          let relu = try graph.append(.activation(.relu), named: "relu", to: [last])
          return try graph.append(.add, named: "join", to: [relu, other])
        }
        let relu = try graph.append(.activation(.relu), named: "relu", to: [last])
        return try graph.append(.add, named: "join", to: [relu, last])
      }
    }
  }

  @Test func theLastLayerMustBeDenseWithoutActivation() throws {
    var graph = NetworkGraph(input: ActivationShape(length: 6, channels: 2))
    try graph.append(.globalAveragePool, named: "pool", to: [0])
    #expect(throws: QuantizationError.lastLayerIsNotDense(layer: "pool")) {
      try QuantizedNetwork(quantizing: SmallNetworks.withParameters(graph), ranges: [-1...1, -1...1])
    }
    try graph.append(.dense(hasBias: true), named: "dense", to: [1], channels: 2)
    try graph.append(.activation(.relu), named: "relu", to: [2])
    for range: ClosedRange<Float> in [-1...1, 0...1] {
      #expect(throws: QuantizationError.lastLayerIsNotDense(layer: "dense"), "\(range)") {
        try QuantizedNetwork(
          quantizing: SmallNetworks.withParameters(graph), ranges: [-1...1, -1...1, -1...1, range])
      }
    }
  }

  @Test(arguments: [
    -Float.infinity...0, 0...Float.infinity, -Float.greatestFiniteMagnitude...Float.greatestFiniteMagnitude,
  ])
  func aRangeWithoutAFiniteWidthIsRefused(range: ClosedRange<Float>) {
    #expect(throws: QuantizationError.notFinite(layer: "input")) { try Self.quantize(range: range) { _, last in last } }
  }

  @Test(arguments: [Float.nan, .infinity]) func parametersMustBeFinite(value: Float) {
    #expect(throws: QuantizationError.notFinite(layer: "dense")) { try Self.dense([value, 1], bias: [0], inputs: 2) }
    #expect(throws: QuantizationError.notFinite(layer: "dense")) { try Self.dense([1, 1], bias: [value], inputs: 2) }
  }

  @Test func scalesFarApartStillCompile() throws {
    // A join of large values whose sum was always nearly 0, and logits of huge steps: factors saturate, nothing traps.
    var graph = NetworkGraph(input: ActivationShape(length: 4, channels: 2))
    let a = try graph.append(.convolution(Kernel(size: 1), hasBias: true), named: "a", to: [0], channels: 2)
    let b = try graph.append(.convolution(Kernel(size: 1), hasBias: true), named: "b", to: [0], channels: 2)
    let join = try graph.append(.add, named: "join", to: [a, b])
    let pool = try graph.append(.globalAveragePool, named: "pool", to: [join])
    try graph.append(.dense(hasBias: true), named: "dense", to: [pool], channels: 2)
    for ranges: [ClosedRange<Float>] in [
      [-1...1, -1e6...1e6, -1e6...1e6, 0...0, 0...0, -1...1],
      [-1e9...1e9, 0...0, 0...0, -1e9...1e9, -1e9...1e9, 0...0],
    ] {
      var parameters = SmallNetworks.withParameters(graph)
      for i in parameters.parameters[5].weights.indices { parameters.parameters[5].weights[i] *= 1e6 }
      let network = try QuantizedNetwork(quantizing: parameters, ranges: ranges)
      let plan = try TrainingPlan.compile(network, scheme: .full(network))
      #expect(PlanReplay(plan).faults.isEmpty)
    }
  }
}
