import Testing

@testable import Signal

struct ValueGuardTests {
  private func run(
    _ rules: ValueGuard.Rules, _ values: [Float], fullScale: Float? = nil, stuckAfter: Int32? = nil,
    segments: [Int32]? = nil
  ) -> (verdicts: [ValueGuard.Verdict], values: [Float], counts: ValueGuard.ChannelCounts) {
    var found = ValueGuard(channels: 1, rules: rules)
    if let fullScale { found.setRange(-fullScale, fullScale, of: 0) }
    if let stuckAfter { found.setStuckLimit(stuckAfter, of: 0) }
    var verdicts: [ValueGuard.Verdict] = []
    var out: [Float] = []
    for (index, value) in values.enumerated() {
      var frame = [value]
      var span = frame.mutableSpan
      verdicts.append(
        found.check(FrameHeader(timeNanoseconds: Int64(index), segment: segments?[index] ?? 0), &span))
      out.append(frame[0])
    }
    return (verdicts, out, found.counts(of: 0))
  }

  private func rules(_ nonFinite: ValueGuard.NonFiniteRule) -> ValueGuard.Rules {
    var rules = ValueGuard.Rules()
    rules.nonFinite = nonFinite
    return rules
  }

  @Test func aValueThatIsNoNumberIsDroppedHeldOrFlagged() {
    let values: [Float] = [.nan, 1, .infinity, .nan, -.infinity, 2]
    let dropped = run(rules(.drop), values)
    #expect(dropped.verdicts == [.dropped, .good, .dropped, .dropped, .dropped, .good])
    #expect(dropped.counts.nonFinite == 4 && dropped.counts.held == 0)
    let held = run(rules(.hold(upTo: 2)), values)
    #expect(held.verdicts == [.dropped, .good, .good, .good, .dropped, .good])
    #expect(held.values[2...3] == [1, 1])
    #expect(held.counts.held == 2)
    let flagged = run(rules(.flag), values)
    #expect(
      flagged.verdicts[0] == .flagged(sinceNanoseconds: 0) && flagged.verdicts[4] == .flagged(sinceNanoseconds: 4))
    #expect(flagged.values == [0, 1, 1, 1, 1, 2])
  }

  /// Every sequence of eight values out of two, every limit: against counting runs on the whole.
  @Test func stuckRunsAreCountedAsDefined() {
    for code in 0..<256 {
      let values = (0..<8).map { Float(code >> $0 & 1) }
      for limit in 2...8 {
        var expected: (runs: UInt64, values: UInt64) = (0, 0)
        var flagged: Set<Int> = []
        var start = 0
        for end in 1...8 where end == 8 || values[end] != values[start] {
          if end - start >= limit {
            expected.runs += 1
            expected.values += UInt64(end - start)
            flagged.formUnion(start + limit - 1..<end)
          }
          start = end
        }
        var rules = rules(.drop)
        rules.flagsStuck = true
        let found = run(rules, values, stuckAfter: Int32(limit))
        #expect(found.counts.stuckRuns == expected.runs && found.counts.stuck == expected.values, "\(values) \(limit)")
        #expect(Set(found.verdicts.indices.filter { found.verdicts[$0] != .good }) == flagged)
      }
    }
  }

  @Test func aFlagReachesBackToTheStartOfTheRun() {
    var rules = rules(.drop)
    rules.flagsStuck = true
    #expect(run(rules, [1, 2, 2, 2], stuckAfter: 3).verdicts.last == .flagged(sinceNanoseconds: 1))
  }

  @Test func fullScaleCountsEitherSignAndTheLimitItself() {
    var rules = rules(.drop)
    let found = run(rules, [7.9, 8, -8, -9, 0], fullScale: 8)
    #expect(found.counts.saturated == 3)
    #expect(found.verdicts.allSatisfy { $0 == .good })
    rules.flagsSaturated = true
    #expect(run(rules, [7.9, 8], fullScale: 8).verdicts == [.good, .flagged(sinceNanoseconds: 1)])
  }

  @Test func aSegmentForgetsTheOneBefore() {
    #expect(run(rules(.hold(upTo: 3)), [1, .nan], segments: [0, 1]).verdicts == [.good, .dropped])
    #expect(run(rules(.drop), [1, 1, 1], stuckAfter: 3, segments: [0, 0, 1]).counts.stuckRuns == 0)
  }
}
