public import PipelineModel

extension Pipeline {
  /// A pipeline that was made in Swift as the file that it would be written to, with all its mistakes.
  public var writtenFile: PipelineFile {
    let source = SourceText(bytes: Array(source().utf8), name: "\(name).swift")
    var lexer = Lexer(source.bytes)
    var parser = Parser(tokens: lexer.tokens())
    let issues = issues()
    // A stage of a program's own may have a name that cannot be read again; then nothing has a place.
    let map = parser.file().map { SourceMap($0.call) }
    let diagnostics = issues.map { issue in
      map.map { Diagnostic(issue, map: $0) }
        ?? Diagnostic(message: issue.message, suggestion: issue.suggestion, range: 0..<0, notes: [])
    }.sorted { $0.range.lowerBound < $1.range.lowerBound }
    return PipelineFile(source: source, pipeline: issues.isEmpty ? self : nil, diagnostics: diagnostics, map: map)
  }
}
