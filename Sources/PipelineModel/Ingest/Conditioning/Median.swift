/// The running median of an odd number of frames: it takes out single spikes and keeps edges.
public struct Median: Sendable, Hashable {
  /// Frames: 3, 5, 7 or 9.
  public var frames: Int
  /// `nil` takes all channels.
  public var channels: [String]?

  public init(frames: Int, channels: [String]? = nil) {
    self.frames = frames
    self.channels = channels
  }
}

extension Median: PipelineNode {
  static let schema = NodeSchema(
    "Median", blank: Median(frames: 3), takes: [.frames], gives: [.frames], phase: 2, isRepeatable: true,
    example: "Median(frames: 3)",
    "The running median of an odd number of frames.",
    fields: [
      .required("frames", \.frames, unit: "frames", limits: .within(3...9), "3, 5, 7 or 9."),
      .optional("channels", \.channels, "The channels; all if left out."),
    ])

  func check(in validation: inout Validation, at path: PipelinePath) {
    if (3...9).contains(frames), frames.isMultiple(of: 2) {
      validation.report(
        .invalidValue(subject: "Median(frames:)", reason: .quality(.notOdd(frames))), at: path.parameter("frames"))
    }
    if let channels { validation.checkNames(channels, subject: "Median(channels:)", at: path.parameter("channels")) }
  }
}

extension Median: IngestStepConvertible {
  public var ingestStep: IngestStep { .median(self) }
}
