import Learning
import Tensors
import TrainingCompiler

@testable import ModelExchange

/// Small networks of every kind of layer, drawn at random, with windows that they are tried on.
struct SampleNetwork {
  var float: FloatNetwork
  var windows: WindowSet
  var facts: NetworkFacts

  /// A generator of the kind that fits in a line: equal seeds draw equal networks.
  struct Generator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
      return z ^ z >> 31
    }
  }

  private static func activation(_ generator: inout Generator) -> NetworkGraph.Activation? {
    [nil, .relu, .relu6].randomElement(using: &generator) ?? nil
  }

  /// - Parameter seed: Each kind of layer comes about in a few tens of networks.
  init(seed: UInt64) throws {
    var generator = Generator(state: seed)
    let channels = Int.random(in: 1...6, using: &generator)
    let length = Int.random(in: 20...40, using: &generator)
    let classes = Int.random(in: 2...7, using: &generator)
    var graph = NetworkGraph(input: ActivationShape(length: length, channels: channels))
    var last = try graph.appendConvolution(
      named: "conv1", to: 0, channels: Int.random(in: 3...9, using: &generator),
      kernel: .init(size: 5, stride: Int.random(in: 1...2, using: &generator), padding: 2),
      batchNormalized: Bool.random(using: &generator), activation: Self.activation(&generator))
    for index in 0..<Int.random(in: 1...4, using: &generator) {
      last = try Self.append(index, to: last, of: &graph, &generator)
    }
    switch Int.random(in: 0..<3, using: &generator) {
    case 0: last = try graph.append(.globalAveragePool, named: "globalPool1", to: [last])
    case 1:
      last = try graph.append(.dense(hasBias: true), named: "dense0", to: [last], channels: 6)
      last = try graph.append(.activation(.relu), named: "dense0.relu", to: [last])
      if Bool.random(using: &generator) {
        // What a dense layer gives goes on as one frame.
        last = try graph.appendConvolution(
          named: "late", to: last, channels: 5, kernel: .init(size: 1), batchNormalized: true, activation: .relu)
      }
    default: break
    }
    try graph.append(.dense(hasBias: true), named: "dense1", to: [last], channels: classes)
    var network = FloatNetwork(initializing: graph, with: .fanInUniform, seed: seed)
    func random(_ range: ClosedRange<Float>, _ count: Int) -> [Float] {
      (0..<count).map { _ in Float.random(in: range, using: &generator) }
    }
    for index in network.parameters.indices {
      let numbers = network.parameters[index]
      network.parameters[index].normScale = random(0.5...1.5, numbers.normScale.count)
      network.parameters[index].normShift = random(-0.5...0.8, numbers.normShift.count)
      network.parameters[index].runningMean = random(-0.3...0.3, numbers.runningMean.count)
      network.parameters[index].runningVariance = random(0.05...1.5, numbers.runningVariance.count)
    }
    float = network
    let count = 48
    windows = WindowSet(
      shape: graph.inputShape, values: random(-2...2, count * graph.inputShape.elementCount),
      labels: Array(repeating: 0, count: count), subjects: Array(repeating: 0, count: count),
      recordings: Array(repeating: 0, count: count), startFrames: Array(0..<count),
      stretches: Array(repeating: 0, count: count), startNanoseconds: Array(repeating: 0, count: count),
      classNames: (0..<classes).map { "class \($0)" }, subjectNames: ["s"])
    facts = NetworkFacts(
      version: "0.0.0", pipeline: "sample \(seed)", classNames: windows.classNames,
      channelNames: (0..<channels).map { "c\($0)" }, channelUnits: (0..<channels).map { $0 == 0 ? nil : "m/s²" },
      sampleRateHz: 50, windowSamples: length, hopSamples: length, mean: [], deviation: [])
  }

  private static func append(
    _ index: Int, to last: Int, of graph: inout NetworkGraph, _ generator: inout Generator
  ) throws -> Int {
    let shape = graph.nodes[last].shape
    switch Int.random(in: 0..<6, using: &generator) {
    case 0:
      return try graph.appendInvertedResidual(
        named: "block\(index)", to: last, channels: Bool.random(using: &generator) ? shape.channels : 7,
        expansion: Int.random(in: 1...3, using: &generator),
        kernel: .init(size: 3, stride: Int.random(in: 1...2, using: &generator), padding: 1),
        activation: activation(&generator))
    case 1:
      return try graph.appendConvolution(
        named: "depthwise\(index)", to: last, channels: 0, kernel: .init(size: 3, padding: 1), depthwise: true,
        batchNormalized: Bool.random(using: &generator), activation: activation(&generator))
    case 2 where shape.length >= 4:
      return try graph.append(.averagePool(.init(size: 3, stride: 2)), named: "averagePool\(index)", to: [last])
    case 3 where shape.length >= 4:
      return try graph.append(.maxPool(.init(size: 2, stride: 2)), named: "maxPool\(index)", to: [last])
    case 4:
      let conv = try graph.appendConvolution(
        named: "conv\(index + 2)", to: last, channels: shape.channels, kernel: .init(size: 3, padding: 1),
        activation: nil)
      let sum = try graph.append(.add, named: "sum\(index)", to: [conv, last])
      return try graph.append(.activation(.relu), named: "sum\(index).relu", to: [sum])
    default:
      return try graph.appendConvolution(
        named: "pointwise\(index)", to: last, channels: 8, kernel: .init(size: 1),
        batchNormalized: Bool.random(using: &generator), activation: activation(&generator))
    }
  }

  /// In int8, calibrated on the windows.
  var quantized: QuantizedNetwork {
    get throws {
      let folded = try BatchNormFolding.fold(float)
      return try QuantizedNetwork(quantizing: folded, ranges: Calibration.ranges(of: folded, on: windows))
    }
  }
}
