/// The buffers of one operation that overlaps join, directly or through others.
struct OverlapGroups {
  struct Group {
    var operation: Int
    var inputs: [Int]
    var outputs: [Int]
    /// No placement lets inputs and outputs share more.
    var sharedBytes: Int
  }

  private(set) var all: [Group] = []

  init(_ requests: [Placement.Request], _ overlaps: [Placement.Overlap]) {
    for overlap in overlaps {
      precondition(overlap.operation(in: requests) != nil, "an overlap's input ends where its output begins")
    }
    var isGrouped = [Bool](repeating: false, count: overlaps.count)
    for start in overlaps.indices where !isGrouped[start] {
      var members = [start]
      isGrouped[start] = true
      var next = 0
      while next < members.count {
        let joined = overlaps[members[next]]
        for other in overlaps.indices where !isGrouped[other] {
          guard overlaps[other].input == joined.input || overlaps[other].output == joined.output else { continue }
          isGrouped[other] = true
          members.append(other)
        }
        next += 1
      }
      all.append(Self.group(requests, members.map { overlaps[$0] }))
    }
  }

  private static func group(_ requests: [Placement.Request], _ overlaps: [Placement.Overlap]) -> Group {
    let inputs = Set(overlaps.map(\.input)).sorted()
    let outputs = Set(overlaps.map(\.output)).sorted()
    // Of a pair's leads the largest holds.
    var leads: [[Int]: Int] = [:]
    for overlap in overlaps {
      let pair = [overlap.input, overlap.output]
      leads[pair] = max(leads[pair] ?? .min, overlap.distance(in: requests))
    }
    func bytes(_ request: Int) -> Int { requests[request].byteCount }
    /// Bytes of the output that one of the inputs may share.
    func room(_ pair: (key: [Int], value: Int)) -> Int { max(0, bytes(pair.key[1]) - max(0, pair.value)) }
    /// Bytes of the input, from its first, below the highest end of the output.
    func reach(_ pair: (key: [Int], value: Int)) -> Int { max(0, bytes(pair.key[1]) - pair.value) }
    func shared(_ member: Int, side: Int, _ capacity: ((key: [Int], value: Int)) -> Int) -> Int {
      let pairs = leads.filter { $0.key[side] == member }
      let sum = pairs.reduce(0) { $0 + min(bytes($1.key[0]), min(bytes($1.key[1]), reach($1))) }
      return min(bytes(member), sum, pairs.map(capacity).max() ?? 0)
    }
    return Group(
      operation: requests[inputs[0]].last, inputs: inputs, outputs: outputs,
      sharedBytes: min(
        outputs.reduce(0) { $0 + shared($1, side: 1, room) }, inputs.reduce(0) { $0 + shared($1, side: 0, reach) }))
  }
}
