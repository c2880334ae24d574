/// Cuts a file into tokens. Never fails: what it cannot read becomes an issue and an unreadable token.
struct Lexer {
  private let bytes: [UInt8]
  private var offset = 0
  private(set) var issues: [SyntaxIssue] = []
  private var startsLine = true
  private var lineStart = 0
  private var lineIndent = 0

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    // A byte-order mark is no character of the text.
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { offset = 3 }
  }

  /// All tokens; the last one is the end of the file.
  mutating func tokens() -> [Token] {
    var tokens: [Token] = []
    while true {
      skipSpaceAndComments()
      let start = offset
      let starts = startsLine
      let kind = next()
      if starts { lineIndent = start - lineStart }
      startsLine = false
      tokens.append(Token(kind: kind, range: start..<offset, startsLine: starts, lineIndent: lineIndent))
      if kind == .endOfFile { return tokens }
    }
  }

  private var current: UInt8? { offset < bytes.count ? bytes[offset] : nil }
  private func byte(ahead count: Int) -> UInt8? { offset + count < bytes.count ? bytes[offset + count] : nil }

  private mutating func report(_ fact: SyntaxIssue.Fact, _ range: Range<Int>) {
    issues.append(SyntaxIssue(fact: fact, range: range))
  }

  // MARK: Space and comments

  private mutating func skipSpaceAndComments() {
    while let byte = current {
      switch byte {
      case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
        offset += 1
        beginLine()
      case UInt8(ascii: " "), UInt8(ascii: "\t"), 11, 12:
        offset += 1
      case UInt8(ascii: "/") where self.byte(ahead: 1) == UInt8(ascii: "/"):
        while let byte = current, byte != UInt8(ascii: "\n"), byte != UInt8(ascii: "\r") { offset += 1 }
      case UInt8(ascii: "/") where self.byte(ahead: 1) == UInt8(ascii: "*"):
        skipBlockComment()
      default:
        return
      }
    }
  }

  /// Block comments nest, as in Swift.
  private mutating func skipBlockComment() {
    let start = offset
    var depth = 0
    repeat {
      switch (current, byte(ahead: 1)) {
      case (UInt8(ascii: "/"), UInt8(ascii: "*")):
        depth += 1
        offset += 2
      case (UInt8(ascii: "*"), UInt8(ascii: "/")):
        depth -= 1
        offset += 2
      case (nil, _):
        report(.unterminatedComment, start..<start + 2)
        return
      case (let byte?, _):
        offset += 1
        if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") { beginLine() }
      }
    } while depth > 0
  }

  private mutating func beginLine() {
    startsLine = true
    lineStart = offset
  }

  // MARK: Words

  private mutating func next() -> Token.Kind {
    guard let byte = current else { return .endOfFile }
    if byte.isDigit { return number() }
    if byte.isIdentifierHead { return identifier() }
    if byte == UInt8(ascii: "\"") { return string() }
    if byte == UInt8(ascii: "#"), self.byte(ahead: 1) == UInt8(ascii: "\"") { return rawString() }
    if let mark = Token.Punctuation(rawValue: byte) {
      offset += 1
      return .punctuation(mark)
    }
    return unexpected()
  }

  private mutating func identifier() -> Token.Kind {
    let start = offset
    while let byte = current, byte.isIdentifierHead || byte.isDigit {
      // Letters beyond ASCII are letters; typographic quotes and their like are not.
      if byte >= 0x80, let scalar = scalar(at: offset), !scalar.properties.isXIDContinue {
        if offset == start { return unexpected() }
        break
      }
      offset += 1
      while let byte = current, byte & 0xC0 == 0x80 { offset += 1 }
    }
    return .identifier(String(decoding: bytes[start..<offset], as: UTF8.self))
  }

  private mutating func unexpected() -> Token.Kind {
    let start = offset
    let scalar = scalar(at: offset) ?? "\u{FFFD}"
    offset += 1
    while let byte = current, byte & 0xC0 == 0x80 { offset += 1 }
    if Self.typographicQuotes.contains(scalar) {
      // What stands between two of them was meant as one string.
      skipTypographicString()
    }
    report(.unexpectedCharacter(scalar), start..<offset)
    return .unreadable
  }

  /// Skips to behind the next quotation mark of any kind, if one follows on this line.
  private mutating func skipTypographicString() {
    var end = offset
    while end < bytes.count, bytes[end] != UInt8(ascii: "\n"), bytes[end] != UInt8(ascii: "\r") {
      let width = max(1, (~bytes[end]).leadingZeroBitCount)
      if bytes[end] == UInt8(ascii: "\"") || (width > 1 && scalar(at: end).map(Self.typographicQuotes.contains) == true)
      {
        offset = min(end + width, bytes.count)
        return
      }
      end += width
    }
  }

  private static let typographicQuotes: Set<UnicodeScalar> = ["\u{201C}", "\u{201D}", "\u{201E}", "\u{AB}", "\u{BB}"]

  private func scalar(at offset: Int) -> UnicodeScalar? {
    String(decoding: bytes[offset..<min(offset + 4, bytes.count)], as: UTF8.self).unicodeScalars.first
  }

  // MARK: Numbers

  private mutating func number() -> Token.Kind {
    let start = offset
    var radix = 10
    if current == UInt8(ascii: "0"), let mark = byte(ahead: 1) {
      radix = mark == UInt8(ascii: "x") ? 16 : mark == UInt8(ascii: "o") ? 8 : mark == UInt8(ascii: "b") ? 2 : 10
    }
    if radix != 10 { offset += 2 }
    let digits = offset
    skipWordCharacters()
    var isFraction = false
    if radix == 10 {
      if current == UInt8(ascii: "."), byte(ahead: 1)?.isDigit == true {
        isFraction = true
        offset += 1
        skipWordCharacters()
      }
      let last = bytes[offset - 1] | 0x20
      if last == UInt8(ascii: "e"), current == UInt8(ascii: "-") || current == UInt8(ascii: "+") {
        offset += 1
        skipWordCharacters()
      }
      isFraction = isFraction || bytes[digits..<offset].contains { $0 | 0x20 == UInt8(ascii: "e") }
    }
    let text = String(decoding: bytes[digits..<offset].filter { $0 != UInt8(ascii: "_") }, as: UTF8.self)
    guard bytes[digits..<offset].first.map({ $0 != UInt8(ascii: "_") }) ?? false else {
      return invalidNumber(.invalidNumber, start)
    }
    if !isFraction, let value = Int(text, radix: radix) { return .integer(value) }
    if !isFraction {
      let isNumeral = text.utf8.allSatisfy { UInt8(radix) > ($0.hexadecimalValue ?? .max) }
      return invalidNumber(isNumeral ? .numberTooLarge : .invalidNumber, start)
    }
    // Longer than any number a person writes, and parsing takes time in proportion.
    guard text.utf8.count <= 1000, let value = Double(text) else { return invalidNumber(.invalidNumber, start) }
    return value.isFinite ? .number(value) : invalidNumber(.numberTooLarge, start)
  }

  private mutating func invalidNumber(_ fact: SyntaxIssue.Fact, _ start: Int) -> Token.Kind {
    report(fact, start..<offset)
    return .unreadable
  }

  private mutating func skipWordCharacters() {
    while let byte = current, byte.isIdentifierHead || byte.isDigit { offset += 1 }
  }

  // MARK: Strings

  private mutating func rawString() -> Token.Kind {
    let start = offset
    offset += 1
    let kind = string(reporting: false)
    if case .string = kind, current == UInt8(ascii: "#") { offset += 1 }
    report(.rawString, start..<offset)
    return .unreadable
  }

  private mutating func string(reporting: Bool = true) -> Token.Kind {
    let start = offset
    if byte(ahead: 1) == UInt8(ascii: "\""), byte(ahead: 2) == UInt8(ascii: "\"") {
      skipMultilineString()
      if reporting { report(.multilineString, start..<start + 3) }
      return .unreadable
    }
    offset += 1
    var text: [UInt8] = []
    var isReadable = true
    while let byte = current, byte != UInt8(ascii: "\n"), byte != UInt8(ascii: "\r") {
      offset += 1
      switch byte {
      case UInt8(ascii: "\""):
        return isReadable ? .string(String(decoding: text, as: UTF8.self)) : .unreadable
      case UInt8(ascii: "\\"):
        if let escaped = escape(reporting: reporting) { text += escaped } else { isReadable = false }
      default:
        text.append(byte)
      }
    }
    if reporting { report(.unterminatedString, start..<offset) }
    return .unreadable
  }

  private mutating func skipMultilineString() {
    let quote = UInt8(ascii: "\"")
    offset += 3
    while let byte = current {
      if byte == quote, self.byte(ahead: 1) == quote, self.byte(ahead: 2) == quote {
        offset += 3
        return
      }
      offset += 1
    }
  }

  /// What an escape stands for; the backslash has been read.
  private mutating func escape(reporting: Bool) -> [UInt8]? {
    let start = offset - 1
    guard let byte = current, byte != UInt8(ascii: "\n"), byte != UInt8(ascii: "\r") else { return nil }
    offset += 1
    while let byte = current, byte & 0xC0 == 0x80 { offset += 1 }
    switch byte {
    case UInt8(ascii: "n"): return [10]
    case UInt8(ascii: "t"): return [9]
    case UInt8(ascii: "r"): return [13]
    case UInt8(ascii: "0"): return [0]
    case UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "'"): return [byte]
    case UInt8(ascii: "u"):
      if let scalar = unicodeEscape() { return Array(String(scalar).utf8) }
      if reporting { report(.invalidScalar, start..<offset) }
    case UInt8(ascii: "("):
      if reporting { report(.interpolation, start..<offset) }
    default:
      if reporting {
        report(.unknownEscape(String(decoding: bytes[start + 1..<offset], as: UTF8.self)), start..<offset)
      }
    }
    return nil
  }

  private mutating func unicodeEscape() -> UnicodeScalar? {
    guard current == UInt8(ascii: "{") else { return nil }
    offset += 1
    let start = offset
    while let byte = current, byte.hexadecimalValue != nil, offset - start < 8 { offset += 1 }
    let digits = String(decoding: bytes[start..<offset], as: UTF8.self)
    guard current == UInt8(ascii: "}"), let value = UInt32(digits, radix: 16) else { return nil }
    offset += 1
    return UnicodeScalar(value)
  }
}

extension UInt8 {
  fileprivate var isDigit: Bool { self >= 48 && self <= 57 }
  /// Bytes of letters beyond ASCII count as heads; the scalar is checked when it is read.
  fileprivate var isIdentifierHead: Bool {
    self == 95 || (self >= 65 && self <= 90) || (self >= 97 && self <= 122) || self >= 0x80
  }
  fileprivate var hexadecimalValue: UInt8? {
    switch self {
    case 48...57: self - 48
    case 65...70: self - 55
    case 97...102: self - 87
    default: nil
    }
  }
}
