/// Appends the little-endian fields of MCAP records to bytes.
struct RecordBuilder {
  var bytes: [UInt8] = []

  mutating func add<T: FixedWidthInteger>(_ value: T) {
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func add(_ text: String) {
    add(UInt32(text.utf8.count))
    bytes.append(contentsOf: text.utf8)
  }

  mutating func add(_ data: [UInt8]) {
    add(UInt32(data.count))
    bytes.append(contentsOf: data)
  }

  mutating func add(_ map: [String: String]) {
    var entries = RecordBuilder()
    // Sorted, so that the same recording gives the same bytes.
    for (key, value) in map.sorted(by: { $0.key < $1.key }) {
      entries.add(key)
      entries.add(value)
    }
    add(entries.bytes)
  }

  mutating func add(contentsOf data: UnsafeRawBufferPointer) {
    bytes.append(contentsOf: data)
  }

  mutating func add(_ map: [UInt16: UInt64]) {
    add(UInt32(map.count * 10))
    for (key, value) in map.sorted(by: { $0.key < $1.key }) {
      add(key)
      add(value)
    }
  }

  /// A whole record around the content that `body` adds.
  mutating func addRecord(_ opcode: MCAP.Opcode, _ body: (inout RecordBuilder) -> Void) {
    bytes.append(opcode.rawValue)
    let lengthOffset = bytes.count
    add(UInt64(0))
    body(&self)
    let length = UInt64(bytes.count - lengthOffset - 8)
    bytes.withUnsafeMutableBytes { $0.storeBytes(of: length.littleEndian, toByteOffset: lengthOffset, as: UInt64.self) }
  }

  mutating func addSchema(_ schema: MCAPSchema) {
    addRecord(.schema) {
      $0.add(schema.id)
      $0.add(schema.name)
      $0.add(schema.encoding)
      $0.add(schema.data)
    }
  }

  mutating func addChannel(_ channel: MCAPChannel) {
    addRecord(.channel) {
      $0.add(channel.id)
      $0.add(channel.schemaID)
      $0.add(channel.topic)
      $0.add(channel.messageEncoding)
      $0.add(channel.metadata)
    }
  }

  /// What stands before a chunk's data, opcode and length included.
  mutating func addChunkHeader(_ chunk: MCAPChunk) {
    var fields = RecordBuilder()
    fields.add(chunk.startTime)
    fields.add(chunk.endTime)
    fields.add(chunk.uncompressedBytes)
    fields.add(chunk.checksum)
    fields.add(chunk.compression)
    fields.add(chunk.storedBytes)
    bytes.append(MCAP.Opcode.chunk.rawValue)
    add(UInt64(fields.bytes.count) + chunk.storedBytes)
    bytes += fields.bytes
  }
}
