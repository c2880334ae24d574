/// Takes away every operation whose result reaches neither the logits nor an update, and every output that
/// nobody reads: clamp marks and winners of layers without a gradient, the errors of frozen branches.
///
/// What is not updated then costs nothing: no gradient is made for it, and no activation is kept, because a
/// buffer lives until its last reader.
enum GradientPruning {
  static func run(_ graph: TrainingGraph) -> TrainingGraph {
    var result = graph
    var isLive = [Bool](repeating: false, count: graph.buffers.count)
    isLive[graph.logits] = true
    func prune(_ operations: [TrainingGraph.Operation]) -> [TrainingGraph.Operation] {
      var kept: [TrainingGraph.Operation] = []
      for operation in operations.reversed() {
        guard isUpdate(operation.kind) || operation.writes.contains(where: { $0 != graph.state && isLive[$0] }) else {
          continue
        }
        let pruned = withoutDeadOutputs(operation, state: graph.state) { isLive[$0] }
        for buffer in pruned.reads { isLive[buffer] = true }
        kept.append(pruned)
      }
      return kept.reversed()
    }
    result.backward = prune(graph.backward)
    result.forward = prune(graph.forward)
    let touched = Set(result.step.flatMap { $0.reads + $0.writes })
    result.initial = graph.initial.filter { $0.writes.allSatisfy(touched.contains) }
    return result
  }

  private static func isUpdate(_ kind: TrainingGraph.Kind) -> Bool {
    switch kind {
    case .applyWeights, .applyBias, .updateWeights, .updateBias: true
    default: false
    }
  }

  private static func withoutDeadOutputs(
    _ operation: TrainingGraph.Operation, state: TrainingGraph.BufferID, _ isLive: (TrainingGraph.BufferID) -> Bool
  ) -> TrainingGraph.Operation {
    var result = operation
    func live(_ buffer: TrainingGraph.BufferID?) -> TrainingGraph.BufferID? {
      guard let buffer, isLive(buffer) else {
        result.writes.removeAll { $0 == buffer }
        return nil
      }
      return buffer
    }
    switch operation.kind {
    case .requantize(var convolution):
      convolution.mask = live(convolution.mask)
      result.kind = .requantize(convolution)
    case .convolution(var convolution, let depthwise):
      convolution.mask = live(convolution.mask)
      result.kind = .convolution(convolution, depthwise: depthwise)
    case .residualAdd(var add):
      add.mask = live(add.mask)
      result.kind = .residualAdd(add)
    case .maxPool(let input, let geometry, let output, let winners):
      result.kind = .maxPool(input: input, geometry, output: output, winners: live(winners))
    case .gradient(var gradient):
      gradient.outputs.removeAll { !isLive($0.buffer) }
      result.kind = .gradient(gradient)
      result.reads = gradient.reads
      result.writes = gradient.writes + [state]
    default:
      break
    }
    return result
  }
}
