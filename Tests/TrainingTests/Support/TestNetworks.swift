import Tensors
import Testing

@testable import TrainingCompiler

/// A network of the catalogue, small enough to be trained in every way.
struct TestNetwork: Sendable, CustomTestStringConvertible {
  let name: String
  let network: QuantizedNetwork

  var testDescription: String { name }

  /// Random windows over the whole int8 range.
  func windows(_ count: Int, seed: UInt64) -> [[Int8]] {
    var random = SplitMix(seed: seed)
    return (0..<count).map { _ in
      (0..<network.inputShape.elementCount).map { _ in Int8.random(in: -128...127, using: &random) }
    }
  }
}

extension TestNetwork {
  private init(
    _ name: String, seed: UInt64, length: Int, channels: Int, zeroPoint: Int32 = 9,
    _ body: (inout NetworkBuilder) -> Void
  ) {
    var builder = NetworkBuilder(seed: seed, length: length, channels: channels, zeroPoint: zeroPoint)
    body(&builder)
    self.name = name
    network = builder.network
  }

  static let all: [TestNetwork] = [
    plainConvolutions, depthwiseConvolutions, invertedResidual, twoJoins, joinOfTwoConvolutions, poolIntoJoin,
    averagePool, overlappingMaxPool, denseInTheMiddle, manyPaths, doubled, severalReaders, denseOnly,
  ]

  static let plainConvolutions = TestNetwork("plain convolutions", seed: 1, length: 13, channels: 3) {
    $0.convolution("conv1", channels: 5, kernel: 5, stride: 2, padding: 2, clamp: .relu, zeroPoint: -128)
    $0.convolution("conv2", channels: 6, kernel: 3, clamp: .none, zeroPoint: 17)
    $0.convolution("conv3", channels: 4, kernel: 4, stride: 3, padding: 1, clamp: .relu6, zeroPoint: -90)
    $0.dense("head", outputs: 3)
  }

  static let depthwiseConvolutions = TestNetwork("depthwise convolutions", seed: 2, length: 11, channels: 4) {
    $0.depthwise("depthwise1", kernel: 3, padding: 1, clamp: .relu, zeroPoint: -128)
    $0.convolution("pointwise", channels: 7, kernel: 1, clamp: .none, zeroPoint: -20)
    $0.depthwise("depthwise2", kernel: 5, stride: 2, padding: 2, clamp: .relu6, zeroPoint: -70)
    $0.globalPool("pool")
    $0.dense("head", outputs: 4)
  }

  static let invertedResidual = TestNetwork("inverted residual", seed: 3, length: 12, channels: 3, zeroPoint: -31) {
    $0.convolution("stem", channels: 4, kernel: 3, stride: 2, padding: 1, clamp: .relu6, zeroPoint: -128)
    $0.invertedResidual("block1", channels: 4)
    $0.globalPool("pool")
    $0.dense("head", outputs: 3)
  }

  /// The second block's input is itself a join.
  static let twoJoins = TestNetwork("two joins", seed: 4, length: 9, channels: 2) {
    $0.convolution("stem", channels: 5, kernel: 3, padding: 1, clamp: .relu, zeroPoint: -128)
    $0.invertedResidual("block1", channels: 5, kernel: 5)
    $0.invertedResidual("block2", channels: 5, expansion: 3)
    $0.invertedResidual("block3", channels: 6, stride: 2, joins: false)
    $0.globalPool("pool")
    $0.dense("head", outputs: 5)
  }

  /// Both sides of the join end in a convolution that nothing else reads.
  static let joinOfTwoConvolutions = TestNetwork("join of two convolutions", seed: 5, length: 8, channels: 3) {
    let stem = $0.convolution("stem", channels: 4, kernel: 3, padding: 1, clamp: .relu, zeroPoint: -128)
    let left = $0.convolution(
      "left", from: stem, channels: 6, kernel: 3, stride: 2, padding: 1, clamp: .none, zeroPoint: 5)
    let right = $0.convolution("right", from: stem, channels: 6, kernel: 1, stride: 2, clamp: .relu, zeroPoint: -128)
    $0.add("join", left, right, clamp: .relu, zeroPoint: -128)
    $0.dense("head", outputs: 3)
  }

  /// A pool is read by a block and by its join; the join is read by a pool.
  static let poolIntoJoin = TestNetwork("pool into a join", seed: 6, length: 14, channels: 3) {
    $0.convolution("stem", channels: 4, kernel: 3, padding: 1, clamp: .relu, zeroPoint: -128)
    $0.maxPool("maximum", kernel: 2, stride: 2)
    $0.invertedResidual("block1", channels: 4)
    $0.averagePool("mean", kernel: 3, stride: 3)
    $0.dense("head", outputs: 3)
  }

  static let averagePool = TestNetwork("overlapping average pool", seed: 7, length: 15, channels: 2) {
    $0.convolution("stem", channels: 5, kernel: 4, stride: 2, padding: 2, clamp: .none, zeroPoint: 23)
    $0.averagePool("mean", kernel: 3, stride: 2)
    $0.convolution("conv", channels: 4, kernel: 2, clamp: .relu, zeroPoint: -128)
    $0.globalPool("pool")
    $0.dense("head", outputs: 2)
  }

  static let overlappingMaxPool = TestNetwork("overlapping max pools", seed: 8, length: 17, channels: 3) {
    $0.convolution("stem", channels: 4, kernel: 3, stride: 1, padding: 1, clamp: .relu6, zeroPoint: -128)
    $0.maxPool("maximum1", kernel: 3, stride: 2)
    $0.maxPool("maximum2", kernel: 2, stride: 1)
    $0.averagePool("mean", kernel: 2, stride: 2)
    $0.convolution("conv", channels: 5, kernel: 3, clamp: .relu, zeroPoint: -100)
    $0.dense("head", outputs: 4)
  }

  static let denseInTheMiddle = TestNetwork("dense in the middle", seed: 9, length: 7, channels: 3) {
    $0.convolution("stem", channels: 4, kernel: 3, padding: 1, clamp: .relu, zeroPoint: -128)
    $0.dense("hidden1", outputs: 9, clamp: .relu, zeroPoint: -128)
    $0.dense("hidden2", outputs: 6, clamp: .none, zeroPoint: 40)
    $0.dense("head", outputs: 3)
  }

  /// One activation is read by a convolution and by three joins: more gradients than one operation adds.
  static let manyPaths = TestNetwork("many paths", seed: 10, length: 8, channels: 3) {
    let x = $0.convolution("stem", channels: 4, kernel: 3, padding: 1, clamp: .relu, zeroPoint: -128)
    for i in 1...3 {
      let y = $0.convolution("conv\(i)", channels: 4, kernel: 3, padding: 1, clamp: .relu6, zeroPoint: -110)
      $0.add("join\(i)", y, x)
    }
    $0.globalPool("pool")
    $0.dense("head", outputs: 3)
  }

  /// A join whose two inputs are one activation.
  static let doubled = TestNetwork("doubled", seed: 11, length: 6, channels: 2) {
    let x = $0.convolution("stem", channels: 3, kernel: 3, padding: 1, clamp: .relu, zeroPoint: -128)
    let y = $0.add("double", x, x, clamp: .none, zeroPoint: 30)
    $0.add("again", y, x, clamp: .relu6, zeroPoint: -60)
    $0.dense("head", outputs: 3)
  }

  /// One activation is read by convolutions, a depthwise convolution and a pool.
  static let severalReaders = TestNetwork("several readers", seed: 12, length: 9, channels: 3) {
    let x = $0.convolution("stem", channels: 4, kernel: 3, padding: 1, clamp: .relu, zeroPoint: -128)
    let pooled = $0.averagePool("mean", kernel: 3, stride: 1)
    let a = $0.convolution("a", from: x, channels: 4, kernel: 3, clamp: .none, zeroPoint: 2)
    let b = $0.depthwise("b", from: x, kernel: 3, clamp: .relu, zeroPoint: -128)
    let c = $0.convolution("c", from: x, channels: 4, kernel: 5, padding: 1, clamp: .relu6, zeroPoint: -128)
    let left = $0.add("left", a, b)
    let right = $0.add("right", c, pooled)
    $0.add("all", left, right)
    $0.globalPool("pool")
    $0.dense("head", outputs: 3)
  }

  static let denseOnly = TestNetwork("dense only", seed: 13, length: 4, channels: 3) {
    $0.dense("head", outputs: 5)
  }
}

extension TestNetwork {
  /// Every kind of update scheme, frozen beginnings and ends among them.
  func schemes() throws -> [UpdateScheme] {
    let layers = network.nodes.filter { !$0.weights.isEmpty }.map(\.name)
    var schemes: [UpdateScheme] = [.full(network), .lastLayer(network), .biasesAndLastLayer(network)]
    schemes.append(try .lastBlocks(1, of: network))
    // The rest of the network is frozen, but its errors must reach the first layer.
    schemes.append(try .tensors(["\(layers[0]).weights"], of: network))
    schemes.append(try .tensors(["\(layers[layers.count / 2]).weights", "\(layers[0]).bias"], of: network))
    schemes.append(
      try .tensors(layers.enumerated().map { "\($1).\($0 % 2 == 0 ? "weights" : "bias")" }, of: network))
    return schemes + shares()
  }

  /// Shares of every layer that may be updated by shares; other layers are updated whole or not.
  func shares() -> [UpdateScheme] {
    var random = SplitMix(seed: UInt64(network.parameterCount))
    let spaces = ChannelSpaces(of: network)
    func scheme(_ name: String, _ update: (inout SplitMix) -> UpdateScheme.Update) -> UpdateScheme {
      let updates = network.nodes.map { node -> UpdateScheme.Update in
        guard !node.weights.isEmpty else { return .none }
        var chosen = update(&random)
        if spaces.isFixed(spaces.space(ofNode: node.inputs[0])) && chosen.weights != .none { chosen.weights = .all }
        return chosen
      }
      return UpdateScheme(name: "\(name): \(updates.map { "\($0.weights) \($0.bias)" })", updates: updates)
    }
    return [
      scheme("halves") { _ in UpdateScheme.Update(weights: .half, bias: true) },
      scheme("eighths without biases") { _ in UpdateScheme.Update(weights: .eighth) },
    ]
      + (0..<2).map { index in
        scheme("random shares \(index)") { random in
          UpdateScheme.Update(
            weights: ChannelShare.allCases.randomElement(using: &random)!, bias: Bool.random(using: &random))
        }
      }.filter { !$0.updates.allSatisfy(\.isEmpty) }
  }
}

extension TestNetwork {
  /// Networks of random layers, named by their seed. Fewer without optimization, where the references are slow.
  #if DEBUG
    static let randoms = (1...6).map { random(seed: UInt64($0) * 1_000_003) }
  #else
    static let randoms = (1...60).map { random(seed: UInt64($0) * 1_000_003) }
  #endif

  static func random(seed: UInt64) -> TestNetwork {
    var random = SplitMix(seed: seed)
    func pick<Element>(_ choices: [Element]) -> Element { choices.randomElement(using: &random)! }
    return TestNetwork(
      "random network \(seed)", seed: seed, length: pick([5, 7, 8, 12, 17]), channels: pick([1, 2, 3, 5]),
      zeroPoint: pick([-128, -9, 0, 77])
    ) { builder in
      for layer in 0..<pick([1, 2, 3, 4]) {
        let shape = builder.network.nodes[builder.last].shape
        let clamp = pick([NetworkBuilder.Clamp.none, .relu, .relu6])
        let zeroPoint: Int32 = clamp == .none ? pick([-40, 0, 13]) : pick([-128, -100])
        let stride = pick([1, 1, 2])
        switch pick([0, 0, 1, 2, 3, 4, 5]) {
        case 1:
          builder.depthwise(
            "layer\(layer)", kernel: 3, stride: stride, padding: 1, clamp: clamp, zeroPoint: zeroPoint)
        case 2:
          builder.invertedResidual("block\(layer)", channels: shape.channels, kernel: pick([1, 3]))
        case 3 where shape.length >= 4:
          builder.maxPool("layer\(layer)", kernel: 3, stride: stride)
        case 4 where shape.length >= 4:
          builder.averagePool("layer\(layer)", kernel: 2, stride: stride)
        case 5:
          let input = builder.last
          let left = builder.convolution(
            "left\(layer)", from: input, channels: shape.channels, kernel: 3, padding: 1, clamp: clamp,
            zeroPoint: zeroPoint)
          let right =
            pick([true, false])
            ? input : builder.convolution("right\(layer)", from: input, channels: shape.channels, kernel: 1)
          builder.add("join\(layer)", left, right, clamp: clamp, zeroPoint: zeroPoint)
        default:
          builder.convolution(
            "layer\(layer)", channels: pick([1, 3, 4, 6]), kernel: 3, stride: stride, padding: pick([1, 2]),
            clamp: clamp, zeroPoint: zeroPoint)
        }
      }
      if pick([true, false]) { builder.globalPool("pool") }
      builder.dense("head", outputs: pick([2, 3, 5]))
    }
  }
}
