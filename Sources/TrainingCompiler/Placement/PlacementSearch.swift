/// Looks for an order of the requests whose first-fit placement has a low peak.
struct PlacementSearch {
  private let requests: [Placement.Request]
  private var lowerBound: Int
  private var firstFit: FirstFit
  /// The best order so far, with its placement.
  private var order: [Int] = []
  private var ordered = Placement(offsets: [], peakBytes: .max)
  /// The best placement that the solver found.
  private var solved: Placement?
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
      if let peak = evaluate(candidate, limit: ordered.peakBytes - 1) { keep(candidate, peak) }
      if isDone { break }
    }
    if !isDone { repair(until: min(effort.evaluations, 100)) }
    // A small set is proved at once, which saves the long walk.
    if !isDone { close(trials: effort.trials) }
    if !isDone, improve(until: effort.evaluations), !isDone { close(trials: effort.trials) }
    var best = best
    best.lowerBoundBytes = lowerBound
    return best
  }

  private var best: Placement {
    if let solved, solved.peakBytes < ordered.peakBytes { return solved }
    return ordered
  }

  private var isDone: Bool { min(ordered.peakBytes, solved?.peakBytes ?? .max) == lowerBound }

  private mutating func evaluate(_ order: [Int], limit: Int) -> Int? {
    evaluations += 1
    return firstFit.place(order, limit: limit)
  }

  private mutating func keep(_ order: [Int], _ peak: Int) {
    ordered = Placement(offsets: firstFit.offsets, peakBytes: peak)
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
      // What lives long first, then chains of short lives from their end: an output is there before the input that is
      // to stand above it.
      + [1, 2, 4].map { length in
        sorted { request in
          let duration = request.last - request.first
          return duration > length ? (-1_000_000 - duration, -request.byteCount) : (-request.last, -request.byteCount)
        }
      }
  }

  /// Moves the buffer at the peak to the front of the order, again and again, whatever becomes of the peak.
  private mutating func repair(until limit: Int) {
    var current = order
    while evaluations < limit && !isDone {
      guard let peak = evaluate(current, limit: .max) else { return }
      if peak < ordered.peakBytes { keep(current, peak) }
      guard let top = current.lastIndex(where: { end(of: $0) == peak }) else { return }
      current.insert(current.remove(at: top), at: 0)
    }
  }

  /// Moves the buffers at the peak, and now and then another, to an earlier place in the order; a change that raises
  /// the peak by no more than a margin is kept, and the margin falls to nothing ("threshold accepting", Dueck and
  /// Scheuer 1990). It falls in rounds, each twice as long as the one before, so that more effort only adds to less.
  ///
  /// - Returns: Whether a better order was found.
  private mutating func improve(until limit: Int) -> Bool {
    guard order.count > 1 else { return false }
    let before = ordered.peakBytes
    var current = order
    var peak = before
    var top = current.indices.filter { ordered.offsets[current[$0]] + requests[current[$0]].byteCount == peak }
    while evaluations < limit && !isDone {
      let moved = draw(below: 4) > 0 ? top[draw(below: top.count)] : draw(below: current.count)
      let place = moved > 0 && draw(below: 8) > 0 ? draw(below: moved) : draw(below: current.count)
      var candidate = current
      candidate.insert(candidate.remove(at: moved), at: place)
      let margin = ordered.peakBytes * (roundEnd(evaluations) - evaluations) / 16_000
      guard let reached = evaluate(candidate, limit: max(peak, ordered.peakBytes + margin)) else { continue }
      (current, peak) = (candidate, reached)
      if peak < ordered.peakBytes { keep(current, peak) }
      top = current.indices.filter { end(of: current[$0]) == peak }
    }
    return ordered.peakBytes < before
  }

  /// The number of evaluations at which the round of this one ends: 200, 400, 800, …
  private func roundEnd(_ evaluation: Int) -> Int {
    var end = 200
    while end <= evaluation { end *= 2 }
    return end
  }

  private func end(of request: Int) -> Int { firstFit.offsets[request] + requests[request].byteCount }

  /// Halves the gap between what is placed and what is proved, from whichever side can be moved. A peak that can be
  /// neither proved too low nor reached splits the gap: the proof goes on below it, and nothing more is placed.
  private mutating func close(trials: Int) {
    guard trials > 0 else { return }
    var solver = SeparationSolver(firstFit.problem)
    var highest = best.peakBytes - 1
    while lowerBound <= highest {
      let peak = lowerBound + (highest - lowerBound) / 2
      switch solver.decide(peak: peak, trials: trials) {
      case .impossible: lowerBound = peak + 1
      case .unknown: highest = peak - 1
      case .placed(let offsets):
        let end = offsets.indices.map { offsets[$0] + requests[$0].byteCount }.max() ?? 0
        solved = Placement(offsets: offsets, peakBytes: end)
        highest = end - 1
      }
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
