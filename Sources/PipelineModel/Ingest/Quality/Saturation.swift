/// Looks for values at the end of a sensor's range, which are not what was to be measured.
public struct Saturation: Sendable, Hashable {
  /// The sensor's full scale, in the channel's unit, after `Convert`. A value of this size or more, of either sign, counts.
  /// `nil` takes the range that each recording states: its own, or that of the whole numbers it stores.
  public var fullScale: Double?
  public var policy: SuspectPolicy
  /// `nil` looks at all channels that no other `Saturation` names.
  public var channels: [String]?

  public init(at fullScale: Double? = nil, _ policy: SuspectPolicy = .keep, channels: [String]? = nil) {
    self.fullScale = fullScale
    self.policy = policy
    self.channels = channels
  }
}

/// Looks for sensors that repeat one value.
public struct Stuck: Sendable, Hashable {
  /// So many equal values in a row mean that a channel is stuck.
  public var frames: Int
  public var policy: SuspectPolicy
  /// `nil` looks at all channels that no other `Stuck` names.
  public var channels: [String]?

  public init(frames: Int, _ policy: SuspectPolicy = .keep, channels: [String]? = nil) {
    self.frames = frames
    self.policy = policy
    self.channels = channels
  }
}

/// What becomes of frames whose values are suspect.
public enum SuspectPolicy: Sendable, Hashable, CaseIterable {
  case keep
  case rejectWindow
  case error
}

extension SuspectPolicy: PlainChoice {
  var summary: String {
    switch self {
    case .keep: "They are counted and used."
    case .rejectWindow: "No window holds them."
    case .error: "They end the run."
    }
  }
}

extension Saturation: PipelineNode {
  static let schema = NodeSchema(
    "Saturation", blank: Saturation(), takes: [.frames], gives: [.frames], phase: 1, isRepeatable: true,
    example: "Saturation(at: 8, .rejectWindow)",
    "Looks for values at the end of a sensor's range.",
    fields: [
      .optional(
        "at", \.fullScale, limits: .above(0, to: 1e30),
        "The full scale, in the unit of the channel; that of the recording if left out."),
      .optional("policy", \.policy, labelled: false, "What becomes of such frames."),
      .optional("channels", \.channels, "The channels to look at; all if left out."),
    ])

  func check(in validation: inout Validation, at path: PipelinePath) {
    guard let channels else { return }
    validation.checkNames(channels, subject: "Saturation(channels:)", at: path.parameter("channels"))
  }
}

extension Stuck: PipelineNode {
  static let schema = NodeSchema(
    "Stuck", blank: Stuck(frames: 2), takes: [.frames], gives: [.frames], phase: 1, isRepeatable: true,
    example: "Stuck(frames: 50)",
    "Looks for sensors that repeat one value.",
    fields: [
      .required(
        "frames", \.frames, unit: "frames", limits: .within(2...1_000_000),
        "So many equal values in a row mean that a channel is stuck."),
      .optional("policy", \.policy, labelled: false, "What becomes of such frames."),
      .optional("channels", \.channels, "The channels to look at; all if left out."),
    ])

  func check(in validation: inout Validation, at path: PipelinePath) {
    guard let channels else { return }
    validation.checkNames(channels, subject: "Stuck(channels:)", at: path.parameter("channels"))
  }
}

extension Saturation: IngestStepConvertible {
  public var ingestStep: IngestStep { .saturation(self) }
}

extension Stuck: IngestStepConvertible {
  public var ingestStep: IngestStep { .stuck(self) }
}
