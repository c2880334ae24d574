/// Brings every recording to one rate, by linear interpolation between neighbouring frames.
public struct Resample: Sendable, Hashable {
  /// Frames a second.
  public var hertz: Double

  public init(hertz: Double) {
    self.hertz = hertz
  }
}

extension Resample: PipelineNode {
  static let schema = NodeSchema(
    "Resample", blank: Resample(hertz: 1), takes: [.frames], gives: [.frames], phase: 2, example: "Resample(hertz: 50)",
    "Brings every recording to one rate by linear interpolation.",
    fields: [.required("hertz", \.hertz, unit: "Hz", limits: .within(0.001...1_000_000), "Frames a second.")])
}

extension Resample: IngestStepConvertible {
  public var ingestStep: IngestStep { .resample(self) }
}
