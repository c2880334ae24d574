/// What a number is expected to be, within the tolerance of `Expect`.
public enum NumberCheck: Sendable, Hashable {
  case exactly(Double)
  case atLeast(Double)
  case atMost(Double)
  case between(Double, Double)

  /// - Parameter tolerance: How far the number may lie beyond what is written.
  public func allows(_ number: Double, tolerance: Double) -> Bool {
    switch self {
    case .exactly(let value): (number - value).magnitude <= tolerance || number == value
    case .atLeast(let value): number >= value - tolerance
    case .atMost(let value): number <= value + tolerance
    case .between(let low, let high): number >= low - tolerance && number <= high + tolerance
    }
  }

  /// `0.5`, `at most 0.5`
  public var phrase: String {
    switch self {
    case .exactly(let value): value.numeral
    case .atLeast(let value): "at least \(value.numeral)"
    case .atMost(let value): "at most \(value.numeral)"
    case .between(let low, let high): "\(low.numeral) to \(high.numeral)"
    }
  }
}

extension NumberCheck: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
  public init(floatLiteral value: Double) { self = .exactly(value) }
  public init(integerLiteral value: Int) { self = .exactly(Double(value)) }
}

extension NumberCheck: MemberChoice {
  private static func number(_ name: String) -> Parameter {
    .make(name, Double.self, labelled: false, "A number.")
  }

  static let numberCase: MemberCase<NumberCheck>? = MemberCase(
    "exactly", number("number"), "This number.", make: NumberCheck.exactly,
    take: { if case .exactly(let value) = $0 { value } else { nil } })

  static let cases: [MemberCase<NumberCheck>] = [
    MemberCase(
      "atMost", number("number"), "This number or less.", make: NumberCheck.atMost,
      take: { if case .atMost(let value) = $0 { value } else { nil } }),
    MemberCase(
      "atLeast", number("number"), "This number or more.", make: NumberCheck.atLeast,
      take: { if case .atLeast(let value) = $0 { value } else { nil } }),
    MemberCase(
      "between", number("lowest"), number("highest"), "A number of these or between them.",
      make: { NumberCheck.between($0, $1) },
      take: { if case .between(let low, let high) = $0 { (low, high) } else { nil } }),
    MemberCase(
      "exactly", number("number"), "This number.", make: NumberCheck.exactly,
      take: { if case .exactly(let value) = $0 { value } else { nil } }),
  ]
}

/// What an amount of memory is expected to be.
public enum SizeCheck: Sendable, Hashable {
  case exactly(MemorySize)
  case atMost(MemorySize)

  public func allows(_ bytes: Int) -> Bool {
    switch self {
    case .exactly(let size): bytes == size.bytes
    case .atMost(let size): bytes <= size.bytes
    }
  }

  /// `at most 24576 bytes`
  public var phrase: String {
    switch self {
    case .exactly(let size): "\(size.bytes) bytes"
    case .atMost(let size): "at most \(size.bytes) bytes"
    }
  }
}

extension SizeCheck: MemberChoice {
  static let cases: [MemberCase<SizeCheck>] = [
    MemberCase(
      "atMost", .make("size", MemorySize.self, labelled: false, "The size."), "This size or less.",
      make: SizeCheck.atMost, take: { if case .atMost(let size) = $0 { size } else { nil } }),
    MemberCase(
      "exactly", .make("size", MemorySize.self, labelled: false, "The size."), "This size.",
      make: SizeCheck.exactly, take: { if case .exactly(let size) = $0 { size } else { nil } }),
  ]
}
