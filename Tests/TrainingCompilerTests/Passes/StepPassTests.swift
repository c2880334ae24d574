import Tensors
import Testing

@testable import TrainingCompiler

@Suite struct StepPassTests {
  /// Every small network with every scheme.
  private func forEachCase(
    _ body: (_ name: String, _ network: QuantizedNetwork, _ scheme: UpdateScheme) throws -> Void
  ) throws {
    for (name, network) in try SmallNetworks.all() {
      for scheme in try SmallNetworks.schemes(network) { try body("\(name), \(scheme.name)", network, scheme) }
    }
  }

  private func bytesApart(_ graph: TrainingGraph) -> Int {
    graph.bytesApart.first { $0.title == "all in the arena" }?.bytes ?? 0
  }

  @Test func differentiationIsOfEverythingWhateverTheScheme() throws {
    try forEachCase { name, network, scheme in
      let graph = try StepPass.graph(of: network, scheme: scheme, through: .differentiate)
      let layers = network.nodes.count { !$0.weights.isEmpty }
      var gradients = (weights: 0, biases: 0)
      var updates: [String] = []
      for operation in graph.backward {
        switch operation.kind {
        case .weightGradient: gradients.weights += 1
        case .biasGradient: gradients.biases += 1
        case .applyWeights(let update, _, _): updates.append(graph.buffers[update.weights].name)
        case .applyBias(let update, _): updates.append(graph.buffers[update.bias].name)
        default: #expect(updates.isEmpty, "updates stand at the end: \(name)")
        }
      }
      #expect(gradients == (layers, layers), "\(name)")
      // A share of a tensor is a tensor of the same name.
      let tensors = scheme.tensorNames(in: network).map { String($0.prefix { $0 != "/" }) }
      #expect(updates.sorted() == tensors.sorted(), "\(name)")
    }
  }

  @Test func everyPassButTheLastTakesRoomAway() throws {
    try forEachCase { name, network, scheme in
      var before: Int?
      for pass in StepPass.allCases {
        let graph = try StepPass.graph(of: network, scheme: scheme, through: pass)
        let now = bytesApart(graph)
        if let before {
          switch pass {
          case .prune, .packMasks, .fuse: #expect(now <= before, "\(name), \(pass)")
          case .differentiate, .reorder, .inPlace, .orderCopies: #expect(now == before, "\(name), \(pass)")
          // Each slice is a buffer of its own; what it saves is the time that the whole activation lives.
          case .sliceChannels: #expect(now >= before, "\(name), \(pass)")
          }
        }
        before = now
      }
    }
  }

  @Test func pruningTwiceIsPruningOnce() throws {
    try forEachCase { name, network, scheme in
      let once = try StepPass.graph(of: network, scheme: scheme, through: .prune)
      #expect(GradientPruning.run(once).listing == once.listing, "\(name)")
    }
  }

  @Test func whatIsFrozenCostsNothing() throws {
    try forEachCase { name, network, scheme in
      let graph = try StepPass.graph(of: network, scheme: scheme, through: .prune)
      for operation in graph.backward {
        switch operation.kind {
        case .weightGradient(let update, _, _):
          let node = try #require(
            network.nodes.firstIndex { "\($0.name).weights" == graph.buffers[update.weights].name })
          #expect(scheme[node].weights != .none, "\(name): \(operation.name)")
        case .biasGradient(let update, _):
          let node = try #require(network.nodes.firstIndex { "\($0.name).bias" == graph.buffers[update.bias].name })
          #expect(scheme[node].bias, "\(name): \(operation.name)")
        default: break
        }
      }
      // An activation is read in the backward pass only by the update of its reader's weights.
      let kept = Set(graph.backward.flatMap(\.reads)).filter { graph.buffers[$0].role == .activation }
      for buffer in kept {
        let readers = network.nodes.indices.filter { n in
          scheme[n].weights != .none
            && network.nodes[n].inputs.contains { "\(network.nodes[$0].name) output" == graph.buffers[buffer].name }
        }
        #expect(!readers.isEmpty, "\(name): \(graph.buffers[buffer].name) is kept for nobody")
      }
    }
  }

  @Test func clampMarksAreBits() throws {
    try forEachCase { name, network, scheme in
      let bytes = try StepPass.graph(of: network, scheme: scheme, through: .prune)
      let bits = MaskPacking.run(bytes)
      for index in bytes.usedBuffers where bytes.buffers[index].role == .mask {
        #expect(bits.buffers[index].byteCount == (bytes.buffers[index].byteCount + 7) / 8, "\(name)")
      }
      #expect(MaskPacking.run(bits).listing == bits.listing, "packed once: \(name)")
    }
  }

  @Test func fusionLeavesOnlyWhatAnEngineExecutes() throws {
    try forEachCase { name, network, scheme in
      let graph = try StepPass.graph(of: network, scheme: scheme, through: .fuse)
      for operation in graph.step {
        switch operation.kind {
        case .sums, .requantize, .weightGradient, .applyWeights, .biasGradient, .applyBias:
          Issue.record("\(name): \(operation.name) is left")
        default: break
        }
      }
    }
  }

  @Test func reorderingMovesUpdatesForwardAndNothingElse() throws {
    try forEachCase { name, network, scheme in
      let before = try StepPass.graph(of: network, scheme: scheme, through: .fuse)
      let after = UpdateReordering.run(before)
      #expect(before.backward.map(\.name).sorted() == after.backward.map(\.name).sorted(), "\(name)")
      func others(_ graph: TrainingGraph) -> [String] {
        graph.backward.map(\.name).filter { !$0.hasSuffix(" update") }
      }
      #expect(others(before) == others(after), "\(name)")
      // No update could stand one place earlier.
      for (index, operation) in after.backward.enumerated() where operation.name.hasSuffix(" update") && index > 0 {
        let previous = after.backward[index - 1]
        guard !previous.name.hasSuffix(" update") else { continue }
        let conflicts =
          previous.writes.contains { operation.reads.contains($0) && $0 != after.state }
          || previous.reads.contains { operation.writes.contains($0) }
        #expect(conflicts, "\(name): \(operation.name) waits for nothing")
      }
      #expect(
        Placement.lowerBound(Lifetimes(of: after).requests) <= Placement.lowerBound(Lifetimes(of: before).requests),
        "\(name)")
    }
  }

  // MARK: In place

  /// The least lead that is safe together with all greater ones, by trying: no byte is written that a later frame
  /// reads.
  private func leastLead(
    frames: Int, header: Int, reads: (Int) -> Range<Int>, writes: (Int) -> Range<Int>, inputBytes: Int
  ) -> Int {
    func isSafe(_ lead: Int) -> Bool {
      var written = header
      for t in 0..<frames {
        let needed = reads(t)
        if !needed.isEmpty && max(0, needed.lowerBound + lead) < min(written, needed.upperBound + lead) { return false }
        written = writes(t).upperBound
      }
      return true
    }
    var lead = writes(frames - 1).upperBound
    while lead > -inputBytes && isSafe(lead - 1) { lead -= 1 }
    return lead
  }

  @Test func leadsAreSafeAndTight() {
    for length in 1...9 {
      for kernel in 1...5 {
        for stride in 1...3 {
          for padding in 0..<kernel where length + 2 * padding >= kernel {
            for (input, output) in [(1, 1), (2, 2), (3, 1), (1, 4), (2, 5)] {
              let g = ConvolutionGeometry(
                inputLength: length, inputChannels: input, outputLength: (length + 2 * padding - kernel) / stride + 1,
                outputChannels: output, kernel: kernel, stride: stride, padding: padding)
              let forward = leastLead(
                frames: g.outputLength, header: 0,
                reads: { t in
                  let first = max(0, t * stride - padding)
                  let end = min(length, t * stride - padding + kernel)
                  return first < end ? first * input..<end * input : 0..<0
                }, writes: { t in t * output..<(t + 1) * output }, inputBytes: length * input)
              // Where the input ends before the output begins, no lead is too small.
              #expect(max(FrameLead.convolution(g), -length * input) >= forward, "\(g)")
              if padding == 0 && g.outputLength > 1 { #expect(FrameLead.convolution(g) == forward, "\(g)") }
              for bytes in [1, 2, 4] {
                let backward = leastLead(
                  frames: length, header: 8,
                  reads: { frame in
                    let taps = (0..<kernel).compactMap { k -> Int? in
                      let shifted = frame + padding - k
                      return shifted >= 0 && shifted % stride == 0 && shifted / stride < g.outputLength
                        ? shifted / stride : nil
                    }
                    guard let low = taps.min(), let high = taps.max() else { return 0..<0 }
                    return 8 + low * output * bytes..<8 + (high + 1) * output * bytes
                  },
                  writes: { t in 8 + t * input * bytes..<8 + (t + 1) * input * bytes },
                  inputBytes: 8 + g.outputCount * bytes)
                #expect(FrameLead.inputGradient(g, elementBytes: bytes) >= backward, "\(g), \(bytes)")
              }
            }
          }
        }
      }
    }
  }

  @Test func aStepInPlaceNeedsLessRoom() throws {
    let network = try SmallNetworks.quantized(SmallNetworks.residuals())
    let scheme = UpdateScheme.lastLayer(network)
    let lifetimes = Lifetimes(of: try StepPass.graph(of: network, scheme: scheme))
    #expect(!lifetimes.overlaps.isEmpty)
    #expect(
      Placement.place(lifetimes.requests, overlaps: lifetimes.overlaps).peakBytes
        < Placement.lowerBound(lifetimes.requests), "below what any placement without sharing needs")
  }

  // MARK: Shapes

  @Test func shapesFollowFromTheInput() throws {
    for (name, graph) in [("chain", try SmallNetworks.chain()), ("residuals", try SmallNetworks.residuals())] {
      #expect(try ShapeInference.run(graph, input: graph.inputShape) == graph, "\(name)")
      let twice = ActivationShape(length: 2 * graph.inputShape.length, channels: graph.inputShape.channels)
      let longer = try ShapeInference.run(graph, input: twice)
      #expect(longer.inputShape == twice && longer.classCount == graph.classCount, "\(name)")
      #expect(try ShapeInference.run(longer, input: graph.inputShape) == graph, "and back: \(name)")
    }
  }
}
