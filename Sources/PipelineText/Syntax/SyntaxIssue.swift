/// A mistake in how a file is written, before anything is known of stages.
struct SyntaxIssue {
  enum Fact {
    case fileTooLarge(limit: Int)
    case notUTF8
    case unexpectedCharacter(UnicodeScalar)
    case unterminatedComment
    case unterminatedString
    case multilineString
    case rawString
    case interpolation
    case unknownEscape(String)
    case invalidScalar
    case invalidNumber
    case numberTooLarge
    case tooDeep(limit: Int)
    case expected(String, found: String, suggestion: String?)
    case unclosed(open: String, close: String, found: String)
    case missingSeparator
    case missingImport
    case unknownImport(String)
    case noPipeline
    case secondDeclaration
    case notALet(String)
    case stageAsValue(String)
    case expectedStage(found: String)
    case strayArguments
    case keywordAsName(String)
  }

  var fact: Fact
  var range: Range<Int>
  /// The bracket that a missing one would close.
  var opening: Range<Int>?

  var message: String {
    switch fact {
    case .fileTooLarge(let limit): "a pipeline file has at most \(limit) bytes, and this one has more"
    case .notUTF8: "invalid UTF-8"
    case .unexpectedCharacter(let scalar): "unexpected character \(scalar.quoted)"
    case .unterminatedComment: "unterminated '/*' comment"
    case .unterminatedString: "unterminated string literal"
    case .multilineString: "a pipeline file has no multi-line strings"
    case .rawString: "a pipeline file has no raw strings"
    case .interpolation: "a pipeline file has no string interpolation"
    case .unknownEscape(let text): "invalid escape sequence '\\\(text)' in literal"
    case .invalidScalar: "'\\u{…}' takes one to eight hexadecimal digits that name a Unicode scalar"
    case .invalidNumber: "invalid number literal"
    case .numberTooLarge: "the number is too large"
    case .tooDeep(let limit): "nested more than \(limit) deep"
    case .expected(let what, let found, _): "expected \(what), found \(found)"
    case .unclosed(_, let close, let found): "expected '\(close)', found \(found)"
    case .missingSeparator: "consecutive stages on a line must be separated by ';'"
    case .missingImport: "a pipeline file begins with 'import Martlet'"
    case .unknownImport(let name): "a pipeline file imports 'Martlet' only, found '\(name)'"
    case .noPipeline: "the file declares no pipeline"
    case .secondDeclaration: "a pipeline file declares one pipeline"
    case .notALet(let word): "a pipeline file declares its pipeline with 'let', found '\(word)'"
    case .stageAsValue(let name): "expected a value, found '\(name)'"
    case .expectedStage(let found): "expected a stage, found \(found)"
    case .strayArguments: "the parenthesis of a stage stands on the line of its name"
    case .keywordAsName(let name): "'\(name)' is a word of Swift and cannot name a pipeline"
    }
  }

  var suggestion: String? {
    switch fact {
    case .fileTooLarge: "a pipeline is a page of text; is this the right file?"
    case .notUTF8: "save the file as UTF-8"
    case .unexpectedCharacter(let scalar):
      "\u{201C}\u{201D}\u{201E}\u{AB}\u{BB}".unicodeScalars.contains(scalar) ? "write straight quotes: \"" : "remove it"
    case .unterminatedComment: "close it with '*/'"
    case .unterminatedString: "close it with '\"' on this line"
    case .multilineString, .rawString: "write it as \"…\" on one line"
    case .interpolation: "write what it stands for; '$NAME' at the start of a path is an environment variable"
    case .unknownEscape: "write '\\\\' for a backslash"
    case .expected(_, _, let suggestion): suggestion
    case .unclosed(_, let close, _): "insert '\(close)'"
    case .missingSeparator: "insert ';'"
    case .missingImport: "insert 'import Martlet'"
    case .unknownImport: "write 'import Martlet'"
    case .noPipeline: "write let name = Pipeline(\"name\") { … }"
    case .secondDeclaration: "put it into a file of its own"
    case .notALet: "write 'let'"
    case .stageAsValue(let name): "did you mean '.\(name.lowercasedFirst)'?"
    case .strayArguments: "move it to the line before"
    case .keywordAsName: "choose another name"
    case .invalidScalar: "write '\\u{e9}' for é"
    case .invalidNumber: "write digits, such as 50 or 0.002"
    case .numberTooLarge: "write a smaller one"
    case .tooDeep: "no stage needs that"
    case .expectedStage: "begin with the name of a stage"
    }
  }

  /// Whether stages and braces can still be told apart after this mistake.
  var leavesStructureReadable: Bool {
    switch fact {
    case .unterminatedComment, .tooDeep, .unclosed, .expectedStage, .notUTF8, .fileTooLarge, .noPipeline,
      .strayArguments, .notALet, .secondDeclaration:
      false
    default: true
    }
  }
}

extension UnicodeScalar {
  fileprivate var quoted: String {
    value < 32 || value == 127 ? "U+\(String(value, radix: 16, uppercase: true))" : "'\(self)'"
  }
}

extension String {
  var lowercasedFirst: String { prefix(1).lowercased() + dropFirst() }
}
