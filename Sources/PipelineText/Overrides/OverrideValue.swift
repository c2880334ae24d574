import PipelineModel

/// Reads the value of an override: written as in a file, or as a bare word where a string or a member stands.
enum OverrideValue {
  struct Unreadable: Error {
    var message: String
    var suggestion: String?
  }

  static func literal(_ text: String, for parameter: Parameter) throws(Unreadable) -> Literal {
    try literal(text, type: parameter.type, acceptsNil: parameter.acceptsNil)
  }

  private static func literal(_ text: String, type: ValueType, acceptsNil: Bool) throws(Unreadable) -> Literal {
    if acceptsNil && text == "nil" { return .nothing }
    switch type {
    case .string where !text.hasPrefix("\""):
      return .string(text)
    case .array(.string) where !text.hasPrefix("["):
      // A list of bare words: s01,s02
      return .array(
        text.isEmpty ? [] : text.split(separator: ",", omittingEmptySubsequences: false).map { .string(String($0)) })
    case .choice where text.first?.isLetter == true:
      return try parsed("." + text)
    case .integer where text.first?.isLetter == true:
      throw Unreadable(message: "expected a whole number, found '\(text)'")
    case .number where text.first?.isLetter == true:
      throw Unreadable(message: "expected a number, found '\(text)'")
    case .choice(let members) where text.first?.isNumber == true:
      if let size = size(text, among: members) { return size }
      return try parsed(text)
    case .integerOrChoice where text.first?.isLetter == true, .numberOrChoice where text.first?.isLetter == true:
      return try parsed("." + text)
    default:
      return try parsed(text)
    }
  }

  /// A size such as `32KiB`, where the members are sizes.
  private static func size(_ text: String, among members: [MemberDescription]) -> Literal? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let member: String
    switch text.dropFirst(digits.count).lowercased() {
    case "b", "bytes": member = "bytes"
    case "kib": member = "kibibytes"
    case "mib": member = "mebibytes"
    default: return nil
    }
    guard let count = Int(digits), members.contains(where: { $0.name == member }) else { return nil }
    return .member(member, [Argument(nil, .integer(count))])
  }

  /// The literal that is written, and nothing else.
  private static func parsed(_ text: String) throws(Unreadable) -> Literal {
    guard text.utf8.count <= 65_536 else { throw Unreadable(message: "the value is too long") }
    var lexer = Lexer(Array(text.utf8))
    var parser = Parser(tokens: lexer.tokens())
    let value = parser.isAtEnd ? nil : parser.value()
    if let issue = (lexer.issues + parser.issues).first {
      throw Unreadable(message: issue.message, suggestion: issue.suggestion)
    }
    guard let value else { throw Unreadable(message: "no value stands after '='") }
    guard parser.isAtEnd else {
      throw Unreadable(message: "expected one value, found \(parser.current.description) after it")
    }
    return value.literal
  }
}
