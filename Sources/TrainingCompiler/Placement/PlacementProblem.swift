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
  /// An offset plus the phase of its request is a multiple of the request's alignment.
  private(set) var phases: [Int]
  /// A multiple of every alignment; nil where the largest is none.
  let coarsest: Int?
  /// Bytes of the requests at the bottom, and where each of them stands.
  let baseBytes: Int
  let baseOffsets: [(request: Int, offset: Int)]
  /// The requests that an order holds.
  let free: [Int]
  /// For each request a row of bits, one for each other request that it must not share a byte with.
  let conflicts: [UInt64]
  let wordsPerRow: Int
  private(set) var partners: [[Partner]]

  init(_ requests: [Placement.Request], overlaps: [Placement.Overlap]) {
    bytes = requests.map(\.byteCount)
    alignments = requests.map(\.alignment)
    phases = Array(repeating: 0, count: requests.count)
    let end = requests.map(\.last).max() ?? 0
    let joined = Set(overlaps.flatMap { [$0.input, $0.output] })
    let largest = alignments.max() ?? 1
    let coarsest = alignments.allSatisfy { largest.isMultiple(of: $0) } ? largest : nil
    self.coarsest = coarsest
    var base = 0
    var baseOffsets: [(request: Int, offset: Int)] = []
    var free: [Int] = []
    for (i, request) in requests.enumerated() {
      if let coarsest, request.first == 0, request.last == end, request.byteCount.isMultiple(of: coarsest),
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

  /// The same requests upside down, above the base: what stood lowest stands highest. Nil where the alignments have no
  /// common multiple among them.
  ///
  /// With `o` an offset, `b` its bytes, `B` the base's and `P` a peak that is a multiple of every alignment, the
  /// mirrored offset is `B + P - o - b`. So the end of a mirrored request is aligned instead of its offset, and the
  /// distance `d` of a pair becomes `bytes(other) - bytes(this) - d`.
  var mirrored: PlacementProblem? {
    guard coarsest != nil else { return nil }
    var result = self
    result.phases = bytes
    for i in partners.indices {
      result.partners[i] = partners[i].map { partner in
        let difference = bytes[partner.other] - bytes[i]
        return Partner(other: partner.other, below: difference - partner.above, above: difference - partner.below)
      }
    }
    return result
  }

  /// The offsets of the problem itself for those of its mirrored one, and their peak.
  func offsets(mirroring offsets: [Int], peak: Int) -> (offsets: [Int], peak: Int) {
    let coarsest = coarsest ?? 1
    let peak = (peak + coarsest - 1) / coarsest * coarsest
    var result = offsets
    for i in free { result[i] = baseBytes + peak - offsets[i] - bytes[i] }
    return (result, peak)
  }

  /// The lowest offset at which a request may start, from one on.
  func aligned(_ offset: Int, _ i: Int) -> Int {
    (offset + phases[i] + alignments[i] - 1) / alignments[i] * alignments[i] - phases[i]
  }

  /// Whether two requests must not share a byte, whatever their distance.
  func mustBeApart(_ i: Int, _ j: Int) -> Bool { conflicts[i * wordsPerRow + j >> 6] >> UInt64(j & 63) & 1 == 1 }
}
