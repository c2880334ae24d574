@testable import TrainingCompiler

/// Small sets of requests, some of which may share bytes, and what is right for them by the plainest rules.
struct OverlapWorld {
  var requests: [Placement.Request]
  var overlaps: [Placement.Overlap]

  /// - Parameters:
  ///   - count: At most so many requests.
  ///   - bytes: At most so many each.
  ///   - alignments: To choose from.
  static func random(
    _ count: Int, bytes: Int, operations: Int, alignments: [Int], using random: inout SeededRandom
  ) -> OverlapWorld {
    let requests = (0..<Int.random(in: 2...count, using: &random)).map { _ in
      let first = Int.random(in: 0..<operations, using: &random)
      return Placement.Request(
        byteCount: .random(in: 1...bytes, using: &random), alignment: alignments.randomElement(using: &random)!,
        first: first, last: .random(in: first..<operations, using: &random))
    }
    var overlaps: [Placement.Overlap] = []
    for i in requests.indices {
      for o in requests.indices where i != o && requests[i].last == requests[o].first {
        // What lives for one operation only cannot be both made of something and what something is made of.
        let isTaken = overlaps.contains {
          ($0.input == o && requests[o].first == requests[o].last)
            || ($0.output == i && requests[i].first == requests[i].last)
        }
        guard !isTaken, Bool.random(using: &random) else { continue }
        overlaps.append(Placement.Overlap(input: i, output: o, lead: .random(in: -bytes...bytes + 2, using: &random)))
        if Int.random(in: 0..<8, using: &random) == 0 {
          overlaps.append(Placement.Overlap(input: i, output: o, lead: .random(in: -bytes...bytes, using: &random)))
        }
      }
    }
    return OverlapWorld(requests: requests, overlaps: overlaps)
  }

  /// Plays the step byte by byte: whether a byte is lost before its last reading.
  ///
  /// At each operation the buffers that begin are written, byte 0 of each before byte 1 of any. Before byte `k` of an
  /// output, the bytes of its inputs up to `k - lead` have been read; every other byte alive is still needed.
  func losesBytes(at offsets: [Int]) -> Bool {
    var memory = [Int?](repeating: nil, count: requests.indices.map { offsets[$0] + requests[$0].byteCount }.max() ?? 0)
    for t in 0...(requests.map(\.last).max() ?? 0) {
      let starting = requests.indices.filter { requests[$0].first == t }
      // An input that begins and ends here is there before what is made of it.
      let isOutput = Set(overlaps.filter { requests[$0.input].last == t }.map(\.output))
      for phase in [starting.filter { !isOutput.contains($0) }, starting.filter { isOutput.contains($0) }] {
        for k in 0..<(phase.map { requests[$0].byteCount }.max() ?? 0) {
          for written in phase where k < requests[written].byteCount {
            let address = offsets[written] + k
            if let owner = memory[address], requests[owner].first <= t, t <= requests[owner].last,
              isNeeded(owner, byte: address - offsets[owner], before: k, of: written)
            {
              return true
            }
            memory[address] = written
          }
        }
      }
    }
    return false
  }

  private func isNeeded(_ owner: Int, byte: Int, before k: Int, of output: Int) -> Bool {
    let pairs = overlaps.filter {
      $0.input == owner && $0.output == output && requests[owner].last == requests[output].first
    }
    return pairs.isEmpty || pairs.contains { byte > k - $0.lead }
  }

  /// The least peak of any placement, at most `limit`, found by trying every offset of every buffer below it.
  func optimum(atMost limit: Int) -> Int {
    var best = limit
    var offsets = [Int](repeating: 0, count: requests.count)
    func extend(_ i: Int, peak: Int) {
      guard i < requests.count else {
        best = peak
        return
      }
      for offset in stride(from: 0, to: best, by: requests[i].alignment) {
        let end = max(peak, offset + requests[i].byteCount)
        guard end < best else { break }
        offsets[i] = offset
        let part = OverlapWorld(
          requests: Array(requests[...i]), overlaps: overlaps.filter { $0.input <= i && $0.output <= i })
        if !part.losesBytes(at: offsets) { extend(i + 1, peak: end) }
      }
    }
    extend(0, peak: 0)
    return best
  }
}
