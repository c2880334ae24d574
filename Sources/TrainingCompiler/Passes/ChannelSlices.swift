import Tensors

/// Keeps only those channels of an activation that weight gradients read.
///
/// The forward pass copies them as soon as the activation is made (`CopyOrdering` may move the copy), and the activation
/// itself dies with its last reader of the forward pass. Where some gradient reads the whole activation, it is kept anyway, and gradients of
/// fewer channels read it with the stride of its frames, which costs nothing.
enum ChannelSlices {
  static func run(_ graph: TrainingGraph) -> TrainingGraph {
    var result = graph
    for (activation, kept) in slices(of: graph).sorted(by: { $0.key < $1.key }) {
      guard let producer = result.forward.firstIndex(where: { $0.writes.contains(activation) }) else { continue }
      let buffer = graph.buffers[activation]
      let shape = kept.shape
      let slice = result.addBuffer(
        "\(buffer.name), \(kept.channels) of \(shape.channels) channels", buffer.role,
        bytes: shape.length * kept.channels)
      result.forward.insert(
        TrainingGraph.Operation(
          name: "\(buffer.name) copy",
          kind: .copyChannels(input: activation, shape, kept: kept.channels, output: slice), reads: [activation],
          writes: [slice]),
        at: producer + 1)
      for index in result.backward.indices {
        read(slice, of: kept.channels, insteadOf: activation, in: &result.backward[index])
      }
    }
    return result
  }

  /// The most channels that gradients read of activations that no gradient reads whole.
  private static func slices(
    of graph: TrainingGraph
  ) -> [TrainingGraph.BufferID: (shape: ActivationShape, channels: Int)] {
    var slices: [TrainingGraph.BufferID: (shape: ActivationShape, channels: Int)] = [:]
    var wholes: Set<TrainingGraph.BufferID> = []
    for operation in graph.backward {
      guard case .weightGradient(let update, _, _) = operation.kind, update.frameStride > update.geometry.inputChannels
      else {
        wholes.formUnion(operation.reads)
        continue
      }
      let channels = max(slices[update.input]?.channels ?? 0, update.geometry.inputChannels)
      let shape = ActivationShape(length: update.geometry.inputLength, channels: update.frameStride)
      slices[update.input] = (shape, channels)
    }
    return slices.filter { !wholes.contains($0.key) }
  }

  private static func read(
    _ slice: TrainingGraph.BufferID, of channels: Int, insteadOf activation: TrainingGraph.BufferID,
    in operation: inout TrainingGraph.Operation
  ) {
    func sliced(_ update: TrainingGraph.WeightUpdate) -> TrainingGraph.WeightUpdate? {
      guard update.input == activation else { return nil }
      var update = update
      update.input = slice
      update.frameStride = channels
      return update
    }
    switch operation.kind {
    case .weightGradient(let update, let gradient, let depthwise):
      guard let update = sliced(update) else { return }
      operation.kind = .weightGradient(update, gradient: gradient, depthwise: depthwise)
      operation.reads = operation.reads.map { $0 == activation ? slice : $0 }
    case .applyWeights(let update, let gradient, let depthwise):
      guard let update = sliced(update) else { return }
      operation.kind = .applyWeights(update, gradient: gradient, depthwise: depthwise)
    default:
      return
    }
  }
}
