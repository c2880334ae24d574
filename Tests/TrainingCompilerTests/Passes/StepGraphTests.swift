import Tensors
import Testing

@testable import TrainingCompiler

@Suite struct StepGraphTests {
  private func lower(
    _ network: QuantizedNetwork, _ scheme: UpdateScheme, _ options: TrainingOptions = TrainingOptions()
  ) throws -> TrainingGraph {
    try StepPass.graph(of: network, scheme: scheme, options: options)
  }

  private func gradient(_ graph: TrainingGraph, _ name: String) -> TrainingGraph.Gradient? {
    for operation in graph.backward where operation.name == name {
      if case .gradient(let gradient) = operation.kind { return gradient }
    }
    return nil
  }

  // MARK: Paths that meet

  @Test func faultGradientsOverwriteEachOtherWhereAForkMeets() throws {
    // `trunk` is read by `left`, `right` and the join `outer`: three terms, one of them computed in place.
    let network = try SmallNetworks.quantized(SmallNetworks.fork())
    let graph = try lower(network, .full(network))
    let trunk = try #require(gradient(graph, "trunk gradient"))
    #expect(trunk.source == .convolution && trunk.addends.count == 2)
    let addends = trunk.addends.map { graph.buffers[$0].name }
    #expect(Set(addends).count == 2, "two different gradients: \(addends)")
    #expect(addends.contains("outer gradient"))
    // What the other convolution gives is stored, whole and unclamped, before it is added.
    let stored = try #require(addends.first { $0 != "outer gradient" })
    let partial = try #require(gradient(graph, stored))
    #expect(partial.source == .convolution && partial.addends.isEmpty && partial.outputs.count == 1)
    #expect(partial.outputs[0].mask == nil && partial.outputs[0].factors == nil)
    // Both convolutions are sources, each with its own errors and weights.
    let errors = [trunk.errors, partial.errors].compactMap { $0.map { graph.buffers[$0].name } }
    #expect(Set(errors) == ["left error", "right error"])
    let weights = [trunk.weights, partial.weights].compactMap { $0.map { graph.buffers[$0].name } }
    #expect(Set(weights) == ["left.weights", "right.weights"])
  }

  @Test func anActivationAddedToItselfHasTwiceItsGradient() throws {
    let network = try SmallNetworks.quantized(SmallNetworks.fork())
    let graph = try lower(network, .full(network))
    let outer = try #require(gradient(graph, "outer gradient"))
    #expect(outer.addends.map { graph.buffers[$0].name } == ["doubled gradient", "doubled gradient"])
    #expect(outer.source == .none)
  }

  @Test func faultOneJoinOverwritesAnother() throws {
    // `trunk` skips ahead to two joins and feeds a convolution: three terms from three places.
    var float = NetworkGraph(input: ActivationShape(length: 5, channels: 2))
    func convolution(_ name: String, _ input: Int) throws -> Int {
      try float.append(.convolution(.init(size: 1), hasBias: true), named: name, to: [input], channels: 2)
    }
    let trunk = try convolution("trunk", 0)
    let near = try float.append(.add, named: "near", to: [convolution("a", trunk), trunk])
    let far = try float.append(.add, named: "far", to: [convolution("b", near), trunk])
    let pool = try float.append(.globalAveragePool, named: "pool", to: [far])
    try float.append(.dense(hasBias: true), named: "dense", to: [pool], channels: 2)
    let network = try SmallNetworks.quantized(float)
    let graph = try lower(network, .full(network))
    let sum = try #require(gradient(graph, "trunk gradient"))
    #expect(sum.errors.map { graph.buffers[$0].name } == "a error")
    #expect(Set(sum.addends.map { graph.buffers[$0].name }) == ["near gradient", "far gradient"])
    #expect(PlanReplay(try TrainingPlan.compile(network, scheme: .full(network))).faults.isEmpty)
  }

  @Test func everyInvertedResidualAddsItsJoinToItsFirstConvolution() throws {
    let network = try SmallNetworks.quantized(SmallNetworks.residuals())
    let graph = try lower(network, .full(network))
    // The stem feeds block1.expand and block1.add; block1.add feeds block2.expand and block2.add.
    for (name, join) in [("stem", "block1.add"), ("block1.add", "block2.add")] {
      let sum = try #require(gradient(graph, "\(name) gradient"))
      #expect(sum.source == .convolution && sum.addends.map { graph.buffers[$0].name } == ["\(join) gradient"])
    }
  }

  @Test func aJoinPassesItsClampBitsOn() throws {
    let network = try SmallNetworks.quantized(SmallNetworks.residuals())
    let graph = try lower(network, .full(network))
    // `block1.project` feeds its join only: its error is made from the exact sum, behind both clamps.
    let join = try #require(gradient(graph, "block1.add gradient"))
    let outputs = join.outputs.map { output in
      [output.buffer, output.mask, output.otherMask].map { $0.map { graph.buffers[$0].name } ?? "none" }
    }
    #expect(
      outputs.contains(["block1.project error", "block1.project clamp bits", "block1.add clamp bits"])
        && outputs.contains(["block1.add gradient", "block1.add clamp bits", "none"]), "\(outputs)")
  }

  // MARK: What is pruned

  @Test func nothingIsDifferentiatedThatReachesNoUpdate() throws {
    for (name, network) in try SmallNetworks.all() {
      let none = try lower(network, UpdateScheme(name: "none", updates: network.nodes.map { _ in .none }))
      #expect(none.backward.isEmpty && none.initial.isEmpty, "\(name)")
      #expect(!none.used.contains { [.mask, .winners, .error, .gradient].contains($0.role) }, "\(name)")
      for scheme in try SmallNetworks.schemes(network) {
        let graph = try lower(network, scheme)
        let written = Set(graph.step.flatMap(\.writes))
        let read = Set(graph.step.flatMap(\.reads))
        for b in graph.usedBuffers {
          let buffer = graph.buffers[b]
          switch buffer.role {
          // Whatever is kept for the backward pass is read there.
          case .mask, .winners, .error, .gradient:
            #expect(written.contains(b) && read.contains(b), "\(name), \(scheme.name): \(buffer.name)")
          default: break
          }
        }
        let first = network.nodes.indices.first { !scheme[$0].isEmpty } ?? network.nodes.count
        for node in network.nodes[..<first] where !node.weights.isEmpty {
          #expect(!graph.used.contains { $0.name == "\(node.name) error" || $0.name == "\(node.name) clamp bits" })
        }
      }
    }
  }

  @Test func exactlyTheSchemesTensorsAreUpdated() throws {
    for (name, network) in try SmallNetworks.all() {
      for scheme in try SmallNetworks.schemes(network) {
        let graph = try lower(network, scheme)
        var updates: [String] = []
        for operation in graph.backward {
          switch operation.kind {
          case .updateWeights(let u, _): updates.append(graph.buffers[u.weights].name)
          case .updateBias(let u): updates.append(graph.buffers[u.bias].name)
          default: break
          }
        }
        let expected = network.nodes.indices.flatMap { n in
          (scheme[n].weights != .none ? ["\(network.nodes[n].name).weights"] : [])
            + (scheme[n].bias ? ["\(network.nodes[n].name).bias"] : [])
        }
        #expect(updates.sorted() == expected.sorted(), "\(name), \(scheme.name)")
        for (b, buffer) in graph.buffers.enumerated() where expected.contains(buffer.name) {
          #expect(buffer.storage == .persistent && graph.initial.contains { $0.writes == [b] })
        }
      }
    }
  }

  // MARK: Order

  @Test func weightsAreReadForTheLastTimeBeforeTheyChange() throws {
    for (name, network) in try SmallNetworks.all() {
      for scheme in try SmallNetworks.schemes(network) {
        let graph = try lower(network, scheme)
        for (t, operation) in graph.backward.enumerated() {
          guard case .updateWeights(let update, _) = operation.kind else { continue }
          for later in graph.backward[(t + 1)...] {
            #expect(!later.reads.contains(update.weights), "\(name), \(scheme.name): \(later.name)")
          }
        }
      }
    }
  }

  // MARK: Constants of a step

  /// The real constants of an update, from their tables.
  private func constants(_ graph: TrainingGraph, _ mantissas: Int, _ exponents: Int) -> [Double] {
    guard case .constant(let m) = graph.buffers[mantissas].storage,
      case .constant(let e) = graph.buffers[exponents].storage
    else { return [] }
    return e.indices.map { i in
      let mantissa = (0..<4).reduce(Int32(0)) { $0 | Int32(m[4 * i + $1]) << Int32(8 * $1) }
      return Double(mantissa) * Double(sign: .plus, exponent: Int(Int8(bitPattern: e[i])), significand: 1)
    }
  }

  @Test(arguments: [TrainingOptions.Scaling.quantizationAware, .none])
  func stepsOnIntegersEqualTheFloatStep(scaling: TrainingOptions.Scaling) throws {
    for (name, network) in try SmallNetworks.all() {
      let graph = try lower(network, .full(network), TrainingOptions(scaling: scaling))
      for operation in graph.backward {
        let isWeights: Bool
        let found: [Double]
        let layer: Substring
        switch operation.kind {
        case .updateWeights(let u, _):
          (isWeights, found) = (true, constants(graph, u.mantissas, u.exponents))
          layer = graph.buffers[u.weights].name.dropLast(".weights".count)
        case .updateBias(let u):
          (isWeights, found) = (false, constants(graph, u.mantissas, u.exponents))
          layer = graph.buffers[u.bias].name.dropLast(".bias".count)
        default: continue
        }
        let node = try #require(network.nodes.first { $0.name == layer })
        let sx = Double(network.nodes[node.inputs[0]].output.scale)
        for (c, scale) in node.weightScales.enumerated() {
          let sw = Double(scale)
          // The integers' gradient is sw · ∂L/∂w = sx · Σ e·(x − z) for weights, sx · Σ e for biases, since e holds
          // sw already; scaling multiplies by sw⁻² or (sw · sx)⁻².
          let qas = isWeights ? 1 / (sw * sw) : 1 / (sw * sx * sw * sx)
          let expected = scaling == .quantizationAware ? sx * qas : sx
          #expect(abs(found[c] / expected - 1) < 1e-9, "\(name), \(operation.name), channel \(c)")
        }
      }
    }
  }

  @Test func everyParameterHasItsOwnRandomIndex() throws {
    for (_, network) in try SmallNetworks.all() {
      let graph = try lower(network, .full(network))
      var next = 0
      var ranges: [Range<Int>] = []
      for operation in graph.backward {
        switch operation.kind {
        case .updateWeights(let u, _): ranges.append(u.firstIndex..<u.firstIndex + graph.buffers[u.weights].byteCount)
        case .updateBias(let u): ranges.append(u.firstIndex..<u.firstIndex + u.channels)
        default: break
        }
      }
      for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
        #expect(range.lowerBound == next)
        next = range.upperBound
      }
      #expect(next == network.parameterCount)
      // An index belongs to the parameter, not to the scheme.
      let last = try lower(network, .lastLayer(network))
      for operation in last.backward {
        if case .updateWeights(let u, _) = operation.kind {
          #expect(u.firstIndex == network.firstParameter(ofNode: network.nodes.count - 1))
        }
      }
    }
  }

  // MARK: Refusals

  @Test func sumsThatCouldOverflowAreRefused() throws {
    var graph = NetworkGraph(input: ActivationShape(length: 1, channels: 33_156))
    try graph.append(.dense(hasBias: true), named: "dense", to: [0], channels: 1)
    let wide = try SmallNetworks.quantized(graph)
    #expect(throws: CompilationError.sumTooWide(layer: "dense", sum: "products of one output")) {
      try TrainingPlan.compile(wide, scheme: .full(wide))
    }
    // Over 66,311 frames a product of 127 · 255 a frame still fits; one more does not.
    for (length, fits) in [(66_311, true), (66_312, false)] {
      var long = NetworkGraph(input: ActivationShape(length: length, channels: 1))
      let layer = try long.append(.convolution(.init(size: 1), hasBias: true), named: "long", to: [0], channels: 1)
      let pool = try long.append(.globalAveragePool, named: "pool", to: [layer])
      try long.append(.dense(hasBias: true), named: "dense", to: [pool], channels: 1)
      let network = try SmallNetworks.quantized(long)
      if fits {
        #expect(try TrainingPlan.compile(network, scheme: .full(network)).arenaBytes > length)
      } else {
        #expect(throws: CompilationError.sumTooWide(layer: "long", sum: "weight gradient over time")) {
          try TrainingPlan.compile(network, scheme: .full(network))
        }
      }
    }
  }

  @Test(arguments: [256, 257]) func aMaxPoolIsTrainedThroughIfItsTapsFitAByte(kernel: Int) throws {
    var graph = NetworkGraph(input: ActivationShape(length: 300, channels: 1))
    let layer = try graph.append(.convolution(.init(size: 1), hasBias: true), named: "layer", to: [0], channels: 1)
    let pool = try graph.append(.maxPool(.init(size: kernel, stride: kernel)), named: "pool", to: [layer])
    try graph.append(.dense(hasBias: true), named: "dense", to: [pool], channels: 1)
    let network = try SmallNetworks.quantized(graph)
    #expect(throws: Never.self) { try TrainingPlan.compile(network, scheme: .lastLayer(network)) }
    if kernel <= 256 {
      #expect(throws: Never.self) { try TrainingPlan.compile(network, scheme: .full(network)) }
    } else {
      #expect(throws: CompilationError.self) { try TrainingPlan.compile(network, scheme: .full(network)) }
    }
  }

  @Test func aNetworkWithoutLogitsIsRefused() throws {
    var network = try SmallNetworks.quantized(SmallNetworks.chain())
    network.nodes.removeLast()
    #expect(throws: CompilationError.noLogits) { try TrainingPlan.compile(network, scheme: .full(network)) }
  }
}

extension TrainingGraph {
  fileprivate var used: [Buffer] { usedBuffers.map { buffers[$0] } }
}
