/// A value as a pipeline file writes it, before anything knows what it is for.
public indirect enum Literal: Sendable, Hashable {
  /// `nil`
  case nothing
  case boolean(Bool)
  /// A number without a fraction; it also stands where a number is wanted, as in Swift.
  case integer(Int)
  case number(Double)
  case string(String)
  case array([Literal])
  /// `.cosine`, `.adam(0.002)`
  case member(String, [Argument])
  /// Something that no value could be made of, which has been reported where it stands.
  case unreadable

  /// The value of a number.
  var double: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  /// What a reader would call it: `a string`, `'.cosine'`.
  public var kindDescription: String {
    switch self {
    case .nothing: "'nil'"
    case .boolean(let value): "'\(value)'"
    case .integer(let value): "the whole number \(value)"
    case .number(let value): "the number \(value)"
    case .string: "a string"
    case .array: "an array"
    case .member(let name, _): "'.\(name)'"
    case .unreadable: "something unreadable"
    }
  }
}

/// One argument of a call: `kernel: 5`, or `32` without a label.
public struct Argument: Sendable, Hashable {
  public var label: String?
  public var value: Literal

  public init(_ label: String? = nil, _ value: Literal) {
    self.label = label
    self.value = value
  }
}

/// A stage as a pipeline file writes it: a name, arguments and what stands in its braces.
///
/// The text form and the compiled form meet here: a parser makes forms, stages make forms of themselves,
/// and one decoder turns a form into stages by the catalogue.
public struct Form: Sendable, Hashable {
  public var name: String
  public var arguments: [Argument]
  /// `nil` where no braces stand.
  public var children: [Form]?

  public init(_ name: String, _ arguments: [Argument] = [], children: [Form]? = nil) {
    self.name = name
    self.arguments = arguments
    self.children = children
  }
}
