/// Converts channels from the unit that a recording states to one unit.
///
/// Without it, recordings that state different units for a channel are refused: units are never mixed silently.
public struct Convert: Sendable, Hashable {
  public var channels: [String]
  /// As text: `m/s2`, `g`, `rad/s`, `dps`, `uT`, ….
  public var unit: String
  /// The unit of recordings that state none.
  public var unstated: String?

  public init(_ channels: [String], to unit: String, from unstated: String? = nil) {
    self.channels = channels
    self.unit = unit
    self.unstated = unstated
  }
}

extension Convert: PipelineNode {
  static let schema = NodeSchema(
    "Convert", blank: Convert([], to: "g"), takes: [.frames], gives: [.frames], phase: 1, isRepeatable: true,
    example: #"Convert(["gyro_x"], to: "deg/s", from: "rad/s")"#,
    "Converts channels to one unit.",
    fields: [
      .required("channels", \.channels, labelled: false, "The channels."),
      .required("to", \.unit, "The unit that they are to have."),
      .optional("from", \.unstated, "The unit of recordings that state none."),
    ])

  func check(in validation: inout Validation, at path: PipelinePath) {
    validation.checkNames(channels, subject: "Convert(_:)", at: path.parameter("channels"))
    var units: [MeasurementUnit] = []
    for (label, text) in [("to", unit as String?), ("from", unstated)] {
      guard let text else { continue }
      if let unit = MeasurementUnit(text) {
        units.append(unit)
      } else {
        validation.report(
          .invalidValue(subject: "Convert(\(label):)", reason: .quality(.notAUnit(text))), at: path.parameter(label))
      }
    }
    if units.count == 2, units[0].quantity != units[1].quantity, let unstated {
      validation.report(
        .invalidValue(subject: "Convert(from:)", reason: .quality(.notConvertible(from: unstated, to: unit))),
        at: path.parameter("from"), related: path.parameter("to"))
    }
  }
}

extension Convert: IngestStepConvertible {
  public var ingestStep: IngestStep { .convert(self) }
}
