extension Placement {
  /// A number of bytes below which no placement can be.
  ///
  /// At each operation the live buffers cover a set of bytes below the peak, and its size is bounded:
  ///
  /// * Two buffers not joined by an overlap of this operation share no byte, so the size is the sum over the groups
  ///   that the overlaps join.
  /// * In a group, inputs share no byte with inputs nor outputs with outputs. So its size is the sum of both less the
  ///   bytes shared by an input and an output, and what can be shared is bounded three ways:
  ///   by a pair, whose input starts `lead` or more above its output, `min(in, out, out - lead)`;
  ///   by an output, whose bytes below its smallest lead no input may share, `out - least lead`;
  ///   and by an input, whose bytes above the highest end of an output no output shares, `max(out - lead)`.
  ///   The bounds of all outputs add up, and so do those of all inputs; the smaller sum counts.
  /// * Between the end of a buffer and the next multiple of an alignment `a`, no buffer aligned to `a` starts, so
  ///   there those buffers alone leave a gap, except above the highest. Their sizes, rounded up, less the largest
  ///   rounding, are a bound too.
  ///
  /// - Complexity: O(operations + requests · alignments + overlaps²).
  public static func lowerBound(_ requests: [Request], overlaps: [Overlap] = []) -> Int {
    liveBounds(requests, overlaps: overlaps).max() ?? 0
  }

  /// The lower bound at each operation, up to the last of any request.
  public static func liveBounds(_ requests: [Request], overlaps: [Overlap] = []) -> [Int] {
    let groups = OverlapGroups(requests, overlaps)
    var bounds = sums(requests) { $0.byteCount }
    for group in groups.all { bounds[group.operation] -= group.sharedBytes }
    for alignment in Set(requests.map(\.alignment)) where alignment > 1 {
      let aligned = roundedSums(requests, groups, alignment)
      for t in bounds.indices { bounds[t] = max(bounds[t], aligned[t]) }
    }
    return bounds
  }

  /// The sum of a figure over the requests alive at each operation.
  private static func sums(_ requests: [Request], _ figure: (Request) -> Int) -> [Int] {
    var live = [Int](repeating: 0, count: (requests.map(\.last).max() ?? -1) + 1)
    for request in requests {
      let value = figure(request)
      live[request.first] += value
      if request.last + 1 < live.count { live[request.last + 1] -= value }
    }
    for t in live.indices.dropFirst() { live[t] += live[t - 1] }
    return live
  }

  /// At each operation, the live buffers aligned to a multiple of `alignment`, rounded up, less the largest rounding.
  /// A group counts as what it covers, without rounding.
  private static func roundedSums(_ requests: [Request], _ groups: OverlapGroups, _ alignment: Int) -> [Int] {
    func isAligned(_ request: Request) -> Bool { request.alignment.isMultiple(of: alignment) }
    func padding(_ request: Request) -> Int {
      isAligned(request) ? (alignment - request.byteCount % alignment) % alignment : 0
    }
    var totals = sums(requests) { isAligned($0) ? $0.byteCount + padding($0) : 0 }
    var largest = [Int](repeating: 0, count: totals.count)
    for request in requests {
      let bytes = padding(request)
      guard bytes > 0 else { continue }
      for t in request.first...request.last where largest[t] < bytes { largest[t] = bytes }
    }
    for group in groups.all {
      func rounded(_ members: [Int]) -> Int {
        members.reduce(0) { $0 + (isAligned(requests[$1]) ? requests[$1].byteCount + padding(requests[$1]) : 0) }
      }
      func plain(_ members: [Int]) -> Int {
        members.reduce(0) { $0 + (isAligned(requests[$1]) ? requests[$1].byteCount : 0) }
      }
      var covered = max(plain(group.inputs), plain(group.outputs))
      if (group.inputs + group.outputs).allSatisfy({ isAligned(requests[$0]) }) {
        covered = max(covered, plain(group.inputs) + plain(group.outputs) - group.sharedBytes)
      }
      totals[group.operation] += covered - rounded(group.inputs) - rounded(group.outputs)
    }
    return totals.indices.map { totals[$0] - largest[$0] }
  }
}
