/// Reads the wire format of Protocol Buffers without knowing the messages: every field with its kind and value.
struct ProtobufReader {
  enum Value: Equatable {
    case varint(UInt64)
    case fixed32(UInt32)
    case bytes([UInt8])
  }

  struct Malformed: Error {}

  /// In the order of the message.
  static func fields(_ bytes: [UInt8]) throws -> [(number: Int, value: Value)] {
    var position = 0
    func varint() throws -> UInt64 {
      var value: UInt64 = 0
      for shift in stride(from: UInt64(0), to: 64, by: 7) {
        guard position < bytes.count else { throw Malformed() }
        let byte = bytes[position]
        position += 1
        value |= UInt64(byte & 127) << shift
        if byte < 128 { return value }
      }
      throw Malformed()
    }
    var fields: [(number: Int, value: Value)] = []
    while position < bytes.count {
      let tag = try varint()
      switch tag & 7 {
      case 0: fields.append((Int(tag >> 3), .varint(try varint())))
      case 2:
        let count = Int(try varint())
        guard count <= bytes.count - position else { throw Malformed() }
        fields.append((Int(tag >> 3), .bytes(Array(bytes[position..<position + count]))))
        position += count
      case 5:
        guard bytes.count - position >= 4 else { throw Malformed() }
        fields.append(
          (Int(tag >> 3), .fixed32((0..<4).reduce(0) { $0 | UInt32(bytes[position + $1]) << UInt32(8 * $1) })))
        position += 4
      default: throw Malformed()
      }
    }
    return fields
  }

  /// The messages, or texts, of a field.
  static func all(_ number: Int, of bytes: [UInt8]) throws -> [[UInt8]] {
    try fields(bytes).filter { $0.number == number }.compactMap {
      if case .bytes(let content) = $0.value { content } else { nil }
    }
  }

  static func texts(_ number: Int, of bytes: [UInt8]) throws -> [String] {
    try all(number, of: bytes).map { String(decoding: $0, as: UTF8.self) }
  }

  static func integers(_ number: Int, of bytes: [UInt8]) throws -> [Int64] {
    try fields(bytes).filter { $0.number == number }
      .compactMap { if case .varint(let value) = $0.value { Int64(bitPattern: value) } else { nil } }
  }
}
