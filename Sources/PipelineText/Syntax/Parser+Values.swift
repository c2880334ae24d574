extension Parser {
  /// Arguments in parentheses; the current token is the opening one.
  mutating func arguments() -> [ArgumentSyntax] {
    var arguments: [ArgumentSyntax] = []
    list(from: "(", to: .rightParenthesis) { parser in
      if let argument = parser.argument() { arguments.append(argument) }
    }
    return arguments
  }

  /// Elements between brackets, separated by commas; a comma may follow the last one.
  private mutating func list(
    from open: String, to close: Token.Punctuation, element: (inout Parser) -> Void
  ) {
    let opening = current.range
    guard enter() else { return }
    defer { depth -= 1 }
    advance()
    while !isAt(close) {
      let start = position
      element(&self)
      if take(.comma) || isAt(close) { continue }
      if isListOver {
        // A string that was not closed has swallowed what would close the list.
        if previous.kind == .unreadable, current.startsLine { return }
        reportUnclosed(open: open, close: close.text, opening: opening)
        return
      }
      if previous.kind != .unreadable {
        reportExpected(
          "',' or '\(close.text)'", suggestion: beginsElement(of: close) ? "insert ','" : "remove it")
      }
      // Behind a forgotten comma the list goes on; anything else is left out up to the next comma.
      if beginsElement(of: close), position != start { continue }
      skipElement(close)
      _ = take(.comma)
    }
    advance()
  }

  /// Whether a list cannot go on: only a closing bracket that somebody forgot explains what stands here.
  private var isListOver: Bool {
    switch current.kind {
    case .endOfFile, .punctuation(.leftBrace), .punctuation(.rightBrace), .punctuation(.semicolon),
      .punctuation(.rightParenthesis), .punctuation(.rightBracket):
      true
    case .identifier(let word): current.startsLine && (word == "let" || word.first?.isUppercase == true)
    default: false
    }
  }

  private mutating func reportUnclosed(open: String, close: String, opening: Range<Int>) {
    let end = previous.range.upperBound
    report(.unclosed(open: open, close: close, found: current.description), at: end..<end, opening: opening)
  }

  /// Whether an element begins here that can only be one of its own: in parentheses, one with a label.
  private func beginsElement(of close: Token.Punctuation) -> Bool {
    switch current.kind {
    case .identifier: isAtLabel
    case .integer, .number, .string: close == .rightBracket
    case .punctuation(let mark): close == .rightBracket && (mark == .period || mark == .leftBracket)
    case .unreadable, .endOfFile: false
    }
  }

  private var isAtLabel: Bool {
    guard case .identifier = current.kind, position + 1 < tokens.count else { return false }
    return tokens[position + 1].kind == .punctuation(.colon)
  }

  private mutating func skipElement(_ close: Token.Punctuation) {
    while !isAt(.comma), !isAt(close), !isListOver { advance() }
  }

  private mutating func argument() -> ArgumentSyntax? {
    if case .identifier(let label) = current.kind, isAtLabel {
      let range = current.range
      advance()
      advance()
      return ArgumentSyntax(label: label, labelRange: range, value: value())
    }
    let value = value()
    return ArgumentSyntax(label: nil, labelRange: nil, value: value)
  }

  /// A value; one that cannot be read is reported and stands as unreadable.
  mutating func value() -> ValueSyntax {
    let start = current.range
    switch current.kind {
    case .integer(let value): return word(.integer(value))
    case .number(let value): return word(.number(value))
    case .string(let value): return word(.string(value))
    case .unreadable: return word(.unreadable)
    case .identifier("true"): return word(.boolean(true))
    case .identifier("false"): return word(.boolean(false))
    case .identifier("nil"): return word(.nothing)
    case .identifier(let name):
      if isListOver { break }
      report(.stageAsValue(name))
      advance()
      if isAt(.leftParenthesis), !current.startsLine { _ = arguments() }
      return ValueSyntax(kind: .unreadable, range: start.lowerBound..<previous.range.upperBound)
    case .punctuation(.minus): return negative()
    case .punctuation(.leftBracket): return array()
    case .punctuation(.period): return member()
    default: break
    }
    reportExpected("a value")
    return ValueSyntax(kind: .unreadable, range: start)
  }

  private mutating func word(_ kind: ValueSyntax.Kind) -> ValueSyntax {
    let range = current.range
    advance()
    return ValueSyntax(kind: kind, range: range)
  }

  private mutating func negative() -> ValueSyntax {
    let start = current.range
    advance()
    // Swift reads a minus apart from its number as an operator.
    guard current.range.lowerBound == start.upperBound else {
      reportExpected("a number directly after '-'")
      return ValueSyntax(kind: .unreadable, range: start)
    }
    let range = start.lowerBound..<current.range.upperBound
    switch current.kind {
    case .integer(let value):
      advance()
      return ValueSyntax(kind: .integer(-value), range: range)
    case .number(let value):
      advance()
      return ValueSyntax(kind: .number(-value), range: range)
    default:
      reportExpected("a number after '-'")
      return ValueSyntax(kind: .unreadable, range: start)
    }
  }

  private mutating func array() -> ValueSyntax {
    let start = current.range
    var elements: [ValueSyntax] = []
    list(from: "[", to: .rightBracket) { parser in elements.append(parser.value()) }
    return ValueSyntax(kind: .array(elements), range: start.lowerBound..<previous.range.upperBound)
  }

  private mutating func member() -> ValueSyntax {
    let start = current.range
    advance()
    guard case .identifier(let name) = current.kind else {
      reportExpected("a name after '.'")
      return ValueSyntax(kind: .unreadable, range: start)
    }
    advance()
    var members: [ArgumentSyntax] = []
    if isAt(.leftParenthesis), !current.startsLine { members = arguments() }
    return ValueSyntax(kind: .member(name, members), range: start.lowerBound..<previous.range.upperBound)
  }
}
