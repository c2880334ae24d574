/// The records of a chunk being written, and where its messages lie in it.
struct MCAPChunkBuilder {
  var records = RecordBuilder()

  /// Log times of the messages so far; nil without any.
  private(set) var times: ClosedRange<UInt64>?

  /// For each channel, in the order declared: log time and offset of each message, as stored.
  private var indices: [(id: UInt16, entries: RecordBuilder)] = []

  /// The channels that have messages here, in the order of their first.
  private var usedSlots: [Int] = []

  mutating func addIndex(_ channelID: UInt16) {
    indices.append((channelID, RecordBuilder()))
  }

  @inline(__always)
  mutating func add(_ message: MCAPMessage, slot: Int, _ body: (inout RecordBuilder) -> Void) {
    if indices[slot].entries.bytes.isEmpty { usedSlots.append(slot) }
    indices[slot].entries.add(message.logTime)
    indices[slot].entries.add(UInt64(records.bytes.count))
    records.addRecord(.message) {
      $0.add(message.channelID)
      $0.add(message.sequence)
      $0.add(message.logTime)
      $0.add(message.publishTime)
      body(&$0)
    }
    let time = message.logTime
    times = times.map { min($0.lowerBound, time)...max($0.upperBound, time) } ?? time...time
  }

  /// The indices of channels that have messages here, in the order declared.
  var usedIndices: [(id: UInt16, entries: [UInt8])] {
    usedSlots.sorted().map { (indices[$0].id, indices[$0].entries.bytes) }
  }

  /// Forgets the records and keeps the memory and the channels.
  mutating func removeAll() {
    records.bytes.removeAll(keepingCapacity: true)
    for slot in usedSlots { indices[slot].entries.bytes.removeAll(keepingCapacity: true) }
    usedSlots.removeAll(keepingCapacity: true)
    times = nil
  }
}
