/// Folds batch normalisation and brings weights and activations to int8.
public struct Quantize: Sendable, Hashable {
  /// Training windows from which the ranges of activations are measured.
  public var calibration: Int
  public var range: CalibrationRange

  public init(calibration: Int = 256, range: CalibrationRange = .minMax) {
    self.calibration = calibration
    self.range = range
  }
}

/// Which part of the measured activations the int8 range covers.
///
/// The input window is apart: where channels are normalised it covers 99.95 % of their magnitudes, because a few
/// spikes would cost every sample its bits.
public enum CalibrationRange: Sendable, Hashable {
  /// From the smallest to the largest value seen.
  case minMax
  /// This share of all values seen, in percent; what lies outside saturates.
  case percentile(Double)
}

extension CalibrationRange: MemberChoice {
  static let cases: [MemberCase<CalibrationRange>] = [
    MemberCase("minMax", .minMax, "From the smallest to the largest value seen."),
    MemberCase(
      "percentile",
      .make("percent", Double.self, labelled: false, unit: "percent", limits: .above(50, to: 100), "The share."),
      "This share of all values seen; what lies outside saturates.", make: CalibrationRange.percentile,
      take: { if case .percentile(let percent) = $0 { percent } else { nil } }),
  ]
}

extension Quantize: PipelineNode {
  static let schema = NodeSchema(
    "Quantize", blank: Quantize(), takes: [.windows, .pretrainedModel], gives: [.quantizedModel], phase: 3,
    example: "Quantize(calibration: 256)",
    "Folds batch normalisation and brings weights and activations to int8.",
    fields: [
      .optional(
        "calibration", \.calibration, unit: "windows", limits: .within(1...1_000_000),
        "Training windows from which ranges are measured."),
      .optional("range", \.range, "Which part of the measured values the int8 range covers."),
    ])
}
