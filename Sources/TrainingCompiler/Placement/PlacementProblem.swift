/// A set of requests, prepared so that an order of them is placed quickly.
///
/// Requests that live through the whole schedule and fill a multiple of every alignment are stacked at the bottom
/// beforehand: each shares the schedule with every other buffer, so where it stands makes no difference.
struct PlacementProblem {
  /// A buffer that overlaps join with another. With `d` the offset of this one less the offset of the other, the pair
  /// is wrong where `below < d < above`.
  struct Partner {
    var other: Int
    var below: Int
    var above: Int
  }

  let bytes: [Int]
  let alignments: [Int]
  /// Bytes of the requests at the bottom, and where each of them stands.
  let baseBytes: Int
  let baseOffsets: [(request: Int, offset: Int)]
  /// The requests that an order holds.
  let free: [Int]
  /// For each request a row of bits, one for each other request that it must not share a byte with.
  let conflicts: [UInt64]
  let wordsPerRow: Int
  let partners: [[Partner]]

  init(_ requests: [Placement.Request], overlaps: [Placement.Overlap]) {
    bytes = requests.map(\.byteCount)
    alignments = requests.map(\.alignment)
    let end = requests.map(\.last).max() ?? 0
    let joined = Set(overlaps.flatMap { [$0.input, $0.output] })
    let coarsest = alignments.max() ?? 1
    let aligned = alignments.allSatisfy { coarsest.isMultiple(of: $0) }
    var base = 0
    var baseOffsets: [(request: Int, offset: Int)] = []
    var free: [Int] = []
    for (i, request) in requests.enumerated() {
      if aligned, request.first == 0, request.last == end, request.byteCount.isMultiple(of: coarsest),
        !joined.contains(i)
      {
        baseOffsets.append((i, base))
        base += request.byteCount
      } else {
        free.append(i)
      }
    }
    (baseBytes, self.baseOffsets, self.free) = (base, baseOffsets, free)

    wordsPerRow = (requests.count + 63) / 64
    var conflicts = [UInt64](repeating: 0, count: requests.count * wordsPerRow)
    for (position, i) in free.enumerated() {
      for j in free[..<position] where requests[i].overlapsInTime(requests[j]) {
        conflicts[i * wordsPerRow + j >> 6] |= 1 << UInt64(j & 63)
        conflicts[j * wordsPerRow + i >> 6] |= 1 << UInt64(i & 63)
      }
    }
    var partners = [[Partner]](repeating: [], count: requests.count)
    for overlap in overlaps {
      precondition(overlap.operation(in: requests) != nil, "an overlap's input ends where its output begins")
      let (i, o) = (overlap.input, overlap.output)
      conflicts[i * wordsPerRow + o >> 6] &= ~(1 << UInt64(o & 63))
      conflicts[o * wordsPerRow + i >> 6] &= ~(1 << UInt64(i & 63))
      let distance = overlap.distance(in: requests)
      partners[i].append(Partner(other: o, below: -bytes[i], above: distance))
      partners[o].append(Partner(other: i, below: -distance, above: bytes[i]))
    }
    self.conflicts = conflicts
    self.partners = partners
  }

  /// Whether two requests must not share a byte, whatever their distance.
  func mustBeApart(_ i: Int, _ j: Int) -> Bool { conflicts[i * wordsPerRow + j >> 6] >> UInt64(j & 63) & 1 == 1 }
}
