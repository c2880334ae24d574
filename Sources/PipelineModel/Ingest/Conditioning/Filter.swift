/// A Butterworth filter over frames that stand at equal distances.
public struct Filter: Sendable, Hashable {
  public var band: FilterBand
  public var timing: FilterTiming
  /// `nil` filters all channels.
  public var channels: [String]?

  public init(_ band: FilterBand, _ timing: FilterTiming = .causal, channels: [String]? = nil) {
    self.band = band
    self.timing = timing
    self.channels = channels
  }
}

/// Which frequencies pass. At the edge of a band a causal filter lets through 0.707 of an amplitude.
public enum FilterBand: Sendable, Hashable {
  case lowPass(hertz: Double, order: Int = 3)
  case highPass(hertz: Double, order: Int = 3)
  /// The order is that of each edge, as in SciPy.
  case bandPass(from: Double, to: Double, order: Int = 3)

  public var order: Int {
    switch self {
    case .lowPass(_, let order), .highPass(_, let order), .bandPass(_, _, let order): order
    }
  }

  /// The lowest frequency named.
  public var lowestHertz: Double {
    switch self {
    case .lowPass(let hertz, _), .highPass(let hertz, _): hertz
    case .bandPass(let low, let high, _): min(low, high)
    }
  }

  /// The highest frequency named.
  public var highestHertz: Double {
    switch self {
    case .lowPass(let hertz, _), .highPass(let hertz, _): hertz
    case .bandPass(let low, let high, _): max(low, high)
    }
  }
}

public enum FilterTiming: Sendable, Hashable, CaseIterable {
  case causal
  case zeroPhase
}

extension FilterTiming: PlainChoice {
  var summary: String {
    switch self {
    case .causal: "Forwards only, as a device filters: delayed by the filter."
    case .zeroPhase: "Forwards and backwards over each whole segment: no delay, twice the order, on the host only."
    }
  }
}

extension FilterBand: MemberChoice {
  private static let hertz = Parameter.make(
    "hertz", Double.self, unit: "Hz", limits: .above(0, to: 1_000_000), "The frequency at the edge.")
  private static let orderParameter = Parameter.make(
    "order", Int.self, limits: .within(1...8), default: .integer(3), "How steep the filter is.")

  static let cases: [MemberCase<FilterBand>] = [
    MemberCase(
      "lowPass", hertz, orderParameter, "What is below the frequency passes.",
      make: { FilterBand.lowPass(hertz: $0, order: $1) },
      take: { if case .lowPass(let hertz, let order) = $0 { (hertz, order) } else { nil } }),
    MemberCase(
      "highPass", hertz, orderParameter, "What is above the frequency passes.",
      make: { FilterBand.highPass(hertz: $0, order: $1) },
      take: { if case .highPass(let hertz, let order) = $0 { (hertz, order) } else { nil } }),
    MemberCase(
      "bandPass",
      .make("from", Double.self, unit: "Hz", limits: .above(0, to: 1_000_000), "The frequency at the lower edge."),
      .make("to", Double.self, unit: "Hz", limits: .above(0, to: 1_000_000), "The frequency at the upper edge."),
      orderParameter, "What is between the frequencies passes.",
      make: { FilterBand.bandPass(from: $0, to: $1, order: $2) },
      take: { if case .bandPass(let low, let high, let order) = $0 { (low, high, order) } else { nil } }),
  ]
}

extension Filter: PipelineNode {
  static let schema = NodeSchema(
    "Filter", blank: Filter(.lowPass(hertz: 1)), takes: [.frames], gives: [.frames], phase: 2, isRepeatable: true,
    example: "Filter(.lowPass(hertz: 20))",
    "A Butterworth filter over frames at equal distances.",
    fields: [
      .required("band", \.band, labelled: false, "Which frequencies pass."),
      .optional("timing", \.timing, labelled: false, "Whether the filter may look ahead."),
      .optional("channels", \.channels, "The channels; all if left out."),
    ])

  func check(in validation: inout Validation, at path: PipelinePath) {
    if case .bandPass(let low, let high, _) = band, low >= high {
      validation.report(
        .invalidValue(subject: "Filter(_:)", reason: .quality(.emptyBand(from: low, to: high))),
        at: path.parameter("band"))
    }
    if let channels { validation.checkNames(channels, subject: "Filter(channels:)", at: path.parameter("channels")) }
  }
}

extension Filter: IngestStepConvertible {
  public var ingestStep: IngestStep { .filter(self) }
}
