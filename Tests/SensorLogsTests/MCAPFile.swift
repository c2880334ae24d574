@testable import SensorLogs

/// MCAP put together record by record, for files that no writer makes.
struct MCAPFile {
  private var file = RecordBuilder()

  init() {
    file.bytes = MCAP.magic
    file.addRecord(.header) {
      $0.add("")
      $0.add("")
    }
  }

  mutating func declare(_ id: UInt16, _ topic: String, schema: UInt16 = 0, encoding: String = "json") {
    file.addChannel(MCAPChannel(id: id, schemaID: schema, topic: topic, messageEncoding: encoding))
  }

  mutating func schema(_ id: UInt16, _ text: String, name: String = "p/T") {
    file.addSchema(MCAPSchema(id: id, name: name, encoding: "ros2msg", data: Array(text.utf8)))
  }

  mutating func message(_ id: UInt16, at time: UInt64, _ payload: [UInt8]) {
    file.addRecord(.message) {
      $0.add(id)
      $0.add(UInt32(0))
      $0.add(time)
      $0.add(time)
      $0.bytes += payload
    }
  }

  mutating func message(_ id: UInt16, at time: UInt64, _ text: String) { message(id, at: time, Array(text.utf8)) }

  mutating func record(_ opcode: UInt8, _ content: [UInt8]) {
    file.bytes.append(opcode)
    file.add(UInt64(content.count))
    file.bytes += content
  }

  /// A chunk without a checksum of its own.
  mutating func chunk(_ stored: [UInt8], uncompressed: Int, _ compression: String) {
    file.addChunkHeader(
      MCAPChunk(
        startTime: 0, endTime: 9, uncompressedBytes: UInt64(uncompressed), checksum: 0, compression: compression,
        storedBytes: UInt64(stored.count)))
    file.bytes += stored
  }

  /// The records so far, without what stands before them.
  var records: [UInt8] { Array(file.bytes.dropFirst(Self().file.bytes.count)) }

  /// With its end, without a summary.
  var finished: [UInt8] {
    var whole = file
    whole.addRecord(.dataEnd) { $0.add(UInt32(0)) }
    whole.addRecord(.footer) {
      $0.add(UInt64(0))
      $0.add(UInt64(0))
      $0.add(UInt32(0))
    }
    return whole.bytes + MCAP.magic
  }
}
