/// One parameter of a stage or of a member.
public struct Parameter: Sendable, Hashable {
  /// Unique within its stage; `train.epochs` names it on a command line.
  public let name: String
  /// What stands before the colon; `nil` for an argument without a label.
  public let label: String?
  public let type: ValueType
  /// What one means: `seconds`, `Hz`, `samples`, `epochs`.
  public let unit: String?
  /// The values of a number, of each number of an array, that make sense.
  public let limits: Limits?
  /// What holds if the argument is left out; `nil` if it must be written.
  public internal(set) var defaultValue: Literal?
  public let acceptsNil: Bool
  public let summary: String
  /// A value that would do, where that of its type would not.
  let example: String?

  public var isRequired: Bool { defaultValue == nil }

  /// A value that would do, for suggestions.
  public var placeholder: String {
    if let example { return example }
    let value = type.placeholder
    guard let limits, let number = Double(value), !limits.contains(number) else { return value }
    let inside = limits.excludesLower ? min(limits.lower + 1, limits.upper) : limits.lower
    return type == .integer ? String(Int(inside)) : "\(inside)"
  }
}

extension ValueType {
  var placeholder: String {
    switch self {
    case .boolean: "true"
    case .integer: "1"
    case .number: "0.1"
    case .string: "\"…\""
    case .array(let element): "[\(element.placeholder)]"
    case .choice(let members), .integerOrChoice(let members): members.first?.example ?? ".…"
    case .numberOrChoice: "0.5"
    }
  }
}

extension Parameter {
  /// A parameter that must be written; a schema fills in defaults.
  static func make<Value: LiteralValue>(
    _ name: String, _: Value.Type, labelled: Bool = true, unit: String? = nil, limits: Limits? = nil,
    default defaultValue: Literal? = nil, example: String? = nil, _ summary: String
  ) -> Parameter {
    Parameter(
      name: name, label: labelled ? name : nil, type: Value.valueType, unit: unit, limits: limits,
      defaultValue: defaultValue, acceptsNil: Value.acceptsNil, summary: summary, example: example)
  }
}
