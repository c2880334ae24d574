/// Reads the subset of Swift that a pipeline file is written in.
///
/// `file: import* ("let" name "=" stage)`, `stage: Name "(" arguments ")" braces | Name braces`,
/// `value: literal | "[" values "]" | "." name ["(" arguments ")"]`. After a mistake it goes on at the next
/// argument or stage, so that one pass finds all of them; every loop reads at least one token.
struct Parser {
  /// Far deeper than any pipeline, far less than any stack.
  static let depthLimit = 64

  var tokens: [Token]
  var position = 0
  var depth = 0
  var issues: [SyntaxIssue] = []
  /// The first stage that stands no further right than the line with the brace it stands in, and that brace.
  var outdented: (brace: Token, stage: Token)?

  init(tokens: [Token]) {
    self.tokens = tokens
  }

  var current: Token { tokens[position] }
  var previous: Token { tokens[max(0, position - 1)] }

  func isAt(_ mark: Token.Punctuation) -> Bool { current.kind == .punctuation(mark) }
  var isAtEnd: Bool { current.kind == .endOfFile }

  mutating func advance() {
    // The last token, the end of the file, is never left behind.
    if position < tokens.count - 1 { position += 1 }
  }

  mutating func take(_ mark: Token.Punctuation) -> Bool {
    guard isAt(mark) else { return false }
    advance()
    return true
  }

  mutating func report(_ fact: SyntaxIssue.Fact, at range: Range<Int>? = nil, opening: Range<Int>? = nil) {
    issues.append(SyntaxIssue(fact: fact, range: range ?? current.range, opening: opening))
  }

  /// Reports a token that should be another; what the lexer could not read has been reported already.
  mutating func reportExpected(_ what: String, suggestion: String? = nil) {
    if current.kind == .unreadable { return }
    report(.expected(what, found: current.description, suggestion: suggestion))
  }

  // MARK: File

  /// The pipeline that the file declares, and the name of its constant.
  mutating func file() -> (name: String, call: CallSyntax)? {
    imports()
    var declaration: (String, CallSyntax)?
    while !isAtEnd {
      if take(.semicolon) { continue }
      let start = position
      let isDeclaration = current.kind == .identifier("let") || current.kind == .identifier("var")
      if isDeclaration, declaration != nil {
        report(.secondDeclaration)
        return declaration
      }
      if isDeclaration {
        declaration = self.declaration()
        if declaration == nil { return nil }
      } else if current.kind == .identifier("import") {
        imports()
      } else {
        reportExpected(declaration == nil ? "'let'" : "the end of the file")
        if declaration != nil || current.kind == .unreadable {
          // What follows a complete pipeline is one mistake, however long it is.
          while !isAtEnd, current.kind != .identifier("let") || !current.startsLine { advance() }
        } else {
          while !isAtEnd, current.kind != .identifier("let") { advance() }
        }
      }
      if position == start { advance() }
    }
    if declaration == nil, issues.isEmpty { report(.noPipeline) }
    return declaration
  }

  private mutating func imports() {
    var hasMartlet = position > 0
    while current.kind == .identifier("import") {
      let start = current
      advance()
      guard case .identifier(let module) = current.kind, !current.startsLine else {
        reportExpected("the name of a module", suggestion: "write 'import Martlet'")
        hasMartlet = true
        continue
      }
      hasMartlet = true
      if module != "Martlet" { report(.unknownImport(module), at: start.range.lowerBound..<current.range.upperBound) }
      advance()
      while take(.semicolon) {}
    }
    if !hasMartlet { report(.missingImport) }
  }

  private mutating func declaration() -> (String, CallSyntax)? {
    if current.kind == .identifier("var") { report(.notALet("var")) }
    advance()
    guard case .identifier(let name) = current.kind else {
      reportExpected("the name of a constant", suggestion: "write let pipeline = Pipeline(\"name\") { … }")
      return nil
    }
    if SwiftWords.reserved.contains(name) { report(.keywordAsName(name)) }
    advance()
    if take(.colon) {
      // `let name: Pipeline = …` is Swift too.
      if case .identifier = current.kind { advance() } else { reportExpected("a type") }
    }
    guard take(.equal) else {
      reportExpected("'='")
      return nil
    }
    guard case .identifier = current.kind else {
      reportExpected("'Pipeline'", suggestion: "write Pipeline(\"name\") { … }")
      return nil
    }
    return (name, stage())
  }
}

/// Words that Swift keeps for itself, as far as they could stand for a constant's name.
enum SwiftWords {
  static let reserved: Set<String> = [
    "as", "associatedtype", "break", "case", "catch", "class", "continue", "default", "defer", "deinit", "do", "else",
    "enum", "extension", "fallthrough", "false", "fileprivate", "for", "func", "guard", "if", "import", "in", "init",
    "inout", "internal", "is", "let", "nil", "operator", "precedencegroup", "private", "protocol", "public", "repeat",
    "rethrows", "return", "self", "Self", "static", "struct", "subscript", "super", "switch", "throw", "throws", "true",
    "try", "typealias", "var", "where", "while", "_", "Any",
  ]
}
