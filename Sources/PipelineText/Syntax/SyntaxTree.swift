import PipelineModel

/// A stage as it stands in a file.
struct CallSyntax: Sendable {
  var name: String
  var nameRange: Range<Int>
  var arguments: [ArgumentSyntax] = []
  /// `nil` where no braces stand.
  var children: [CallSyntax]?
}

struct ArgumentSyntax: Sendable {
  var label: String?
  var labelRange: Range<Int>?
  var value: ValueSyntax
}

struct ValueSyntax: Sendable {
  indirect enum Kind {
    case nothing
    case boolean(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case array([ValueSyntax])
    case member(String, [ArgumentSyntax])
    case unreadable
  }

  var kind: Kind
  var range: Range<Int>
}

extension CallSyntax {
  var form: Form {
    Form(name, arguments.map(\.argument), children: children.map { $0.map(\.form) })
  }
}

extension ArgumentSyntax {
  var argument: Argument { Argument(label, value.literal) }
}

extension ValueSyntax {
  var literal: Literal {
    switch kind {
    case .nothing: .nothing
    case .boolean(let value): .boolean(value)
    case .integer(let value): .integer(value)
    case .number(let value): .number(value)
    case .string(let value): .string(value)
    case .array(let elements): .array(elements.map(\.literal))
    case .member(let name, let arguments): .member(name, arguments.map(\.argument))
    case .unreadable: .unreadable
    }
  }
}
