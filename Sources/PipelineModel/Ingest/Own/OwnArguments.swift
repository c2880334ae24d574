/// Makes arguments of the stored properties of a stage of a program's own.
///
/// They are found by reflection, so that none can be forgotten: a result must not outlive a change of any.
enum OwnArguments {
  private static let depthLimit = 8

  static func arguments(of value: Any) -> [Argument] {
    Mirror(reflecting: value).children.map { Argument($0.label, literal(of: $0.value, depth: 0)) }
  }

  /// The value as a pipeline would write it; `unreadable` for what is no plain value, such as an object.
  private static func literal(of value: Any, depth: Int) -> Literal {
    guard depth < depthLimit else { return .unreadable }
    switch value {
    case let value as Bool: return .boolean(value)
    case let value as any BinaryInteger: return Int(exactly: value).map { .integer($0) } ?? .string("\(value)")
    case let value as Double: return value.literal
    case let value as Float: return Double(value).literal
    case let value as String: return .string(value)
    case let value as any StringProtocol: return .string(String(value))
    case let value as Character: return .string(String(value))
    default: return structured(value, depth: depth)
    }
  }

  private static func structured(_ value: Any, depth: Int) -> Literal {
    let mirror = Mirror(reflecting: value)
    func parts() -> [Literal] { mirror.children.map { literal(of: $0.value, depth: depth + 1) } }
    switch mirror.displayStyle {
    case .optional: return mirror.children.first.map { literal(of: $0.value, depth: depth + 1) } ?? .nothing
    case .collection: return .array(parts())
    // Their order says nothing and is another in every process.
    case .set, .dictionary: return .array(parts().sorted { "\($0)" < "\($1)" })
    case .tuple: return .array(parts())
    case .enum:
      guard let payload = mirror.children.first, let name = payload.label else { return .member("\(value)", []) }
      let inner = Mirror(reflecting: payload.value)
      guard inner.displayStyle == .tuple else {
        return .member(name, [Argument(nil, literal(of: payload.value, depth: depth + 1))])
      }
      return .member(
        name,
        inner.children.map { child in
          let isPosition = child.label?.hasPrefix(".") ?? true
          return Argument(isPosition ? nil : child.label, literal(of: child.value, depth: depth + 1))
        })
    case .struct:
      return .member(
        "init", mirror.children.map { Argument($0.label, literal(of: $0.value, depth: depth + 1)) })
    // An object or a function can change, or do anything, behind its back.
    default: return .unreadable
    }
  }
}

extension Literal {
  /// Whether anything in it has no value that could be written.
  var holdsUnreadable: Bool {
    switch self {
    case .unreadable: true
    case .array(let elements): elements.contains { $0.holdsUnreadable }
    case .member(_, let arguments): arguments.contains { $0.value.holdsUnreadable }
    case .nothing, .boolean, .integer, .number, .string: false
    }
  }
}
