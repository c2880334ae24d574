import Testing

@testable import Signal

struct LinearResamplerTests {
  struct Frame: Equatable {
    var header: FrameHeader
    var values: [Float]

    init(_ time: Int64, _ values: [Float], label: Int32 = 0, segment: Int32 = 0) {
      header = FrameHeader(timeNanoseconds: time, label: label, segment: segment)
      self.values = values
    }
  }

  static func resample(
    _ frames: [Frame], millihertz: Int64, gapLimit: Int64 = 1_000_000_000
  ) -> [Frame] {
    let channels = frames.first?.values.count ?? 1
    var resampler = LinearResampler(
      channels: channels, rate: SampleRate(millihertz: millihertz), gapLimitNanoseconds: gapLimit)
    var output: [Frame] = []
    var values = [Float](repeating: .nan, count: channels)
    for frame in frames {
      resampler.push(frame.header, values: frame.values.span)
      while true {
        var span = values.mutableSpan
        guard let header = resampler.next(into: &span) else { break }
        output.append(Frame(header.timeNanoseconds, values, label: header.label, segment: header.segment))
      }
    }
    return output
  }

  /// 0.02 s steps written with two decimals, read as Double, turned into nanoseconds: up to a few hundred off.
  @Test func aRecordingThatHasTheRatePassesBitForBit() {
    let frames = (0..<1000).map { index in
      let seconds = 1_600_000_000.013 + Double(index) * 0.02
      return Frame(Int64(seconds * 1e9), [Float(index) * 0.1 - 7, -0.0], label: Int32(index / 100))
    }
    #expect(frames.contains { ($0.header.timeNanoseconds - frames[0].header.timeNanoseconds) % 20_000_000 != 0 })
    #expect(Self.resample(frames, millihertz: 50_000) == frames)
  }

  @Test func gridPointsLieOnTheLineBetweenTheirNeighboursAndTakeTheEarlierLabel() {
    let frames = [
      Frame(0, [0, 10], label: 1), Frame(30_000_000, [3, 40], label: 2), Frame(70_000_000, [7, 0], label: 3),
    ]
    let output = Self.resample(frames, millihertz: 50_000)
    #expect(output.map(\.header.timeNanoseconds) == [0, 20_000_000, 40_000_000, 60_000_000])
    #expect(output.map(\.header.label) == [1, 1, 2, 2])
    #expect(zip(output.map { $0.values[0] }, [0, 2, 4, 6]).allSatisfy { abs($0 - $1) < 1e-6 })
    #expect(zip(output.map { $0.values[1] }, [10, 30, 30, 10]).allSatisfy { abs($0 - $1) < 1e-5 })
  }

  @Test func nothingIsInterpolatedAcrossAGapASegmentOrAStepBackwards() {
    let limit: Int64 = 100_000_000
    let frames = [
      Frame(0, [0]), Frame(100_000_000, [10]),  // just no gap
      Frame(200_000_001, [20]),  // a gap by one nanosecond
      Frame(210_000_001, [21], segment: 1), Frame(5, [22], segment: 1), Frame(5, [23], segment: 1),
    ]
    let output = Self.resample(frames, millihertz: 50_000, gapLimit: limit)
    #expect(output.map(\.header.segment) == [0, 0, 0, 0, 0, 0, 1, 2, 3, 4])
    #expect(output.map(\.values[0]) == [0, 2, 4, 6, 8, 10, 20, 21, 22, 23])
  }

  /// Every small set of distinct times on a coarse raster, against interpolation in exact fractions.
  @Test func everySmallTimetableAgreesWithTheDefinition() {
    let period: Int64 = 4_000
    for pattern in 1..<256 where pattern & 1 == 1 {
      let times = (0..<8).filter { pattern >> $0 & 1 == 1 }.map { Int64($0) * 3_000 }
      let frames = times.map { Frame($0, [Float($0)]) }
      let output = Self.resample(frames, millihertz: 250_000_000, gapLimit: 100_000)
      let expected = stride(from: 0, through: times.last ?? 0, by: Int(period)).map { Int64($0) }
      #expect(output.map(\.header.timeNanoseconds) == expected)
      for frame in output {
        #expect(abs(frame.values[0] - Float(frame.header.timeNanoseconds)) <= 0.01)
      }
    }
  }

  @Test func aRateWhosePeriodIsNoWholeNanosecondDoesNotDrift() {
    var clock = SampleClock(rate: SampleRate(hertz: 104))
    clock.restart(at: 17)
    for _ in 0..<(104 * 3600) { clock.advance() }
    #expect(clock.timeNanoseconds == 17 + 3_600_000_000_000)
  }

  @Test func theGridEndsWhereTimeEnds() {
    let times: [Int64] = [.min, .max, .min, 0, .max - 1_500_000_000_000, .max - 1, .max, -1]
    let output = Self.resample(times.map { Frame($0, [1]) }, millihertz: 1000, gapLimit: 2_000_000_000_000)
    // Grids start at each of the times but the two that continue the one before them, by 1,500 grid points.
    #expect(Set(output.map(\.header.segment)).count == 6)
    #expect(output.count == 6 + 1500)
  }

  @Test func fractionsAreExactWhereSinglePrecisionAllows() {
    #expect(ratio(of: 0, to: 1) == 0)
    #expect(ratio(of: 5, to: 5) == 1)
    #expect(ratio(of: 1, to: 4) == 0.25)
    #expect(ratio(of: 1 << 61, to: 1 << 62) == 0.5)
    #expect(ratio(of: .max, to: .max) == 1)
  }
}
