/// Splits accelerations into gravity, which changes slowly, and what the body adds.
///
/// For a channel `acc_x` it adds the channels `gravity_acc_x`, the low-passed acceleration, and `body_acc_x`, the rest;
/// the channel itself stays.
public struct Gravity: Sendable, Hashable {
  public var channels: [String]
  /// Hertz. What is below counts as gravity.
  public var hertz: Double
  public var order: Int
  public var timing: FilterTiming

  public init(
    of channels: [String], below hertz: Double = 0.3, order: Int = 3, _ timing: FilterTiming = .causal
  ) {
    self.channels = channels
    self.hertz = hertz
    self.order = order
    self.timing = timing
  }

  /// The channels it adds, in this order.
  public var addedChannels: [String] { channels.map { "gravity_\($0)" } + channels.map { "body_\($0)" } }
}

/// Picks channels, in this order, and leaves the others.
public struct Select: Sendable, Hashable {
  public var channels: [String]

  public init(_ channels: [String]) {
    self.channels = channels
  }
}

extension Gravity: PipelineNode {
  static let schema = NodeSchema(
    "Gravity", blank: Gravity(of: []), takes: [.frames], gives: [.frames], phase: 2,
    example: #"Gravity(of: ["body_acc_x", "body_acc_y", "body_acc_z"])"#,
    "Splits accelerations into gravity and what the body adds.",
    fields: [
      .required("of", \.channels, "The accelerations, gravity included."),
      .optional(
        "below", \.hertz, unit: "Hz", limits: .above(0, to: 1_000_000), "What is below counts as gravity."),
      .optional("order", \.order, limits: .within(1...8), "How steep the filter is."),
      .optional("timing", \.timing, labelled: false, "Whether the filter may look ahead."),
    ])

  func check(in validation: inout Validation, at path: PipelinePath) {
    validation.checkNames(channels, subject: "Gravity(of:)", at: path.parameter("of"))
  }
}

extension Select: PipelineNode {
  static let schema = NodeSchema(
    "Select", blank: Select([]), takes: [.frames], gives: [.frames], phase: 2, isRepeatable: true,
    example: #"Select(["gyro_x", "gyro_y", "gyro_z"])"#,
    "Picks channels, in this order.",
    fields: [.required("channels", \.channels, labelled: false, "The channels.")])

  func check(in validation: inout Validation, at path: PipelinePath) {
    validation.checkNames(channels, subject: "Select(_:)", at: path.parameter("channels"))
  }
}

extension Gravity: IngestStepConvertible {
  public var ingestStep: IngestStep { .gravity(self) }
}

extension Select: IngestStepConvertible {
  public var ingestStep: IngestStep { .select(self) }
}
