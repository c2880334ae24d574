import Testing

@testable import Signal

struct ReorderBufferTests {
  /// What comes out of a segment of times, each frame's value being its place in the input.
  static func run(
    _ times: [Int64], horizon: Int64, capacity: Int
  ) -> (out: [(time: Int64, value: Float)], late: Set<Int>, reordered: UInt64, hurried: UInt64) {
    var buffer = ReorderBuffer(channels: 2, horizonNanoseconds: horizon, capacityFrames: capacity)
    var out: [(Int64, Float)] = []
    var late: Set<Int> = []
    func drain() {
      var scratch: [Float] = [0, 0]
      while true {
        var span = scratch.mutableSpan
        guard let header = buffer.next(into: &span) else { return }
        #expect(scratch[0] == -scratch[1])
        out.append((header.timeNanoseconds, scratch[0]))
      }
    }
    for (index, time) in times.enumerated() {
      let values = [Float(index), -Float(index)]
      if buffer.push(FrameHeader(timeNanoseconds: time), values: values.span) == .late { late.insert(index) }
      drain()
    }
    buffer.endSegment()
    drain()
    return (out, late, buffer.reorderedFrames, buffer.hurriedFrames)
  }

  /// The definition on whole arrays: hold all, release whatever the newest is a horizon ahead of, drop what is earlier
  /// than the last released.
  static func definition(_ times: [Int64], horizon: Int64) -> (out: [Int], late: Set<Int>) {
    var held: [Int] = []
    var out: [Int] = []
    var late: Set<Int> = []
    var newest = Int64.min
    for (index, time) in times.enumerated() {
      if let last = out.last, time < times[last] {
        late.insert(index)
        continue
      }
      held.append(index)
      held.sort { (times[$0], $0) < (times[$1], $1) }
      newest = max(newest, time)
      while let first = held.first, newest - times[first] >= horizon { out.append(held.removeFirst()) }
    }
    return (out + held, late)
  }

  /// Every order of six frames, two of them of one time, and every horizon.
  @Test func everyOrderOfSixFramesComesOutAsDefined() {
    func permutations(_ rest: [Int64]) -> [[Int64]] {
      rest.isEmpty
        ? [[]]
        : rest.indices.flatMap { index -> [[Int64]] in
          var others = rest
          let first = others.remove(at: index)
          return permutations(others).map { [first] + $0 }
        }
    }
    for times in permutations([0, 10, 20, 20, 30, 50]) {
      for horizon in [Int64(1), 10, 15, 20, 30, 100] {
        let found = Self.run(times, horizon: horizon, capacity: 8)
        let expected = Self.definition(times, horizon: horizon)
        guard found.out.map({ Int($0.value) }) == expected.out, found.late == expected.late,
          found.out.map(\.time) == expected.out.map({ times[$0] }), found.hurried == 0
        else {
          Issue.record("\(times), horizon \(horizon): \(found.out), \(found.late)")
          return
        }
      }
    }
  }

  @Test func nothingIsLateByLessThanTheHorizon() {
    var random = SystemRandomNumberGenerator()
    let seed = UInt64.random(in: 0...UInt64.max, using: &random)
    var generator = TestRandom(seed: seed)
    for _ in 0..<50 {
      // Frames every 10, each sent with a delay below 40.
      let sent = (0..<200).map {
        (time: Int64($0) * 10, arrival: Int64($0) * 10 + Int64.random(in: 0..<40, using: &generator))
      }
      let times = sent.enumerated().sorted { ($0.1.arrival, $0.0) < ($1.1.arrival, $1.0) }.map(\.1.time)
      let found = Self.run(times, horizon: 40, capacity: 16)
      #expect(found.late.isEmpty && found.out.map(\.time) == times.sorted(), "seed \(seed)")
    }
  }

  @Test func aFullBufferLetsTheEarliestGoAndSaysSo() {
    let found = Self.run([5, 4, 3, 2, 1, 0], horizon: 1000, capacity: 3)
    // 3, 4, 5 fill it and 3 goes; then 2, 1 and 0 are late.
    #expect(found.out.map(\.time) == [3, 4, 5])
    #expect(found.late == [3, 4, 5])
    #expect(found.hurried == 1)
  }

  @Test func aNewSegmentMayBeginAnywhere() {
    var buffer = ReorderBuffer(channels: 1, horizonNanoseconds: 10, capacityFrames: 4)
    var scratch: [Float] = [0]
    #expect(buffer.push(FrameHeader(timeNanoseconds: .max), values: [1].span) == .held)
    buffer.endSegment()
    var span = scratch.mutableSpan
    #expect(buffer.next(into: &span)?.timeNanoseconds == .max)
    #expect(buffer.next(into: &span) == nil)
    #expect(buffer.push(FrameHeader(timeNanoseconds: .min), values: [2].span) == .held)
    buffer.endSegment()
    #expect(buffer.next(into: &span)?.timeNanoseconds == .min)
  }
}

/// A generator that a seed repeats (splitmix64, Steele et al. 2014).
struct TestRandom: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
