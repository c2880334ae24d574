/// Where the buffers of a step stand in the arena.
public struct Placement: Sendable, Hashable {
  /// A buffer that needs room from operation `first` to operation `last` of the step.
  public struct Request: Sendable, Hashable {
    public var byteCount: Int
    public var alignment: Int
    public var first: Int
    public var last: Int

    public init(byteCount: Int, alignment: Int, first: Int, last: Int) {
      precondition(byteCount > 0 && alignment > 0 && first <= last, "a request has bytes and a lifetime")
      self.byteCount = byteCount
      self.alignment = alignment
      self.first = first
      self.last = last
    }

    func overlapsInTime(_ other: Request) -> Bool { first <= other.last && other.first <= last }
  }

  /// Parallel to the requests.
  public var offsets: [Int]
  /// One past the highest byte of any buffer.
  public var peakBytes: Int

  /// The largest sum of bytes alive at one operation: no placement needs less.
  public static func lowerBound(_ requests: [Request]) -> Int {
    let operations = (requests.map(\.last).max() ?? -1) + 1
    var live = [Int](repeating: 0, count: operations + 1)
    for request in requests {
      live[request.first] += request.byteCount
      live[request.last + 1] -= request.byteCount
    }
    var sum = 0
    var largest = 0
    for change in live {
      sum += change
      largest = max(largest, sum)
    }
    return largest
  }

  /// Places every buffer so that none alive at once overlap.
  ///
  /// Greedy: in a given order, each buffer goes to the lowest gap that fits among those placed before it and
  /// alive with it. Several orders are tried; then, while the peak is above the lower bound, buffers at the
  /// peak are moved to the front of the best order and it is tried again. Not guaranteed to be the best:
  /// that problem is NP-hard. Deterministic.
  public static func place(_ requests: [Request], improvementRounds: Int = 200) -> Placement {
    let bound = lowerBound(requests)
    func area(_ i: Int) -> Int { requests[i].byteCount * (requests[i].last - requests[i].first + 1) }
    func duration(_ i: Int) -> Int { requests[i].last - requests[i].first }
    let indices = Array(requests.indices)
    let orders = [
      indices.sorted { (requests[$0].byteCount, $1) > (requests[$1].byteCount, $0) },
      indices.sorted { (duration($0), requests[$0].byteCount, $1) > (duration($1), requests[$1].byteCount, $0) },
      indices.sorted { (area($0), $1) > (area($1), $0) },
      indices.sorted {
        (requests[$0].first, -requests[$0].byteCount, $0) < (requests[$1].first, -requests[$1].byteCount, $1)
      },
    ]
    var best = (order: orders[0], placement: place(requests, in: orders[0]))
    for order in orders.dropFirst() {
      let placement = place(requests, in: order)
      if placement.peakBytes < best.placement.peakBytes { best = (order, placement) }
    }
    var order = best.order
    var placement = best.placement
    for _ in 0..<improvementRounds where best.placement.peakBytes > bound {
      // The buffer at the peak goes first among those that do not live for ever.
      guard
        let position = order.lastIndex(where: { placement.offsets[$0] + requests[$0].byteCount == placement.peakBytes })
      else { break }
      let moved = order.remove(at: position)
      order.insert(moved, at: 0)
      placement = place(requests, in: order)
      if placement.peakBytes < best.placement.peakBytes { best = (order, placement) }
    }
    return best.placement
  }

  private static func place(_ requests: [Request], in order: [Int]) -> Placement {
    var offsets = [Int](repeating: 0, count: requests.count)
    var placed: [Int] = []  // by offset
    var peak = 0
    for i in order {
      let request = requests[i]
      var offset = 0
      for other in placed where requests[other].overlapsInTime(request) {
        if offsets[other] >= offset + request.byteCount { break }
        let end = offsets[other] + requests[other].byteCount
        if end > offset { offset = (end + request.alignment - 1) / request.alignment * request.alignment }
      }
      offsets[i] = offset
      peak = max(peak, offset + request.byteCount)
      let position = placed.firstIndex { offsets[$0] > offset } ?? placed.count
      placed.insert(i, at: position)
    }
    return Placement(offsets: offsets, peakBytes: peak)
  }

  /// What is wrong with a placement.
  public enum Fault: Error, Sendable, Hashable {
    case overlap(Int, Int)
    case misaligned(Int)
    case abovePeak(Int)
  }

  /// Proves that no two buffers alive at once overlap, that all are aligned and that none ends above the peak.
  public func verify(_ requests: [Request]) throws(Fault) {
    for i in requests.indices {
      guard offsets[i] % requests[i].alignment == 0 else { throw .misaligned(i) }
      guard offsets[i] >= 0, offsets[i] + requests[i].byteCount <= peakBytes else { throw .abovePeak(i) }
      for j in 0..<i where requests[i].overlapsInTime(requests[j]) {
        let apart =
          offsets[i] + requests[i].byteCount <= offsets[j] || offsets[j] + requests[j].byteCount <= offsets[i]
        guard apart else { throw .overlap(j, i) }
      }
    }
  }
}
