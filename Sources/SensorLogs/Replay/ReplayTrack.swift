/// One recording while it is played: its frames in file order, the next one in sight.
///
/// A frame's *adjusted* time is its own, plus what the recording's clock was set back before it. Steps back of up to a
/// second are disorder: the frame is late and goes out at once. A larger one is a clock that was set: what follows is
/// taken to come right behind what went before, so that nobody waits for a time that has been played already.
final class ReplayTrack {
  static let disorderNanoseconds: Int64 = 1_000_000_000

  let input: ReplayInput
  let schema: LogSchema
  private var reader: any LogReader
  private var batch = FrameBatch()
  private var following = FrameBatch()
  private var cursor = 0
  private var hasEnded = false

  private var correction: Int64 = 0
  private var highest: Int64?
  /// Of the reader's labels, their places in `labelNames`: a file that is read again may meet them in another order.
  private var labelPlaces: [Int32] = []

  private(set) var labelNames: [String] = []
  private(set) var disorderedFrames = 0
  private(set) var clockJumps = 0
  /// Of the pass through the file that read most.
  private(set) var counters = LogCounters()
  private(set) var losses = LogLosses()

  /// Times of the recording's first frames, from which its rate can be told.
  let firstTimes: [Int64]

  /// The adjusted time of the next frame; nil behind the last.
  private(set) var headTime: Int64?

  init(_ input: ReplayInput) throws(LogReadError) {
    self.input = input
    reader = try SensorLog.open(input.path, options: input.read)
    schema = reader.schema
    // As ingestion reads, so that both judge a recording's rate by the same frames.
    if try !reader.read(into: &batch, maximumFrames: FrameBatch.frames(ofChannels: schema.channels.count)) {
      hasEnded = true
    }
    firstTimes = batch.times
    look()
  }

  /// Starts again at the first frame.
  func restart() throws(LogReadError) {
    noteReader()
    reader = try SensorLog.open(input.path, options: input.read)
    guard reader.schema == schema else {
      throw LogReadError(
        .channelsDiffer(expected: schema.channels.map(\.name), found: reader.schema.channels.map(\.name)),
        path: input.path)
    }
    labelPlaces.removeAll(keepingCapacity: true)
    (cursor, correction, highest) = (0, 0, nil)
    following.removeAll()
    hasEnded = try !reader.read(into: &batch, maximumFrames: FrameBatch.frames(ofChannels: schema.channels.count))
    look()
  }

  /// Takes the next frame away and looks at the one behind it.
  func advance() throws(LogReadError) {
    cursor += 1
    if cursor == batch.count { try refill() }
    look()
  }

  /// Whether reading ahead has something to do.
  var wantsPrefetch: Bool { !hasEnded && following.isEmpty }

  /// Reads ahead, once; afterwards moving on costs no reading for a while.
  func prefetch() throws(LogReadError) {
    guard wantsPrefetch else { return }
    if try !reader.read(into: &following, maximumFrames: FrameBatch.frames(ofChannels: schema.channels.count)) {
      hasEnded = true
    }
  }

  private func refill() throws(LogReadError) {
    try prefetch()
    swap(&batch, &following)
    following.removeAll()
    cursor = 0
  }

  private func look() {
    guard cursor < batch.count else {
      headTime = nil
      noteReader()
      return
    }
    let time = batch.times[cursor]
    var adjusted = saturatedSum(time, correction)
    if let highest, adjusted < highest {
      if saturatedDifference(highest, adjusted) > Self.disorderNanoseconds {
        correction = saturatedDifference(highest, time)
        adjusted = highest
        clockJumps += 1
      } else {
        disorderedFrames += 1
      }
    }
    highest = max(highest ?? adjusted, adjusted)
    headTime = adjusted
  }

  private func noteReader() {
    if reader.counters.bytesRead >= counters.bytesRead {
      counters = reader.counters
      losses = reader.losses
    }
  }

  /// The losses so far, of a recording that may not have ended.
  func noteLosses() { noteReader() }

  // MARK: The next frame

  /// - Precondition: `headTime` is not nil, here and below.
  var time: Int64 { batch.times[cursor] }
  var segment: Int32 { batch.segments[cursor] }

  /// An index into `labelNames`, or -1.
  var label: Int32 {
    let own = batch.labels[cursor]
    guard own >= 0 else { return -1 }
    if Int(own) >= labelPlaces.count { placeLabels() }
    return labelPlaces[Int(own)]
  }

  func withValues(_ body: (Int, Double) -> Void) {
    let width = batch.channelCount
    for channel in 0..<width { body(channel, batch.values[cursor * width + channel]) }
  }

  private func placeLabels() {
    for name in reader.labelNames[labelPlaces.count...] {
      if let place = labelNames.firstIndex(of: name) {
        labelPlaces.append(Int32(place))
      } else {
        labelPlaces.append(Int32(labelNames.count))
        labelNames.append(name)
      }
    }
  }
}

/// Clocks in damaged recordings can be further apart than Int64 can say.
func saturatedSum(_ time: Int64, _ step: Int64) -> Int64 {
  let (sum, overflow) = time.addingReportingOverflow(step)
  return overflow ? (step > 0 ? .max : .min) : sum
}

func saturatedDifference(_ later: Int64, _ earlier: Int64) -> Int64 {
  let (difference, overflow) = later.subtractingReportingOverflow(earlier)
  return overflow ? (later > earlier ? .max : .min) : difference
}
