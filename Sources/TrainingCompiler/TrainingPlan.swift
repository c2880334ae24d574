import Tensors

/// A compiled training step: words, constants, and who owns every byte of the arena and when.
public struct TrainingPlan: Sendable, Hashable {
  /// What `Training` executes.
  public var words: [Int32]
  /// Frozen weights, initial weights and tables; aligned to 16 bytes when loaded.
  public var constants: [UInt8]
  /// The planned peak: everything that a step writes lies below it.
  public var arenaBytes: Int
  /// No plan of the same step needs less; see `Placement.lowerBoundBytes`. Buffers that only fill free room, so that
  /// gradients need not be made twice, do not count.
  public var lowerBoundBytes: Int
  public var buffers: [PlacedBuffer]
  /// The operations of one step, in order.
  public var operationNames: [String]
  /// How many of them are the forward pass.
  public var forwardCount: Int
  public var scheme: UpdateScheme
  public var updatedParameterCount: Int
  /// Where the updated parameters stand in the model as described.
  public var updatedLayers: [UpdatedLayer] = []
  /// Pairs of `buffers`, by index, that may share bytes at the one operation that both are alive at.
  public var overlaps: [Placement.Overlap] = []

  public var constantBytes: Int { constants.count }

  /// A buffer in the arena.
  public struct PlacedBuffer: Sendable, Hashable {
    public var name: String
    public var role: TrainingGraph.Role
    public var offset: Int
    public var byteCount: Int
    /// First and last operation of the step at which the bytes are in use.
    public var firstOperation: Int
    public var lastOperation: Int
    /// Alive between steps too.
    public var isPersistent: Bool
    /// The offset is a multiple of it.
    public var alignment = 1
  }
}

extension TrainingPlan {
  /// Compiles a training step for a network.
  ///
  /// - Parameters:
  ///   - scheme: What is updated; nothing gives a plan that predicts only.
  ///   - scores: By what the channels of a share are chosen; magnitudes if absent.
  ///   - budgetBytes: Refuse a plan whose arena is larger.
  ///   - effort: How hard to look for a smaller arena; less makes a plan in less time.
  /// - Throws: `CompilationError`.
  public static func compile(
    _ network: QuantizedNetwork, scheme: UpdateScheme, options: TrainingOptions = TrainingOptions(),
    scores: ChannelScores? = nil, budgetBytes: Int? = nil, effort: Placement.Effort = .thorough
  ) throws(CompilationError) -> TrainingPlan {
    let step = try StepPass.graph(of: network, scheme: scheme, options: options, scores: scores)
    var placed = place(step, effort)
    // Staging places again, by luck sometimes better from the quick placement: more effort never needs more room.
    if effort == .thorough, placed.placement.peakBytes > placed.placement.lowerBoundBytes {
      let quick = place(step, .quick)
      if quick.placement.peakBytes < placed.placement.peakBytes { placed = quick }
    }
    let (graph, lifetimes, placement) = placed
    do {
      try OperationOrder.verify(graph)
      try placement.verify(lifetimes.requests, overlaps: lifetimes.overlaps)
    } catch {
      preconditionFailure("the planner's own proof failed: \(error)")
    }
    if let budgetBytes, placement.peakBytes > budgetBytes {
      throw .budgetTooSmall(
        neededBytes: placement.peakBytes, budgetBytes: budgetBytes,
        largest: largestAtPeak(graph, lifetimes))
    }
    return try assemble(graph, lifetimes, placement, network: network, scheme: scheme)
  }

  private static func place(
    _ step: TrainingGraph, _ effort: Placement.Effort
  ) -> (graph: TrainingGraph, lifetimes: Lifetimes, placement: Placement) {
    var graph = step
    var lifetimes = Lifetimes(of: graph)
    var placement = Placement.place(lifetimes.requests, overlaps: lifetimes.overlaps, effort: effort)
    let lowerBoundBytes = placement.lowerBoundBytes
    stage(&graph, &lifetimes, &placement)
    // A plan does without the staging that another had room for.
    placement.lowerBoundBytes = lowerBoundBytes
    return (graph, lifetimes, placement)
  }

  /// Gives gradients int32 room for all their values wherever that does not raise the peak: then each is
  /// made once instead of twice, with the same bits.
  private static func stage(
    _ graph: inout TrainingGraph, _ lifetimes: inout Lifetimes, _ placement: inout Placement
  ) {
    var requests = lifetimes.requests
    for index in graph.backward.indices {
      guard case .gradient(var gradient) = graph.backward[index].kind,
        gradient.source == .convolution || gradient.source == .depthwiseConvolution,
        // A carried scale makes each gradient once anyway, but for the first step.
        gradient.outputs.contains(where: { $0.kind == .quantized && $0.carried == nil })
      else { continue }
      let operation = graph.forward.count + index
      let request = Placement.Request(
        byteCount: 4 * gradient.geometry.inputCount, alignment: 4, first: operation, last: operation)
      guard let trial = placement.adding(request, to: requests, overlaps: lifetimes.overlaps) else { continue }
      placement = trial
      requests.append(request)
      let staging = graph.addBuffer(
        "\(graph.backward[index].name) staging", .workspace, bytes: request.byteCount, alignment: request.alignment)
      gradient.staging = staging
      graph.backward[index].kind = .gradient(gradient)
      graph.backward[index].writes.append(staging)
    }
    // New buffers are the last, so the requests are in the order in which they were added.
    lifetimes = Lifetimes(of: graph)
    precondition(lifetimes.requests == requests, "staging changes no other buffer's lifetime")
  }

  private static func largestAtPeak(_ graph: TrainingGraph, _ lifetimes: Lifetimes) -> [CompilationError.BufferUse] {
    let operations = (lifetimes.requests.map(\.last).max() ?? 0) + 1
    func live(_ t: Int) -> [Int] {
      lifetimes.requests.indices.filter { lifetimes.requests[$0].first <= t && t <= lifetimes.requests[$0].last }
    }
    let peak = (0..<operations).max { a, b in
      live(a).reduce(0) { $0 + lifetimes.requests[$1].byteCount }
        < live(b).reduce(0) { $0 + lifetimes.requests[$1].byteCount }
    }
    return live(peak ?? 0)
      .map {
        CompilationError.BufferUse(
          name: graph.buffers[lifetimes.buffers[$0]].name, byteCount: lifetimes.requests[$0].byteCount)
      }
      .sorted { ($0.byteCount, $1.name) > ($1.byteCount, $0.name) }
      .prefix(5).map { $0 }
  }

  private static func assemble(
    _ graph: TrainingGraph, _ lifetimes: Lifetimes, _ placement: Placement, network: QuantizedNetwork,
    scheme: UpdateScheme
  ) throws(CompilationError) -> TrainingPlan {
    var operands = [Int32](repeating: Plan.none, count: graph.buffers.count)
    var constants: [UInt8] = []
    for index in graph.usedBuffers {
      let buffer = graph.buffers[index]
      guard case .constant(let bytes) = buffer.storage else { continue }
      constants += [UInt8](
        repeating: 0, count: (buffer.alignment - constants.count % buffer.alignment) % buffer.alignment)
      operands[index] = Plan.constant(constants.count)
      constants += bytes
    }
    guard placement.peakBytes <= Int(Int32.max), constants.count < Int(Int32.max) else { throw .tooLarge }
    var buffers: [PlacedBuffer] = []
    for (slot, index) in lifetimes.buffers.enumerated() {
      let request = lifetimes.requests[slot]
      operands[index] = Int32(placement.offsets[slot])
      buffers.append(
        PlacedBuffer(
          name: graph.buffers[index].name, role: graph.buffers[index].role, offset: placement.offsets[slot],
          byteCount: request.byteCount, firstOperation: request.first, lastOperation: request.last,
          isPersistent: graph.buffers[index].storage == .persistent, alignment: request.alignment))
    }
    let sorted = buffers.indices.sorted {
      (buffers[$0].offset, buffers[$0].firstOperation, $0) < (buffers[$1].offset, buffers[$1].firstOperation, $1)
    }
    var position = sorted
    for (place, slot) in sorted.enumerated() { position[slot] = place }
    return TrainingPlan(
      words: PlanEncoder.encode(
        graph, operands: operands, arenaBytes: placement.peakBytes, constantBytes: constants.count),
      constants: constants, arenaBytes: placement.peakBytes,
      lowerBoundBytes: placement.lowerBoundBytes,
      buffers: sorted.map { buffers[$0] },
      operationNames: graph.step.map(\.name), forwardCount: graph.forward.count, scheme: scheme,
      updatedParameterCount: scheme.parameterCount(in: network), updatedLayers: graph.updatedLayers,
      overlaps: lifetimes.overlaps.map {
        Placement.Overlap(input: position[$0.input], output: position[$0.output], lead: $0.lead)
      })
  }
}
