public import PipelineModel

/// A stage as a reference shows it: what it is for, and each argument with its values, unit and default.
///
/// Made from the catalogue that also reads pipeline files, so that the two cannot differ.
public struct StageReference: Sendable, Encodable {
  /// As it is written: `Conv1D`.
  public var name: String
  public var summary: String
  public var example: String
  /// Such as `frames`.
  public var takes: [String]
  public var gives: [String]
  /// Whether several may stand in the same braces.
  public var isRepeatable: Bool
  public var arguments: [ArgumentReference]
  /// What may stand in its braces, empty for a stage without them.
  public var stages: [StageReference]

  public init(_ description: StageDescription) {
    name = description.name
    summary = description.summary
    example = description.example
    takes = description.takes.map(\.description)
    gives = description.gives.map(\.description)
    isRepeatable = description.isRepeatable
    arguments = description.parameters.map { ArgumentReference($0) }
    stages = (description.children ?? []).map { StageReference($0) }
  }

  /// The pipeline itself, whose stages are those of a file.
  public static var pipeline: StageReference { StageReference(Catalogue.pipeline) }

  /// This stage and all within it, each with the names of those around it.
  public func all(within path: [String] = []) -> [(path: [String], stage: StageReference)] {
    [(path, self)] + stages.flatMap { $0.all(within: path + [name]) }
  }
}

/// An argument of a stage or of a member.
public struct ArgumentReference: Sendable, Encodable {
  /// As `--set` names it.
  public var name: String
  /// What stands before the colon; nil for an argument without a label.
  public var label: String?
  /// Which values it takes, such as `a number above 0, at most 86,400`.
  public var values: String
  public var unit: String?
  /// As a file would write it; nil where the argument must be written.
  public var defaultValue: String?
  public var summary: String
  /// What may be written with a leading dot.
  public var members: [MemberReference]

  private enum CodingKeys: String, CodingKey {
    case name, label, values, unit, defaultValue = "default", summary, members
  }

  init(_ parameter: Parameter) {
    name = parameter.name
    label = parameter.label
    values = parameter.type.sentence + (parameter.limits.map { " \($0.sentence)" } ?? "")
    unit = parameter.unit
    defaultValue = parameter.defaultValue?.source
    summary = parameter.summary
    members = parameter.type.members.map { MemberReference($0) }
  }
}

/// One of the values with a leading dot.
public struct MemberReference: Sendable, Encodable {
  public var name: String
  public var summary: String
  public var arguments: [ArgumentReference]

  init(_ description: MemberDescription) {
    name = description.name
    summary = description.summary
    arguments = description.parameters.map { ArgumentReference($0) }
  }

  /// `.step(every:, factor:)`.
  var signature: String {
    let words = arguments.map { $0.label.map { "\($0):" } ?? $0.name }
    return words.isEmpty ? ".\(name)" : ".\(name)(\(words.joined(separator: ", ")))"
  }
}

extension ValueType {
  /// Without the limits.
  fileprivate var sentence: String {
    switch self {
    case .boolean: "true or false"
    case .integer: "a whole number"
    case .number: "a number"
    case .string: "a string"
    case .array(let element): "a list, each \(element.sentence)"
    case .choice: "one of its members"
    case .integerOrChoice: "a whole number, or one of its members"
    case .numberOrChoice: "a number, or one of its members"
    }
  }
}

extension Limits {
  /// `from 1 to 64`, `above 0, at most 1,000`.
  fileprivate var sentence: String {
    let (low, high) = (Self.text(lower), Self.text(upper))
    switch (excludesLower, excludesUpper) {
    case (false, false): return "from \(low) to \(high)"
    case (true, false): return "above \(low), at most \(high)"
    case (false, true): return "from \(low), below \(high)"
    case (true, true): return "above \(low), below \(high)"
    }
  }

  /// `86,400`, `0.5`.
  private static func text(_ value: Double) -> String {
    guard value.magnitude < 1e16, let whole = Int(exactly: value) else { return value.description }
    var digits = String(whole.magnitude)
    var place = digits.count - 3
    while place > 0 {
      digits.insert(",", at: digits.index(digits.startIndex, offsetBy: place))
      place -= 3
    }
    return (whole < 0 ? "-" : "") + digits
  }
}
