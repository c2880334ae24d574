import Testing

@testable import Signal

struct StreamQualityTests {
  typealias Verdict = StreamQuality.Verdict

  private func run(_ frames: [(time: Int64, value: Float, segment: Int32)], limit: Int64 = 10) -> (
    [Verdict], StreamQuality.Counts
  ) {
    var quality = StreamQuality(gapLimitNanoseconds: limit)
    let verdicts = frames.map { frame in
      quality.admit(
        FrameHeader(timeNanoseconds: frame.time, segment: frame.segment), values: [0, frame.value].span)
    }
    return (verdicts, quality.counts)
  }

  @Test func aCleanStreamIsOneSegment() {
    let (verdicts, counts) = run((0..<5).map { (Int64($0) * 10, 1, 4) })
    #expect(verdicts == Array(repeating: .admitted(segment: 0), count: 5))
    #expect(counts.frames == 5)
    #expect(counts.admittedFrames == 5)
    #expect(counts.gaps + counts.droppedFrames + counts.stepsBackwards == 0)
  }

  @Test func gapsStepsBackDuplicatesAndNonFiniteValuesAreCounted() {
    let (verdicts, counts) = run([
      (0, 1, 0), (10, 1, 0), (10, 2, 0), (21, 1, 0), (5, 1, 0), (6, .nan, 0), (7, 1, 0), (8, .infinity, 0),
      (9, 1, 1), (9, 1, 1),
    ])
    #expect(
      verdicts == [
        .admitted(segment: 0), .admitted(segment: 0), .duplicate, .admitted(segment: 1), .admitted(segment: 2),
        .nonFinite, .admitted(segment: 3), .nonFinite, .admitted(segment: 4), .duplicate,
      ])
    #expect(counts.gaps == 2)
    #expect(counts.duplicateFrames == 2)
    #expect(counts.stepsBackwards == 1)
    #expect(counts.nonFiniteFrames == 2)
    #expect(counts.droppedFrames == 4)
    #expect(counts.longestGapNanoseconds == 11)
  }

  /// Every stream of five frames over three times and one bad value: the counts add up.
  @Test func countsAddUpForEverySmallStream() {
    for code in 0..<1024 {
      let frames = (0..<5).map { index in
        let symbol = code >> (2 * index) & 3
        return (time: Int64(min(symbol, 2)) * 8, value: symbol == 3 ? Float.nan : 1, segment: Int32(0))
      }
      let (verdicts, counts) = run(frames)
      #expect(counts.admittedFrames + counts.droppedFrames == 5)
      #expect(counts.nonFiniteFrames == UInt64(frames.filter { $0.value.isNaN }.count))
      var segments: [Int32] = []
      for case .admitted(let segment) in verdicts { segments.append(segment) }
      #expect(segments == segments.sorted())
      if let last = segments.last { #expect(UInt64(last) == counts.gaps + counts.stepsBackwards) }
    }
  }

  /// Steps of every size from -30 to 30: each is one thing only.
  @Test func jumpsOfTheClockAreToldFromGapsAndSteps() {
    for step in Int64(-30)...30 {
      var quality = StreamQuality(
        gapLimitNanoseconds: 10, forwardJumpNanoseconds: 20, backwardJumpNanoseconds: 5)
      for time in [100, 100 + step] {
        _ = quality.admit(FrameHeader(timeNanoseconds: time), values: [Float(0)].span)
      }
      let counts = quality.counts
      #expect(counts.clockJumpsForward == (step > 20 ? 1 : 0), "\(step)")
      #expect(counts.gaps == (step > 10 && step <= 20 ? 1 : 0), "\(step)")
      #expect(counts.duplicateFrames == (step == 0 ? 1 : 0), "\(step)")
      #expect(counts.stepsBackwards == (step < 0 && step >= -5 ? 1 : 0), "\(step)")
      #expect(counts.clockJumpsBackward == (step < -5 ? 1 : 0), "\(step)")
    }
  }

  @Test func timesAtTheEndsOfTheirRangeDoNotTrap() {
    let (_, counts) = run([(.min, 1, 0), (.max, 1, 0), (.min, 1, 0)])
    #expect(counts.gaps == 1)
    #expect(counts.stepsBackwards == 1)
  }
}
