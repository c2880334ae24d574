/// Receives the leaves of a JSON text as they are met.
protocol JSONLeafHandler {
  mutating func enter(key: UnsafeBufferPointer<UInt8>)
  mutating func enter(index: Int)
  mutating func leave()
  mutating func number(_ decimal: ScannedDecimal, _ text: UnsafeBufferPointer<UInt8>, path: UInt64)
  /// NaN and infinities, which JSON does not have and programs write.
  mutating func oddNumber(_ value: Double, path: UInt64)
  mutating func boolean(_ value: Bool, path: UInt64)
  /// The text without escapes; valid during the call.
  mutating func text(_ bytes: UnsafeBufferPointer<UInt8>, isEscaped: Bool, path: UInt64)
  mutating func null(path: UInt64)
}

/// Walks one JSON value over bytes, without building it.
///
/// Every leaf comes with a 64-bit hash of its path, so that a known leaf is found without making its name.
struct JSONScanner {
  private var p: UnsafePointer<UInt8>
  private let end: UnsafePointer<UInt8>
  private var scratch: [UInt8] = []

  static let rootPath: UInt64 = 0xCBF2_9CE4_8422_2325
  private static let maximumDepth = 64

  init?(_ bytes: UnsafeRawBufferPointer) {
    guard let base = bytes.baseAddress, !bytes.isEmpty else { return nil }
    p = base.assumingMemoryBound(to: UInt8.self)
    end = p + bytes.count
  }

  /// Walks the text; false where it is no JSON.
  mutating func scan(_ handler: inout some JSONLeafHandler) -> Bool {
    guard value(&handler, path: Self.rootPath, depth: 0) else { return false }
    skipSpaces()
    // Some writers end a text in NUL.
    while p < end, p.pointee == 0 { p += 1 }
    return p == end
  }

  @inline(__always)
  static func path(_ parent: UInt64, key: UnsafeBufferPointer<UInt8>) -> UInt64 {
    var hash = (parent ^ 0x2E) &* 0x100_0000_01B3
    for byte in key { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return hash
  }

  static func path(_ parent: UInt64, index: Int) -> UInt64 {
    ((parent ^ 0x15B) &* 0x100_0000_01B3 ^ UInt64(index)) &* 0x100_0000_01B3
  }

  @inline(__always)
  private mutating func skipSpaces() {
    while p < end, p.pointee <= 32, p.pointee == 32 || (9...13).contains(p.pointee) { p += 1 }
  }

  private mutating func value(_ handler: inout some JSONLeafHandler, path: UInt64, depth: Int) -> Bool {
    skipSpaces()
    guard p < end, depth < Self.maximumDepth else { return false }
    switch p.pointee {
    case UInt8(ascii: "{"): return object(&handler, path: path, depth: depth)
    case UInt8(ascii: "["): return array(&handler, path: path, depth: depth)
    case UInt8(ascii: "\""):
      guard let (bytes, isEscaped) = string() else { return false }
      handler.text(bytes, isEscaped: isEscaped, path: path)
      return true
    default:
      if let (decimal, after) = ScannedDecimal.scan(p, end) {
        handler.number(decimal, UnsafeBufferPointer(start: p, count: after - p), path: path)
        p = after
        return true
      }
      return word(&handler, path: path)
    }
  }

  private mutating func object(_ handler: inout some JSONLeafHandler, path: UInt64, depth: Int) -> Bool {
    p += 1
    skipSpaces()
    if p < end, p.pointee == UInt8(ascii: "}") {
      p += 1
      return true
    }
    while true {
      skipSpaces()
      guard p < end, p.pointee == UInt8(ascii: "\""), let (key, _) = string() else { return false }
      let inner = Self.path(path, key: key)
      handler.enter(key: key)
      skipSpaces()
      guard p < end, p.pointee == UInt8(ascii: ":") else { return false }
      p += 1
      guard value(&handler, path: inner, depth: depth + 1) else { return false }
      handler.leave()
      skipSpaces()
      guard p < end else { return false }
      let separator = p.pointee
      p += 1
      if separator == UInt8(ascii: "}") { return true }
      if separator != UInt8(ascii: ",") { return false }
    }
  }

  private mutating func array(_ handler: inout some JSONLeafHandler, path: UInt64, depth: Int) -> Bool {
    p += 1
    skipSpaces()
    if p < end, p.pointee == UInt8(ascii: "]") {
      p += 1
      return true
    }
    var index = 0
    while true {
      handler.enter(index: index)
      guard value(&handler, path: Self.path(path, index: index), depth: depth + 1) else { return false }
      handler.leave()
      index += 1
      skipSpaces()
      guard p < end else { return false }
      let separator = p.pointee
      p += 1
      if separator == UInt8(ascii: "]") { return true }
      if separator != UInt8(ascii: ",") { return false }
    }
  }

  private mutating func word(_ handler: inout some JSONLeafHandler, path: UInt64) -> Bool {
    if take("true") {
      handler.boolean(true, path: path)
    } else if take("false") {
      handler.boolean(false, path: path)
    } else if take("null") {
      handler.null(path: path)
    } else if take("NaN") || take("nan") {
      handler.oddNumber(.nan, path: path)
    } else if take("Infinity") {
      handler.oddNumber(.infinity, path: path)
    } else if take("-Infinity") {
      handler.oddNumber(-.infinity, path: path)
    } else {
      return false
    }
    return true
  }

  private mutating func take(_ word: StaticString) -> Bool {
    guard end - p >= word.utf8CodeUnitCount else { return false }
    for index in 0..<word.utf8CodeUnitCount where p[index] != word.utf8Start[index] { return false }
    p += word.utf8CodeUnitCount
    return true
  }

  /// The content of a string; it lies in the text itself unless it has escapes.
  @inline(__always)
  private mutating func string() -> (UnsafeBufferPointer<UInt8>, isEscaped: Bool)? {
    let start = p + 1
    var q = start
    while q < end, q.pointee != UInt8(ascii: "\""), q.pointee != UInt8(ascii: "\\") { q += 1 }
    guard q < end else { return nil }
    if q.pointee == UInt8(ascii: "\"") {
      p = q + 1
      return (UnsafeBufferPointer(start: start, count: q - start), false)
    }
    return escapedString(start)
  }

  @inline(never)
  private mutating func escapedString(_ start: UnsafePointer<UInt8>) -> (UnsafeBufferPointer<UInt8>, isEscaped: Bool)? {
    scratch.removeAll(keepingCapacity: true)
    var q = start
    while q < end, q.pointee != UInt8(ascii: "\"") {
      guard q.pointee == UInt8(ascii: "\\") else {
        scratch.append(q.pointee)
        q += 1
        continue
      }
      guard q + 1 < end else { return nil }
      let code = (q + 1).pointee
      q += 2
      switch code {
      case UInt8(ascii: "n"): scratch.append(10)
      case UInt8(ascii: "t"): scratch.append(9)
      case UInt8(ascii: "r"): scratch.append(13)
      case UInt8(ascii: "b"): scratch.append(8)
      case UInt8(ascii: "f"): scratch.append(12)
      case UInt8(ascii: "u"):
        guard let scalar = unicodeEscape(&q) else { return nil }
        scratch.append(contentsOf: Array(String(scalar).utf8))
      default: scratch.append(code)
      }
    }
    guard q < end else { return nil }
    p = q + 1
    // The scratch array is not touched before the next string, and handlers use the bytes during the call only.
    return (scratch.withUnsafeBufferPointer { $0 }, true)
  }

  private func unicodeEscape(_ q: inout UnsafePointer<UInt8>) -> Unicode.Scalar? {
    guard let first = hexadecimal(&q) else { return nil }
    if (0xD800..<0xDC00).contains(first), end - q >= 6, q[0] == UInt8(ascii: "\\"), q[1] == UInt8(ascii: "u") {
      var next = q + 2
      if let second = hexadecimal(&next), (0xDC00..<0xE000).contains(second) {
        q = next
        return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
      }
    }
    return Unicode.Scalar(first) ?? "\u{FFFD}"
  }

  private func hexadecimal(_ q: inout UnsafePointer<UInt8>) -> UInt32? {
    guard end - q >= 4 else { return nil }
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = Character(Unicode.Scalar(q.pointee)).hexDigitValue else { return nil }
      value = value << 4 | UInt32(digit)
      q += 1
    }
    return value
  }
}
