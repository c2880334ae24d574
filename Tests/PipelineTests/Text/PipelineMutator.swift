import Foundation

/// Breaks pipeline files the way hands and broken tools do: bytes, words, numbers and whole lines.
struct PipelineMutator {
  /// What stands in some file, by kind: numbers are exchanged for numbers, and so on.
  private var words: [[UInt8]: [[UInt8]]] = [:]
  private var lines: [[UInt8]] = []

  private static let pieces = [
    "Window", "Ingest(", "{", "}", "(", ")", "[", "]", ",", ":", ".", ";", "=", "-", "\"", "\\", "/*", "*/", "//", "\n",
    "\r\n", "\r", "\t", "nil", "true", "let x = ", "import Martlet\n", "0x", "1e", "1_", "99999999999999999999", "-1",
    "\u{200B}", "é", "体", "\u{FEFF}", "\0", "seconds: ", ".sgd(0.1, momentum: 0.9)", "\\u{110000}", "\\(", "\"\"\"",
    "#\"",
  ].map { Array($0.utf8) }

  private static let numbers = [
    "0", "1", "-1", "2", "3", "7", "0.5", "1e-300", "1e300", "1e999", "65536", "2147483647", "2147483648",
    "9223372036854775807", "9223372036854775808", "0.1", "-0.0", "268435456", "1024", "100000", ".nan", "1_000",
  ].map { Array($0.utf8) }

  init(files: [[UInt8]]) {
    for file in files {
      for word in Self.split(file) { words[Self.kind(of: word), default: []].append(word) }
      lines += file.split(separator: UInt8(ascii: "\n")).map(Array.init)
    }
  }

  func mutate(_ bytes: inout [UInt8], using random: inout SplitMix) {
    switch Int.random(in: 0...9, using: &random) {
    case 0...2: mutateBytes(&bytes, using: &random)
    case 3...7: mutateWords(&bytes, using: &random)
    default: mutateLines(&bytes, using: &random)
    }
  }

  private func mutateBytes(_ bytes: inout [UInt8], using random: inout SplitMix) {
    guard !bytes.isEmpty else { return bytes = Self.pieces.randomElement(using: &random)! }
    let start = Int.random(in: 0..<bytes.count, using: &random)
    let range = start..<min(start + Int.random(in: 1...40, using: &random), bytes.count)
    switch Int.random(in: 0...4, using: &random) {
    case 0: bytes.removeSubrange(range)
    case 1: bytes.insert(contentsOf: Self.pieces.randomElement(using: &random)!, at: start)
    case 2: bytes.replaceSubrange(range, with: Self.pieces.randomElement(using: &random)!)
    case 3: bytes.insert(contentsOf: bytes[range], at: Int.random(in: 0...bytes.count, using: &random))
    default: bytes[start] = UInt8.random(in: 0...255, using: &random)
    }
  }

  private func mutateWords(_ bytes: inout [UInt8], using random: inout SplitMix) {
    var found = Self.split(bytes)
    let solid = found.indices.filter { Self.kind(of: found[$0]) != Self.blank }
    guard let index = solid.randomElement(using: &random), let other = solid.randomElement(using: &random) else {
      return
    }
    let kind = Self.kind(of: found[index])
    switch Int.random(in: 0...6, using: &random) {
    case 0: found.remove(at: index)
    case 1: found.insert(found[index], at: other)
    case 2: found.swapAt(index, other)
    case 3 where kind == Self.number: found[index] = Self.numbers.randomElement(using: &random)!
    case 4: found[index] = words.randomElement(using: &random)!.value.randomElement(using: &random)!
    default: found[index] = words[kind]?.randomElement(using: &random) ?? []
    }
    bytes = Array(found.joined())
  }

  private func mutateLines(_ bytes: inout [UInt8], using random: inout SplitMix) {
    let newline = UInt8(ascii: "\n")
    var found = bytes.split(separator: newline, omittingEmptySubsequences: false).map(Array.init)
    let index = Int.random(in: 0..<found.count, using: &random)
    switch Int.random(in: 0...3, using: &random) {
    case 0: found.remove(at: index)
    case 1: found.insert(found[index], at: Int.random(in: 0..<found.count, using: &random))
    case 2: found.swapAt(index, Int.random(in: 0..<found.count, using: &random))
    default: found.insert(lines.randomElement(using: &random)!, at: index)
    }
    bytes = Array(found.joined(separator: [newline]))
  }

  // MARK: Words

  private static let blank = Array(" ".utf8)
  private static let number = Array("0".utf8)

  /// The text in pieces: names, numbers, strings, blanks, and everything else byte by byte.
  private static func split(_ bytes: [UInt8]) -> [[UInt8]] {
    var result: [[UInt8]] = []
    var index = 0
    while index < bytes.count {
      var end = index + 1
      switch bytes[index] {
      case UInt8(ascii: "\""):
        while end < bytes.count, bytes[end] != UInt8(ascii: "\""), bytes[end] != UInt8(ascii: "\n") { end += 1 }
        end = min(end + 1, bytes.count)
      case let byte where isPartOfName(byte):
        let startsNumber = (48...57).contains(byte)
        while end < bytes.count, isPartOfName(bytes[end]) || (startsNumber && bytes[end] == UInt8(ascii: ".")) {
          end += 1
        }
      case 32, 9, 10, 13:
        while end < bytes.count, [32, 9, 10, 13].contains(bytes[end]) { end += 1 }
      default: break
      }
      result.append(Array(bytes[index..<end]))
      index = end
    }
    return result
  }

  private static func isPartOfName(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 95
  }

  private static func kind(of word: [UInt8]) -> [UInt8] {
    guard let first = word.first else { return [] }
    switch first {
    case 48...57: return number
    case 65...90: return Array("A".utf8)
    case 97...122, 95: return Array("a".utf8)
    case UInt8(ascii: "\""): return Array("\"".utf8)
    case 32, 9, 10, 13: return blank
    default: return word
    }
  }
}
