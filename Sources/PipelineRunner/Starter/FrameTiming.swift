/// How the times of a recording's frames follow each other within its segments, gathered in fixed memory.
struct FrameTiming: Sendable, Hashable {
  private(set) var frames = 0
  /// The middle of the first thousand steps forward, in nanoseconds.
  private(set) var typicalNanoseconds: Int64?
  /// Steps of more than one and a half typical ones that are no gaps.
  private(set) var skips = 0
  /// Steps of more than five typical ones.
  private(set) var gaps = 0
  /// Steps that are off the typical one by more than a tenth, gaps and skips left out.
  private(set) var unevenSteps = 0
  private(set) var duplicates = 0
  private(set) var stepsBack = 0
  private(set) var longestStepBackNanoseconds: Int64 = 0

  private static let sampleCount = 1000
  private static let gapFactor: Int64 = 5

  private var sample: [Int64] = []
  private var last: (time: Int64, segment: Int32)? {
    get { hasLast ? (lastTime, lastSegment) : nil }
    set { (hasLast, lastTime, lastSegment) = (newValue != nil, newValue?.time ?? 0, newValue?.segment ?? 0) }
  }
  private var hasLast = false
  private var lastTime: Int64 = 0
  private var lastSegment: Int32 = 0

  /// A longer step is a gap.
  var gapNanoseconds: Int64? {
    typicalNanoseconds.map { $0.multipliedReportingOverflow(by: Self.gapFactor) }.map {
      $0.overflow ? .max : $0.partialValue
    }
  }

  /// Frames in a second of the typical step.
  var hertz: Double? { typicalNanoseconds.map { 1e9 / Double($0) } }

  /// Whether at most one step in twenty is off.
  var isEven: Bool { unevenSteps * 20 <= frames }

  mutating func add(_ time: Int64, segment: Int32) {
    frames += 1
    defer { last = (time, segment) }
    guard let last, last.segment == segment else { return }
    let (step, overflow) = time.subtractingReportingOverflow(last.time)
    if overflow || step < 0 {
      stepsBack += 1
      longestStepBackNanoseconds = max(longestStepBackNanoseconds, overflow || step == .min ? .max : -step)
    } else if step == 0 {
      duplicates += 1
    } else if typicalNanoseconds == nil {
      sample.append(step)
      if sample.count == Self.sampleCount { finish() }
    } else {
      judge(step)
    }
  }

  /// The recording has ended.
  mutating func finish() {
    guard typicalNanoseconds == nil, !sample.isEmpty else { return }
    typicalNanoseconds = sample.sorted()[sample.count / 2]
    for step in sample { judge(step) }
    sample = []
  }

  private mutating func judge(_ step: Int64) {
    guard let typical = typicalNanoseconds, let gap = gapNanoseconds else { return }
    if step > gap {
      gaps += 1
    } else if step - typical > typical / 2 {
      skips += 1
    } else if (step - typical).magnitude > typical.magnitude / 10 {
      unevenSteps += 1
    }
  }
}
