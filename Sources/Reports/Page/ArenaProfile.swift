/// Bytes of the arena in use at each step, by what they are for.
///
/// A byte that two buffers share, because an operation works in place, counts once, for the newer of them; so the sum
/// of a step is what has an owner then.
struct ArenaProfile {
  /// A list of bytes, one for each `ArenaFamily`, for each step.
  let bytes: [[Int]]

  init(_ buffers: [ArenaBuffer], steps: Int) {
    bytes = (0..<steps).map { step in
      Self.bytes(of: buffers.filter { $0.firstStep <= step && step <= $0.lastStep })
    }
  }

  var totals: [Int] { bytes.map { $0.reduce(0, +) } }

  /// The first of the steps at which most is in use.
  var fullestStep: Int? {
    let totals = totals
    return totals.indices.max { (totals[$0], $1) < (totals[$1], $0) }
  }

  private static func bytes(of live: [ArenaBuffer]) -> [Int] {
    var sums = [Int](repeating: 0, count: ArenaFamily.allCases.count)
    let sorted = live.filter { $0.bytes > 0 }.sorted { ($0.offset, $0.name) < ($1.offset, $1.name) }
    let edges = Set(sorted.flatMap { [$0.offset, $0.offset &+ $0.bytes] }).sorted()
    var next = 0
    var open: [ArenaBuffer] = []
    for (start, end) in zip(edges, edges.dropFirst()) {
      while next < sorted.count, sorted[next].offset <= start {
        open.append(sorted[next])
        next += 1
      }
      open.removeAll { $0.offset &+ $0.bytes <= start }
      guard let owner = open.max(by: { $0.firstStep < $1.firstStep }) else { continue }
      sums[ArenaFamily(kind: owner.kind).rawValue] += end - start
    }
    return sums
  }
}
