/// A part of a JSON or CBOR document.
enum ValueToken: Equatable {
  case beginMap
  case endMap
  case beginList
  case endList
  case key(String)
  case text(String)
  case number(Double)
  case boolean(Bool)
  case null
  /// The document ends here, as it should.
  case end
  /// The bytes end within the document.
  case cut
  /// From here on the bytes are no document.
  case malformed(String)
}

/// A document as a stream of tokens, in memory that does not grow with it.
protocol ValueTokens: AnyObject {
  var source: TokenSource { get }

  /// The next token; `end`, `cut` and `malformed` are the last.
  func next() throws(LogReadError) -> ValueToken
}

extension ValueTokens {
  /// Leaves out a value whose first token is given, with all that it holds.
  ///
  /// - Returns: nil, or the token by which the document ended within it.
  func skip(_ first: ValueToken) throws(LogReadError) -> ValueToken? {
    var depth = 0
    var token = first
    while true {
      switch token {
      case .beginMap, .beginList: depth += 1
      case .endMap, .endList: depth -= 1
      case .end, .cut, .malformed: return token
      default: break
      }
      if depth <= 0 { return nil }
      token = try next()
    }
  }
}

/// Bytes on their way into tokens, hashed as they go where a signature is to be verified.
final class TokenSource {
  let stream: ByteStream
  private var hash: HMACSHA256?

  /// The content of the next text counts as zeros, as a signature does in the document that it signs.
  var masksNextText = false

  static let maximumTextBytes = 64 << 10
  static let maximumDepth = 64

  init(_ stream: ByteStream, key: String?) {
    self.stream = stream
    hash = key.map { HMACSHA256(key: Array($0.utf8)) }
  }

  @inline(__always)
  func take(_ count: Int) {
    if hash != nil { hash!.update(.init(rebasing: stream.window.prefix(count))) }
    stream.advance(count)
  }

  func takeText(_ count: Int) {
    if masksNextText, hash != nil {
      hash!.update([UInt8](repeating: UInt8(ascii: "0"), count: count))
      stream.advance(count)
    } else {
      take(count)
    }
  }

  /// The signature of all bytes taken, if there is a key.
  func signature() -> String? {
    var copy = hash
    return copy?.finish()
  }
}
