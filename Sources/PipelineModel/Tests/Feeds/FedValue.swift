/// A value of a test's frame: a number, or what a broken sensor gives in place of one.
public enum FedValue: Sendable, Hashable {
  case number(Double)
  case nan
  case infinity
  case negativeInfinity

  public var double: Double {
    switch self {
    case .number(let value): value
    case .nan: .nan
    case .infinity: .infinity
    case .negativeInfinity: -.infinity
    }
  }
}

extension FedValue: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
  public init(floatLiteral value: Double) { self = .number(value) }
  public init(integerLiteral value: Int) { self = .number(Double(value)) }
}

extension FedValue: MemberChoice {
  static let numberCase: MemberCase<FedValue>? = MemberCase(
    "number", .make("value", Double.self, labelled: false, "The value."), "A value.",
    make: { FedValue.number($0) }, take: { if case .number(let value) = $0 { value } else { nil } })

  static let cases: [MemberCase<FedValue>] = [
    MemberCase("nan", .nan, "No number."),
    MemberCase("infinity", .infinity, "Beyond every number."),
    MemberCase("negativeInfinity", .negativeInfinity, "Below every number."),
  ]
}
