import Testing

@testable import SensorLogs

@Suite struct HeldLabelsTests {
  /// The same by looking at every interval.
  private struct Plain {
    var intervals: [(start: Int64, end: Int64, label: Int32)] = []
    var endless: Int?

    mutating func addUntilNext(_ label: Int32, from start: Int64) {
      if let endless { intervals[endless].end = max(start, intervals[endless].start) }
      endless = intervals.count
      intervals.append((start, .max, label))
    }

    func label(at time: Int64) -> Int32 {
      let holding = intervals.indices.filter { intervals[$0].start <= time && time < intervals[$0].end }
      return holding.max { (intervals[$0].start, $0) < (intervals[$1].start, $1) }.map { intervals[$0].label } ?? -1
    }
  }

  @Test(arguments: 0..<60 as Range<UInt64>) func questionsInAnyOrderHaveTheirAnswers(seed: UInt64) {
    var generator = SeededGenerator(state: seed)
    let isOrdered = seed % 3 == 0
    var held = HeldLabels()
    var plain = Plain()
    var start: Int64 = 0
    for label in 0..<40 as Range<Int32> {
      start =
        isOrdered ? start + Int64.random(in: 0...4, using: &generator) : Int64.random(in: 0...90, using: &generator)
      if seed % 2 == 0, Bool.random(using: &generator) {
        let isAdded = held.addUntilNext(label, from: start)
        plain.addUntilNext(label, from: start)
        #expect(isAdded)
      } else {
        let end = start + Int64.random(in: -3...30, using: &generator)
        let isAdded = held.add(label % 7 - 1, from: start, to: end)
        plain.intervals.append((start, end, label % 7 - 1))
        #expect(isAdded)
      }
      // Questions between, as where labels arrive with the frames.
      for _ in 0..<(seed % 4) {
        let time = Int64.random(in: -2...130, using: &generator)
        let found = held.label(at: time)
        #expect(found == plain.label(at: time), "seed \(seed), \(label), at \(time)")
      }
    }
    for time in Array(-2...150 as ClosedRange<Int64>) + (-2...150).reversed() + [.max, .min, .max - 1] {
      let found = held.label(at: time)
      #expect(found == plain.label(at: time), "seed \(seed) at \(time)")
    }
  }

  /// Looking at every interval after each step back would not come to an end.
  @Test func manyStepsBackCostLittle() {
    var held = HeldLabels()
    var added = 0
    for index in 0..<Int64(HeldLabels.maximumCount) where held.add(Int32(index % 5), from: index * 2, to: index * 2 + 1)
    {
      added += 1
    }
    #expect(added == HeldLabels.maximumCount)
    var wrong = 0
    for index in 0..<Int64(200_000) {
      let late = held.label(at: 400_000 + index % 2)
      let early = held.label(at: index)
      if late != (index % 2 == 0 ? 0 : -1) || early != (index % 2 == 0 ? Int32(index / 2 % 5) : -1) { wrong += 1 }
    }
    #expect(wrong == 0)
  }
}
