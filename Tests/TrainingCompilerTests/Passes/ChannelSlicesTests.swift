import Tensors
import Testing

@testable import TrainingCompiler

/// What a share of a tensor's channels costs, and what the rest no longer does.
@Suite struct ChannelSlicesTests {
  private func scheme(_ names: [String], _ network: QuantizedNetwork) throws -> UpdateScheme {
    try UpdateScheme.tensors(names, of: network)
  }

  private func buffer(_ name: String, _ plan: TrainingPlan) -> TrainingPlan.PlacedBuffer? {
    plan.buffers.first { $0.name == name }
  }

  // MARK: Fault 5 of the published code: a rule that masks gradients and saves nothing

  @Test(arguments: [(ChannelShare.half, 6), (.quarter, 3), (.eighth, 2)])
  func faultTheRuleSavesNothing(share: ChannelShare, channels: Int) throws {
    // `block2.project` has 12 input channels of 11 frames, 4 output channels and one tap.
    let network = try SmallNetworks.quantized(SmallNetworks.residuals())
    let options = TrainingOptions(rounding: .errorFeedback)
    let divisor = try #require(share.divisor)
    let whole = try TrainingPlan.compile(
      network, scheme: scheme(["block2.project.weights"], network), options: options)
    let part = try TrainingPlan.compile(
      network, scheme: scheme(["block2.project.weights/\(divisor)"], network), options: options)

    #expect(part.updatedParameterCount == 4 * channels)
    // Weights in the arena, what error feedback keeps of them, the gradient's row.
    #expect(buffer("block2.project.weights", whole)?.byteCount == 48)
    #expect(buffer("block2.project.weights", part)?.byteCount == 4 * channels)
    #expect(buffer("block2.project.weights residual", part)?.byteCount == 4 * channels)
    #expect(buffer("block2.project weight gradient", whole)?.byteCount == 48)
    #expect(buffer("block2.project weight gradient", part)?.byteCount == 4 * channels)
    // The activation is kept for the backward pass, or only its chosen channels.
    let name = "block2.depthwise output"
    let kept = try #require(buffer(name, whole))
    #expect(kept.byteCount == 132 && kept.lastOperation >= whole.forwardCount)
    let passing = try #require(buffer(name, part))
    #expect(passing.lastOperation < part.forwardCount)
    let slice = try #require(buffer("\(name), \(channels) of 12 channels", part))
    #expect(slice.byteCount == 11 * channels)
    #expect(slice.firstOperation < part.forwardCount && slice.lastOperation >= part.forwardCount)
    #expect(part.arenaBytes < whole.arenaBytes)
    // Frozen weights are constants; none is stored twice.
    let rows = part.constantBytes - whole.constantBytes
    #expect(rows < 4 * 48, "tables of places, but no second copy of the weights: \(rows) bytes")
  }

  @Test func eachSmallerShareCostsLess() throws {
    for (name, network) in try SmallNetworks.all() {
      let shares = SmallNetworks.shares(network)
      let layers = network.nodes.indices.filter { shares[0][$0].weights != .none }
      let bytes = try [ChannelShare.all, .half, .quarter, .eighth, .none].map { share in
        var updates = [UpdateScheme.Update](repeating: .none, count: network.nodes.count)
        for n in layers { updates[n] = UpdateScheme.Update(weights: share) }
        return try TrainingPlan.compile(network, scheme: UpdateScheme(name: "\(share)", updates: updates)).arenaBytes
      }
      #expect(bytes == bytes.sorted(by: >) && bytes[0] > bytes[3], "\(name): \(bytes)")
    }
  }

  // MARK: What is kept anyway

  private func copies(_ graph: TrainingGraph) -> [(from: String, kept: Int)] {
    graph.forward.compactMap { operation in
      guard case .copyChannels(let input, _, let kept, _) = operation.kind else { return nil }
      return (graph.buffers[input].name, kept)
    }
  }

  private func updates(_ graph: TrainingGraph) -> [String: TrainingGraph.WeightUpdate] {
    var found: [String: TrainingGraph.WeightUpdate] = [:]
    for operation in graph.backward {
      guard case .updateWeights(let update, _) = operation.kind else { continue }
      found[operation.name] = update
    }
    return found
  }

  /// `trunk` is read by `left` and `right`.
  @Test func anActivationThatIsKeptWholeIsReadInItsFrames() throws {
    let network = try SmallNetworks.quantized(SmallNetworks.fork())
    let graph = try StepPass.graph(of: network, scheme: scheme(["left.weights/4", "right.weights"], network))
    #expect(copies(graph).isEmpty)
    let left = try #require(updates(graph)["left weight update"])
    #expect(graph.buffers[left.input].name == "trunk output")
    #expect(left.frameStride == 4 && left.geometry.inputChannels == 1)
  }

  @Test func twoSharesOfAnActivationAreKeptOnce() throws {
    let network = try SmallNetworks.quantized(SmallNetworks.fork())
    let graph = try StepPass.graph(of: network, scheme: scheme(["left.weights/4", "right.weights/2"], network))
    #expect(copies(graph).map(\.from) == ["trunk output"] && copies(graph).map(\.kept) == [2])
    let found = updates(graph)
    let left = try #require(found["left weight update"])
    let right = try #require(found["right weight update"])
    #expect(left.input == right.input && left.frameStride == 2 && right.frameStride == 2)
    #expect(left.geometry.inputChannels == 1 && right.geometry.inputChannels == 2)
    #expect(graph.buffers[left.input].byteCount == 9 * 2)
  }

  /// The copy stands before the activation's readers, which may be done in place.
  @Test func channelsAreCopiedAsSoonAsTheyExist() throws {
    for (name, network) in try SmallNetworks.all() {
      for scheme in SmallNetworks.shares(network) {
        let graph = try StepPass.graph(of: network, scheme: scheme, through: .sliceChannels)
        for (t, operation) in graph.forward.enumerated() {
          guard case .copyChannels(let input, _, _, let output) = operation.kind else { continue }
          #expect(graph.forward[t - 1].writes.contains(input), "\(name), \(scheme.name)")
          #expect(graph.backward.contains { $0.reads.contains(output) })
          #expect(!graph.backward.contains { $0.reads.contains(input) })
        }
      }
    }
  }

  // MARK: Where copies stand

  private func bounds(_ graph: TrainingGraph) -> [Int] {
    let lifetimes = Lifetimes(of: graph)
    return Placement.liveBounds(lifetimes.requests, overlaps: lifetimes.overlaps)
  }

  /// Not as much as where all copies are made at once, and never more than where activations are kept whole.
  @Test func noOrderOfCopiesCostsMore() throws {
    for (name, network) in try SmallNetworks.all() {
      let singles = try SmallNetworks.shares(network)[0].updates.indices.filter {
        SmallNetworks.shares(network)[0][$0].weights != .none
      }.map { try scheme(["\(network.nodes[$0].name).weights/2"], network) }
      for scheme in SmallNetworks.shares(network) + singles {
        let asMade = try StepPass.graph(of: network, scheme: scheme, through: .inPlace)
        let ordered = CopyOrdering.run(asMade)
        let best = bounds(ordered).max() ?? 0
        #expect(best <= bounds(asMade).max() ?? 0, "\(name), \(scheme.name)")
        let whole = UpdateScheme(
          name: "whole",
          updates: scheme.updates.map { .init(weights: $0.weights == .none ? .none : .all, bias: $0.bias) })
        #expect(best <= bounds(try StepPass.graph(of: network, scheme: whole)).max() ?? 0, "\(name), \(scheme.name)")
        #expect(ordered.forward.count + ordered.backward.count == asMade.forward.count + asMade.backward.count)
        #expect(throws: Never.self) { try OperationOrder.verify(ordered) }
      }
    }
  }
}
