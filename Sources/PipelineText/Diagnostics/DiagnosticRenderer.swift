/// Writes diagnostics the way the Swift compiler does: place, sentence, source line, caret, suggestion.
public struct DiagnosticRenderer: Sendable {
  /// More than this many columns of a source line are cut around the caret.
  static let columnLimit = 160
  /// A file with more mistakes than this is another kind of file.
  static let diagnosticLimit = 50

  private let source: SourceText

  public init(_ source: SourceText) {
    self.source = source
  }

  /// All diagnostics in the order of the file, each on lines of its own.
  public func render(_ diagnostics: [Diagnostic]) -> String {
    var text = diagnostics.prefix(Self.diagnosticLimit).map(render).joined()
    let hidden = diagnostics.count - Self.diagnosticLimit
    if hidden > 0 { text += "\(source.name.printable): error: \(hidden) more mistakes are not shown\n" }
    return text
  }

  public func render(_ diagnostic: Diagnostic) -> String {
    var text = block("error", diagnostic.message, at: diagnostic.range, suggestion: diagnostic.suggestion)
    for note in diagnostic.notes { text += block("note", note.message, at: note.range, suggestion: nil) }
    return text
  }

  private func block(_ severity: String, _ message: String, at range: Range<Int>, suggestion: String?) -> String {
    let (line, column) = source.position(of: range.lowerBound)
    let excerpt = Excerpt(Array(source.bytes(ofLine: line)), column: column, length: range.count)
    let gutter = String(repeating: " ", count: String(line).count)
    let mark = suggestion.map { "`- \($0.printable)" } ?? ("^" + String(repeating: "~", count: excerpt.tildes))
    return """
      \(source.name.printable):\(line):\(column): \(severity): \(message.printable)
      \(line) | \(excerpt.text)
      \(gutter) | \(excerpt.indent)\(mark)

      """
  }
}

/// One source line made fit for a terminal, with the way to a column.
private struct Excerpt {
  var text = ""
  /// As wide as the text before the column; tabs stay tabs, so that it is as wide on any terminal.
  var indent = ""
  /// Columns of the marked text after its first.
  var tildes = 0

  init(_ bytes: [UInt8], column: Int, length: Int) {
    let start = min(column - 1, bytes.count)
    // A long line is cut to where the mistake is before anything is made of its bytes.
    let reach = DiagnosticRenderer.columnLimit * 4
    let head = bytes[..<start].suffix(reach).drop { start > reach && $0 & 0xC0 == 0x80 }
    var before = Array(String(decoding: head, as: UTF8.self))
    let marked = Array(String(decoding: bytes[start...].prefix(min(length, reach)), as: UTF8.self))
    var after = Array(String(decoding: bytes[start...].prefix(reach), as: UTF8.self))
    if before.count + after.count > DiagnosticRenderer.columnLimit {
      let room = DiagnosticRenderer.columnLimit / 2
      if before.count > room { before = ["…"] + before.suffix(room) }
      if after.count > room { after = after.prefix(room) + ["…"] }
    }
    text = String(before).printable + String(after).printable
    indent = before.map { $0 == "\t" ? "\t" : String(repeating: " ", count: $0.columns) }.joined()
    tildes = max(0, marked.prefix(after.count).reduce(0) { $0 + $1.columns } - 1)
  }
}

extension Character {
  /// Columns that a terminal gives the character: two for East Asian wide and pictures, else one.
  fileprivate var columns: Int {
    guard let scalar = unicodeScalars.first else { return 0 }
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
      0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
      return 2
    default:
      return scalar.properties.isEmojiPresentation ? 2 : 1
    }
  }
}

extension String {
  /// The text with control characters replaced, so that a file cannot drive the terminal it is shown on.
  fileprivate var printable: String {
    var result = UnicodeScalarView()
    for scalar in unicodeScalars {
      let isControl = (scalar.value < 32 && scalar != "\t") || (scalar.value >= 127 && scalar.value < 160)
      // Marks that turn the direction of text can make a line read as another.
      let turnsText = (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
      result.append(isControl || turnsText ? "\u{FFFD}" : scalar)
    }
    return String(result)
  }
}
