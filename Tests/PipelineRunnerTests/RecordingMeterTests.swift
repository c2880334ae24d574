import Testing

@testable import PipelineRunner

@Suite struct RecordingMeterTests {
  private static let period: Int64 = 20_000_000

  private func meter(_ times: [Int64], segments: [Int32]? = nil, batch: Int = .max) -> RecordingMeter {
    var meter = RecordingMeter(gapLimitNanoseconds: 30_000_000)
    let segments = segments ?? times.map { _ in 0 }
    for start in stride(from: 0, to: times.count, by: min(batch, max(1, times.count))) {
      let end = min(times.count, start + min(batch, times.count))
      meter.add(Array(times[start..<end]), segments: Array(segments[start..<end]))
    }
    return meter
  }

  private func metrics(_ meter: RecordingMeter) -> (hertz: Double, lowest: Double, highest: Double, seconds: Double) {
    let found = meter.metrics(file: "", subject: "", findings: IngestFindings(), losses: 0)
    return (found.hertz, found.lowestHertz, found.highestHertz, found.seconds)
  }

  @Test func anEvenRecordingHasOneRate() {
    let found = meter((0..<1_000).map { Int64($0) * Self.period })
    #expect(metrics(found) == (50, 50, 50, 19.98))
    #expect(found.timeline.gaps.isEmpty)
    #expect(found.timeline.frames.reduce(0, +) == 1_000)
    #expect(found.timeline.secondsPerBin == 0.25)
  }

  /// Two seconds at 40 Hz among others at 50; then a gap of half a second, which makes no rate lower.
  @Test(arguments: [1, 7, 1_000]) func theLowestRateIsThatOfASlowStretch(batch: Int) {
    var times = (0...200).map { Int64($0) * Self.period }
    for _ in 0..<80 { times.append((times.last ?? 0) + 25_000_000) }
    times.append((times.last ?? 0) + 500_000_000)
    for _ in 0..<100 { times.append((times.last ?? 0) + Self.period) }
    let found = meter(times, batch: batch)
    let rates = metrics(found)
    #expect(rates.lowest == 40)
    #expect(rates.highest == 50)
    #expect(abs(rates.hertz - 380 / 8.0) < 1e-9)
    #expect(rates.seconds == 8.5)
    #expect(found.timeline.gaps == [6])
  }

  @Test func aPauseBetweenSegmentsIsNoGap() {
    let times: [Int64] = (0..<100).map { Int64($0) * Self.period + ($0 >= 50 ? 1_000_000_000 : 0) }
    #expect(meter(times).timeline.gaps.count == 1)
    let found = meter(times, segments: (0..<100).map { $0 < 50 ? 3 : 4 })
    #expect(found.timeline.gaps.isEmpty)
    #expect(metrics(found).hertz == 50)
  }

  /// However long, it takes as much room; no frame is lost from the bins.
  @Test func aLongRecordingKeepsAllItsFramesInAsManyBins() {
    let found = meter((0..<100_000).map { Int64($0) * Self.period * 1_000 }, segments: nil, batch: 999)
    #expect(found.timeline.frames.count <= 256)
    #expect(found.timeline.frames.count > 128)
    #expect(found.timeline.frames.reduce(0, +) == 100_000)
    #expect(found.timeline.gaps.count == 256)
  }

  @Test(
    arguments: [
      [], [5], [7, 7, 7], [Int64.min, .max], [.max, .min], [0, .max, 1, .min, 2], [Int64.min, .min + 1, 0, .max],
    ] as [[Int64]]) func timesWithoutSenseAreStoodUpTo(times: [Int64])
  {
    let found = meter(times)
    let rates = metrics(found)
    #expect(rates.hertz.isFinite && rates.lowest.isFinite && rates.highest.isFinite && rates.seconds.isFinite)
    #expect(found.timeline.frames.reduce(0, +) <= times.count)
  }

  /// Frames that come alone are measured one by one, those of a batch together: the result is the same.
  @Test(arguments: 1...20) func batchesMakeNoDifference(seed: UInt64) {
    var state = seed &* 0x9E37_79B9_7F4A_7C15
    func random(_ count: UInt64) -> Int64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int64((state >> 33) % count)
    }
    var times: [Int64] = [random(1_000)]
    var segments: [Int32] = [0]
    for _ in 0..<3_000 {
      let step =
        switch random(100) {
        case 0: -random(2_000_000_000)
        case 1: random(3_000_000_000)
        case 2: Int64(0)
        default: 15_000_000 + random(10_000_000)
        }
      times.append((times.last ?? 0) + step)
      segments.append((segments.last ?? 0) + (random(500) == 0 ? 1 : 0))
    }
    let alone = meter(times, segments: segments, batch: 1)
    for batch in [2, 7, 100, 4_000] {
      let together = meter(times, segments: segments, batch: batch)
      #expect(metrics(together) == metrics(alone), "seed \(seed), batches of \(batch)")
      #expect(together.timeline == alone.timeline, "seed \(seed), batches of \(batch)")
    }
  }
}
