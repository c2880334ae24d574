/// The tokens of a CBOR document, after RFC 8949.
///
/// Lists, maps and texts of definite and of indefinite length; tags are left out.
final class CBORTokens: ValueTokens {
  let source: TokenSource
  private var stack: [Place] = []
  private var isDone = false
  private var last: ValueToken?

  private struct Place {
    var isMap: Bool
    /// Values or pairs to come; nil for an indefinite length.
    var rest: UInt64?
    var isAtKey = true
  }

  init(_ source: TokenSource) { self.source = source }

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
    if let place = stack.last, place.rest == 0, place.isAtKey || !place.isMap { return close() }
    guard try source.stream.ensure(1) else { return stack.isEmpty && isDone ? .end : .cut }
    if stack.isEmpty, isDone { return .malformed("something follows the document") }
    let initial = source.stream.window[0]
    if initial == 0xFF {
      guard let place = stack.last, place.rest == nil, place.isAtKey || !place.isMap else {
        return .malformed("a break stands where nothing is open")
      }
      source.take(1)
      return close()
    }
    let isKey = stack.last.map { $0.isMap && $0.isAtKey } ?? false
    let token = try item(initial)
    guard isKey else { return token }
    switch token {
    case .text(let name): return .key(name)
    case .number(let value): return .key("\(value)")
    case .cut, .malformed: return token
    default: return .malformed("a key is neither a text nor a number")
    }
  }

  private func close() -> ValueToken {
    let place = stack.removeLast()
    valueEnded()
    return place.isMap ? .endMap : .endList
  }

  private func valueEnded() {
    guard var place = stack.popLast() else {
      isDone = true
      return
    }
    if place.isMap {
      if !place.isAtKey { place.rest = place.rest.map { $0 - 1 } }
      place.isAtKey.toggle()
    } else {
      place.rest = place.rest.map { $0 - 1 }
    }
    stack.append(place)
  }

  private func item(_ first: UInt8) throws(LogReadError) -> ValueToken {
    var initial = first
    var tags = 0
    while initial >> 5 == 6 {
      guard case .value(_, let length) = try argument(initial) else { return try failure(initial) }
      source.take(length)
      tags += 1
      guard try source.stream.ensure(1) else { return .cut }
      guard tags <= 16 else { return .malformed("too many tags") }
      initial = source.stream.window[0]
    }
    switch initial >> 5 {
    case 2, 3: return try text(initial)
    case 4, 5: return try container(initial)
    case 7: return try simple(initial)
    default:
      guard case .value(let value, let length) = try argument(initial) else { return try failure(initial) }
      source.take(length)
      valueEnded()
      return .number(initial >> 5 == 0 ? Double(value) : -1 - Double(value))
    }
  }

  private enum Argument {
    /// The number and the length of it and its first byte.
    case value(UInt64, length: Int)
    case indefinite
    case none
  }

  private func argument(_ initial: UInt8) throws(LogReadError) -> Argument {
    let info = initial & 31
    switch info {
    case 0..<24: return .value(UInt64(info), length: 1)
    case 24...27:
      let count = 1 << Int(info - 24)
      guard try source.stream.ensure(1 + count) else { return .none }
      var value: UInt64 = 0
      for index in 1...count { value = value << 8 | UInt64(source.stream.window[index]) }
      return .value(value, length: 1 + count)
    case 31: return .indefinite
    default: return .none
    }
  }

  /// Why there was no argument.
  private func failure(_ initial: UInt8) throws(LogReadError) -> ValueToken {
    let info = initial & 31
    if (24...27).contains(info), try !source.stream.ensure(1 + 1 << Int(info - 24)) { return .cut }
    return .malformed("the byte \(initial) begins no value")
  }

  private func container(_ initial: UInt8) throws(LogReadError) -> ValueToken {
    guard stack.count < TokenSource.maximumDepth else { return .malformed("it is nested too deep") }
    let isMap = initial >> 5 == 5
    switch try argument(initial) {
    case .value(let count, let length):
      source.take(length)
      stack.append(Place(isMap: isMap, rest: count))
    case .indefinite:
      source.take(1)
      stack.append(Place(isMap: isMap, rest: nil))
    case .none: return try failure(initial)
    }
    return isMap ? .beginMap : .beginList
  }

  private func text(_ initial: UInt8) throws(LogReadError) -> ValueToken {
    var bytes: [UInt8] = []
    switch try argument(initial) {
    case .value(let count, let length):
      if let problem = try chunk(count, headLength: length, into: &bytes) { return problem }
    case .indefinite:
      source.take(1)
      while true {
        guard try source.stream.ensure(1) else { return .cut }
        let head = source.stream.window[0]
        if head == 0xFF { break }
        guard head >> 5 == initial >> 5, case .value(let count, let length) = try argument(head) else {
          return try failure(head)
        }
        if let problem = try chunk(count, headLength: length, into: &bytes) { return problem }
      }
      source.take(1)
    case .none: return try failure(initial)
    }
    source.masksNextText = false
    valueEnded()
    return .text(String(decoding: bytes, as: UTF8.self))
  }

  private func chunk(_ count: UInt64, headLength: Int, into bytes: inout [UInt8]) throws(LogReadError) -> ValueToken? {
    guard count <= UInt64(TokenSource.maximumTextBytes - bytes.count) else { return .malformed("a text is too long") }
    guard try source.stream.ensure(headLength + Int(count)) else { return .cut }
    source.take(headLength)
    bytes.append(contentsOf: source.stream.window.prefix(Int(count)))
    source.takeText(Int(count))
    return nil
  }

  private func simple(_ initial: UInt8) throws(LogReadError) -> ValueToken {
    guard case .value(let bits, let length) = try argument(initial) else { return try failure(initial) }
    source.take(length)
    valueEnded()
    switch initial & 31 {
    case 20: return .boolean(false)
    case 21: return .boolean(true)
    case 25: return .number(Self.half(UInt16(truncatingIfNeeded: bits)))
    case 26: return .number(Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits))))
    case 27: return .number(Double(bitPattern: bits))
    default: return .null
    }
  }

  /// A number of 16 bits, after IEEE 754.
  private static func half(_ bits: UInt16) -> Double {
    let exponent = Int(bits >> 10 & 31)
    let fraction = Double(bits & 0x3FF)
    let magnitude: Double
    switch exponent {
    case 0: magnitude = fraction * 0x1p-24
    case 31: magnitude = fraction == 0 ? .infinity : .nan
    default: magnitude = (1024 + fraction) * Double(sign: .plus, exponent: exponent - 25, significand: 1)
    }
    return bits >> 15 == 0 ? magnitude : -magnitude
  }
}
