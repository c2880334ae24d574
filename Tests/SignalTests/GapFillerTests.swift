import Testing

@testable import Signal

struct GapFillerTests {
  private func run(
    _ frames: [(time: Int64, value: Float)], _ method: GapFiller.Method, limit: Int64 = 15, longest: Int64 = 100,
    drops: Set<Int> = [], segments: [Int32]? = nil
  ) -> (times: [Int64], values: [Float], gaps: UInt64, frames: UInt64) {
    var filler = GapFiller(
      channels: 1, method: method, periodNanoseconds: 10, gapLimitNanoseconds: limit, longestNanoseconds: longest)
    var (times, values) = ([Int64](), [Float]())
    var scratch: [Float] = [0]
    for (index, frame) in frames.enumerated() {
      filler.push(
        FrameHeader(timeNanoseconds: frame.time, segment: segments?[index] ?? 0), values: [frame.value].span,
        afterDrop: drops.contains(index))
      while true {
        var span = scratch.mutableSpan
        guard let header = filler.next(into: &span) else { break }
        times.append(header.timeNanoseconds)
        values.append(scratch[0])
      }
    }
    return (times, values, filler.filledGaps, filler.filledFrames)
  }

  @Test func aShortGapIsFilledAndCounted() {
    let frames: [(Int64, Float)] = [(0, 1), (10, 2), (50, 10)]
    let linear = run(frames, .linear)
    #expect(linear.times == [0, 10, 20, 30, 40, 50])
    #expect(linear.values == [1, 2, 4, 6, 8, 10])
    #expect(linear.gaps == 1 && linear.frames == 3)
    #expect(run(frames, .hold).values == [1, 2, 2, 2, 2, 10])
  }

  /// Every gap from nothing to past the limit, one nanosecond at a time: the filled stream has no gap left, and steps
  /// differ by no more than rounding.
  @Test func everyGapUpToTheLimitIsFilledEvenly() {
    for step in Int64(1)...120 {
      let found = run([(0, 0), (step, 1)], .linear)
      let steps = zip(found.times, found.times.dropFirst()).map { $1 - $0 }
      if step <= 15 || step > 100 {
        #expect(steps == [step], "\(step)")
      } else {
        #expect(steps.max()! <= 15 && steps.max()! - steps.min()! <= 1, "\(step): \(steps)")
        #expect(steps.count == Int((Double(step) / 10 - 0.001).rounded()), "\(step)")
      }
    }
  }

  @Test func nothingIsFilledAcrossSegmentsOrBack() {
    #expect(run([(0, 0), (50, 1)], .hold, segments: [0, 1]).frames == 0)
    #expect(run([(50, 0), (0, 1)], .hold).frames == 0)
    #expect(run([(.min, 0), (.max, 1)], .linear, longest: .max).times == [.min, .max])
  }

  @Test func aDroppedFrameIsMadeUpThoughTheGapLimitIsLong() {
    #expect(run([(0, 0), (20, 2)], .linear, limit: 50).frames == 0)
    #expect(run([(0, 0), (20, 2)], .linear, limit: 50, drops: [1]).values == [0, 1, 2])
  }
}
