import Reports

/// Measures a recording's frames as they are decoded: their rate, its lowest and highest, and where there are any.
///
/// It takes a fixed amount of memory, however long the recording.
struct RecordingMeter {
  /// A longer step is no step between neighbours.
  private let gapLimit: Int64
  private var frames = 0
  private var first: Int64?
  private var last: Int64 = 0
  private var lastSegment: Int32 = 0
  /// The latest time so far: where time steps back, counting goes on behind it.
  private var latest: Int64 = 0
  /// Steps between neighbours, and the time they take.
  private var steps = 0
  private var steppedNanoseconds = 0.0
  /// The stretch that is being measured.
  private var stretchSteps = 0
  private var stretchStart: Int64 = 0
  private var lowest = Double.infinity
  private var highest = 0.0
  /// Frames in equal lengths of time; when the recording outgrows them, two become one.
  private var bins = [Int](repeating: 0, count: binCount)
  private var binNanoseconds: Int64 = 250_000_000
  /// The last frame's bin, and the time at which it ends; the earliest there is where the last frame is in none.
  private var bin = 0
  private var binEnd = Int64.min
  private var gaps: [Double] = []

  private static let binCount = 256
  private static let mostGaps = 256
  private static let stretchNanoseconds: Int64 = 1_000_000_000
  private static let stretchFrames = 16

  /// - Parameter gapLimitNanoseconds: The longest step that is no gap.
  init(gapLimitNanoseconds: Int64) {
    gapLimit = max(1, gapLimitNanoseconds)
  }

  /// - Parameter segments: Parallel to the times; from one to the next there may be a pause that is no gap.
  mutating func add(_ times: [Int64], segments: [Int32]) {
    var index = 0
    while index < times.count {
      index = addNeighbours(times, segments, from: index)
      guard index < times.count else { return }
      add(times[index], segments[index])
      index += 1
    }
  }

  /// Adds frames that follow each other as they should and end neither a stretch nor a bin, at a few instructions each:
  /// nearly all are such.
  ///
  /// - Returns: The index of the first frame that is another.
  private mutating func addNeighbours(_ times: [Int64], _ segments: [Int32], from start: Int) -> Int {
    let (stretchEnd, overflow) = stretchStart.addingReportingOverflow(Self.stretchNanoseconds)
    let limit = min(binEnd, overflow ? .max : stretchEnd)
    let longest = UInt64(gapLimit)
    let segment = lastSegment
    var previous = last
    var index = start
    while index < times.count {
      let time = times[index]
      // A step back is, without a sign, longer than any.
      if UInt64(bitPattern: time &- previous) > longest || time >= limit || segments[index] != segment { break }
      previous = time
      index += 1
    }
    let count = index - start
    if count == 0 { return index }
    frames += count
    steps += count
    stretchSteps += count
    steppedNanoseconds += Double(previous - last)
    bins[bin] += count
    last = previous
    latest = max(latest, previous)
    return index
  }

  private mutating func add(_ time: Int64, _ segment: Int32) {
    frames += 1
    let isSameSegment = segment == lastSegment
    lastSegment = segment
    guard let first else {
      first = time
      (last, latest, stretchStart) = (time, time, time)
      bins[0] += 1
      return
    }
    let (step, overflow) = time.subtractingReportingOverflow(last)
    last = time
    if overflow || step < 0 || step > gapLimit || !isSameSegment {
      if isSameSegment, !overflow, step > gapLimit, gaps.count < Self.mostGaps {
        gaps.append((Double(time) - Double(first) - Double(step)) / 1e9)
      }
      (stretchSteps, stretchStart) = (0, time)
    } else {
      steps += 1
      steppedNanoseconds += Double(step)
      stretchSteps += 1
      closeStretch(at: time)
    }
    latest = max(latest, time)
    count(time, from: first)
  }

  /// A stretch is long enough for frames that come in bursts to even out.
  private mutating func closeStretch(at time: Int64) {
    let length = time &- stretchStart
    guard length >= Self.stretchNanoseconds, stretchSteps >= Self.stretchFrames else { return }
    let hertz = Double(stretchSteps) * 1e9 / Double(length)
    lowest = min(lowest, hertz)
    highest = max(highest, hertz)
    (stretchSteps, stretchStart) = (0, time)
  }

  private mutating func count(_ time: Int64, from first: Int64) {
    binEnd = .min
    let (offset, overflow) = time.subtractingReportingOverflow(first)
    guard !overflow, offset >= 0 else { return }
    while offset / binNanoseconds >= Int64(Self.binCount) {
      for bin in 0..<Self.binCount / 2 { bins[bin] = bins[2 * bin] + bins[2 * bin + 1] }
      for bin in Self.binCount / 2..<Self.binCount { bins[bin] = 0 }
      let (doubled, tooLong) = binNanoseconds.multipliedReportingOverflow(by: 2)
      binNanoseconds = tooLong ? .max : doubled
    }
    bin = Int(offset / binNanoseconds)
    bins[bin] += 1
    let (width, tooWide) = binNanoseconds.multipliedReportingOverflow(by: Int64(bin) + 1)
    let (end, tooFar) = first.addingReportingOverflow(width)
    binEnd = tooWide || tooFar ? .max : end
  }

  private var seconds: Double { first.map { (Double(latest) - Double($0)) / 1e9 } ?? 0 }

  private var hertz: Double { steppedNanoseconds > 0 ? Double(steps) * 1e9 / steppedNanoseconds : 0 }

  /// - Parameters:
  ///   - findings: What was found in this recording alone.
  ///   - losses: Parts of it that could not be read.
  func metrics(file: String, subject: String, findings: IngestFindings, losses: Int) -> RecordingMetrics {
    RecordingMetrics(
      file: file, subject: subject, frames: frames, seconds: seconds, hertz: hertz,
      lowestHertz: highest > 0 ? lowest : hertz, highestHertz: highest > 0 ? highest : hertz, gaps: findings.gaps,
      filledFrames: findings.filledFrames, droppedFrames: findings.droppedFrames,
      timeFaults: findings.stepsBackwards + findings.clockJumpsForward + findings.clockJumpsBackward, losses: losses)
  }

  var timeline: RecordingTimeline {
    let used = (bins.lastIndex { $0 > 0 } ?? -1) + 1
    return RecordingTimeline(
      secondsPerBin: Double(binNanoseconds) / 1e9, frames: Array(bins[..<used]), gaps: gaps)
  }
}
