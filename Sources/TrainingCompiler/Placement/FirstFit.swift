/// Places requests in a given order, each at the lowest offset that is free; keeps its working memory from one order
/// to the next.
struct FirstFit {
  let problem: PlacementProblem
  /// Of the last order; meaningless for requests after the one at which it was given up.
  private(set) var offsets: [Int]
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

  /// The peak of an order, or nil as soon as it is above `limit`.
  mutating func place(_ order: [Int], limit: Int = .max) -> Int? {
    for i in order { isPlaced[i] = false }
    var count = 0
    var peak = problem.baseBytes
    for i in order {
      let offset = lowestOffset(of: i, amongFirst: count)
      let end = offset + problem.bytes[i]
      if end > limit { return nil }
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
    return peak
  }

  /// Offsets only rise on the way up, so one pass over the placed requests, by offset, is enough; a partner may push
  /// the offset up at any point of it.
  private func lowestOffset(of i: Int, amongFirst count: Int) -> Int {
    let bytes = problem.bytes[i]
    let alignment = problem.alignments[i]
    let row = i * problem.wordsPerRow
    var offset = problem.baseBytes
    var position = 0
    while true {
      while position < count && starts[position] < offset + bytes {
        let other = placed[position]
        if ends[position] > offset, problem.conflicts[row + other >> 6] >> UInt64(other & 63) & 1 == 1 {
          offset = (ends[position] + alignment - 1) / alignment * alignment
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
        let alignment = problem.alignments[i]
        return (offsets[partner.other] + partner.above + alignment - 1) / alignment * alignment
      }
    }
    return nil
  }
}
