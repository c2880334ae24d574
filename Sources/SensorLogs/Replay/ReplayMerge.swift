/// The frames of several recordings in the order in which they are played.
///
/// Of the recordings' next frames the one with the earliest time goes first; of equals that of the recording named
/// first. Each frame has a position: the time from the first one played, gaps shortened as the options say. Positions
/// never fall, whatever the recordings' clocks do.
struct ReplayMerge {
  struct Head: Hashable {
    var track: Int
    /// As recorded, later by what the loops before took.
    var time: Int64
    /// Nanoseconds from the first frame played.
    var position: Int64
    /// From 0.
    var loop: Int
    /// A frame from before the start, played so that its values are known.
    var isLatched: Bool
  }

  let tracks: [ReplayTrack]
  private let options: ReplayOptions
  /// The part that is played, in the time of the recordings.
  private let from: Int64?
  private let to: Int64?

  private var loop = 0
  private var loopOffset: Int64 = 0
  /// The time last played, without the loops' offset, and the first of this loop.
  private var lastTime: Int64?
  private var firstTime: Int64?
  private var position: Int64 = 0
  /// Between two frames, the last that was more than nothing.
  private var lastStep: Int64 = 1
  private var latched: [LatchedFrame?]
  private(set) var squashedGaps = 0
  private(set) var squashedNanoseconds: Int64 = 0
  /// The next frame; nil behind the last.
  private(set) var head: Head?

  struct LatchedFrame {
    var time: Int64
    var label: Int32
    var segment: Int32
    var values: [Double]
  }

  init(_ inputs: [ReplayInput], options: ReplayOptions) throws(LogReadError) {
    precondition(!inputs.isEmpty, "a replay has a recording")
    if options.loops != 1, inputs.contains(where: { $0.path == "-" }) {
      throw LogReadError(
        .invalidOption("standard input can be played once only; leave out the loop, or replay a file"), path: "-")
    }
    var tracks: [ReplayTrack] = []
    for input in inputs { tracks.append(try ReplayTrack(input)) }
    self.tracks = tracks
    self.options = options
    latched = Array(repeating: nil, count: tracks.count)
    let first = tracks.compactMap(\.headTime).min() ?? 0
    func instant(_ point: ReplayPoint) -> Int64 {
      switch point {
      case .offset(let offset): saturatedSum(first, offset)
      case .instant(let time): time
      }
    }
    from = options.from.map(instant)
    to = options.duration.map { saturatedSum(options.from.map(instant) ?? first, $0) } ?? options.to.map(instant)
    try enterRange()
    try look()
  }

  /// Takes the next frame away and looks at the one behind it.
  mutating func advance() throws(LogReadError) {
    guard let head else { return }
    if head.isLatched {
      latched[head.track] = nil
    } else {
      try tracks[head.track].advance()
      try skip(tracks[head.track])
    }
    try look()
  }

  // MARK: What the next frame holds

  /// - Precondition: `head` is not nil, here and below.
  var headLabel: Int32 { head.flatMap { $0.isLatched ? latched[$0.track]?.label : nil } ?? tracks[head!.track].label }
  var headSegment: Int32 {
    head.flatMap { $0.isLatched ? latched[$0.track]?.segment : nil } ?? tracks[head!.track].segment
  }

  func withHeadValues(_ body: (_ channel: Int, _ value: Double) -> Void) {
    guard let head else { return }
    if head.isLatched, let frame = latched[head.track] {
      for (channel, value) in frame.values.enumerated() { body(channel, value) }
    } else {
      tracks[head.track].withValues(body)
    }
  }

  // MARK: Range

  /// Brings every recording to its first frame inside the range.
  private mutating func enterRange() throws(LogReadError) {
    for (index, track) in tracks.enumerated() {
      if let from {
        while let time = track.headTime, time < from {
          if options.playsLatched, loop == 0 { latch(track, index) }
          try track.advance()
        }
      }
      try skip(track)
    }
  }

  /// Passes frames that disorder put outside the range, and ends a recording that has left it.
  private func skip(_ track: ReplayTrack) throws(LogReadError) {
    while let time = track.headTime, isOutside(time), !hasLeft(time) { try track.advance() }
  }

  private func isOutside(_ time: Int64) -> Bool { from.map { time < $0 } ?? false || to.map { time >= $0 } ?? false }

  /// Whether no frame behind one of this time can lie in the range: disorder is at most a second.
  private func hasLeft(_ time: Int64) -> Bool {
    to.map { saturatedDifference(time, $0) > ReplayTrack.disorderNanoseconds } ?? false
  }

  private mutating func latch(_ track: ReplayTrack, _ index: Int) {
    var frame = latched[index] ?? LatchedFrame(time: 0, label: -1, segment: 0, values: [])
    frame.time = track.time
    frame.label = track.label
    frame.segment = track.segment
    frame.values.removeAll(keepingCapacity: true)
    track.withValues { frame.values.append($1) }
    latched[index] = frame
  }

  // MARK: Order and position

  private mutating func look() throws(LogReadError) {
    while true {
      if let index = latched.firstIndex(where: { $0 != nil }), let frame = latched[index] {
        head = Head(track: index, time: frame.time, position: position, loop: loop, isLatched: true)
        return
      }
      if let (index, time) = earliest() {
        place(index, time)
        return
      }
      guard try startNextLoop() else {
        head = nil
        return
      }
    }
  }

  private func earliest() -> (track: Int, time: Int64)? {
    var best: (track: Int, time: Int64)?
    for (index, track) in tracks.enumerated() {
      guard let time = track.headTime, !isOutside(time), time < best?.time ?? .max || best == nil else { continue }
      best = (index, time)
    }
    return best
  }

  private mutating func place(_ index: Int, _ time: Int64) {
    if let lastTime, time > lastTime {
      let step = saturatedDifference(time, lastTime)
      lastStep = step
      var waited = step
      if let longest = options.longestGap, step > longest {
        waited = longest
        squashedGaps += 1
        squashedNanoseconds = saturatedSum(squashedNanoseconds, step - longest)
      }
      position = saturatedSum(position, waited)
    }
    lastTime = max(lastTime ?? time, time)
    if firstTime == nil { firstTime = time }
    head = Head(
      track: index, time: saturatedSum(tracks[index].time, loopOffset), position: position, loop: loop,
      isLatched: false)
  }

  /// Time goes on growing: the first frame of a loop comes a step behind the last of the one before.
  private mutating func startNextLoop() throws(LogReadError) -> Bool {
    guard let first = firstTime, let last = lastTime, options.loops.map({ loop + 1 < $0 }) ?? true else { return false }
    let step = min(lastStep, options.longestGap ?? .max, 1_000_000_000)
    let (offset, overflow) = loopOffset.addingReportingOverflow(saturatedSum(saturatedDifference(last, first), step))
    // The times of the next loop would be larger than can be said.
    if overflow || saturatedSum(last, offset) == .max { return false }
    loop += 1
    loopOffset = offset
    position = saturatedSum(position, step)
    (firstTime, lastTime) = (nil, nil)
    for track in tracks { try track.restart() }
    try enterRange()
    return true
  }
}
