import Testing

@testable import Signal

struct LabelTimelineTests {
  static func labels(_ times: [Int64], _ events: [LabelTimeline.Event]) -> ([Int32], LabelTimeline) {
    var timeline = LabelTimeline()
    var rest = events[...]
    let labels = times.map { time -> Int32 in
      while true {
        switch timeline.label(at: time) {
        case .label(let label): return label
        case .needsEvent:
          if let event = rest.popFirst() { timeline.push(event) } else { timeline.endEvents() }
        }
      }
    }
    return (labels, timeline)
  }

  /// Every choice of up to three event times around four frames, against the definition.
  @Test func everyFrameHasTheLastLabelSaidByItsTime() {
    let frames: [Int64] = [0, 2, 2, 4]
    for first in Int64(-1)...5 {
      for second in first...5 {
        for third in second...5 {
          let times = [first, second, third]
          for count in 0...3 {
            let events = (0..<count).map { LabelTimeline.Event(timeNanoseconds: times[$0], label: Int32($0)) }
            let expected = frames.map { time in events.last { $0.timeNanoseconds <= time }?.label ?? -1 }
            #expect(Self.labels(frames, events).0 == expected, "\(times.prefix(count))")
          }
        }
      }
    }
  }

  @Test func anEventEarlierThanTheOneBeforeIsCountedAndNotApplied() {
    let events = [(10, 1), (5, 2), (20, 3)].map { LabelTimeline.Event(timeNanoseconds: $0.0, label: $0.1) }
    let (labels, timeline) = Self.labels([12, 25], events)
    #expect(labels == [1, 3])
    #expect(timeline.eventsOutOfOrder == 1)
    #expect(timeline.appliedEvents == 2)
  }

  @Test func aFrameFromBeforeTheEventInForceIsUnlabelledAndCounted() {
    let (labels, timeline) = Self.labels([12, 3], [.init(timeNanoseconds: 10, label: 1)])
    #expect(labels == [1, -1])
    #expect(timeline.framesBeforeEvent == 1)
  }
}
