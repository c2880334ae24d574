import Tensors
import Testing

@Suite struct CounterRandomTests {
  /// Written out so that a change of the generator, which would change every trained bit, cannot pass unseen.
  static let golden: [(seed: UInt64, stream: UInt64, index: UInt32, word: UInt32)] = [
    (0, 0, 0, 0xE2B0_6BEE),
    (0, 0, 1, 0xA3F5_EE67),
    (1, 2, 3, 0x3EDF_B283),
    (7, 0, 0, 0x25A7_39AD),
    (7, 3, 12_345, 0x98EA_1148),
    (.max, .max, .max, 0x9289_3825),
  ]

  @Test func wordsNeverChange() {
    for g in Self.golden {
      #expect(CounterRandom(seed: g.seed, stream: g.stream).word(at: g.index) == g.word, "\(g)")
    }
  }

  @Test func aKeyGivesEveryCounterItsOwnWord() {
    // The permutation is a bijection of the counter.
    let random = CounterRandom(seed: 3, stream: 9)
    #expect(Set((0..<50_000).map { random.word(at: $0) }).count == 50_000)
  }

  @Test func seedsAndStreamsDoNotRepeatEachOther() {
    var keys = Set<CounterRandom>()
    for seed: UInt64 in 0..<100 {
      for stream: UInt64 in 0..<100 { keys.insert(CounterRandom(seed: seed, stream: stream)) }
    }
    #expect(keys.count == 10_000)
    let words = { (random: CounterRandom) in (0..<64).map { random.word(at: $0) } }
    let base = words(CounterRandom(seed: 1, stream: 1))
    for other in [
      CounterRandom(seed: 2, stream: 1), CounterRandom(seed: 1, stream: 2), CounterRandom(seed: 1, stream: 0),
    ] {
      #expect(Set(base).isDisjoint(with: words(other)))
    }
  }

  /// 256 bins have 255 degrees of freedom: mean 255, standard deviation 22.6. 360 is beyond four and a half.
  static func chiSquare(_ counts: [Int]) -> Double {
    let expected = Double(counts.reduce(0, +)) / Double(counts.count)
    return counts.reduce(0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
  }

  @Test(arguments: [0, 8, 16, 24]) func bytesOfWordsAreUniformOverCounters(shift: UInt32) {
    var counts = [Int](repeating: 0, count: 256)
    let random = CounterRandom(seed: 5, stream: 0)
    for index: UInt32 in 0..<65_536 { counts[Int(random.word(at: index) >> shift & 255)] += 1 }
    #expect((140...360).contains(Self.chiSquare(counts)))
  }

  @Test(arguments: [0, 8, 16, 24]) func bytesOfWordsAreUniformOverStreams(shift: UInt32) {
    var counts = [Int](repeating: 0, count: 256)
    for stream: UInt64 in 0..<65_536 {
      counts[Int(CounterRandom(seed: 5, stream: stream).word(at: 17) >> shift & 255)] += 1
    }
    #expect((140...360).contains(Self.chiSquare(counts)))
  }

  @Test func neighboursAreIndependent() {
    // Four bits of one word against four of the next: 256 pairs.
    var counts = [Int](repeating: 0, count: 256)
    let random = CounterRandom(seed: 6, stream: 2)
    for index: UInt32 in 0..<65_536 {
      counts[Int(random.word(at: index) >> 28) * 16 + Int(random.word(at: index + 1) >> 28)] += 1
    }
    #expect((140...360).contains(Self.chiSquare(counts)))
  }
}
