import Testing

@testable import Signal

struct SlidingWindowTests {
  typealias Placement = SlidingWindow.Placement

  struct Expectation: Equatable {
    var start: UInt64
    var label: Int32
  }

  static func cut(
    _ labels: [Int32], window: Int, hop: Int, rule: SlidingWindow.LabelRule = .one
  ) -> ([Expectation], SlidingWindow.Counts, startTimesAreRight: Bool) {
    var sliding = SlidingWindow(windowFrames: window, hopFrames: hop, gapLimitNanoseconds: 10, labels: rule)
    var found: [Expectation] = []
    var right = true
    for (index, label) in labels.enumerated() {
      let header = FrameHeader(timeNanoseconds: Int64(index) * 10, label: label)
      if let placement = sliding.push(header, streamIndex: UInt64(index)) {
        found.append(Expectation(start: placement.startIndex, label: placement.label))
        right = right && placement.startTimeNanoseconds == Int64(placement.startIndex) * 10
        right = right && placement.startIndex + UInt64(window) == UInt64(index) + 1
      }
      right = right && sliding.framesToKeep < window
    }
    sliding.finish()
    return (found, sliding.counts, right)
  }

  /// The definition, on whole arrays: stretches first, then a grid in each.
  static func definition(
    _ labels: [Int32], window: Int, hop: Int, rule: SlidingWindow.LabelRule
  ) -> ([Expectation], leftover: Int) {
    var found: [Expectation] = []
    var leftover = 0
    var start = 0
    while start < labels.count {
      if labels[start] < 0 {
        start += 1
        continue
      }
      var end = start
      while end < labels.count, labels[end] >= 0, rule == .majority || labels[end] == labels[start] { end += 1 }
      var covered = Set<Int>()
      for first in stride(from: start, through: end - window, by: hop) {
        let part = labels[first..<(first + window)]
        let counts = Dictionary(grouping: part, by: { $0 }).mapValues(\.count)
        let best = counts.values.max() ?? 0
        found.append(Expectation(start: UInt64(first), label: part.first { counts[$0] == best } ?? -1))
        covered.formUnion(first..<(first + window))
      }
      leftover += end - start - covered.count
      start = end
    }
    return (found, leftover)
  }

  /// Every sequence of seven labels out of {none, 0, 1}, every window up to 4 and hop up to 5.
  @Test(arguments: 1...4, [SlidingWindow.LabelRule.one, .majority])
  func everySmallStreamIsCutAsDefined(window: Int, rule: SlidingWindow.LabelRule) {
    for code in 0..<2187 {
      var rest = code
      let labels = (0..<7).map { _ -> Int32 in
        defer { rest /= 3 }
        return Int32(rest % 3) - 1
      }
      for hop in 1...5 where hop != 4 {
        let (found, counts, right) = Self.cut(labels, window: window, hop: hop, rule: rule)
        let (expected, leftover) = Self.definition(labels, window: window, hop: hop, rule: rule)
        guard found == expected, right, counts.leftoverFrames == UInt64(leftover),
          counts.unlabelledFrames == UInt64(labels.filter { $0 < 0 }.count), counts.frames == 7,
          counts.windows == UInt64(expected.count), counts.gaps == 0
        else {
          Issue.record("\(labels), window \(window), hop \(hop): \(found), \(counts)")
          return
        }
      }
    }
  }

  /// The label of a window by each rule, on whole arrays.
  private static func label(
    _ part: [Int32], _ rule: SlidingWindow.LabelRule, agreement: Int
  ) -> Int32? {
    func most(_ labels: [Int32]) -> Int32? {
      let counts = Dictionary(grouping: labels, by: { $0 }).mapValues(\.count)
      let best = counts.values.max() ?? 0
      return labels.first { counts[$0] == best }
    }
    func count(_ label: Int32) -> Int { part.count { $0 == label } }
    let chosen: Int32? =
      switch rule {
      case .one, .end: part.last
      case .majority: most(part)
      case .anywhere(let label): part.contains(label) ? label : most(part)
      case .share(let label, let frames):
        count(label) >= frames ? label : most(part.filter { $0 != label })
      }
    guard let chosen, count(chosen) >= agreement else { return nil }
    return chosen
  }

  /// Every sequence of seven labels out of three, every rule, with and without an agreement.
  @Test(
    arguments: [
      SlidingWindow.LabelRule.majority, .end, .anywhere(1), .share(1, frames: 2), .share(2, frames: 3),
    ], [0, 1, 2, 3])
  func everyLabelRuleChoosesAsDefined(rule: SlidingWindow.LabelRule, agreement: Int) {
    for code in 0..<2187 {
      var rest = code
      let labels = (0..<7).map { _ -> Int32 in
        defer { rest /= 3 }
        return Int32(rest % 3)
      }
      for (window, hop) in [(1, 1), (3, 2), (4, 1), (5, 3)] {
        let agreement = min(agreement, window)
        var sliding = SlidingWindow(
          windowFrames: window, hopFrames: hop, gapLimitNanoseconds: 10, labels: rule, agreementFrames: agreement)
        var found: [Expectation] = []
        for (index, label) in labels.enumerated() {
          let header = FrameHeader(timeNanoseconds: Int64(index) * 10, label: label)
          if let placement = sliding.push(header, streamIndex: UInt64(index)) {
            found.append(Expectation(start: placement.startIndex, label: placement.label))
          }
        }
        sliding.finish()
        let starts = Array(stride(from: 0, through: 7 - window, by: hop))
        let expected = starts.compactMap { start in
          Self.label(Array(labels[start..<start + window]), rule, agreement: agreement).map {
            Expectation(start: UInt64(start), label: $0)
          }
        }
        let covered = Set(expected.flatMap { Int($0.start)..<Int($0.start) + window })
        guard found == expected, sliding.counts.ambiguousWindows == UInt64(starts.count - expected.count),
          sliding.counts.leftoverFrames == UInt64(7 - covered.count)
        else {
          Issue.record("\(labels), \(rule), window \(window), hop \(hop): \(found), \(sliding.counts)")
          return
        }
      }
    }
  }

  @Test func windowsOf128Every64StartAtTheFirstFrameOfEachStretch() {
    let labels = Array(repeating: Int32(2), count: 300) + Array(repeating: Int32(1), count: 130)
    let (found, counts, _) = Self.cut(labels, window: 128, hop: 64)
    #expect(found.map(\.start) == [0, 64, 128, 300])
    #expect(found.map(\.label) == [2, 2, 2, 1])
    #expect(counts.leftoverFrames == 300 - 256 + 2)
    #expect(counts.stretches == 2)
  }

  @Test func noWindowSpansAGapALostFrameAStepBackOrANewSegment() {
    let breaks: [(FrameHeader, UInt64, gap: Bool)] = [
      (FrameHeader(timeNanoseconds: 41, label: 0), 4, true), (FrameHeader(timeNanoseconds: 40, label: 0), 5, true),
      (FrameHeader(timeNanoseconds: 30, label: 0), 4, true), (FrameHeader(timeNanoseconds: 29, label: 0), 4, true),
      (FrameHeader(timeNanoseconds: 40, label: 0, segment: 1), 4, false),
    ]
    for (next, index, isGap) in breaks {
      var sliding = SlidingWindow(windowFrames: 5, hopFrames: 1, gapLimitNanoseconds: 10)
      for frame in 0..<UInt64(4) {
        #expect(
          sliding.push(FrameHeader(timeNanoseconds: Int64(frame) * 10, label: 0), streamIndex: frame) == nil)
      }
      #expect(sliding.push(next, streamIndex: index) == nil)
      sliding.finish()
      #expect(sliding.counts.gaps == (isGap ? 1 : 0))
      #expect(sliding.counts.stretches == 2)
      #expect(sliding.counts.leftoverFrames == 5)
    }
  }

  /// A reader that keeps `framesToKeep` frames finds every window in the ring, with the right values.
  @Test(arguments: 1...5) func windowsAreViewsOfTheRing(hop: Int) {
    let window = 4
    var ring = FrameRing(
      shape: FrameRingShape(channels: 2, capacityFrames: 7, longestWindowFrames: window))
    var producer = ring.takeProducer()
    var reader = ring.takeReader()
    var sliding = SlidingWindow(windowFrames: window, hopFrames: hop, gapLimitNanoseconds: 20_000_000)
    var starts: [UInt64] = []
    var examined = 0
    while producer.offeredFrames < 60 {
      for _ in 0..<3 {
        let index = producer.offeredFrames
        let header = FrameHeader(timeNanoseconds: Int64(index) * 20_000_000, label: 0)
        if !producer.append(header, values: testValues(index, channels: 2).span) { break }
      }
      producer.publish()
      let available = reader.availableFrames()
      while examined < available {
        guard let record = reader.header(at: examined) else { break }
        examined += 1
        guard let placement = sliding.push(record.header, streamIndex: record.streamIndex) else { continue }
        starts.append(placement.startIndex)
        let view = reader.withFrames(at: examined - window, count: window) { copy($0) }
        #expect(view == (0..<4).flatMap { testValues(placement.startIndex + $0, channels: 2) })
      }
      let taken = examined - sliding.framesToKeep
      reader.advance(by: taken)
      examined -= taken
    }
    #expect(starts == stride(from: 0, through: UInt64(56), by: hop).map { $0 })
  }
}
