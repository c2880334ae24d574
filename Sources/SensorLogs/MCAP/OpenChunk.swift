/// The wanted messages of one decompressed chunk, in the order of their times.
///
/// Only where they stand in another order a list of them is made: 16 bytes a message.
final class OpenChunk {
  let index: Int
  let buffer: ChunkBuffer
  private var records: MCAPChunkRecords
  private var sorted: [(time: UInt64, offset: Int)]?
  private var next = 0

  /// The message at hand.
  private(set) var message = MCAPMessage(channelID: 0, sequence: 0, logTime: 0, publishTime: 0)
  private(set) var payload = UnsafeRawBufferPointer(start: nil, count: 0)
  private(set) var offset = 0

  /// What one look over the chunk shows.
  struct Survey {
    var isSorted = true
    var malformed = 0
    var messages = 0
    var outsideTimes = 0
    var unknownChannels = 0
    var isTorn = false
  }

  init(index: Int, buffer: ChunkBuffer) {
    self.index = index
    self.buffer = buffer
    records = MCAPChunkRecords(buffer.bytes)
  }

  /// Looks over all records once.
  ///
  /// - Parameter isWanted: Whether a message is to be given.
  func survey(
    within times: ClosedRange<UInt64>, knows: (UInt16) -> Bool, byTime: Bool, isWanted: (MCAPMessage) -> Bool
  ) -> Survey {
    var survey = Survey()
    var last: UInt64 = 0
    var walk = MCAPChunkRecords(buffer.bytes)
    while let (code, _, content) = walk.next() {
      guard code == MCAP.Opcode.message.rawValue else {
        if let opcode = MCAP.Opcode(rawValue: code), opcode != .schema && opcode != .channel { survey.malformed += 1 }
        continue
      }
      guard let message = MCAPMessage(content) else {
        survey.malformed += 1
        continue
      }
      survey.messages += 1
      if !times.contains(message.logTime) { survey.outsideTimes += 1 }
      if !knows(message.channelID) { survey.unknownChannels += 1 }
      if message.logTime < last { survey.isSorted = false }
      last = message.logTime
    }
    survey.isTorn = !walk.isAtEnd
    if byTime, !survey.isSorted { sort(isWanted) }
    return survey
  }

  private func sort(_ isWanted: (MCAPMessage) -> Bool) {
    var list: [(time: UInt64, offset: Int)] = []
    var walk = MCAPChunkRecords(buffer.bytes)
    while let (code, offset, content) = walk.next() {
      guard code == MCAP.Opcode.message.rawValue, let message = MCAPMessage(content), isWanted(message) else {
        continue
      }
      list.append((message.logTime, offset))
    }
    list.sort { ($0.time, $0.offset) < ($1.time, $1.offset) }
    sorted = list
  }

  /// Goes to the next wanted message; false at the end.
  @inline(__always)
  func advance(_ isWanted: (MCAPMessage) -> Bool) -> Bool {
    if let sorted {
      guard next < sorted.count else { return false }
      let place = sorted[next].offset
      next += 1
      var one = MCAPChunkRecords(buffer.bytes, from: place)
      guard let (_, _, content) = one.next(), let found = MCAPMessage(content) else { return false }
      take(found, content, place)
      return true
    }
    while let (code, place, content) = records.next() {
      guard code == MCAP.Opcode.message.rawValue, let found = MCAPMessage(content), isWanted(found) else { continue }
      take(found, content, place)
      return true
    }
    return false
  }

  @inline(__always)
  private func take(_ found: MCAPMessage, _ content: UnsafeRawBufferPointer, _ place: Int) {
    message = found
    offset = place
    payload = UnsafeRawBufferPointer(rebasing: content[MCAP.messagePrefixBytes...])
  }
}
