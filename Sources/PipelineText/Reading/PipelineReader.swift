public import PipelineModel

/// What reading a pipeline file gave.
public struct PipelineFile: Sendable {
  public let source: SourceText
  /// Present if and only if there are no diagnostics.
  public let pipeline: Pipeline?
  /// All mistakes, in the order of the file.
  public let diagnostics: [Diagnostic]
  /// Where the parts of the pipeline stand; nil where no pipeline could be made out.
  let map: SourceMap?

  /// The file with further mistakes of the pipeline that was read.
  public func reporting(_ issues: [PipelineIssue]) -> PipelineFile {
    guard !issues.isEmpty, let map else { return self }
    let all = (diagnostics + issues.map { Diagnostic($0, map: map) }).sorted {
      $0.range.lowerBound < $1.range.lowerBound
    }
    return PipelineFile(source: source, pipeline: nil, diagnostics: all, map: map)
  }

  /// The diagnostics as the Swift compiler would show them; empty if there are none.
  public var rendered: String { DiagnosticRenderer(source).render(diagnostics) }

  /// The line and column, from 1, of what a path names.
  public func position(of path: PipelinePath) -> (line: Int, column: Int) {
    source.position(of: map?.range(of: path).lowerBound ?? 0)
  }

  /// Diagnostics as the Swift compiler would show them.
  public func rendered(_ diagnostics: [Diagnostic]) -> String { DiagnosticRenderer(source).render(diagnostics) }

  /// A diagnostic at the place of what a path names, or of the innermost thing around it that is written.
  public func diagnostic(_ message: String, suggestion: String? = nil, at path: PipelinePath) -> Diagnostic {
    Diagnostic(message: message, suggestion: suggestion, range: map?.range(of: path) ?? 0..<0, notes: [])
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
      let issue = SyntaxIssue(fact: .fileTooLarge(limit: fileSizeLimit), range: 0..<0)
      return PipelineFile(
        source: SourceText("", name: name), pipeline: nil, diagnostics: [Diagnostic(issue)], map: nil)
    }
    let source = SourceText(bytes: bytes, name: name)
    if let offset = firstInvalidByte(in: bytes) {
      return PipelineFile(
        source: source, pipeline: nil,
        diagnostics: [Diagnostic(SyntaxIssue(fact: .notUTF8, range: offset..<offset + 1))], map: nil)
    }
    return read(source)
  }

  /// Reads a pipeline file's text and checks it: all mistakes at once.
  public static func read(_ text: String, named name: String = "pipeline.swift") -> PipelineFile {
    read(bytes: Array(text.utf8), named: name)
  }

  private static func read(_ source: SourceText) -> PipelineFile {
    var lexer = Lexer(source.bytes)
    var parser = Parser(tokens: lexer.tokens())
    let declaration = parser.file()
    let syntaxIssues = lexer.issues + parser.issues
    var diagnostics = syntaxIssues.map { Diagnostic($0) }
    var pipeline: Pipeline?
    var map: SourceMap?
    // Where stages and braces cannot be told apart, whatever else is found would be noise.
    if let call = declaration?.call, syntaxIssues.allSatisfy(\.leavesStructureReadable) {
      let reading = Pipeline.read(call.form)
      pipeline = reading.pipeline
      let places = SourceMap(call)
      diagnostics += reading.issues.map { Diagnostic($0, map: places) }
      map = places
    }
    diagnostics.sort { $0.range.lowerBound < $1.range.lowerBound }
    return PipelineFile(
      source: source, pipeline: diagnostics.isEmpty ? pipeline : nil, diagnostics: diagnostics, map: map)
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
