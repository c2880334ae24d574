/// Who has the bytes of the arena at each operation of a step.
public struct ArenaMap: Sendable, Hashable {
  /// The arena at one operation.
  public struct Occupancy: Sendable, Hashable {
    /// Indices of the buffers alive, by offset.
    public var buffers: [Int]
    /// Bytes that have an owner; one that two buffers share counts once.
    public var liveBytes: Int
    /// Bytes of the arena without an owner.
    public var freeBytes: Int
    /// No placement of these buffers takes fewer bytes at this operation.
    public var lowerBoundBytes: Int
  }

  /// A run of bytes with the same owners.
  public struct Span: Sendable, Hashable {
    public var offset: Int
    public var byteCount: Int
    /// Indices of buffers; none where the bytes are free. Two where an operation works in place.
    public var owners: [Int]
  }

  public let arenaBytes: Int
  /// No placement of the whole step needs less.
  public let lowerBoundBytes: Int
  public let constantBytes: Int
  public let buffers: [TrainingPlan.PlacedBuffer]
  /// Which buffers may share bytes, by index.
  public let overlaps: [Placement.Overlap]
  public let operationNames: [String]
  /// How many of the operations are the forward pass.
  public let forwardCount: Int
  /// Parallel to `operationNames`.
  public let operations: [Occupancy]

  public init(_ plan: TrainingPlan) {
    arenaBytes = plan.arenaBytes
    lowerBoundBytes = plan.lowerBoundBytes
    constantBytes = plan.constantBytes
    buffers = plan.buffers
    overlaps = plan.overlaps
    operationNames = plan.operationNames
    forwardCount = plan.forwardCount
    let bounds = Placement.liveBounds(plan.buffers.map(\.request), overlaps: plan.overlaps)
    operations = plan.operationNames.indices.map { operation in
      let alive = Self.alive(plan.buffers, at: operation)
      let live = Self.spans(plan.buffers, alive, upTo: plan.arenaBytes)
        .reduce(0) { $0 + ($1.owners.isEmpty ? 0 : $1.byteCount) }
      return Occupancy(
        buffers: alive, liveBytes: live, freeBytes: plan.arenaBytes - live,
        lowerBoundBytes: operation < bounds.count ? bounds[operation] : 0)
    }
  }

  /// The first of the operations at which most bytes have an owner; nil for a step without operations.
  public var peakOperation: Int? {
    operations.indices.max { (operations[$0].liveBytes, $1) < (operations[$1].liveBytes, $0) }
  }

  /// The whole arena at an operation, from its first byte to its last: every byte belongs to exactly one span.
  public func spans(at operation: Int) -> [Span] {
    Self.spans(buffers, operations[operation].buffers, upTo: arenaBytes)
  }

  /// Bytes of each role's buffers at an operation, most first.
  ///
  /// A byte that an input and an output share counts for both, so the sum may exceed the bytes alive.
  public func bytesByRole(at operation: Int) -> [(role: TrainingGraph.Role, byteCount: Int)] {
    TrainingGraph.Role.allCases.compactMap { role in
      let bytes = operations[operation].buffers.reduce(0) {
        $0 + (buffers[$1].role == role ? buffers[$1].byteCount : 0)
      }
      return bytes > 0 ? (role, bytes) : nil
    }.sorted { ($0.byteCount, $1.role.rawValue) > ($1.byteCount, $0.role.rawValue) }
  }

  private static func alive(_ buffers: [TrainingPlan.PlacedBuffer], at operation: Int) -> [Int] {
    buffers.indices.filter { buffers[$0].firstOperation <= operation && operation <= buffers[$0].lastOperation }
      .sorted { (buffers[$0].offset, $0) < (buffers[$1].offset, $1) }
  }

  private static func spans(
    _ buffers: [TrainingPlan.PlacedBuffer], _ alive: [Int], upTo arenaBytes: Int
  ) -> [Span] {
    let edges = Set(alive.flatMap { [buffers[$0].offset, buffers[$0].end] } + [0, arenaBytes]).sorted()
    return zip(edges, edges.dropFirst()).map { start, end in
      Span(
        offset: start, byteCount: end - start,
        owners: alive.filter { buffers[$0].offset < end && start < buffers[$0].end })
    }
  }
}

extension TrainingPlan.PlacedBuffer {
  /// One past its last byte.
  var end: Int { offset + byteCount }

  var request: Placement.Request {
    Placement.Request(byteCount: byteCount, alignment: alignment, first: firstOperation, last: lastOperation)
  }
}

extension TrainingPlan {
  /// The offsets of the buffers as a placement, to be verified.
  var placement: Placement {
    Placement(offsets: buffers.map(\.offset), peakBytes: arenaBytes, lowerBoundBytes: lowerBoundBytes)
  }
}
