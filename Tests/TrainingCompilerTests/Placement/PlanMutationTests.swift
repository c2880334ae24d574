import Tensors
import Testing

@testable import TrainingCompiler

/// Damage to real plans: what the proof lets pass, the replay of every byte finds right.
@Suite struct PlanMutationTests {
  private struct Placed {
    var name: String
    var graph: TrainingGraph
    var lifetimes: Lifetimes
    var placement: Placement

    func isProved(_ offsets: [Int]) -> Bool {
      let peak = lifetimes.requests.indices.map { offsets[$0] + lifetimes.requests[$0].byteCount }.max() ?? 0
      let mutated = Placement(offsets: offsets, peakBytes: peak)
      do {
        try OperationOrder.verify(graph)
        try mutated.verify(lifetimes.requests, overlaps: lifetimes.overlaps)
        return true
      } catch {
        return false
      }
    }

    func replay(_ offsets: [Int]) -> PlanReplay {
      let peak = lifetimes.requests.indices.map { offsets[$0] + lifetimes.requests[$0].byteCount }.max() ?? 0
      return PlanMemoryTests.replay(graph, lifetimes, Placement(offsets: offsets, peakBytes: peak))
    }
  }

  private func placed() throws -> [Placed] {
    try SmallNetworks.all().flatMap { name, network in
      try (SmallNetworks.schemes(network).prefix(5) + SmallNetworks.schemes(network).suffix(2)).map { scheme in
        let graph = try StepPass.graph(
          of:
            network, scheme: scheme, options: TrainingOptions(rounding: .errorFeedback))
        let lifetimes = Lifetimes(of: graph)
        let placement = Placement.place(lifetimes.requests, overlaps: lifetimes.overlaps, effort: .quick)
        return Placed(name: "\(name), \(scheme.name)", graph: graph, lifetimes: lifetimes, placement: placement)
      }
    }
  }

  @Test func noMovedBufferPassesTheProofAndLosesBytes() throws {
    var (passed, refused, confirmed) = (0, 0, 0)
    for plan in try placed() {
      #expect(plan.isProved(plan.placement.offsets) && plan.replay(plan.placement.offsets).faults.isEmpty)
      func judge(_ offsets: [Int], _ what: @autoclosure () -> String) {
        let faults = plan.replay(offsets).faults
        if plan.isProved(offsets) {
          passed += 1
          #expect(faults.isEmpty, "\(plan.name): \(what()): \(faults.prefix(2))")
        } else {
          refused += 1
          if !faults.isEmpty { confirmed += 1 }
        }
      }
      for i in plan.placement.offsets.indices {
        for shift in [1, 4, 16, plan.lifetimes.requests[i].byteCount / 2] {
          for signed in [shift, -shift] where shift > 0 && plan.placement.offsets[i] + signed >= 0 {
            var offsets = plan.placement.offsets
            offsets[i] += signed
            judge(offsets, "\(plan.graph.buffers[plan.lifetimes.buffers[i]].name) moved by \(signed)")
          }
        }
      }
      for i in plan.placement.offsets.indices {
        let j = (i + 1) % plan.placement.offsets.count
        var offsets = plan.placement.offsets
        offsets.swapAt(i, j)
        judge(offsets, "buffers \(i) and \(j) swapped")
      }
    }
    // What is refused and loses no byte is misaligned, or shares bytes that no kernel happens to touch.
    #expect(passed > 500 && refused > 2000, "\(passed), \(refused)")
    #expect(confirmed > refused / 2, "\(confirmed) of \(refused)")
  }

  @Test func noSwappedOperationPassesTheProofAndReadsWhatIsNotThere() throws {
    var (passed, refused, dependent) = (0, 0, 0)
    for plan in try placed() {
      for pass in [\TrainingGraph.forward, \TrainingGraph.backward] {
        for i in plan.graph[keyPath: pass].indices.dropLast() {
          var swapped = plan
          swapped.graph[keyPath: pass].swapAt(i, i + 1)
          swapped.lifetimes = Lifetimes(of: swapped.graph)
          let what = "\(plan.name): \(plan.graph[keyPath: pass][i].name) after its successor"
          let isDependent = depends(plan.graph, plan.graph[keyPath: pass][i + 1], on: plan.graph[keyPath: pass][i])
          if isDependent { dependent += 1 }
          let faults = swapped.replay(plan.placement.offsets).faults
          if swapped.isProved(plan.placement.offsets) {
            passed += 1
            #expect(faults.isEmpty, "\(what): \(faults.prefix(2))")
            #expect(!isDependent, "\(what)")
          } else {
            refused += 1
          }
        }
      }
    }
    #expect(passed > 20 && refused > 100 && dependent > 100, "\(passed), \(refused), \(dependent)")
  }

  /// Whether one operation touches what the other writes, the engine's state aside.
  private func depends(
    _ graph: TrainingGraph, _ later: TrainingGraph.Operation, on earlier: TrainingGraph.Operation
  ) -> Bool {
    func touched(_ buffers: [Int]) -> Set<Int> { Set(buffers.filter { graph.buffers[$0].role != .state }) }
    return !touched(earlier.writes).isDisjoint(with: touched(later.reads + later.writes))
      || !touched(later.writes).isDisjoint(with: touched(earlier.reads + earlier.writes))
  }

  @Test func eachFaultOfOrderIsNamed() throws {
    let network = try SmallNetworks.quantized(SmallNetworks.chain())
    let graph = try StepPass.graph(of: network, scheme: .full(network), options: TrainingOptions())
    try OperationOrder.verify(graph)
    var swapped = graph
    swapped.forward.swapAt(0, 1)
    #expect(throws: OperationOrder.Fault.self) { try OperationOrder.verify(swapped) }
    // A weight is updated before the gradient that is passed through it.
    var early = graph
    let update = try #require(graph.backward.firstIndex { if case .updateWeights = $0.kind { true } else { false } })
    var read: (buffer: Int, operation: Int)?
    for buffer in graph.backward[update].writes where graph.buffers[buffer].role == .weights {
      for t in graph.backward[..<update].indices where graph.backward[t].reads.contains(buffer) { read = (buffer, t) }
    }
    let reader = try #require(read)
    early.backward.insert(early.backward.remove(at: update), at: reader.operation)
    do {
      try OperationOrder.verify(early)
      Issue.record("an update before its gradient passes")
    } catch .readBeforeWritten {
      // The update needs an error that the same gradient makes, or another.
    } catch .readAfterUpdate(let buffer, _) {
      #expect(buffer == reader.buffer)
    } catch { Issue.record("\(error)") }
    var twice = graph
    twice.forward.append(graph.forward[0])
    #expect(throws: OperationOrder.Fault.self) { try OperationOrder.verify(twice) }
  }
}
