import Tensors

/// Refuses a step in which some int32 sum could overflow, from shapes alone.
///
/// Products of weights and activations are at most 127 · 255, those of weights and errors 127 · 127, those of
/// errors and activations 127 · 255. It looks at what is left after pruning: a layer that is not trained may be wider.
enum SumBounds {
  static func check(_ graph: TrainingGraph) throws(CompilationError) {
    for operation in graph.step { try check(operation, in: graph) }
  }

  private static func check(
    _ operation: TrainingGraph.Operation, in graph: TrainingGraph
  ) throws(CompilationError) {
    func refuse(_ sum: String) -> CompilationError { .sumTooWide(layer: layer(operation.name), sum: sum) }
    switch operation.kind {
    case .convolution(let c, let depthwise), .sums(let c, let depthwise):
      guard isNarrow(depthwise ? c.geometry.kernel : c.geometry.patchCount) else {
        throw refuse("products of one output")
      }
    case .logits(let c):
      guard isNarrow(c.geometry.patchCount) else { throw refuse("products of one output") }
    case .averagePool(_, _, _, let geometry, _):
      guard geometry.kernel <= Int(Int32.max) / 255 else { throw refuse("values of one mean") }
    case .maxPool(_, let geometry, _, let winners):
      guard winners == nil || geometry.kernel <= 256 else {
        throw refuse("the winner of a max pool over \(geometry.kernel) frames, of at most 256")
      }
    case .gradient(let g):
      // Without a computed source nothing is summed that is not aligned before.
      guard g.sourceBits <= 31 else {
        guard let weights = g.weights, g.source != .maxPool else { throw refuse("gradient of overlapping pools") }
        // The layer behind, whose weights are summed over.
        let name = graph.buffers[weights].name
        throw .sumTooWide(layer: String(name.prefix(name.count - ".weights".count)), sum: "input gradient")
      }
    case .updateWeights(let u, _), .weightGradient(let u, _, _):
      guard u.geometry.outputLength <= Int(Int32.max) / (127 * 255) else { throw refuse("weight gradient over time") }
    case .updateBias(let u), .biasGradient(let u, _):
      guard u.length <= Int(Int32.max) / (127 * 255) else { throw refuse("weight gradient over time") }
    case .copy, .clear, .copyChannels, .requantize, .residualAdd, .loss, .applyWeights, .applyBias:
      break
    }
  }

  /// Half of int32 is the bias's.
  private static func isNarrow(_ patch: Int) -> Bool { patch <= Int(Int32.max) / (2 * 127 * 255) }

  /// An operation is named by its layer and what it does.
  private static func layer(_ name: String) -> String { String(name.prefix { $0 != " " }) }
}
