/// Decides whether requests fit below a peak, by propagating what each pair demands of the other.
///
/// Every request has a range of offsets. A pair that must not share bytes is either one way round or the other; where
/// the ranges leave only one way, it narrows both. A range that becomes empty proves that nothing fits below the
/// peak. Where nothing more follows, the pair of most bytes is tried both ways. When every pair is decided, the lowest
/// offsets of the ranges are a placement.
struct SeparationSolver {
  enum Answer {
    case impossible
    case placed([Int])
    /// Given up after the permitted number of trials.
    case unknown
  }

  /// With `d` the offset of `i` less the offset of `j`: `d <= below` or `d >= above`.
  private struct Pair {
    var i: Int
    var j: Int
    var below: Int
    var above: Int
  }

  private struct Ranges {
    var lowest: [Int]
    var highest: [Int]
  }

  private let problem: PlacementProblem
  /// Most bytes first.
  private let pairs: [Pair]
  private var trials = 0

  init(_ problem: PlacementProblem) {
    self.problem = problem
    let bytes = problem.bytes
    var pairs: [Pair] = []
    for (position, i) in problem.free.enumerated() {
      for j in problem.free[..<position] where problem.mustBeApart(i, j) {
        pairs.append(Pair(i: i, j: j, below: -bytes[i], above: bytes[j]))
      }
      for partner in problem.partners[i] where partner.other < i && partner.below + 1 < partner.above {
        pairs.append(Pair(i: i, j: partner.other, below: partner.below, above: partner.above))
      }
    }
    let weights = pairs.map { min(bytes[$0.i], bytes[$0.j]) }
    self.pairs = pairs.indices.sorted { (weights[$0], $1) > (weights[$1], $0) }.map { pairs[$0] }
  }

  mutating func decide(peak: Int, trials limit: Int) -> Answer {
    trials = limit
    var ranges = Ranges(
      lowest: Array(repeating: 0, count: problem.bytes.count), highest: problem.bytes.map { peak - $0 })
    for i in problem.free {
      ranges.lowest[i] = aligned(up: problem.baseBytes, i)
      ranges.highest[i] = aligned(down: ranges.highest[i], i)
      if ranges.highest[i] < ranges.lowest[i] { return .impossible }
    }
    for base in problem.baseOffsets { ranges.lowest[base.request] = base.offset }
    return search(ranges)
  }

  private mutating func search(_ start: Ranges) -> Answer {
    var ranges = start
    guard propagate(&ranges) else { return .impossible }
    guard let open = pairs.firstIndex(where: { isOpen($0, ranges) }) else { return .placed(ranges.lowest) }
    var answer = Answer.impossible
    for isAbove in [false, true] {
      guard trials > 0 else { return .unknown }
      trials -= 1
      var branch = ranges
      guard decide(pairs[open], isAbove: isAbove, &branch) != nil else { continue }
      switch search(branch) {
      case .placed(let offsets): return .placed(offsets)
      case .unknown: answer = .unknown
      case .impossible: continue
      }
    }
    return answer
  }

  /// Whether the lowest offsets break what the pair demands.
  private func isOpen(_ pair: Pair, _ ranges: Ranges) -> Bool {
    let distance = ranges.lowest[pair.i] - ranges.lowest[pair.j]
    return pair.below < distance && distance < pair.above
  }

  /// False where a range becomes empty.
  private func propagate(_ ranges: inout Ranges) -> Bool {
    var isChanged = true
    while isChanged {
      isChanged = false
      for pair in pairs {
        let canBeBelow = ranges.lowest[pair.i] - ranges.highest[pair.j] <= pair.below
        let canBeAbove = ranges.highest[pair.i] - ranges.lowest[pair.j] >= pair.above
        if canBeBelow && canBeAbove { continue }
        guard canBeBelow || canBeAbove, let change = decide(pair, isAbove: canBeAbove, &ranges) else { return false }
        isChanged = isChanged || change
      }
    }
    return true
  }

  /// Narrows the ranges to one way round; whether they changed, or nil where one is empty.
  private func decide(_ pair: Pair, isAbove: Bool, _ ranges: inout Ranges) -> Bool? {
    let (upper, lower) = isAbove ? (pair.i, pair.j) : (pair.j, pair.i)
    let distance = isAbove ? pair.above : -pair.below
    let lowest = aligned(up: ranges.lowest[lower] + distance, upper)
    let highest = aligned(down: ranges.highest[upper] - distance, lower)
    var isChanged = false
    if lowest > ranges.lowest[upper] {
      ranges.lowest[upper] = lowest
      isChanged = true
    }
    if highest < ranges.highest[lower] {
      ranges.highest[lower] = highest
      isChanged = true
    }
    let isPossible =
      ranges.lowest[upper] <= ranges.highest[upper] && ranges.lowest[lower] <= ranges.highest[lower]
    return isPossible ? isChanged : nil
  }

  private func aligned(up offset: Int, _ i: Int) -> Int {
    offset + (problem.alignments[i] - offset % problem.alignments[i]) % problem.alignments[i]
  }

  private func aligned(down offset: Int, _ i: Int) -> Int {
    offset < 0 ? offset : offset - offset % problem.alignments[i]
  }
}
