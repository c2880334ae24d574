import Tensors
import Testing

@testable import TrainingCompiler

@Suite struct PlanMemoryTests {
  static let roundings: [UpdateRounding] = [.stochastic, .nearest, .errorFeedback]

  @Test(arguments: roundings) func everyByteReadWasWrittenByItsOwner(rounding: UpdateRounding) throws {
    for (name, network) in try SmallNetworks.all() {
      for scheme in try SmallNetworks.schemes(network) {
        let plan = try TrainingPlan.compile(network, scheme: scheme, options: TrainingOptions(rounding: rounding))
        let replay = PlanReplay(plan)
        #expect(replay.faults.isEmpty, "\(name), \(scheme.name): \(replay.faults.prefix(3))")
        #expect(replay.touchedBytes == plan.arenaBytes, "the planned peak is the measured one: \(name), \(scheme.name)")
      }
    }
  }

  @Test(arguments: Plan.ErrorElement.allCases, TrainingOptions.ErrorScale.allCases)
  func everyByteReadWasWrittenByItsOwnerWithEveryOption(
    element: Plan.ErrorElement, scale: TrainingOptions.ErrorScale
  ) throws {
    for memory in [TrainingOptions.GradientMemory.none, .momentum(0.9), .accumulation(windows: 2)] {
      let options = TrainingOptions(errorPrecision: element, errorScale: scale, gradientMemory: memory)
      for (name, network) in try SmallNetworks.all() {
        for scheme in try SmallNetworks.schemes(network) {
          let plan = try TrainingPlan.compile(network, scheme: scheme, options: options)
          let replay = PlanReplay(plan)
          #expect(replay.faults.isEmpty, "\(name), \(scheme.name), \(options): \(replay.faults.prefix(3))")
          #expect(replay.touchedBytes == plan.arenaBytes, "\(name), \(scheme.name), \(options)")
        }
      }
    }
  }

  @Test func aBufferTakenAwayTooEarlyIsFound() throws {
    // Every buffer that is alive for more than one operation is planned as if it died at once; the replay, which
    // knows the true lifetimes, must object to nearly all, and to each whose bytes were given away.
    let network = try SmallNetworks.quantized(SmallNetworks.residuals())
    let graph = try StepPass.graph(of: network, scheme: .full(network), options: TrainingOptions())
    let lifetimes = Lifetimes(of: graph)
    var found = 0
    var givenAway = 0
    for victim in lifetimes.requests.indices {
      let truth = lifetimes.requests[victim]
      guard truth.first < truth.last, graph.buffers[lifetimes.buffers[victim]].storage == .arena else { continue }
      var requests = lifetimes.requests
      requests[victim].last = truth.first
      // Where the victim dies before its last reader, that reader does not work in place any more.
      let placement = Placement.place(
        requests, overlaps: lifetimes.overlaps.filter { requests[$0.input].last == requests[$0.output].first })
      let overlaps = (try? placement.verify(lifetimes.requests, overlaps: lifetimes.overlaps)) == nil
      let replay = Self.replay(graph, lifetimes, placement)
      if overlaps { givenAway += 1 }
      if !replay.faults.isEmpty { found += 1 }
      #expect(overlaps || replay.faults.isEmpty, "no fault without an overlap")
    }
    #expect(givenAway > 20 && found == givenAway, "\(found) of \(givenAway)")
  }

  static func replay(_ graph: TrainingGraph, _ lifetimes: Lifetimes, _ placement: Placement) -> PlanReplay {
    var operands = graph.buffers.map { _ in Plan.none }
    var constants = 0
    for (index, buffer) in graph.buffers.enumerated() {
      guard case .constant(let bytes) = buffer.storage else { continue }
      operands[index] = Plan.constant(constants)
      constants += bytes.count
    }
    var buffers: [TrainingPlan.PlacedBuffer] = []
    for (slot, index) in lifetimes.buffers.enumerated() {
      operands[index] = Int32(placement.offsets[slot])
      buffers.append(
        TrainingPlan.PlacedBuffer(
          name: graph.buffers[index].name, role: graph.buffers[index].role, offset: placement.offsets[slot],
          byteCount: graph.buffers[index].byteCount, firstOperation: lifetimes.requests[slot].first,
          lastOperation: lifetimes.requests[slot].last, isPersistent: graph.buffers[index].storage == .persistent))
    }
    let words = PlanEncoder.encode(graph, operands: operands, arenaBytes: placement.peakBytes, constantBytes: constants)
    return PlanReplay(words: words, constantBytes: constants, buffers: buffers)
  }

  // MARK: Faults of published planners

  @Test func faultTrainedTensorsAreLeftOutOfThePrintedPeak() throws {
    for (name, network) in try SmallNetworks.all() {
      for scheme in try SmallNetworks.schemes(network) {
        let plan = try TrainingPlan.compile(network, scheme: scheme, options: TrainingOptions(rounding: .errorFeedback))
        for (n, node) in network.nodes.enumerated() {
          for (isUpdated, suffix, bytes) in [
            (scheme[n].weights != .none, "weights", scheme.updatedWeightCount(ofNode: n, in: network)),
            (scheme[n].bias, "bias", 4 * node.bias.count),
          ] where isUpdated {
            for owner in ["\(node.name).\(suffix)", "\(node.name).\(suffix) residual"] {
              let buffer = plan.buffers.first { $0.name == owner }
              let count = owner.hasSuffix("residual") && suffix == "bias" ? node.bias.count : bytes
              #expect(buffer?.byteCount == count && buffer?.isPersistent == true, "\(name), \(scheme.name), \(owner)")
              #expect((buffer?.offset ?? .max) + count <= plan.arenaBytes)
            }
          }
        }
        // The peak holds at least all that lives for ever, and is one past the highest byte.
        let persistent = plan.buffers.filter(\.isPersistent).reduce(0) { $0 + $1.byteCount }
        #expect(plan.arenaBytes >= persistent && plan.arenaBytes >= plan.lowerBoundBytes)
        #expect(plan.arenaBytes == plan.buffers.map { $0.offset + $0.byteCount }.max())
      }
    }
  }

  @Test func faultNoBudgetIsChecked() throws {
    for (_, network) in try SmallNetworks.all() {
      for scheme in [UpdateScheme.full(network), .lastLayer(network)] {
        let plan = try TrainingPlan.compile(network, scheme: scheme)
        #expect(try TrainingPlan.compile(network, scheme: scheme, budgetBytes: plan.arenaBytes) == plan)
        do {
          _ = try TrainingPlan.compile(network, scheme: scheme, budgetBytes: plan.arenaBytes - 1)
          Issue.record("a budget one byte smaller is accepted")
        } catch .budgetTooSmall(let needed, let budget, let largest) {
          #expect(needed == plan.arenaBytes && budget == plan.arenaBytes - 1)
          #expect(!largest.isEmpty && largest.map(\.byteCount) == largest.map(\.byteCount).sorted(by: >))
        }
      }
    }
  }
}
