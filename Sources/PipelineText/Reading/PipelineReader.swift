public import PipelineModel

/// What reading a pipeline file gave.
public struct PipelineFile: Sendable {
  public let source: SourceText
  /// Present if and only if there are no diagnostics.
  public let pipeline: Pipeline?
  /// All mistakes, in the order of the file.
  public let diagnostics: [Diagnostic]

  /// The diagnostics as the Swift compiler would show them; empty if there are none.
  public var rendered: String { DiagnosticRenderer(source).render(diagnostics) }

  /// The file with mistakes that its text alone does not tell, such as those of files that it names.
  ///
  /// - Parameter issues: Of the file's pipeline. None leaves everything as it is.
  public func adding(_ issues: [PipelineIssue]) -> PipelineFile {
    guard !issues.isEmpty else { return self }
    var lexer = Lexer(source.bytes)
    var parser = Parser(tokens: lexer.tokens())
    guard let call = parser.file()?.call else { return self }
    let map = SourceMap(call)
    let all = (diagnostics + issues.map { Diagnostic($0, map: map) }).sorted {
      $0.range.lowerBound < $1.range.lowerBound
    }
    return PipelineFile(source: source, pipeline: nil, diagnostics: all)
  }
}

extension Pipeline {
  /// Files larger than this, in bytes, are not read.
  public static var fileSizeLimit: Int { 256 * 1024 }

  /// Reads a pipeline file's text and checks it: all mistakes at once.
  ///
  /// - Parameters:
  ///   - text: The bytes of the file; anything else than UTF-8 is a mistake.
  ///   - name: What diagnostics call the file: its path as the user wrote it.
  public static func read(bytes: [UInt8], named name: String) -> PipelineFile {
    guard bytes.count <= fileSizeLimit else {
      let issue = SyntaxIssue(fact: .fileTooLarge(bytes: bytes.count, limit: fileSizeLimit), range: 0..<0)
      return PipelineFile(
        source: SourceText("", name: name), pipeline: nil, diagnostics: [Diagnostic(issue)])
    }
    let source = SourceText(bytes: bytes, name: name)
    if let offset = firstInvalidByte(in: bytes) {
      return PipelineFile(
        source: source, pipeline: nil,
        diagnostics: [Diagnostic(SyntaxIssue(fact: .notUTF8, range: offset..<offset + 1))])
    }
    let (pipeline, diagnostics) = read(source)
    return PipelineFile(source: source, pipeline: pipeline, diagnostics: diagnostics)
  }

  /// Reads a pipeline file's text and checks it: all mistakes at once.
  public static func read(_ text: String, named name: String = "pipeline.swift") -> PipelineFile {
    read(bytes: Array(text.utf8), named: name)
  }

  private static func read(_ source: SourceText) -> (Pipeline?, [Diagnostic]) {
    var lexer = Lexer(source.bytes)
    var parser = Parser(tokens: lexer.tokens())
    let declaration = parser.file()
    let syntaxIssues = lexer.issues + parser.issues
    var diagnostics = syntaxIssues.map { Diagnostic($0) }
    var pipeline: Pipeline?
    // Where stages and braces cannot be told apart, whatever else is found would be noise.
    if let call = declaration?.call, syntaxIssues.allSatisfy(\.leavesStructureReadable) {
      let reading = Pipeline.read(call.form)
      pipeline = reading.pipeline
      let map = SourceMap(call)
      diagnostics += reading.issues.map { Diagnostic($0, map: map) }
    }
    diagnostics.sort { $0.range.lowerBound < $1.range.lowerBound }
    return (diagnostics.isEmpty ? pipeline : nil, diagnostics)
  }
}

/// The offset of the first byte that is no part of a UTF-8 sequence.
private func firstInvalidByte(in bytes: [UInt8]) -> Int? {
  var decoder = UTF8()
  var offset = 0
  var iterator = bytes.makeIterator()
  while true {
    switch decoder.decode(&iterator) {
    case .scalarValue(let scalar): offset += UTF8.width(scalar)
    case .emptyInput: return nil
    case .error: return offset
    }
  }
}

extension Diagnostic {
  init(_ issue: SyntaxIssue) {
    self.init(
      message: issue.message, suggestion: issue.suggestion, range: issue.range,
      notes: issue.opening.map { [Note(message: "to match this opening bracket", range: $0)] } ?? [])
  }

  init(_ issue: PipelineIssue, map: SourceMap) {
    self.init(
      message: issue.message, suggestion: issue.suggestion, range: map.range(of: issue.path),
      notes: issue.related.map { [Note(message: issue.relatedMessage, range: map.range(of: $0))] } ?? [])
  }
}
