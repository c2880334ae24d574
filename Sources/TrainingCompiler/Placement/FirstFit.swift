/// Places requests in a given order, each at the lowest offset that is free; keeps its working memory from one order
/// to the next.
struct FirstFit {
  let problem: PlacementProblem
  /// Of the last order, as is its peak; meaningless once it was given up.
  private(set) var offsets: [Int]
  private(set) var peak = 0
  private var isPlaced: [Bool]
  /// The requests placed so far, by offset, and for each where it starts and ends.
  private var placed: [Int]
  private var starts: [Int]
  private var ends: [Int]

  init(_ problem: PlacementProblem) {
    self.problem = problem
    let count = problem.bytes.count
    offsets = Array(repeating: 0, count: count)
    isPlaced = Array(repeating: false, count: count)
    placed = Array(repeating: 0, count: count)
    starts = placed
    ends = placed
    for base in problem.baseOffsets { offsets[base.request] = base.offset }
  }

  /// How far the requests of an order end above a target, all taken together, or nil as soon as it is more than
  /// `limit`. Unlike the peak, this falls with every request that is brought below the target.
  mutating func excess(of order: [Int], above target: Int, limit: Int = .max) -> Int? {
    for i in order { isPlaced[i] = false }
    var count = 0
    var excess = 0
    peak = problem.baseBytes
    for i in order {
      let offset = lowestOffset(of: i, amongFirst: count)
      let end = offset + problem.bytes[i]
      excess += max(0, end - target)
      if excess > limit { return nil }
      peak = max(peak, end)
      offsets[i] = offset
      isPlaced[i] = true
      var position = count
      while position > 0 && starts[position - 1] > offset {
        placed[position] = placed[position - 1]
        starts[position] = starts[position - 1]
        ends[position] = ends[position - 1]
        position -= 1
      }
      placed[position] = i
      starts[position] = offset
      ends[position] = end
      count += 1
    }
    return excess
  }

  func end(of i: Int) -> Int { offsets[i] + problem.bytes[i] }

  /// Offsets only rise on the way up, so one pass over the placed requests, by offset, is enough; a partner may push
  /// the offset up at any point of it.
  private func lowestOffset(of i: Int, amongFirst count: Int) -> Int {
    let bytes = problem.bytes[i]
    let row = i * problem.wordsPerRow
    var offset = problem.aligned(problem.baseBytes, i)
    var position = 0
    while true {
      while position < count && starts[position] < offset + bytes {
        let other = placed[position]
        if ends[position] > offset, problem.conflicts[row + other >> 6] >> UInt64(other & 63) & 1 == 1 {
          offset = problem.aligned(ends[position], i)
        }
        position += 1
      }
      guard let pushed = pushed(offset, of: i) else { return offset }
      offset = pushed
    }
  }

  /// Where the first partner whose condition the offset breaks pushes it; nil if none does.
  private func pushed(_ offset: Int, of i: Int) -> Int? {
    for partner in problem.partners[i] where isPlaced[partner.other] {
      let distance = offset - offsets[partner.other]
      if partner.below < distance && distance < partner.above {
        return problem.aligned(offsets[partner.other] + partner.above, i)
      }
    }
    return nil
  }
}
