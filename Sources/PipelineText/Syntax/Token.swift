/// A word of a pipeline file.
struct Token {
  enum Kind: Equatable {
    case identifier(String)
    case integer(Int)
    case number(Double)
    case string(String)
    case punctuation(Punctuation)
    /// Something that has been reported already.
    case unreadable
    case endOfFile
  }

  enum Punctuation: UInt8, Equatable {
    case leftParenthesis = 40
    case rightParenthesis = 41
    case leftBracket = 91
    case rightBracket = 93
    case leftBrace = 123
    case rightBrace = 125
    case comma = 44
    case colon = 58
    case semicolon = 59
    case period = 46
    case equal = 61
    case minus = 45

    var text: String { String(UnicodeScalar(rawValue)) }
  }

  var kind: Kind
  var range: Range<Int>
  /// Whether nothing but space and comments stands before it on its line.
  var startsLine: Bool
  /// The column, from 0, of the first token on its line.
  var lineIndent: Int

  /// As a sentence names it.
  var description: String {
    switch kind {
    case .identifier(let name): "'\(name)'"
    case .integer(let value): "'\(value)'"
    case .number(let value): "'\(value)'"
    case .string: "a string"
    case .punctuation(let mark): "'\(mark.text)'"
    case .unreadable: "something unreadable"
    case .endOfFile: "the end of the file"
    }
  }
}
