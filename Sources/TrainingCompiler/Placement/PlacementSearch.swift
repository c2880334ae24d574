/// Looks for an order of the requests whose first-fit placement has a low peak.
///
/// Orders are placed from the bottom up, and in the mirrored problem from the top down. A chain of operations in place
/// only drifts one way, each input standing its lead above its output, so the two directions are different searches;
/// where one is stuck, the other often is not.
struct PlacementSearch {
  /// Evaluations of the first walk of each direction; half as many again in each further one.
  private static let firstWalk = 400
  /// Evaluations of the repair of each direction.
  private static let repairs = 40
  /// What a quick search may take. A longer one begins with the same, so that it never ends higher.
  private static let quickEvaluations = Placement.Effort.quick.evaluations
  /// An evaluation takes about as many steps as pairs of requests; so many in all are enough for everything up to 200
  /// requests, more than any network for a microcontroller has, and keep larger ones to seconds.
  private static let longestWork = Placement.Effort.thorough.longestEvaluations * 200 * 200

  /// An order in one of the two directions.
  private struct Start {
    var direction: Int
    var order: [Int]
    var excess: Int
  }

  private let requests: [Placement.Request]
  private let overlaps: [Placement.Overlap]
  private var lowerBound: Int
  /// From the bottom, and from the top.
  private var directions: [FirstFit]
  private var best = Placement(offsets: [], peakBytes: .max)
  private var evaluations = 0
  private var draws: UInt64 = 0

  init(_ requests: [Placement.Request], overlaps: [Placement.Overlap]) {
    self.requests = requests
    self.overlaps = overlaps
    lowerBound = Placement.lowerBound(requests, overlaps: overlaps)
    let problem = PlacementProblem(requests, overlaps: overlaps)
    directions = [FirstFit(problem)] + [problem.mirrored].compactMap { $0.map(FirstFit.init) }
  }

  mutating func run(_ effort: Placement.Effort) -> Placement {
    guard !requests.isEmpty else { return Placement(offsets: [], peakBytes: 0) }
    let most = max(Self.quickEvaluations, Self.longestWork / (requests.count * requests.count))
    let quick = min(effort.evaluations, Self.quickEvaluations)
    let starts = starts()
    repair(starts, until: quick)
    walk(from: starts, until: quick, atMost: quick)
    if !isDone, effort.evaluations > Self.quickEvaluations {
      let windows = WindowBound(requests, overlaps: overlaps)
      lowerBound = windows.raised(from: lowerBound, atMost: best.peakBytes)
      walk(from: starts, until: min(effort.evaluations, most), atMost: min(effort.longestEvaluations, most))
    }
    if !isDone { close(trials: effort.trials) }
    best.lowerBoundBytes = lowerBound
    return best
  }

  private var isDone: Bool { best.peakBytes <= lowerBound }

  /// Whether nothing more is to be tried: `limit` is for a peak that is near the bound, `longest` for any other.
  private func isSpent(_ limit: Int, _ longest: Int) -> Bool {
    let isNear = (best.peakBytes - lowerBound) * 100 <= lowerBound
    return isDone || evaluations >= (isNear ? limit : longest)
  }

  /// Walks from one start after the other, the best of either direction first, until the evaluations are used up.
  private mutating func walk(from starts: [Start], until limit: Int, atMost longest: Int) {
    var turn = 0
    var length = Self.firstWalk
    while !isSpent(limit, longest) {
      let ranked = starts.filter { $0.direction == turn % directions.count }
      let start = ranked[turn / directions.count % ranked.count]
      walk(from: start, length: length, until: limit, atMost: longest)
      turn += 1
      if turn.isMultiple(of: directions.count) { length += length / 2 }
    }
  }

  /// The fixed orders of each direction, least excess first.
  private mutating func starts() -> [Start] {
    var starts: [Start] = []
    for direction in directions.indices {
      for order in fixedOrders() {
        if let excess = evaluate(order, direction, limit: .max) {
          starts.append(Start(direction: direction, order: order, excess: excess))
        }
        if isDone { return starts }
      }
    }
    return starts.indices.sorted { (starts[$0].excess, $0) < (starts[$1].excess, $1) }.map { starts[$0] }
  }

  /// Largest first, longest first, largest area first, and by time from either end of the schedule.
  private func fixedOrders() -> [[Int]] {
    let free = directions[0].problem.free
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

  /// Moves buffers, more often those that end above the lower bound, to another place in the order, more often an
  /// earlier one. A change is kept whose excess is at most a margin above the least of this walk, and the margin
  /// falls to nothing ("threshold accepting", Dueck and Scheuer 1990).
  private mutating func walk(from start: Start, length: Int, until limit: Int, atMost longest: Int) {
    let direction = start.direction
    let target = target(of: direction)
    var current = start.order
    guard var excess = evaluate(current, direction, limit: .max) else { return }
    var least = excess
    let begin = evaluations
    var high = current.indices.filter { directions[direction].end(of: current[$0]) > target }
    while evaluations < begin + length && !isSpent(limit, longest) {
      let moved = draw(below: 8) < 5 ? high[draw(below: high.count)] : draw(below: current.count)
      let place = moved > 0 && draw(below: 8) < 5 ? draw(below: moved) : draw(below: current.count)
      var candidate = current
      candidate.insert(candidate.remove(at: moved), at: place)
      let margin = target * (begin + length - evaluations) / (100 * length)
      guard let reached = evaluate(candidate, direction, limit: max(excess, least + margin)) else { continue }
      (current, excess) = (candidate, reached)
      least = min(least, excess)
      high = current.indices.filter { directions[direction].end(of: current[$0]) > target }
    }
  }

  /// From the best start of each direction, moves the buffer at the peak to the front of the order, again and again,
  /// whatever becomes of the peak.
  private mutating func repair(_ starts: [Start], until limit: Int) {
    for direction in directions.indices {
      guard var order = starts.first(where: { $0.direction == direction })?.order else { continue }
      let end = min(limit, evaluations + Self.repairs)
      while evaluations < end && !isDone {
        guard evaluate(order, direction, limit: .max) != nil else { return }
        let fit = directions[direction]
        guard let top = order.lastIndex(where: { fit.end(of: $0) == fit.peak }) else { return }
        order.insert(order.remove(at: top), at: 0)
      }
    }
  }

  /// The excess of an order above the lower bound, unless it is more than the limit; a lower peak is kept.
  private mutating func evaluate(_ order: [Int], _ direction: Int, limit: Int) -> Int? {
    evaluations += 1
    guard let excess = directions[direction].excess(of: order, above: target(of: direction), limit: limit) else {
      return nil
    }
    let (offsets, peak) = (directions[direction].offsets, directions[direction].peak)
    guard peak < best.peakBytes else { return excess }
    if direction == 0 {
      best = Placement(offsets: offsets, peakBytes: peak)
    } else {
      keep(mirrored: offsets, peak)
    }
    return excess
  }

  /// Turned over, a peak is a multiple of every alignment; placed again in the order of the offsets, what stood up to
  /// there may end lower.
  private mutating func keep(mirrored: [Int], _ mirroredPeak: Int) {
    let problem = directions[0].problem
    let (offsets, peak) = problem.offsets(mirroring: mirrored, peak: mirroredPeak)
    if peak < best.peakBytes { best = Placement(offsets: offsets, peakBytes: peak) }
    _ = evaluate(problem.free.sorted { (offsets[$0], $0) < (offsets[$1], $1) }, 0, limit: .max)
  }

  /// A mirrored peak is a multiple of every alignment.
  private func target(of direction: Int) -> Int {
    direction == 0 ? lowerBound : lowerBound - lowerBound % (directions[0].problem.coarsest ?? 1)
  }

  /// Halves the gap between what is placed and what is proved, from whichever side can be moved. A peak that can be
  /// neither proved too low nor reached splits the gap: the proof goes on below it, and nothing more is placed.
  private mutating func close(trials: Int) {
    guard trials > 0 else { return }
    var solver = SeparationSolver(directions[0].problem)
    var highest = best.peakBytes - 1
    while lowerBound <= highest {
      let peak = lowerBound + (highest - lowerBound) / 2
      switch solver.decide(peak: peak, trials: trials) {
      case .impossible: lowerBound = peak + 1
      case .unknown: highest = peak - 1
      case .placed(let offsets):
        let end = offsets.indices.map { offsets[$0] + requests[$0].byteCount }.max() ?? 0
        best = Placement(offsets: offsets, peakBytes: end)
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
