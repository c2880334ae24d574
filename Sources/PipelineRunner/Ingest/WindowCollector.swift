import Signal

/// Keeps the values of windows for pretraining.
struct WindowCollector {
  private(set) var values: [Float] = []
  /// Windows were left out because there were too many.
  private(set) var isFull = false
  /// Of `values`: 2 GiB.
  static let limitBytes = 2 << 30
  var limitBytes = Self.limitBytes
  private(set) var labels: [Int32] = []
  /// The recording of each window.
  private(set) var recordings: [Int] = []
  private(set) var startFrames: [Int] = []
  private(set) var stretches: [Int] = []
  private(set) var startTimes: [Int64] = []
  private var endTimes: [Int64] = []
  private var segments: [Int32] = []
  /// Windows taken out because they hold what is not to be used.
  private(set) var rejectedWindows = 0

  /// - Parameters:
  ///   - frames: The window's values, frame-major.
  ///   - recording: Counted in the order in which they are read.
  mutating func keep(_ window: CutWindow, _ frames: Span<Float>, recording: Int) {
    guard !isFull, values.count * 4 < limitBytes else {
      isFull = true
      return
    }
    values.append(addingCapacity: frames.count) { room in
      for index in frames.indices { room.append(frames[index]) }
    }
    labels.append(window.placement.label)
    recordings.append(recording)
    startFrames.append(Int(window.placement.startIndex))
    stretches.append(window.stretch)
    startTimes.append(window.placement.startTimeNanoseconds)
    endTimes.append(window.endTimeNanoseconds)
    segments.append(window.placement.segment)
  }

  /// Takes out the windows that meet a time in which none may lie. That is known only when all has been read: a sensor
  /// is stuck once it has repeated itself often enough.
  mutating func reject(_ suspects: SuspectSpans) {
    let valuesPerWindow = labels.isEmpty ? 0 : values.count / labels.count
    var kept = 0
    for index in labels.indices {
      if suspects.meet(segments[index], startTimes[index], endTimes[index]) { continue }
      if kept != index {
        for place in 0..<valuesPerWindow {
          values[kept * valuesPerWindow + place] = values[index * valuesPerWindow + place]
        }
        labels[kept] = labels[index]
        recordings[kept] = recordings[index]
        startFrames[kept] = startFrames[index]
        stretches[kept] = stretches[index]
        startTimes[kept] = startTimes[index]
      }
      kept += 1
    }
    rejectedWindows = labels.count - kept
    guard rejectedWindows > 0 else { return }
    values.removeLast(rejectedWindows * valuesPerWindow)
    labels.removeLast(rejectedWindows)
    recordings.removeLast(rejectedWindows)
    startFrames.removeLast(rejectedWindows)
    stretches.removeLast(rejectedWindows)
    startTimes.removeLast(rejectedWindows)
    (endTimes, segments) = ([], [])
  }
}
