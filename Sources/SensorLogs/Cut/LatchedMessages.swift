/// A message together with what declares it.
struct LatchedMessage {
  var schema: MCAPSchema?
  var channel: MCAPChannel
  var message: MCAPMessage
  var payload: [UInt8]
  /// Where its chunk lies.
  var chunk = 0
}

/// Finds the last message before a time on each of some topics: what holds where a part of a recording begins.
///
/// By the index it opens only chunks that can hold one, from the latest backwards; without an index it reads everything
/// before the time.
struct LatchedMessages {
  let limits: LogReadOptions
  /// Whether the topics count that channels name as those of their labels; only an index tells of them in time.
  let takesLabels: Bool
  let wants: (_ topic: String) -> Bool

  /// Bytes of all messages together.
  private static let maximumBytes = 64 << 20

  func find(_ path: String, before time: UInt64) throws(LogReadError) -> [LatchedMessage] {
    if !Rosbag2Folder.isFolder(path), let file = try RandomAccessFile(path: path),
      case .success(let index) = try MCAPIndex.load(file, limits: MCAPLimits(limits))
    {
      return try find(file, index, before: time, path)
    }
    return try read(path, before: time)
  }

  private func find(
    _ file: RandomAccessFile, _ index: MCAPIndex, before time: UInt64, _ path: String
  ) throws(LogReadError) -> [LatchedMessage] {
    let loader = MCAPChunkLoader(input: file, limits: MCAPLimits(limits))
    let buffer = ChunkBuffer(ChunkCodec(windowLogMaximum: limits.zstdWindowLogMaximum))
    var labels: Set<String> = []
    if takesLabels { labels = Set(index.topics.channels.values.compactMap { $0.metadata["label.topic"] }) }
    let wanted = Set(index.topics.channels.values.filter { wants($0.topic) || labels.contains($0.topic) }.map(\.id))
    var found: [UInt16: LatchedMessage] = [:]
    let chunks = index.chunks.filter { $0.startTime < time }.sorted {
      ($0.endTime, $0.offset) > ($1.endTime, $1.offset)
    }
    for chunk in chunks {
      // What a chunk could still better.
      let open = wanted.filter { id in
        chunk.channelIDs.map { $0.contains(id) } ?? true
          && found[id].map { $0.message.logTime <= chunk.endTime } ?? true
      }
      if open.isEmpty { continue }
      let length = UInt64(max(0, chunk.length - MCAP.prefixBytes))
      guard case .success = try loader.load(at: chunk.offset, length: length, into: buffer) else { continue }
      let before = found
      var records = MCAPChunkRecords(buffer.bytes)
      while let (code, _, content) = records.next() {
        guard code == MCAP.Opcode.message.rawValue, let message = MCAPMessage(content),
          open.contains(message.channelID),
          message.logTime < time, found[message.channelID].map({ $0.message.logTime <= message.logTime }) ?? true,
          // Of two at one time the one that stands later in the file counts.
          before[message.channelID].map({ $0.message.logTime < message.logTime || $0.chunk < chunk.offset }) ?? true,
          let channel = index.topics.channels[message.channelID]
        else { continue }
        found[message.channelID] = LatchedMessage(
          schema: index.topics.schemas[channel.schemaID], channel: channel, message: message,
          payload: Array(content[MCAP.messagePrefixBytes...]), chunk: chunk.offset)
        try check(found, path)
      }
    }
    return sorted(found)
  }

  private func read(_ path: String, before time: UInt64) throws(LogReadError) -> [LatchedMessage] {
    var options = MCAPReadOptions()
    options.limits = limits
    options.selection.topic = wants
    options.selection.endTime = time
    let reader = try MCAPReader(path, options: options)
    var found: [UInt16: LatchedMessage] = [:]
    while let element = try reader.next() {
      guard case .message(let message) = element, let channel = reader.channels[message.channelID],
        found[message.channelID].map({ $0.message.logTime <= message.logTime }) ?? true
      else { continue }
      found[message.channelID] = LatchedMessage(
        schema: reader.schemas[channel.schemaID], channel: channel, message: message, payload: Array(reader.payload))
      try check(found, path)
    }
    return sorted(found)
  }

  private func check(_ found: [UInt16: LatchedMessage], _ path: String) throws(LogReadError) {
    guard found.values.reduce(0, { $0 + $1.payload.count }) <= Self.maximumBytes else {
      throw LogReadError(
        .invalidOption("the messages before the start take more than \(Self.maximumBytes) bytes; choose fewer topics"),
        path: path)
    }
  }

  private func sorted(_ found: [UInt16: LatchedMessage]) -> [LatchedMessage] {
    found.values.sorted { ($0.message.logTime, $0.message.channelID) < ($1.message.logTime, $1.message.channelID) }
  }
}
