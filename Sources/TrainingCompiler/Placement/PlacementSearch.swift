/// Looks for an order of the requests whose first-fit placement has a low peak.
struct PlacementSearch {
  private let requests: [Placement.Request]
  private let lowerBound: Int
  private var firstFit: FirstFit
  private var order: [Int] = []
  private var best: (peak: Int, offsets: [Int]) = (.max, [])
  private var evaluations = 0
  private var draws: UInt64 = 0

  init(_ requests: [Placement.Request], overlaps: [Placement.Overlap]) {
    self.requests = requests
    lowerBound = Placement.lowerBound(requests, overlaps: overlaps)
    firstFit = FirstFit(PlacementProblem(requests, overlaps: overlaps))
  }

  mutating func run(_ effort: Placement.Effort) -> Placement {
    guard !requests.isEmpty else { return Placement(offsets: [], peakBytes: 0) }
    for candidate in fixedOrders() {
      if let peak = evaluate(candidate, limit: best.peak - 1) { keep(candidate, peak) }
      if best.peak == lowerBound { break }
    }
    if best.peak > lowerBound { improve(until: effort.evaluations) }
    return Placement(offsets: best.offsets, peakBytes: best.peak)
  }

  private mutating func evaluate(_ order: [Int], limit: Int) -> Int? {
    evaluations += 1
    return firstFit.place(order, limit: limit)
  }

  private mutating func keep(_ order: [Int], _ peak: Int) {
    if peak < best.peak { best = (peak, firstFit.offsets) }
    self.order = order
  }

  /// Largest first, longest first, largest area first, and by time from either end of the schedule.
  private func fixedOrders() -> [[Int]] {
    let free = firstFit.problem.free
    func sorted(_ key: (Placement.Request) -> (Int, Int)) -> [Int] {
      free.map { (key: key(requests[$0]), index: $0) }
        .sorted { ($0.key.0, $0.key.1, $0.index) < ($1.key.0, $1.key.1, $1.index) }
        .map(\.index)
    }
    return [
      sorted { (-$0.byteCount, 0) },
      sorted { ($0.first - $0.last, -$0.byteCount) },
      sorted { (-$0.byteCount * ($0.last - $0.first + 1), 0) },
      sorted { ($0.first, -$0.byteCount) },
      sorted { (-$0.last, -$0.byteCount) },
    ]
  }

  /// Moves the buffers at the peak, and now and then another, to an earlier place in the order; a change that does
  /// not raise the peak is kept, so that the search may walk along a plateau.
  private mutating func improve(until limit: Int) {
    guard order.count > 1 else { return }
    var current = best.peak
    var offsets = best.offsets
    while evaluations < limit && best.peak > lowerBound {
      var candidate = order
      let top = candidate.indices.filter { offsets[candidate[$0]] + requests[candidate[$0]].byteCount == current }
      let moved = draw(below: 4) > 0 ? top[draw(below: top.count)] : draw(below: candidate.count)
      let place = moved > 0 && draw(below: 8) > 0 ? draw(below: moved) : draw(below: candidate.count)
      let request = candidate.remove(at: moved)
      candidate.insert(request, at: min(place, candidate.count))
      guard let peak = evaluate(candidate, limit: current) else { continue }
      keep(candidate, peak)
      current = peak
      offsets = firstFit.offsets
    }
  }

  /// The next number of a fixed sequence, from a counter alone ("splitmix64", Steele, Lea and Flood 2014).
  private mutating func draw(below bound: Int) -> Int {
    draws &+= 0x9E37_79B9_7F4A_7C15
    var z = draws
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int(UInt64(bound).multipliedFullWidth(by: z ^ (z >> 31)).high)
  }
}
