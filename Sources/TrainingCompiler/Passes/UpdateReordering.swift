/// Moves every update to the first place where it may stand: its errors and the layer's input exist, and the
/// gradients that need the weights as they were have been made.
///
/// Then neither an error nor an activation waits for the end of the step.
enum UpdateReordering {
  static func run(_ graph: TrainingGraph) -> TrainingGraph {
    var result = graph
    var operations: [TrainingGraph.Operation] = []
    for operation in graph.backward {
      guard isUpdate(operation.kind) else {
        operations.append(operation)
        continue
      }
      // Gradients that read these weights stand before the updates, for those are at the end of the step.
      let touched = Set(operation.reads).union(operation.writes)
      let written = Set(operation.writes)
      let barrier = operations.lastIndex { earlier in
        earlier.writes.contains { touched.contains($0) && $0 != graph.state }
          || earlier.reads.contains(where: written.contains)
      }
      operations.insert(operation, at: barrier.map { $0 + 1 } ?? 0)
    }
    result.backward = operations
    return result
  }

  private static func isUpdate(_ kind: TrainingGraph.Kind) -> Bool {
    switch kind {
    case .updateWeights, .updateBias: true
    default: false
    }
  }
}
