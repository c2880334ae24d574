/// A Swift type whose values a pipeline file can write.
protocol LiteralValue: Sendable, Hashable {
  static var valueType: ValueType { get }
  static var acceptsNil: Bool { get }
  var literal: Literal { get }
  /// The value of a literal, or `nil` after having told the context what is wrong with it.
  static func decode(_ literal: Literal, in context: inout DecodingContext) -> Self?
}

extension LiteralValue {
  static var acceptsNil: Bool { false }
}

extension Bool: LiteralValue {
  static var valueType: ValueType { .boolean }
  var literal: Literal { .boolean(self) }
  static func decode(_ literal: Literal, in context: inout DecodingContext) -> Bool? {
    if case .boolean(let value) = literal { return value }
    return context.refuse(literal)
  }
}

extension Int: LiteralValue {
  static var valueType: ValueType { .integer }
  var literal: Literal { .integer(self) }
  static func decode(_ literal: Literal, in context: inout DecodingContext) -> Int? {
    if case .integer(let value) = literal { return value }
    return context.refuse(literal)
  }
}

extension Double: LiteralValue {
  static var valueType: ValueType { .number }
  /// A number without a fraction is written without one where that loses nothing.
  var literal: Literal {
    // Up to 2^53 every whole number is a Double of its own; minus zero has no whole twin.
    if self == rounded(), magnitude <= 9_007_199_254_740_992, !(self == 0 && sign == .minus) {
      return .integer(Int(self))
    }
    return .number(self)
  }
  static func decode(_ literal: Literal, in context: inout DecodingContext) -> Double? {
    switch literal {
    case .integer(let value): return Double(value)
    case .number(let value): return value
    default: return context.refuse(literal)
    }
  }
}

extension String: LiteralValue {
  static var valueType: ValueType { .string }
  var literal: Literal { .string(self) }
  static func decode(_ literal: Literal, in context: inout DecodingContext) -> String? {
    if case .string(let value) = literal { return value }
    return context.refuse(literal)
  }
}

extension Array: LiteralValue where Element: LiteralValue {
  static var valueType: ValueType { .array(of: Element.valueType) }
  var literal: Literal { .array(map(\.literal)) }
  static func decode(_ literal: Literal, in context: inout DecodingContext) -> [Element]? {
    guard case .array(let literals) = literal else { return context.refuse(literal) }
    let path = context.path
    let outer = context.expected
    context.expected = Element.valueType
    defer {
      context.path = path
      context.expected = outer
    }
    var elements: [Element] = []
    for (index, element) in literals.enumerated() {
      context.path = path.element(index)
      if let value = Element.decode(element, in: &context) { elements.append(value) }
    }
    return elements.count == literals.count ? elements : nil
  }
}

extension Optional: LiteralValue where Wrapped: LiteralValue {
  static var valueType: ValueType { Wrapped.valueType }
  static var acceptsNil: Bool { true }
  var literal: Literal { self?.literal ?? .nothing }
  static func decode(_ literal: Literal, in context: inout DecodingContext) -> Wrapped?? {
    if literal == .nothing { return .some(nil) }
    guard let value = Wrapped.decode(literal, in: &context) else { return nil }
    return .some(value)
  }
}
