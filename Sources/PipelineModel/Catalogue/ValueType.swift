/// What values a parameter takes.
public indirect enum ValueType: Sendable, Hashable {
  case boolean
  case integer
  case number
  case string
  case array(of: ValueType)
  /// One of the members, written with a leading dot.
  case choice([MemberDescription])
  /// A whole number, or one of the members.
  case integerOrChoice([MemberDescription])
  /// A number, or one of the members.
  case numberOrChoice([MemberDescription])

  public var members: [MemberDescription] {
    switch self {
    case .choice(let members), .integerOrChoice(let members), .numberOrChoice(let members): members
    case .array(let element): element.members
    case .boolean, .integer, .number, .string: []
    }
  }
}

/// One member of a choice: `.sgd(_ learningRate, momentum:)`.
public struct MemberDescription: Sendable, Hashable {
  public let name: String
  public let summary: String
  public let parameters: [Parameter]

  /// The member as it is written with example values: `.sgd(0.01)`.
  public var example: String {
    let shown = parameters.filter(\.isRequired).map { parameter in
      (parameter.label.map { "\($0): " } ?? "") + parameter.placeholder
    }
    return shown.isEmpty ? ".\(name)" : ".\(name)(\(shown.joined(separator: ", ")))"
  }
}

/// The values of a number that make sense.
public struct Limits: Sendable, Hashable {
  public let lower: Double
  public let upper: Double
  /// Whether `lower` itself is refused.
  public let excludesLower: Bool
  /// Whether `upper` itself is refused.
  public let excludesUpper: Bool

  public init(lower: Double, upper: Double, excludesLower: Bool = false, excludesUpper: Bool = false) {
    self.lower = lower
    self.upper = upper
    self.excludesLower = excludesLower
    self.excludesUpper = excludesUpper
  }

  /// Never true for a value that is not a number.
  public func contains(_ value: Double) -> Bool {
    (excludesLower ? value > lower : value >= lower) && (excludesUpper ? value < upper : value <= upper)
      && value.isFinite
  }

  static func within(_ range: ClosedRange<Double>) -> Limits {
    Limits(lower: range.lowerBound, upper: range.upperBound)
  }
  static func above(_ lower: Double, to upper: Double) -> Limits {
    Limits(lower: lower, upper: upper, excludesLower: true)
  }
  static func from(_ lower: Double, below upper: Double) -> Limits {
    Limits(lower: lower, upper: upper, excludesUpper: true)
  }
  static func between(_ lower: Double, _ upper: Double) -> Limits {
    Limits(lower: lower, upper: upper, excludesLower: true, excludesUpper: true)
  }
}
