/// What each step from a textbook float32 training to a planned arena saves, in bytes of writable memory.
public struct MemoryLadder: Sendable, Hashable {
  public struct Rung: Sendable, Hashable {
    public var name: String
    public var byteCount: Int
  }

  /// From the largest to the smallest.
  public let rungs: [Rung]

  /// - Parameters:
  ///   - plan: Of the same network, scheme and options.
  /// - Throws: As `StepPass.graph(of:scheme:options:through:)`.
  public init(
    of network: QuantizedNetwork, scheme: UpdateScheme, options: TrainingOptions = TrainingOptions(),
    plan: TrainingPlan
  ) throws(CompilationError) {
    let everything = try StepPass.graph(of: network, scheme: .full(network), options: options, through: .differentiate)
    let pruned = try StepPass.graph(of: network, scheme: scheme, options: options, through: .prune)
    let fused = InPlace.run(Fusion.run(MaskPacking.run(pruned)))
    rungs = [
      Rung(name: "float32, full update, everything kept", byteCount: Self.float32Bytes(of: network)),
      Rung(name: "int8, full update, every tensor apart", byteCount: Self.bytesApart(everything)),
      Rung(name: "+ pruned for \(scheme.name)", byteCount: Self.bytesApart(pruned)),
      Rung(name: "+ bit masks, fusion, in place", byteCount: Self.bytesApart(fused) - Self.savedInPlace(fused)),
      Rung(name: "+ reordering and placement", byteCount: plan.arenaBytes),
    ]
  }

  /// Four bytes each for parameters, their gradients, the input, the output of every layer with weights and its
  /// error; nothing is shared. The logits are part of the loss, and joins and pools are taken to work in place.
  static func float32Bytes(of network: QuantizedNetwork) -> Int {
    let outputs = network.nodes.dropLast().reduce(0) { $0 + ($1.weights.isEmpty ? 0 : $1.shape.elementCount) }
    return 4 * (2 * network.parameterCount + network.inputShape.elementCount + 2 * outputs)
  }

  private static func bytesApart(_ graph: TrainingGraph) -> Int {
    graph.usedBuffers.reduce(0) { sum, index in
      if case .constant = graph.buffers[index].storage { return sum }
      return sum + graph.buffers[index].byteCount
    }
  }

  /// What outputs that are written over inputs save, each over one input at most.
  private static func savedInPlace(_ graph: TrainingGraph) -> Int {
    let lifetimes = Lifetimes(of: graph)
    var isTaken: Set<Int> = []
    var saved = 0
    for overlap in lifetimes.overlaps.sorted(by: { ($0.output, $0.input) < ($1.output, $1.input) })
    where !isTaken.contains(overlap.input) {
      let (input, output) = (lifetimes.requests[overlap.input].byteCount, lifetimes.requests[overlap.output].byteCount)
      let extent = max(input, output, overlap.lead + input)
      guard extent < input + output, isTaken.insert(overlap.input).inserted else { continue }
      saved += input + output - extent
    }
    return saved
  }
}
