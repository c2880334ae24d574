/// Brings every recording to one rate.
public struct Resample: Sendable, Hashable {
  /// Frames a second.
  public var hertz: Double
  public var method: ResamplingMethod

  public init(hertz: Double, by method: ResamplingMethod = .linear) {
    self.hertz = hertz
    self.method = method
  }
}

extension Resample {
  /// Rates are held in thousandths of a hertz; one out of range is told of elsewhere.
  var isWholeMillihertz: Bool {
    let millihertz = hertz * 1000
    return !millihertz.isFinite || millihertz < 1 || (millihertz - millihertz.rounded()).magnitude <= 1e-9 * millihertz
  }
}

public enum ResamplingMethod: Sendable, Hashable, CaseIterable {
  /// On the line between neighbouring frames. Nothing is filtered: what is above half the new rate folds down.
  case linear
  /// By a filter that lets nothing above half of either rate through; recordings are first brought onto a regular grid of
  /// their own rate.
  case polyphase
}

extension ResamplingMethod: PlainChoice {
  var summary: String {
    switch self {
    case .linear: "On the line between neighbouring frames, without a filter."
    case .polyphase: "By a polyphase filter against aliasing."
    }
  }
}

extension Resample: PipelineNode {
  static let schema = NodeSchema(
    "Resample", blank: Resample(hertz: 1), takes: [.frames], gives: [.frames], phase: 2, example: "Resample(hertz: 50)",
    "Brings every recording to one rate.",
    fields: [
      .required("hertz", \.hertz, unit: "Hz", limits: .within(0.001...1_000_000), "Frames a second."),
      .optional("by", \.method, "How values between frames are found."),
    ])
}

extension Resample: IngestStepConvertible {
  public var ingestStep: IngestStep { .resample(self) }
}
