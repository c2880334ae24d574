import Testing

@testable import Signal

struct DuplicateMergerTests {
  private func run(
    _ times: [Int64], _ rule: DuplicateMerger.Rule, within: Int64 = 0, period: Int64 = 10, capacity: Int = 64,
    segments: [Int32]? = nil
  ) -> (times: [Int64], values: [Float], merged: UInt64, spread: UInt64) {
    var merger = DuplicateMerger(
      channels: 1, rule: rule, burstNanoseconds: within, periodNanoseconds: period,
      capacityFrames: rule == .spread ? capacity : 1)
    var (outTimes, outValues) = ([Int64](), [Float]())
    func drain() {
      merger.endBurst()
      var scratch: [Float] = [0]
      while true {
        var span = scratch.mutableSpan
        guard let header = merger.next(into: &span) else { return }
        outTimes.append(header.timeNanoseconds)
        outValues.append(scratch[0])
      }
    }
    for (index, time) in times.enumerated() {
      let header = FrameHeader(timeNanoseconds: time, segment: segments?[index] ?? 0)
      if !merger.continuesBurst(header) { drain() }
      merger.push(header, values: [Float(index)].span)
    }
    drain()
    return (outTimes, outValues, merger.mergedFrames, merger.spreadFrames)
  }

  @Test func oneOfABurstIsKeptOrTheirMean() {
    let times: [Int64] = [0, 10, 10, 10, 20, 20]
    #expect(run(times, .keepFirst).values == [0, 1, 4])
    #expect(run(times, .keepLast).values == [0, 3, 5])
    #expect(run(times, .average).values == [0, 2, 4.5])
    #expect(run(times, .average).times == [0, 10, 20])
    #expect(run(times, .keepFirst).merged == 3)
  }

  @Test func aBatchStampedAtOnceIsSpreadFromTheStampBefore() {
    let found = run([0, 40, 40, 40, 40, 50], .spread)
    #expect(found.times == [0, 10, 20, 30, 40, 50])
    #expect(found.values == [0, 1, 2, 3, 4, 5])
    #expect(found.spread == 4)
    #expect(found.merged == 0)
  }

  @Test func batchesOfEveryLengthComeOutRegular() {
    for length in 1...20 {
      let count = 6 * length
      let times = (0..<count).map { Int64(($0 / length + 1) * length) * 10 }
      let found = run(times, .spread)
      #expect(found.times == (0..<count).map { Int64($0 + 1) * 10 }, "batches of \(length)")
    }
  }

  /// The pattern of a driver at 500 Hz that hands on three samples at a time.
  @Test func oneOneFourMillisecondsBecomeTwo() {
    var times: [Int64] = []
    for group in 0..<10 { for offset in 0..<3 { times.append(Int64(group) * 6 + Int64(offset)) } }
    let found = run(times, .spread, within: 1, period: 2)
    // The first burst has no stamp before it: its frames stand a nominal period apart.
    #expect(found.times == (0..<30).map { Int64($0) * 2 - 2 })
  }

  @Test func afterAPauseFramesStandAPeriodApart() {
    #expect(run([0, 1000, 1000, 1000], .spread).times == [0, 980, 990, 1000])
  }

  @Test func noBurstReachesAcrossSegmentsOrBack() {
    #expect(run([10, 10, 10], .spread, segments: [0, 0, 1]).times == [0, 10, 10])
    #expect(run([50, 40, 40], .spread).times == [50, 30, 40])
    #expect(run([10, 10], .keepFirst, segments: [0, 1]).merged == 0)
  }

  @Test func aBurstLongerThanTheBufferIsSpreadInParts() {
    let found = run(Array(repeating: 100, count: 5), .spread, capacity: 2)
    #expect(found.values == [0, 1, 2, 3, 4])
    #expect(found.times.count == 5 && found.times[1] == 100)
  }

  @Test func timesAtTheEndsOfTheirRangeDoNotTrap() {
    #expect(run([.min, .min, .max, .max], .spread).values.count == 4)
    #expect(run([.min, .max], .average, within: .max).values.count == 1)
  }
}
