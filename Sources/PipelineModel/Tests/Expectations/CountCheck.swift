/// What a count is expected to be.
public enum CountCheck: Sendable, Hashable {
  case exactly(Int)
  case atLeast(Int)
  case atMost(Int)
  case between(Int, Int)

  public func allows(_ count: Int) -> Bool {
    switch self {
    case .exactly(let value): count == value
    case .atLeast(let value): count >= value
    case .atMost(let value): count <= value
    case .between(let low, let high): count >= low && count <= high
    }
  }

  /// `3`, `at least 3`
  public var phrase: String {
    switch self {
    case .exactly(let value): "\(value)"
    case .atLeast(let value): "at least \(value)"
    case .atMost(let value): "at most \(value)"
    case .between(let low, let high): "\(low) to \(high)"
    }
  }
}

extension CountCheck: ExpressibleByIntegerLiteral {
  public init(integerLiteral value: Int) { self = .exactly(value) }
}

extension CountCheck: MemberChoice {
  private static let limits = Limits.within(0...1_000_000_000_000)
  private static func count(_ name: String) -> Parameter {
    .make(name, Int.self, labelled: false, limits: limits, "A count.")
  }

  static let integerCase: MemberCase<CountCheck>? = MemberCase(
    "exactly", count("count"), "This count.", make: CountCheck.exactly,
    take: { if case .exactly(let value) = $0 { value } else { nil } })

  static let cases: [MemberCase<CountCheck>] = [
    MemberCase(
      "atLeast", count("count"), "This count or more.", make: CountCheck.atLeast,
      take: { if case .atLeast(let value) = $0 { value } else { nil } }),
    MemberCase(
      "atMost", count("count"), "This count or fewer.", make: CountCheck.atMost,
      take: { if case .atMost(let value) = $0 { value } else { nil } }),
    MemberCase(
      "between", count("lowest"), count("highest"), "A count of these or between them.",
      make: { CountCheck.between($0, $1) },
      take: { if case .between(let low, let high) = $0 { (low, high) } else { nil } }),
    MemberCase(
      "exactly", count("count"), "This count.", make: CountCheck.exactly,
      take: { if case .exactly(let value) = $0 { value } else { nil } }),
  ]
}
