/// Reads little-endian fields from a record's content, never past its end.
///
/// After a field that does not fit, every further field is zero or empty and `failed` stays true; so a parser reads
/// straight on and asks once.
struct RecordCursor {
  private(set) var position: UnsafeRawPointer
  let end: UnsafeRawPointer
  private(set) var failed = false

  /// As many as there are channels, which some maps have an entry for each of.
  private static let maximumMapEntries = 1 << 16

  init(_ bytes: UnsafeRawBufferPointer) {
    // An empty buffer may have no address; any address will do for one that is never read.
    position = bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 8)!
    end = position + bytes.count
  }

  var remaining: Int { end - position }

  mutating func integer<T: FixedWidthInteger>(_ type: T.Type) -> T {
    guard !failed, remaining >= MemoryLayout<T>.size else {
      failed = true
      return 0
    }
    let value = T(littleEndian: position.loadUnaligned(as: T.self))
    position += MemoryLayout<T>.size
    return value
  }

  mutating func bytes(_ count: UInt64) -> UnsafeRawBufferPointer {
    guard !failed, count <= UInt64(remaining) else {
      failed = true
      return .init(start: nil, count: 0)
    }
    let result = UnsafeRawBufferPointer(start: position, count: Int(count))
    position += Int(count)
    return result
  }

  mutating func string() -> String {
    let count = integer(UInt32.self)
    return String(decoding: bytes(UInt64(count)), as: UTF8.self)
  }

  /// A cursor over an array or a map, whose length is in bytes.
  mutating func nested() -> RecordCursor {
    let count = integer(UInt32.self)
    return RecordCursor(bytes(UInt64(count)))
  }

  mutating func map<Key, Value>(
    _ key: (inout RecordCursor) -> Key, _ value: (inout RecordCursor) -> Value
  ) -> [Key: Value] {
    var entries = nested()
    var result: [Key: Value] = [:]
    while entries.remaining > 0, !entries.failed {
      // An entry takes several times its bytes in memory.
      guard result.count < Self.maximumMapEntries else {
        failed = true
        return result
      }
      let name = key(&entries)
      let content = value(&entries)
      if !entries.failed { result[name] = content }
    }
    failed = failed || entries.failed
    return result
  }

  mutating func stringMap() -> [String: String] {
    map({ $0.string() }, { $0.string() })
  }
}
