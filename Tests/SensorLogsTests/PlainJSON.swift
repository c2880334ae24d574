import Foundation

/// JSON with numbers as Swift reads them: Foundation's own reader gives some doubles one bit off, which a comparison of
/// equal values cannot have.
struct PlainJSON {
  struct Failure: Error { var position: Int }

  private let bytes: [UInt8]
  private var position = 0

  static func parse(_ data: some Sequence<UInt8>) throws -> Any {
    var parser = PlainJSON(bytes: Array(data))
    let value = try parser.value()
    parser.skipSpaces()
    guard parser.position == parser.bytes.count else { throw Failure(position: parser.position) }
    return value
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private mutating func skipSpaces() {
    while position < bytes.count, bytes[position] <= 32 { position += 1 }
  }

  private mutating func take(_ character: Character) -> Bool {
    skipSpaces()
    guard position < bytes.count, bytes[position] == character.asciiValue else { return false }
    position += 1
    return true
  }

  private mutating func value() throws -> Any {
    if take("{") { return try object() }
    if take("[") { return try array() }
    guard position < bytes.count else { throw Failure(position: position) }
    if bytes[position] == UInt8(ascii: "\"") { return try text() }
    let start = position
    while position < bytes.count, !",]} \n".utf8.contains(bytes[position]) { position += 1 }
    let word = String(decoding: bytes[start..<position], as: UTF8.self)
    switch word {
    case "true": return true
    case "false": return false
    case "null": return NSNull()
    default:
      if let number = Int(word) { return number }
      if let number = UInt64(word) { return number }
      guard let number = Double(word) else { throw Failure(position: start) }
      return number
    }
  }

  private mutating func object() throws -> [String: Any] {
    var result: [String: Any] = [:]
    if take("}") { return result }
    repeat {
      skipSpaces()
      let key = try text()
      guard take(":") else { throw Failure(position: position) }
      result[key] = try value()
    } while take(",")
    guard take("}") else { throw Failure(position: position) }
    return result
  }

  private mutating func array() throws -> [Any] {
    var result: [Any] = []
    if take("]") { return result }
    repeat { result.append(try value()) } while take(",")
    guard take("]") else { throw Failure(position: position) }
    return result
  }

  /// Foundation reads texts well.
  private mutating func text() throws -> String {
    let start = position
    position += 1
    while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
      position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
    }
    position += 1
    guard position <= bytes.count else { throw Failure(position: start) }
    return try JSONDecoder().decode(String.self, from: Data(bytes[start..<position]))
  }
}
