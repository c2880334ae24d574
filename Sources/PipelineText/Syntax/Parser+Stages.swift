extension Parser {
  /// A stage; the current token is its name.
  mutating func stage() -> CallSyntax {
    guard case .identifier(let name) = current.kind else {
      preconditionFailure("the caller has seen the name of a stage")
    }
    var call = CallSyntax(name: name, nameRange: current.range)
    advance()
    var hasParentheses = false
    if isAt(.leftParenthesis) {
      // Swift takes a parenthesis on a line of its own for a new statement.
      if current.startsLine { report(.strayArguments) }
      call.arguments = arguments()
      hasParentheses = true
    }
    if isAt(.leftBrace) {
      call.children = children()
    } else if !hasParentheses, !isAtEnd || depth > 0 {
      report(
        .expected("'(' after '\(name)'", found: current.description, suggestion: "write \(name)(…)"),
        at: call.nameRange.upperBound..<call.nameRange.upperBound)
    } else if !hasParentheses {
      reportExpected("'(' after '\(name)'", suggestion: "write \(name)(…)")
    }
    return call
  }

  /// The stages in braces; the current token is the opening one.
  private mutating func children() -> [CallSyntax] {
    let brace = current
    guard enter() else { return [] }
    defer { depth -= 1 }
    advance()
    var calls: [CallSyntax] = []
    var needsSeparator = false
    while !isAt(.rightBrace) {
      if isAtEnd {
        reportUnclosed(brace)
        return calls
      }
      if take(.semicolon) {
        needsSeparator = false
        continue
      }
      guard case .identifier(let word) = current.kind, !SwiftWords.reserved.contains(word) else {
        if current.kind != .unreadable { report(.expectedStage(found: current.description)) }
        skipStage()
        needsSeparator = false
        continue
      }
      if needsSeparator, !current.startsLine { report(.missingSeparator) }
      if current.startsLine, current.lineIndent <= brace.lineIndent { outdented = outdented ?? (brace, current) }
      calls.append(stage())
      needsSeparator = true
    }
    advance()
    return calls
  }

  /// Reports a brace that the file does not close; only the innermost suspect, for the rest follow from it.
  ///
  /// Where some stage stood no further right than the line with its brace, there most likely the closing one
  /// was forgotten: the braces behind it have closed the wrong ones.
  private mutating func reportUnclosed(_ brace: Token) {
    if issues.contains(where: { if case .unclosed(_, "}", _) = $0.fact { true } else { false } }) { return }
    let (opening, place) = outdented ?? (brace, current)
    report(.unclosed(open: "{", close: "}", found: place.description), at: place.range, opening: opening.range)
  }

  /// Goes on to where the next stage may begin: the next line or semicolon, or the end of these braces.
  private mutating func skipStage() {
    repeat {
      if isAt(.leftBrace) || isAt(.leftParenthesis) || isAt(.leftBracket) {
        skipBracketed()
      } else {
        advance()
      }
    } while !isAtEnd && !isAt(.rightBrace) && !isAt(.semicolon) && !current.startsLine
  }

  /// Skips from an opening bracket behind the one that closes it.
  private mutating func skipBracketed() {
    var open = 0
    repeat {
      switch current.kind {
      case .punctuation(.leftBrace), .punctuation(.leftParenthesis), .punctuation(.leftBracket): open += 1
      case .punctuation(.rightBrace), .punctuation(.rightParenthesis), .punctuation(.rightBracket): open -= 1
      default: break
      }
      advance()
    } while open > 0 && !isAtEnd
  }

  /// Counts a level of nesting; too deep a file is not read further.
  mutating func enter() -> Bool {
    if depth >= Self.depthLimit {
      report(.tooDeep(limit: Self.depthLimit))
      position = tokens.count - 1
      return false
    }
    depth += 1
    return true
  }
}
