/// The tokens of a JSON text.
final class JSONTokens: ValueTokens {
  let source: TokenSource
  private var stack: [Place] = []
  private var isDone = false
  private var last: ValueToken?

  private enum Place {
    case mapStart
    case mapKey
    case mapValue
    case mapNext
    case listStart
    case listItem
    case listNext
  }

  init(_ source: TokenSource) { self.source = source }

  /// The next byte that is no space, or nil at the end.
  private func peek() throws(LogReadError) -> UInt8? {
    while true {
      let window = source.stream.window
      var count = 0
      while count < window.count, window[count] <= 32, [32, 9, 10, 13].contains(window[count]) { count += 1 }
      source.take(count)
      if count < window.count { return window[count] }
      if try !source.stream.fill() { return nil }
    }
  }

  func next() throws(LogReadError) -> ValueToken {
    if let last { return last }
    let token = try advance()
    switch token {
    case .end, .cut, .malformed: last = token
    default: break
    }
    return token
  }

  private func advance() throws(LogReadError) -> ValueToken {
    guard var byte = try peek() else { return stack.isEmpty && isDone ? .end : .cut }
    if stack.isEmpty, isDone { return .malformed("something follows the document") }
    if let place = stack.last {
      switch place {
      case .mapNext, .listNext:
        if byte == UInt8(ascii: place == .mapNext ? "}" : "]") { return close(byte) }
        guard byte == UInt8(ascii: ",") else { return .malformed("a comma is missing") }
        source.take(1)
        guard let following = try peek() else { return .cut }
        byte = following
        stack[stack.count - 1] = place == .mapNext ? .mapKey : .listItem
      case .mapStart:
        if byte == UInt8(ascii: "}") { return close(byte) }
        stack[stack.count - 1] = .mapKey
      case .listStart:
        if byte == UInt8(ascii: "]") { return close(byte) }
        stack[stack.count - 1] = .listItem
      case .mapKey, .mapValue, .listItem: break
      }
      if stack[stack.count - 1] == .mapKey { return try key(byte) }
    }
    return try value(byte)
  }

  private func close(_ byte: UInt8) -> ValueToken {
    source.take(1)
    stack.removeLast()
    valueEnded()
    return byte == UInt8(ascii: "}") ? .endMap : .endList
  }

  private func valueEnded() {
    switch stack.last {
    case nil: isDone = true
    case .mapValue: stack[stack.count - 1] = .mapNext
    default: stack[stack.count - 1] = .listNext
    }
  }

  private func key(_ byte: UInt8) throws(LogReadError) -> ValueToken {
    guard byte == UInt8(ascii: "\"") else { return .malformed("a key is missing") }
    let token = try text()
    guard case .text(let name) = token else { return token }
    guard let colon = try peek() else { return .cut }
    guard colon == UInt8(ascii: ":") else { return .malformed("a colon is missing") }
    source.take(1)
    stack[stack.count - 1] = .mapValue
    return .key(name)
  }

  private func value(_ byte: UInt8) throws(LogReadError) -> ValueToken {
    switch byte {
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      guard stack.count < TokenSource.maximumDepth else { return .malformed("it is nested too deep") }
      source.take(1)
      let isMap = byte == UInt8(ascii: "{")
      stack.append(isMap ? .mapStart : .listStart)
      return isMap ? .beginMap : .beginList
    case UInt8(ascii: "\""):
      let token = try text()
      if case .text = token { valueEnded() }
      return token
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    default: return try word()
    }
  }

  private func number() throws(LogReadError) -> ValueToken {
    while true {
      let window = source.stream.window
      guard let base = window.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return .cut }
      let end = base + window.count
      let scanned = ScannedDecimal.scan(base, end)
      let isWhole = scanned.map { $0.1 < end } ?? (window.count > 32)
      if !isWhole, window.count < 4096, try source.stream.fill() { continue }
      guard let (decimal, stop) = scanned else { return .malformed("a number cannot be read") }
      let length = stop - base
      // At the end of the bytes a number may be cut.
      if stop == end { return length < 4096 ? .cut : .malformed("a number has too many digits") }
      let value = decimal.value(UnsafeBufferPointer(start: base, count: length))
      source.take(length)
      valueEnded()
      return .number(value)
    }
  }

  private func word() throws(LogReadError) -> ValueToken {
    let words: [(String, ValueToken)] = [
      ("true", .boolean(true)), ("false", .boolean(false)), ("null", .null), ("NaN", .null),
    ]
    let hasAll = try source.stream.ensure(5)
    for (word, token) in words where source.stream.window.starts(with: word.utf8) {
      source.take(word.utf8.count)
      valueEnded()
      return token
    }
    let rest = source.stream.window
    if !hasAll, words.contains(where: { $0.0.utf8.starts(with: rest) }) { return .cut }
    return .malformed("a value cannot be read")
  }

  private func text() throws(LogReadError) -> ValueToken {
    var searched = 1
    var isEscaped = false
    while true {
      let window = source.stream.window
      while searched < window.count {
        let byte = window[searched]
        if byte == UInt8(ascii: "\"") {
          let content = UnsafeRawBufferPointer(rebasing: window[1..<searched])
          let text = isEscaped ? Self.unescaped(content) : String(decoding: content, as: UTF8.self)
          source.take(1)
          source.takeText(searched - 1)
          source.take(1)
          source.masksNextText = false
          return text.map { .text($0) } ?? .malformed("an escape in a text cannot be read")
        }
        if byte == UInt8(ascii: "\\") {
          isEscaped = true
          searched += 1
        }
        searched += 1
      }
      guard searched <= TokenSource.maximumTextBytes else { return .malformed("a text is too long") }
      if try !source.stream.fill() { return .cut }
    }
  }

  private static func unescaped(_ bytes: UnsafeRawBufferPointer) -> String? {
    var units: [UInt8] = []
    var index = 0
    var surrogate: UInt32?
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      guard byte == UInt8(ascii: "\\"), index < bytes.count else {
        units.append(byte)
        continue
      }
      let escape = bytes[index]
      index += 1
      let simple: [UInt8: UInt8] = [
        UInt8(ascii: "n"): 10, UInt8(ascii: "t"): 9, UInt8(ascii: "r"): 13, UInt8(ascii: "b"): 8,
        UInt8(ascii: "f"): 12, UInt8(ascii: "\""): 34, UInt8(ascii: "\\"): 92, UInt8(ascii: "/"): 47,
      ]
      if let plain = simple[escape] {
        units.append(plain)
        continue
      }
      guard escape == UInt8(ascii: "u"), index + 4 <= bytes.count,
        let code = UInt32(String(decoding: bytes[index..<(index + 4)], as: UTF8.self), radix: 16)
      else { return nil }
      index += 4
      if (0xD800..<0xDC00).contains(code) {
        surrogate = code
        continue
      }
      var scalar = code
      if (0xDC00..<0xE000).contains(code), let high = surrogate {
        scalar = 0x10000 + (high - 0xD800) << 10 + (code - 0xDC00)
      }
      surrogate = nil
      units.append(contentsOf: String(Unicode.Scalar(scalar) ?? "\u{FFFD}").utf8)
    }
    return String(decoding: units, as: UTF8.self)
  }
}
