/// Puts each copy of channels where it costs least room.
///
/// A copy made as soon as its activation exists lets the activation's last reader work in place, but it is alive
/// beside it meanwhile. A copy made after the last reader may be written over the activation itself, which is then
/// never alive with more than the channels that are kept; but that reader cannot work in place. Which is better
/// depends on where the step is tightest, so both are tried, activation by activation, until no change lowers the bytes
/// alive at the fullest operations.
enum CopyOrdering {
  static func run(_ graph: TrainingGraph) -> TrainingGraph {
    let copies = graph.forward.indices.filter { isCopy(graph.forward[$0]) }.flatMap { graph.forward[$0].writes }
    guard !copies.isEmpty else { return graph }
    // With all copies late no operation has more alive than where activations are kept whole.
    let candidates = [Set(copies), []].map { descend(from: $0, copies: copies, graph) }
    return candidates[1].cost.lexicographicallyPrecedes(candidates[0].cost) ? candidates[1].graph : candidates[0].graph
  }

  private typealias Candidate = (graph: TrainingGraph, cost: [Int])

  private static func descend(
    from start: Set<TrainingGraph.BufferID>, copies: [TrainingGraph.BufferID], _ graph: TrainingGraph
  ) -> Candidate {
    var late = start
    var best = candidate(graph, late: late)
    var improves = true
    while improves {
      improves = false
      for copy in copies {
        let changed = late.symmetricDifference([copy])
        let trial = candidate(graph, late: changed)
        guard trial.cost.lexicographicallyPrecedes(best.cost) else { continue }
        (late, best, improves) = (changed, trial, true)
      }
    }
    return best
  }

  /// The cost is the room that the operations need, the fullest first.
  private static func candidate(_ graph: TrainingGraph, late: Set<TrainingGraph.BufferID>) -> Candidate {
    let arranged = arranged(graph, late: late)
    let lifetimes = Lifetimes(of: arranged)
    let bounds = Placement.liveBounds(lifetimes.requests, overlaps: lifetimes.overlaps)
    return (arranged, bounds.sorted(by: >))
  }

  private static func arranged(_ graph: TrainingGraph, late: Set<TrainingGraph.BufferID>) -> TrainingGraph {
    let others = graph.forward.filter { !isCopy($0) }
    var result = graph
    var after: [Int: [TrainingGraph.Operation]] = [:]
    for copy in graph.forward where isCopy(copy) {
      let source = copy.reads[0]
      let isLate = late.contains(copy.writes[0])
      let place = others.lastIndex { $0.writes.contains(source) || (isLate && $0.reads.contains(source)) }
      if place == others.count - 1 {
        // The forward pass ends with the logits.
        result.backward.insert(copy, at: 0)
      } else {
        after[place ?? -1, default: []].append(copy)
      }
    }
    result.forward = (after[-1] ?? []) + others.enumerated().flatMap { [$1] + (after[$0] ?? []) }
    return result
  }

  private static func isCopy(_ operation: TrainingGraph.Operation) -> Bool {
    if case .copyChannels = operation.kind { true } else { false }
  }
}
