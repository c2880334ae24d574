import Learning
import Tensors
import Testing
import TrainingCompiler

@testable import ModelExchange

@Suite struct WeightImportTests {
  /// A convolution, an inverted residual, two layers of one shape, a dense layer over time.
  private let network: FloatNetwork

  init() throws {
    var graph = NetworkGraph(input: ActivationShape(length: 12, channels: 3))
    var last = try graph.appendConvolution(
      named: "conv1", to: 0, channels: 4, kernel: .init(size: 5, padding: 2), activation: .relu6)
    last = try graph.appendInvertedResidual(
      named: "block1", to: last, channels: 4, expansion: 2, kernel: .init(size: 3, stride: 2, padding: 1))
    for name in ["pointwise1", "pointwise2"] {
      last = try graph.appendConvolution(
        named: name, to: last, channels: 4, kernel: .init(size: 1), batchNormalized: false, activation: .relu)
    }
    try graph.append(.dense(hasBias: true), named: "dense1", to: [last], channels: 2)
    var network = FloatNetwork(initializing: graph, with: .fanInUniform, seed: 9)
    // Nothing stands at its default, so that nothing can be mistaken for another.
    for index in network.parameters.indices {
      var number: Float = Float(index)
      func distinct(_ values: [Float]) -> [Float] {
        values.map { _ in
          number += 0.125
          return number
        }
      }
      network.parameters[index].bias = distinct(network.parameters[index].bias)
      network.parameters[index].normScale = distinct(network.parameters[index].normScale)
      network.parameters[index].normShift = distinct(network.parameters[index].normShift)
      network.parameters[index].runningMean = distinct(network.parameters[index].runningMean)
      network.parameters[index].runningVariance = distinct(network.parameters[index].runningVariance)
    }
    self.network = network
  }

  private func imported(
    _ tensors: [NamedTensor], modules: [String]? = nil
  ) throws -> WeightImport {
    try WeightImport(network.graph, fromFile: SafetensorsFile(tensors: tensors).bytes(), modules: modules)
  }

  private func message(_ tensors: [NamedTensor], modules: [String]? = nil) -> String {
    do {
      _ = try imported(tensors, modules: modules)
      return ""
    } catch let error as WeightImportError {
      return error.description
    } catch {
      return "\(error)"
    }
  }

  /// The network's tensors under other names.
  private func renamed(_ names: [String: String]) -> [NamedTensor] {
    network.stateDict.map { tensor in
      var tensor = tensor
      let dot = tensor.name.lastIndex(of: ".") ?? tensor.name.endIndex
      let module = String(tensor.name[..<dot])
      tensor.name = (names[module] ?? module) + tensor.name[dot...]
      return tensor
    }
  }

  /// As `nn.Sequential` of layers and sequences names them.
  private static let sequential = [
    "conv1": "features.0.0", "conv1.norm": "features.0.1", "block1.expand": "features.1.conv.0.0",
    "block1.expand.norm": "features.1.conv.0.1", "block1.depthwise": "features.1.conv.1.0",
    "block1.depthwise.norm": "features.1.conv.1.1", "block1.project": "features.1.conv.2",
    "block1.project.norm": "features.1.conv.3", "pointwise1": "features.2.0", "pointwise2": "features.10.0",
    "dense1": "classifier",
  ]

  @Test func whatIsExportedComesBackBitForBit() throws {
    let result = try imported(network.stateDict)
    #expect(result.network == network)
    #expect(result.network.stateDict == network.stateDict)
    #expect(result.sources.allSatisfy { $0.layer == $0.module } && result.sources.count == 11)
  }

  @Test func layoutsAreThoseOfPyTorch() throws {
    let tensors = Dictionary(uniqueKeysWithValues: network.stateDict.map { ($0.name, $0) })
    #expect(tensors["conv1.weight"]?.shape == [4, 3, 5])
    #expect(tensors["block1.depthwise.weight"]?.shape == [8, 1, 3])
    #expect(tensors["dense1.weight"]?.shape == [2, 24])
    // Ours is [outputs][kernel][inputs], theirs [outputs, inputs, kernel].
    let ours = network.parameters[1].weights
    #expect(tensors["conv1.weight"]?.floats?[(2 * 3 + 1) * 5 + 4] == ours[(2 * 5 + 4) * 3 + 1])
    let depthwise = try #require(network.graph.nodes.firstIndex { $0.name == "block1.depthwise" })
    #expect(
      tensors["block1.depthwise.weight"]?.floats?[5 * 3 + 2] == network.parameters[depthwise].weights[2 * 8 + 5])
    // Ours reads [frames][channels], theirs what flattening [channels, frames] leaves: six frames of four channels.
    let dense = try #require(network.graph.nodes.firstIndex { $0.name == "dense1" })
    #expect(tensors["dense1.weight"]?.floats?[24 + 3 * 6 + 1] == network.parameters[dense].weights[24 + 1 * 4 + 3])
  }

  @Test func numbersInNamesTellTheOrder() throws {
    let result = try imported(renamed(Self.sequential))
    #expect(result.network == network)
    #expect(result.sources.map(\.module).contains("features.10.0"))
  }

  @Test func aCommonPrefixIsNoName() throws {
    let tensors = network.stateDict.map { tensor in
      var tensor = tensor
      tensor.name = "module.net." + tensor.name
      return tensor
    }
    #expect(try imported(tensors).network == network)
  }

  @Test func modulesMayBeNamedInTheOrderOfTheLayers() throws {
    var names = Self.sequential
    // Two layers of one shape, whose names tell no order.
    names["pointwise1"] = "features.last"
    names["pointwise2"] = "features.other"
    let tensors = renamed(names)
    let text = message(tensors)
    #expect(text.contains("may be 'features.last' [4, 4, 1] or 'features.other' [4, 4, 1]"), "\(text)")
    let layers = WeightSlot.slots(of: network.graph).map(\.name)
    let listed = layers.map { names[$0] ?? $0 }
    #expect(try imported(tensors, modules: listed).network == network)
    // The other way round is another network of the same shape.
    let swapped = listed.map {
      $0 == "features.last" ? "features.other" : $0 == "features.other" ? "features.last" : $0
    }
    #expect(try imported(tensors, modules: swapped).network != network)
    #expect(message(tensors, modules: Array(listed.dropLast())).contains("names 10 modules"))
    #expect(message(tensors, modules: listed.dropLast() + ["classifer"]).contains("did you mean 'classifier'?"))
    #expect(message(tensors, modules: ["classifier"] + listed.dropFirst()).contains("does not fit module 'classifier'"))
  }

  @Test func whatDoesNotFitIsNamedWithItsShapes() {
    var tensors = network.stateDict.filter { !$0.name.hasPrefix("block1.project.") }
    #expect(message(tensors).contains("no module of the file fits layer 'block1.project' Conv1d [4, 8, 1]"))
    tensors = network.stateDict
    tensors[0] = NamedTensor("conv1.weight", shape: [4, 3, 7], [Float](repeating: 0, count: 84))
    #expect(message(tensors).contains("layer 'conv1' Conv1d [4, 3, 5] does not fit module 'conv1' [4, 3, 7]"))
    tensors = network.stateDict + [NamedTensor("extra.weight", shape: [1], [Float(1)])]
    #expect(message(tensors).contains("no layer of the network takes 'extra' [1]"))
    tensors = network.stateDict.filter { $0.name != "conv1.norm.running_var" }
    #expect(message(tensors).contains("module 'conv1.norm' has no 'running_var'"))
    #expect(message([]).contains("it holds nothing"))
  }

  @Test func numbersThatAreNoneAreRefused() {
    func replacing(_ name: String, _ make: (NamedTensor) -> NamedTensor) -> [NamedTensor] {
      network.stateDict.map { $0.name == name ? make($0) : $0 }
    }
    #expect(
      message(replacing("conv1.weight") { NamedTensor($0.name, shape: $0.shape, [Float](repeating: .nan, count: 60)) })
        .contains("not finite"))
    #expect(
      message(replacing("conv1.weight") { NamedTensor($0.name, shape: $0.shape, [Int8](repeating: 0, count: 60)) })
        .contains("elements I8"))
    #expect(
      message(
        replacing("conv1.norm.running_var") { NamedTensor($0.name, shape: [4], [Float](repeating: -1, count: 4)) }
      )
      .contains("below zero"))
    #expect(
      message(replacing("pointwise1.bias") { NamedTensor($0.name, shape: [3], [Float](repeating: 1, count: 3)) })
        .contains("has shape [3], and the network takes [4]"))
  }

  /// The largest difference of logits on windows that follow from a formula.
  private func distance(_ left: FloatNetwork, _ right: FloatNetwork) throws -> Float {
    let shape = network.graph.inputShape
    let windows = WindowSet(
      shape: shape, values: (0..<4 * shape.elementCount).map { Float($0 * 7919 % 101) / 50 - 1 },
      labels: [0, 0, 1, 1], subjects: [0, 0, 0, 0], recordings: [0, 0, 0, 0], startFrames: [0, 1, 2, 3],
      stretches: [0, 0, 0, 0], startNanoseconds: [0, 0, 0, 0], classNames: ["a", "b"], subjectNames: ["s"])
    let pair = (try left.logits(of: windows, threads: 1), try right.logits(of: windows, threads: 1))
    return zip(pair.0, pair.1).map { abs($0 - $1) }.max() ?? 0
  }

  @Test func aBiasBeforeANormalisationIsTakenUpByIt() throws {
    var expected = network
    let norm = try #require(network.graph.nodes.firstIndex { $0.name == "conv1.norm" })
    let bias: [Float] = [0.5, -0.25, 2, 0]
    expected.parameters[norm].runningMean = zip(network.parameters[norm].runningMean, bias).map { $0 - $1 }
    let result = try imported(network.stateDict + [.vector("conv1.bias", bias)])
    #expect(result.network == expected && result.network != network)
  }

  @Test func aFoldedNetworkComputesTheSame() throws {
    let folded = try BatchNormFolding.fold(network)
    let result = try imported(folded.stateDict)
    #expect(try distance(result.network, network) < 1e-4 * 100)
    #expect(try distance(result.network, folded) <= 2e-4)
    #expect(result.sources.count == folded.stateDict.count { $0.name.hasSuffix(".weight") })
  }

  @Test func halfPrecisionIsWidened() throws {
    let tensors = network.stateDict.map { tensor -> NamedTensor in
      // The upper half of a single is a bfloat16.
      let halves = (tensor.floats ?? []).map { UInt16($0.bitPattern >> 16) }
      return NamedTensor(tensor.name, element: .bfloat16, shape: tensor.shape, bytes: littleEndianBytes(halves))
    }
    let result = try imported(tensors)
    let kept = (network.parameters[1].weights[0].bitPattern >> 16) << 16
    #expect(result.network.parameters[1].weights[0].bitPattern == kept)
  }

  @Test func drawnNetworksComeBack() throws {
    for seed in 1...40 {
      let sample = try SampleNetwork(seed: UInt64(seed))
      let bytes = SafetensorsFile(tensors: sample.float.stateDict).bytes()
      #expect(try WeightImport(sample.float.graph, fromFile: bytes).network == sample.float, "seed \(seed)")
      let quantized = try sample.quantized
      var adapted = quantized
      adapted.nodes[1].weights[0] = quantized.nodes[1].weights[0] == 5 ? 6 : 5
      adapted.nodes[adapted.nodes.count - 1].bias[1] += 3
      let file = try SafetensorsFile(
        bytes: SafetensorsFile(tensors: quantized.tensors(adapted: [("s 1", adapted)])).bytes())
      // A structure of other numbers.
      var other = try SampleNetwork(seed: UInt64(seed))
      other.float = FloatNetwork(initializing: sample.float.graph, with: .kaimingNormal, seed: 77)
      var structure = try other.quantized
      // The last layer's sums are never brought to int8, so that no file says how.
      structure.nodes[structure.nodes.count - 1].output = quantized.nodes[quantized.nodes.count - 1].output
      #expect(structure != quantized)
      #expect(try QuantizedNetwork(file, like: structure) == quantized, "seed \(seed)")
      #expect(try QuantizedNetwork(file, like: structure, subject: "s 1") == adapted, "seed \(seed)")
      #expect(file.tensors.filter { $0.name.hasPrefix("subjects.") }.count == 2)
    }
  }
}
