/// Reads the messages of an MCAP file by its index: only the chunks that hold wanted ones, by time where asked for.
///
/// Chunks whose times overlap are open together and their messages merged. Memory: the summary, and the chunks open at
/// once, both up to a limit beyond which the index counts as unusable.
final class MCAPIndexedReader {
  let index: MCAPIndex
  private(set) var losses = LogLosses()
  private(set) var lostChunks = 0
  private(set) var lostMessages = 0
  private(set) var bytesDecoded = 0
  private(set) var chunksOpened = 0

  /// The data of the message just given; valid until the next one is asked for.
  private(set) var payload = UnsafeRawBufferPointer(start: nil, count: 0)

  /// Where the chunk of the message just given begins.
  private(set) var chunkOffset = 0

  private let loader: MCAPChunkLoader
  private let codec: ChunkCodec
  private let selection: MCAPSelection
  private let order: MCAPOrder
  private let wanted: Set<UInt16>
  /// Chunks to be opened, in the order in which they are.
  private let queue: [Int]
  private var nextInQueue = 0
  private var open: [OpenChunk?] = []
  private var heap = MinimumHeap<Head>()
  private var freeBuffers: [ChunkBuffer] = []
  private var freeSlots: [Int] = []
  private var current: OpenChunk?

  private static let keptBufferBytes = 4 << 20

  /// The next message of an open chunk.
  private struct Head: Comparable {
    var time: UInt64
    /// Of the chunk in the file; two messages of one time come in the order of the file.
    var chunk: Int
    var slot: Int
    static func < (a: Head, b: Head) -> Bool { (a.time, a.chunk) < (b.time, b.chunk) }
  }

  /// - Returns: nil with the reason where too much would have to be in memory at once.
  static func make(
    _ input: any RandomAccessInput, _ index: MCAPIndex, limits: MCAPLimits, selection: MCAPSelection, order: MCAPOrder
  ) -> Result<MCAPIndexedReader, MCAPIndex.Unusable> {
    let reader = MCAPIndexedReader(input, index, limits: limits, selection: selection, order: order)
    if order == .logTime, reader.mostBytesOpen > limits.openChunkBytes {
      return .failure(.init("\(reader.mostBytesOpen) bytes of chunks overlap, more than \(limits.openChunkBytes)"))
    }
    return .success(reader)
  }

  private init(
    _ input: any RandomAccessInput, _ index: MCAPIndex, limits: MCAPLimits, selection: MCAPSelection, order: MCAPOrder
  ) {
    self.index = index
    self.selection = selection
    self.order = order
    loader = MCAPChunkLoader(input: input, limits: limits)
    codec = ChunkCodec(windowLogMaximum: limits.zstdWindowLogMaximum)
    let wanted = Set(index.topics.channels.values.filter { selection.topic?($0.topic) ?? true }.map(\.id))
    self.wanted = wanted
    let places = index.chunks.indices.filter { place in
      let chunk = index.chunks[place]
      let hasWanted = chunk.channelIDs.map { ids in ids.contains { wanted.contains($0) } } ?? true
      return hasWanted && selection.overlaps(chunk.startTime, chunk.endTime)
    }
    queue =
      order == .stored
      ? places : places.sorted { (index.chunks[$0].startTime, $0) < (index.chunks[$1].startTime, $1) }
  }

  /// The most memory that chunks with overlapping times take, a single one not counted.
  private var mostBytesOpen: Int {
    var ends = MinimumHeap<End>()
    var (bytes, most) = (0, 0)
    for place in queue {
      let chunk = index.chunks[place]
      while let first = ends.minimum, first.time < chunk.startTime {
        bytes -= first.bytes
        _ = ends.removeMinimum()
      }
      let size = min(loader.limits.chunkBytes, max(ChunkBuffer.initialCapacity, chunk.uncompressedBytes))
      bytes += size
      if !ends.isEmpty { most = max(most, bytes) }
      ends.insert(End(time: chunk.endTime, bytes: size))
    }
    return most
  }

  private struct End: Comparable {
    var time: UInt64
    var bytes: Int
    static func < (a: End, b: End) -> Bool { a.time < b.time }
  }

  /// The next wanted message, or nil at the end.
  func next() throws(LogReadError) -> MCAPMessage? {
    order == .stored ? try nextStored() : try nextByTime()
  }

  private func nextStored() throws(LogReadError) -> MCAPMessage? {
    while true {
      if let chunk = current {
        if chunk.advance(isWanted) { return give(chunk) }
        recycle(chunk.buffer)
        current = nil
      }
      guard nextInQueue < queue.count else { return nil }
      current = try openNext()
    }
  }

  private func nextByTime() throws(LogReadError) -> MCAPMessage? {
    // The message given last stays valid until now.
    if let chunk = current {
      current = nil
      let head = heap.minimum!
      if chunk.advance(isWanted) {
        heap.replaceMinimum(Head(time: chunk.message.logTime, chunk: chunk.index, slot: head.slot))
      } else {
        _ = heap.removeMinimum()
        close(head.slot)
      }
    }
    while nextInQueue < queue.count {
      if let first = heap.minimum, index.chunks[queue[nextInQueue]].startTime > first.time { break }
      guard let chunk = try openNext() else { continue }
      guard chunk.advance(isWanted) else {
        recycle(chunk.buffer)
        continue
      }
      let slot = freeSlots.popLast() ?? open.count
      if slot == open.count { open.append(chunk) } else { open[slot] = chunk }
      heap.insert(Head(time: chunk.message.logTime, chunk: chunk.index, slot: slot))
    }
    guard let first = heap.minimum, let chunk = open[first.slot] else { return nil }
    current = chunk
    return give(chunk)
  }

  /// Keeps a buffer for the next chunk, but not many that once were large.
  private func recycle(_ buffer: ChunkBuffer) {
    let kept = freeBuffers.reduce(0) { $0 + $1.capacity }
    if kept + buffer.capacity <= max(buffer.capacity, Self.keptBufferBytes) { freeBuffers.append(buffer) }
  }

  private func close(_ slot: Int) {
    if let chunk = open[slot] { recycle(chunk.buffer) }
    open[slot] = nil
    freeSlots.append(slot)
  }

  @inline(__always)
  private func give(_ chunk: OpenChunk) -> MCAPMessage {
    payload = chunk.payload
    chunkOffset = index.chunks[chunk.index].offset
    return chunk.message
  }

  @inline(__always)
  private func isWanted(_ message: MCAPMessage) -> Bool {
    selection.includes(time: message.logTime) && wanted.contains(message.channelID)
  }

  // MARK: Chunks

  /// Opens the next chunk; nil where it cannot be read.
  private func openNext() throws(LogReadError) -> OpenChunk? {
    let place = queue[nextInQueue]
    nextInQueue += 1
    let entry = index.chunks[place]
    let buffer = freeBuffers.popLast() ?? ChunkBuffer(codec)
    let length = UInt64(entry.length - MCAP.prefixBytes)
    switch try loader.load(at: entry.offset, length: length, into: buffer) {
    case .failure(let failure):
      lostChunks += 1
      let messages = try indexedMessages(behind: entry)
      lostMessages += messages
      add(failure.code, at: entry, detail: failure.detail)
      recycle(buffer)
      return nil
    case .success: break
    }
    chunksOpened += 1
    bytesDecoded += buffer.count
    let chunk = OpenChunk(index: place, buffer: buffer)
    let known = index.topics.channels
    let survey = chunk.survey(
      within: entry.startTime...entry.endTime, knows: { known[$0] != nil }, byTime: order == .logTime,
      isWanted: isWanted)
    if survey.outsideTimes > 0 {
      add(.indexDiffers, at: entry, count: survey.outsideTimes, detail: "times of messages")
    }
    if survey.unknownChannels > 0 {
      lostMessages += survey.unknownChannels
      add(.unknownChannel, at: entry, count: survey.unknownChannels)
    }
    if survey.malformed > 0 || survey.isTorn {
      add(.malformedRecord, at: entry, count: max(1, survey.malformed), detail: "in a chunk")
    }
    return chunk
  }

  private func add(_ code: LogLoss.Code, at entry: MCAPIndex.Chunk, count: Int = 1, detail: String = "") {
    losses.add(LogLoss(code, byteOffset: entry.offset, count: count, detail: detail))
  }

  /// How many messages the records behind a chunk count.
  private func indexedMessages(behind entry: MCAPIndex.Chunk) throws(LogReadError) -> Int {
    var position = entry.offset + entry.length
    let (end, overflow) = position.addingReportingOverflow(entry.messageIndexLength)
    guard !overflow else { return 0 }
    var count = 0
    while position < end, let (code, length) = try loader.input.recordPrefix(at: position),
      code == MCAP.Opcode.messageIndex.rawValue, length <= UInt64(end - position)
    {
      count += max(0, Int(length) - 6) / 16
      position += MCAP.prefixBytes + Int(length)
    }
    return count
  }
}
