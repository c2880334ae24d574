import Tensors
import Testing
import TrainingCompiler

@Suite struct UpdateSchemeTests {
  /// Names of updated tensors, in order.
  private func names(_ scheme: UpdateScheme, _ network: QuantizedNetwork) -> [String] {
    network.nodes.indices.flatMap { n in
      (scheme[n].weights != .none ? ["\(network.nodes[n].name).weights"] : [])
        + (scheme[n].bias ? ["\(network.nodes[n].name).bias"] : [])
    }
  }

  private func both(_ layers: String...) -> [String] { layers.flatMap { ["\($0).weights", "\($0).bias"] } }

  @Test func fullUpdatesEveryParameter() throws {
    for (name, network) in try SmallNetworks.all() {
      let scheme = UpdateScheme.full(network)
      #expect(scheme.parameterCount(in: network) == network.parameterCount, "\(name)")
      #expect(scheme.updates.count == network.nodes.count && scheme.name == "full")
    }
  }

  @Test func lastLayerUpdatesTheClassifierOnly() throws {
    for (_, network) in try SmallNetworks.all() {
      let scheme = UpdateScheme.lastLayer(network)
      #expect(names(scheme, network) == both("classifier"))
      let last = network.nodes[network.nodes.count - 1]
      #expect(scheme.parameterCount(in: network) == last.weights.count + last.bias.count)
    }
  }

  @Test func biasesAndLastLayerUpdatesAllBiases() throws {
    let network = try SmallNetworks.quantized(SmallNetworks.chain())
    #expect(
      names(.biasesAndLastLayer(network), network) == ["stem.bias", "depthwise.bias", "head.bias"] + both("classifier"))
  }

  @Test func lastBlocksUpdatesFromABlockOn() throws {
    let network = try SmallNetworks.quantized(SmallNetworks.residuals())
    let blocks = (1...3).map { b in both("block\(b).expand", "block\(b).depthwise", "block\(b).project") }
    for count in 1...3 {
      let scheme = try UpdateScheme.lastBlocks(count, of: network)
      #expect(names(scheme, network) == blocks.suffix(count).flatMap { $0 } + both("classifier"))
      #expect(scheme.name == "lastBlocks(\(count))")
    }
    for count in [-1, 0, 4, 100] {
      #expect(throws: UpdateSchemeError.tooFewBlocks(asked: count, available: 3)) {
        try UpdateScheme.lastBlocks(count, of: network)
      }
    }
  }

  @Test func withoutBlocksLayersAreCounted() throws {
    let network = try SmallNetworks.quantized(SmallNetworks.chain())
    #expect(names(try .lastBlocks(1, of: network), network) == both("classifier"))
    #expect(names(try .lastBlocks(2, of: network), network) == both("head", "classifier"))
    #expect(try UpdateScheme.lastBlocks(4, of: network).updates == UpdateScheme.full(network).updates)
    #expect(throws: UpdateSchemeError.tooFewBlocks(asked: 5, available: 4)) {
      try UpdateScheme.lastBlocks(5, of: network)
    }
  }

  @Test func tensorsAreUpdatedByName() throws {
    let network = try SmallNetworks.quantized(SmallNetworks.residuals())
    let wanted = ["block1.expand.weights", "block3.project.bias"]
    #expect(names(try .tensors(wanted, of: network), network) == wanted)
    #expect(names(try .tensors(wanted.reversed() + wanted, of: network), network) == wanted)
    #expect(throws: UpdateSchemeError.empty) { try UpdateScheme.tensors([], of: network) }
  }

  @Test func sharesOfTensorsAreSaidByDivision() throws {
    let network = try SmallNetworks.quantized(SmallNetworks.residuals())
    for (text, share) in [("/8", ChannelShare.eighth), ("/4", .quarter), ("/2", .half), ("", .all)] {
      let scheme = try UpdateScheme.tensors(["block1.expand.weights\(text)"], of: network)
      let n = try #require(network.nodes.firstIndex { $0.name == "block1.expand" })
      #expect(scheme[n] == UpdateScheme.Update(weights: share))
      #expect(scheme.tensorNames(in: network) == ["block1.expand.weights\(text)"])
    }
    // The larger of two shares wins; a bias has none.
    let both = try UpdateScheme.tensors(["block1.expand.weights/2", "block1.expand.weights/8"], of: network)
    #expect(both.tensorNames(in: network) == ["block1.expand.weights/2"])
    for wrong in [
      "block1.expand.bias/2", "block1.expand.weights/3", "block1.expand.weights/", "block1.expand.weights/2/2",
    ] {
      #expect(throws: UpdateSchemeError.self, "\(wrong)") { try UpdateScheme.tensors([wrong], of: network) }
    }
  }

  @Test func aShareIsRoundedUpToWholeChannels() {
    #expect(ChannelShare.allCases.map { $0.count(of: 9) } == [0, 2, 3, 5, 9])
    #expect(ChannelShare.allCases.map { $0.count(of: 96) } == [0, 12, 24, 48, 96])
    #expect(ChannelShare.allCases.map { $0.count(of: 1) } == [0, 1, 1, 1, 1])
  }

  @Test func unknownTensorsAreNamed() throws {
    let network = try SmallNetworks.quantized(SmallNetworks.residuals())
    let wanted = ["block1.expand.weights", "block3.project.bias"]
    do {
      _ = try UpdateScheme.tensors(wanted + ["block9.expand.weights"], of: network)
      Issue.record("an unknown tensor is accepted")
    } catch .unknownTensor(let name, let available) {
      #expect(name == "block9.expand.weights")
      #expect(available == names(.full(network), network))
    }
  }
}
