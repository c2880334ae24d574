/// A recording that a test makes up, or reads from a small file; several are several recordings, in order.
///
/// Takes exactly one of a signal for all channels, `signals`, `frames`, `file` and `windows`.
public struct Feed: Sendable, Hashable {
  /// What every channel shows.
  public var signal: TestSignal?
  /// What each channel shows.
  public var signals: [TestSignal]?
  /// Values, a row a frame.
  public var frames: [[FedValue]]?
  /// A recording, relative to the folder of the pipeline file, read as `Read` says.
  public var file: String?
  /// Windows as `Window` would give them: rows of frames of values.
  public var windows: [[[FedValue]]]?
  /// Added to every channel of a signal.
  public var plus: TestSignal?
  /// How long a signal is.
  public var seconds: Double?
  /// Frames a second; `nil` takes the rate of `Resample`, else that of `Read`.
  public var hertz: Double?
  /// The time of each frame in seconds, in place of a rate.
  public var times: [Double]?
  /// The channels that the recording has; `nil` takes those of `Read`.
  public var channels: [String]?
  /// The unit of each channel.
  public var units: [String]?
  /// What all frames show.
  public var label: String?
  /// What frames show, where that changes.
  public var labels: [LabelChange]?
  /// Whose recording it is.
  public var subject: String?
  public var faults: [TestFault]
  /// The stage that frames enter in front of.
  public var stage: TestStage

  public init(
    _ signal: TestSignal? = nil, signals: [TestSignal]? = nil, frames: [[FedValue]]? = nil, file: String? = nil,
    windows: [[[FedValue]]]? = nil, plus: TestSignal? = nil, seconds: Double? = nil, hertz: Double? = nil,
    times: [Double]? = nil, channels: [String]? = nil, units: [String]? = nil, label: String? = nil,
    labels: [LabelChange]? = nil, subject: String? = nil, faults: [TestFault] = [], at stage: TestStage = .read
  ) {
    self.signal = signal
    self.signals = signals
    self.frames = frames
    self.file = file
    self.windows = windows
    self.plus = plus
    self.seconds = seconds
    self.hertz = hertz
    self.times = times
    self.channels = channels
    self.units = units
    self.label = label
    self.labels = labels
    self.subject = subject
    self.faults = faults
    self.stage = stage
  }

  /// Values that one test may feed: 16 MiB in single precision.
  public static let valueLimit = 1 << 22
  static let faultLimit = 100
}

extension Feed: PipelineNode {
  static let schema = NodeSchema(
    "Feed", blank: Feed(), phase: 0, isRepeatable: true, example: "Feed(.sine(hertz: 2), seconds: 10, hertz: 50)",
    "A recording that a test makes up.",
    fields: [
      .optional("signal", \.signal, labelled: false, "What every channel shows."),
      .optional("signals", \.signals, "What each channel shows."),
      .optional("frames", \.frames, "Values, a row a frame."),
      .optional("file", \.file, "A recording, relative to the folder of the pipeline file."),
      .optional("windows", \.windows, "Windows as 'Window' would give them."),
      .optional("plus", \.plus, "Added to every channel of a signal."),
      .optional("seconds", \.seconds, unit: "seconds", limits: .above(0, to: 86_400), "How long a signal is."),
      .optional(
        "hertz", \.hertz, unit: "Hz", limits: .within(0.001...1_000_000),
        "Frames a second; that of Resample or Read if left out."),
      .optional("times", \.times, unit: "seconds", limits: .within(-1e6...1e6), "The time of each frame."),
      .optional("channels", \.channels, "The channels that the recording has; those of Read if left out."),
      .optional("units", \.units, "The unit of each channel."),
      .optional("label", \.label, "What all frames show."),
      .optional("labels", \.labels, "What frames show, where that changes."),
      .optional("subject", \.subject, "Whose recording it is."),
      .optional("faults", \.faults, "What goes wrong with it."),
      .optional("at", \.stage, "The stage that frames enter in front of."),
    ])
}

extension Feed: TestStepConvertible {
  public var testStep: TestStep { .feed(self) }
}

extension Feed {
  /// Frames a second in a pipeline; `nil` where nothing tells.
  public func rate(in ingest: Ingest) -> Double? {
    hertz ?? ingest.resample?.hertz ?? ingest.reads.lazy.compactMap(\.hertz).first
  }

  /// How many frames are fed, but for faults; `nil` where a file tells, or nothing does.
  public func frameCount(in ingest: Ingest) -> Double? {
    if let frames { return Double(frames.count) }
    if let windows { return Double(windows.reduce(0) { $0 + $1.count }) }
    guard let seconds, let hertz = rate(in: ingest) else { return nil }
    return (seconds * hertz).rounded()
  }

  /// How many values a frame has, where what is fed tells.
  public var width: Int? {
    frames?.first?.count ?? signals?.count ?? windows?.first?.first?.count
  }

  /// The channels that enter; `nil` where the pipeline does not name them and the feed does not either.
  public func channelNames(in ingest: Ingest) -> [String]? {
    if let channels { return channels }
    let entry = ingest.place(behind: stage)
    var known = ingest.reads.lazy.compactMap(\.channels).first
    if windows != nil {
      known = ingest.channelNames()
    } else if let entry, case .conditioned(let index) = entry, index > 0 {
      known = ingest.channelNames(at: .conditioned(index - 1), fed: nil, entry: nil)
    } else if entry == .windows {
      known = ingest.channelNames()
    }
    return known ?? width.map { count in (1...max(1, count)).map { "c\($0)" } }
  }

  /// The place in front of which frames enter.
  public func entry(in ingest: Ingest) -> FramePlace {
    windows == nil ? ingest.place(behind: stage) ?? .read : .windows
  }
}
