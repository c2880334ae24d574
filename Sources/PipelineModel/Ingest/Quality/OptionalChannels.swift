/// Names channels that a recording may lack, and the value that stands for them then.
///
/// Any other channel of `Read(channels:)` that a recording lacks ends the run.
public struct OptionalChannels: Sendable, Hashable {
  public var names: [String]
  public var value: Double

  public init(_ names: [String], value: Double = 0) {
    self.names = names
    self.value = value
  }
}

extension OptionalChannels: PipelineNode {
  static let schema = NodeSchema(
    "OptionalChannels", blank: OptionalChannels([]), takes: [.frames], gives: [.frames], phase: 1, isRepeatable: true,
    example: #"OptionalChannels(["gyro_x"], value: 0)"#,
    "Channels that a recording may lack.",
    fields: [
      .required("names", \.names, labelled: false, "The channels, which 'Read(channels:)' names too."),
      .optional("value", \.value, "The value that stands for them."),
    ])

  func check(in validation: inout Validation, at path: PipelinePath) {
    validation.checkNames(names, subject: "OptionalChannels(_:)", at: path.parameter("names"))
  }
}

extension OptionalChannels: IngestStepConvertible {
  public var ingestStep: IngestStep { .optionalChannels(self) }
}
