import Learning
import PipelineModel

/// What a test finds behind a stage: frames in pieces without a break, or windows.
struct Observation {
  struct Piece {
    /// As a sentence names it: `window 2`.
    var name: String
    var subject: String
    /// Empty where there is none.
    var label: String
    /// Of each frame, in seconds since the recording began.
    var times: [Double]
    /// Frame-major.
    var values: [Float]
  }

  var isOfWindows: Bool
  var channels: [String]
  var pieces: [Piece]
  var hertz: Double
  /// There was more than is kept.
  var isFull = false

  var frameCount: Int { pieces.reduce(0) { $0 + $1.times.count } }
}

extension Observation {
  /// - Parameter subject: Whose; nil takes all.
  init(_ outcome: FedOutcome, at place: FramePlace, subject: String?) {
    let channels = outcome.channelNames[place] ?? []
    if let windows = outcome.windows[place] {
      self.init(windows: windows, outcome, channels: channels, subject: subject)
    } else {
      self.init(frames: outcome.frames[place] ?? ProbedFrames(), outcome, channels: channels, subject: subject)
    }
  }

  private init(frames: ProbedFrames, _ outcome: FedOutcome, channels: [String], subject: String?) {
    isOfWindows = false
    self.channels = channels
    isFull = frames.isFull
    pieces = []
    var origins = outcome.origins
    var last: (recording: Int, segment: Int32, label: Int32)?
    var steps: [Double] = []
    let width = channels.count
    for (index, header) in frames.headers.enumerated() {
      let recording = frames.recordings[index]
      let origin = origins[recording] ?? header.timeNanoseconds
      origins[recording] = origin
      if let subject, outcome.subjects[recording] != subject { continue }
      let time = (Double(header.timeNanoseconds) - Double(origin)) / 1e9
      if let last, last == (recording, header.segment, header.label) {
        if let before = pieces[pieces.count - 1].times.last, time > before { steps.append(time - before) }
      } else {
        let label = Int(header.label)
        pieces.append(
          Piece(
            name: "stretch \(pieces.count)", subject: outcome.subjects[recording],
            label: outcome.classNames.indices.contains(label) ? outcome.classNames[label] : "", times: [], values: []))
        last = (recording, header.segment, header.label)
      }
      pieces[pieces.count - 1].times.append(time)
      pieces[pieces.count - 1].values += frames.values[index * width..<(index + 1) * width]
    }
    steps.sort()
    hertz = steps.isEmpty ? 0 : 1 / steps[steps.count / 2]
  }

  private init(windows: WindowSet, _ outcome: FedOutcome, channels: [String], subject: String?) {
    isOfWindows = true
    self.channels = channels
    hertz = outcome.sampleRateHz
    pieces = []
    var origins = outcome.origins
    for index in 0..<windows.count {
      let recording = windows.recordings[index]
      let start = windows.startNanoseconds[index]
      let origin = origins[recording] ?? start
      origins[recording] = origin
      if let subject, outcome.subjects[recording] != subject { continue }
      let first = (Double(start) - Double(origin)) / 1e9
      pieces.append(
        Piece(
          name: "window \(pieces.count)", subject: outcome.subjects[recording],
          label: windows.classNames[windows.labels[index]],
          times: (0..<windows.shape.length).map { first + Double($0) / max(hertz, 1e-9) },
          values: Array(windows.window(index))))
    }
  }

  /// The part that an expectation chooses: a window, a channel, a span of time.
  func selected(by expect: Expect) -> Observation {
    var chosen = self
    if let window = expect.window { chosen.pieces = pieces.indices.contains(window) ? [pieces[window]] : [] }
    let picked = expect.channel.flatMap { channels.firstIndex(of: $0) }
    if let picked { chosen.channels = [channels[picked]] }
    guard picked != nil || expect.from != nil || expect.to != nil else { return chosen }
    let width = channels.count
    for index in chosen.pieces.indices {
      let piece = chosen.pieces[index]
      // Inside a window time counts from its start; frames count theirs from that of the recording.
      let zero = isOfWindows ? piece.times.first ?? 0 : 0
      let kept = piece.times.indices.filter { frame in
        let time = piece.times[frame] - zero
        return time >= (expect.from ?? -.infinity) - 1e-9 && time < (expect.to ?? .infinity) - 1e-9
      }
      chosen.pieces[index].times = kept.map { piece.times[$0] }
      chosen.pieces[index].values = kept.flatMap { frame in
        (picked.map { [$0] } ?? Array(0..<width)).map { piece.values[frame * width + $0] }
      }
    }
    chosen.pieces.removeAll { $0.times.isEmpty }
    return chosen
  }

  /// All values in order.
  var values: [Float] { pieces.flatMap(\.values) }

  /// As a sentence names the place of a value: `window 2, frame 17 (0.34 s), acc_x`.
  func name(ofValue index: Int) -> String {
    var rest = index
    for piece in pieces {
      if rest < piece.values.count {
        let frame = rest / max(1, channels.count)
        return "\(piece.name), frame \(frame) (\(TestText.number(piece.times[frame])) s), "
          + channels[rest % max(1, channels.count)]
      }
      rest -= piece.values.count
    }
    return "the end"
  }
}

/// Numbers as sentences of tests show them.
enum TestText {
  static func number(_ value: Double) -> String {
    if value.isNaN { return "nan" }
    guard value.isFinite else { return value < 0 ? "-infinity" : "infinity" }
    let rounded = (value * 1e9).rounded() / 1e9
    let shown = rounded.isFinite && value.magnitude < 1e6 && (rounded != 0 || value == 0) ? rounded : value
    return shown == shown.rounded() && shown.magnitude < 1e15 ? "\(Int(shown))" : "\(shown)"
  }

  /// A value as single precision holds it, in the fewest digits that tell it.
  static func number(_ value: Float) -> String {
    if value.isNaN { return "nan" }
    guard value.isFinite else { return value < 0 ? "-infinity" : "infinity" }
    return value == value.rounded() && value.magnitude < 1e7 ? "\(Int(value))" : "\(value)"
  }

  static func list(_ names: [String]) -> String {
    names.isEmpty
      ? "none" : names.prefix(12).map { "\"\($0)\"" }.joined(separator: ", ") + (names.count > 12 ? ", …" : "")
  }

  static func count(_ count: Int, _ one: String, _ many: String) -> String {
    count == 1 ? "1 \(one)" : "\(count) \(many)"
  }
}
