import Testing

@testable import Signal

struct DeviceFilterTests {
  private func frames(_ values: [Float]) -> [(FrameHeader, [Float])] {
    values.enumerated().map { (FrameHeader(timeNanoseconds: Int64($0) * 10, label: Int32($0)), [$1, -$1]) }
  }

  private func median(_ values: [Float], _ length: Int, passing: Bool = false) -> [(FrameHeader, Float, Float)] {
    var filter = MedianFilter(channels: 2, length: length)
    if passing { filter.pass(1) }
    var out: [(FrameHeader, Float, Float)] = []
    var scratch: [Float] = [0, 0]
    func drain() {
      while true {
        var span = scratch.mutableSpan
        guard let header = filter.next(into: &span) else { return }
        out.append((header, scratch[0], scratch[1]))
      }
    }
    // A segment of other values before it leaves no trace.
    for segment in [Array(repeating: 100, count: 5), values] {
      out = []
      for (header, frame) in frames(segment) {
        filter.push(header, values: frame.span)
        drain()
      }
      filter.endSegment()
      drain()
    }
    return out
  }

  /// Every sequence of up to six values out of three, against sorting.
  @Test(arguments: [3, 5, 7, 9]) func mediansAreThoseOfSortedNeighbours(length: Int) {
    for count in 0...6 {
      var codes = 1
      for _ in 0..<count { codes *= 3 }
      for code in 0..<codes {
        var rest = code
        let values = (0..<count).map { _ -> Float in
          defer { rest /= 3 }
          return Float(rest % 3) - 1
        }
        let found = median(values, length)
        let expected = values.indices.map { index -> Float in
          let near = (index - length / 2...index + length / 2).map { values.indices.contains($0) ? values[$0] : 0 }
          return near.sorted()[length / 2]
        }
        guard found.map(\.1) == expected, found.map(\.2) == expected.map({ -$0 }),
          found.map(\.0) == frames(values).map(\.0)
        else {
          Issue.record("\(values), \(length): \(found.map(\.1)), expected \(expected)")
          return
        }
      }
    }
  }

  @Test func aChannelMayBeLeftAsItIs() {
    let found = median([0, 9, 0, 3], 3, passing: true)
    #expect(found.map(\.1) == [0, 0, 3, 0])
    #expect(found.map(\.2) == [0, -9, 0, -3])
  }

  @Test func aConstantPassesAFilterWithoutASwing() {
    // Of a first-order low-pass: gain 1 at rest.
    let section = FilterSection(b0: 0.2, b1: 0.2, b2: 0, a1: -0.6, a2: 0, rest1: 0.8, rest2: 0)
    var filter = SectionFilter(channels: 2, sections: [section, section])
    for value in [Float(3), -7] {
      filter.restart()
      for _ in 0..<20 {
        var frame = [value, 2 * value]
        var span = frame.mutableSpan
        filter.filter(&span)
        #expect(abs(frame[0] - value) < 1e-5 && abs(frame[1] - 2 * value) < 1e-5)
      }
    }
  }

  /// The definition: zeros between, every tap, then every `down`-th place.
  private func resampled(_ values: [Float], _ up: Int, _ down: Int, _ taps: [Float]) -> [Double] {
    let half = taps.count / 2
    return stride(from: 0, through: (values.count - 1) * up, by: down).map { place in
      var sum = 0.0
      for tap in taps.indices {
        let position = place + half - tap
        guard position.isMultiple(of: up) else { continue }
        sum += Double(values[min(max(position / up, 0), values.count - 1)]) * Double(taps[tap])
      }
      return sum
    }
  }

  @Test(arguments: 1...6, 1...6) func everySmallRatioResamplesAsDefined(up: Int, down: Int) {
    for (count, half) in [(1, 6), (2, 7), (9, 5), (23, 11), (40, 30)] {
      let values = (0..<count).map { Float(($0 * 7 + 3) % 11) - 5 }
      // No filter that anybody would use, but one that tells its two ends apart.
      let taps = (0...2 * half).map { Float(1 + $0) / Float(2 * half * half) }
      var resampler = PolyphaseResampler(channels: 2, up: up, down: down, taps: taps)
      var (out, times) = ([Float](), [Int64]())
      var scratch: [Float] = [0, 0]
      func drain() {
        while true {
          var span = scratch.mutableSpan
          guard let header = resampler.next(into: &span) else { return }
          out.append(scratch[0])
          #expect(scratch[1] == -scratch[0])
          times.append(header.timeNanoseconds)
        }
      }
      // Twice, so that a segment is seen to forget the one before.
      for _ in 0..<2 {
        (out, times) = ([], [])
        for (index, value) in values.enumerated() {
          resampler.push(FrameHeader(timeNanoseconds: Int64(index) * 600), values: [value, -value].span)
          drain()
        }
        resampler.endSegment()
        drain()
      }
      let expected = resampled(values, up, down, taps)
      #expect(out.count == expected.count)
      #expect(zip(out, expected).allSatisfy { abs(Double($0) - $1) < 1e-4 }, "\(up)/\(down), \(count) frames")
      #expect(times == out.indices.map { Int64($0 * down * 600 / up) })
    }
  }
}
