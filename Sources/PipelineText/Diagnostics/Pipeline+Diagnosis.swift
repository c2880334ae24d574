public import PipelineModel

extension Pipeline {
  /// The mistakes of a pipeline that was made in Swift, shown in its text as it would be written; empty if there are none.
  public var renderedIssues: String {
    let issues = issues()
    guard !issues.isEmpty else { return "" }
    let source = SourceText(bytes: Array(source().utf8), name: "\(name).swift")
    var lexer = Lexer(source.bytes)
    var parser = Parser(tokens: lexer.tokens())
    guard let call = parser.file()?.call else {
      return issues.map { $0.message + ($0.suggestion.map { "; \($0)" } ?? "") }.joined(separator: "\n")
    }
    let map = SourceMap(call)
    return DiagnosticRenderer(source).render(
      issues.map { Diagnostic($0, map: map) }.sorted { $0.range.lowerBound < $1.range.lowerBound })
  }
}
