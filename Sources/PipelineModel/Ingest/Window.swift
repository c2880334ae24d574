/// Cuts the frames of each recording into windows of one length.
public struct Window: Sendable, Hashable {
  /// The length in seconds; `nil` where it is given in samples.
  public var seconds: Double?
  /// The length in samples; `nil` where it is given in seconds.
  public var samples: Int?
  /// From the start of one window to the start of the next, in the unit of the length; `nil` puts windows
  /// end to end.
  public var every: Double?
  /// What a window may span.
  public var across: WindowSpan
  /// Which label a window has that spans a change of label; `nil` is the majority.
  public var label: WindowLabel?
  /// The share of a window's frames that must have its label; a window with fewer is ambiguous and left out.
  public var agreement: Double

  /// Windows of a length in seconds. The rate must be known from `Resample`.
  public init(
    seconds: Double, every hopSeconds: Double? = nil, across: WindowSpan = .nothing, label: WindowLabel? = nil,
    agreement: Double = 0
  ) {
    self.init(
      seconds: seconds, samples: nil, every: hopSeconds, across: across, label: label, agreement: agreement)
  }

  /// Windows of a length in samples.
  public init(
    samples: Int, every hopSamples: Int? = nil, across: WindowSpan = .nothing, label: WindowLabel? = nil,
    agreement: Double = 0
  ) {
    self.init(
      seconds: nil, samples: samples, every: hopSamples.map(Double.init), across: across, label: label,
      agreement: agreement)
  }

  init(
    seconds: Double?, samples: Int?, every: Double?, across: WindowSpan, label: WindowLabel? = nil,
    agreement: Double = 0
  ) {
    self.seconds = seconds
    self.samples = samples
    self.every = every
    self.across = across
    self.label = label
    self.agreement = agreement
  }
}

public enum WindowSpan: Sendable, Hashable, CaseIterable {
  /// No window spans a gap, a change of segment or a change of label.
  case nothing
  /// A window may span a change of label, and takes the label of most of its frames, the first of equals, unless
  /// `Window(label:)` says otherwise.
  case labels
}

extension Window {
  /// The length in samples, if it is known and whole.
  ///
  /// - Parameter hertz: The rate of the frames; not needed for a length in samples.
  public func lengthSamples(atHertz hertz: Double?) -> Int? {
    if let samples { return samples }
    guard let seconds, let hertz else { return nil }
    return wholeCount(seconds * hertz)
  }

  /// The samples from the start of one window to the start of the next, if they are known and whole.
  public func hopSamples(atHertz hertz: Double?) -> Int? {
    guard let every else { return lengthSamples(atHertz: hertz) }
    if samples != nil { return wholeCount(every) }
    guard let hertz else { return nil }
    return wholeCount(every * hertz)
  }

  /// A length of time in samples need not be whole to the last bit: 2.56 s at 50 Hz is 128.
  private func wholeCount(_ count: Double) -> Int? {
    let whole = count.rounded()
    guard whole >= 1, whole <= 4_000_000, (count - whole).magnitude <= 1e-6 * whole else { return nil }
    return Int(whole)
  }
}

extension WindowSpan: PlainChoice {
  var summary: String {
    switch self {
    case .nothing: "No window spans a gap, a change of segment or a change of label."
    case .labels: "A window may span a change of label and takes the label of most of its frames."
    }
  }
}

extension Window: PipelineNode {
  static let schema = NodeSchema(
    "Window", blank: Window(seconds: nil, samples: nil, every: nil, across: .nothing), takes: [.frames],
    gives: [.windows], phase: 4, example: "Window(samples: 128, every: 64)", "Cuts frames into windows of one length.",
    fields: [
      .optional("seconds", \.seconds, unit: "seconds", limits: .above(0, to: 86_400), "The length of a window."),
      .optional("samples", \.samples, unit: "samples", limits: .within(1...1_000_000), "The length of a window."),
      .optional(
        "every", \.every, unit: "seconds or samples, as the length", limits: .above(0, to: 1_000_000),
        "From the start of one window to the start of the next; the length if left out."),
      .optional("across", \.across, "What a window may span."),
      .optional("label", \.label, "Which label a window has that spans a change of label."),
      .optional(
        "agreement", \.agreement, limits: .within(0...1),
        "The share of frames that must have the window's label; a window with fewer is left out."),
    ])
}

extension Window: IngestStepConvertible {
  public var ingestStep: IngestStep { .window(self) }
}
