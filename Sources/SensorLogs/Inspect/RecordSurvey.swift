/// Gathers what the records of a recording's MCAP files say: topics, times, chunks, checksums.
struct RecordSurvey {
  private let options: LogReadOptions
  private var entries: [Entry] = []
  /// The entry of each channel of the file at hand: ids may differ from file to file.
  private var indices: [UInt16: Int] = [:]

  /// Entries of earlier files that no channel of the file at hand continues so far.
  private var continued: [Kind: [Int]] = [:]

  /// Copies of it share their bins until a step is measured.
  private let empty = TimingSummary()
  private var chunks = ChunkSummary()
  private var lastChunkEnd: UInt64?
  private var checksums: ChecksumSummary?

  /// Steps are measured for so many topics; of the others only messages and the first and last time are told.
  static let maximumMeasured = 1_024

  /// Of all files together; one file can have as many.
  private static let maximumTopics = 1 << 16

  private struct Entry {
    var summary: TopicSummary
    var isMeasured: Bool
  }

  private struct Kind: Hashable {
    let topic: String
    let schema: String
    let encoding: String

    init(_ topic: TopicSummary) {
      self.topic = topic.topic
      schema = topic.schema
      encoding = topic.messageEncoding
    }
  }

  init(_ options: LogReadOptions) {
    self.options = options
  }

  /// Reads one file to its end.
  mutating func read(
    _ stream: ByteStream, into summary: inout LogSummary, _ progress: () -> Void
  ) throws(LogReadError) {
    let records = MCAPRecordStream(stream, options: options)
    var topics = MCAPTopics(keepsSchemaData: false)
    beginFile()
    lastChunkEnd = nil
    let chunkBytes = (stored: chunks.storedBytes, uncompressed: chunks.uncompressedBytes)
    while let event = try records.next() {
      switch event {
      case .message(let message): add(Int64(clamping: message.logTime), of: message.channelID)
      case .record(.schema(let schema)):
        if let refusal = topics.refusal(adding: schema) {
          records.add(refusal, detail: schema.name.shortened(to: 60))
          for id in topics.redefinedChannels { indices[id] = nil }
        }
      case .record(.channel(let channel)):
        if let refusal = topics.refusal(adding: channel) {
          records.add(refusal, detail: channel.topic.shortened(to: 60))
          for id in topics.redefinedChannels { indices[id] = nil }
        }
        if let kept = topics.channels[channel.id] { declare(kept, topics.schema(of: kept)) }
      case .record(.header(let profile, let library)):
        summary.profile = profile
        summary.library = library
      case .record(.chunk(let chunk)):
        add(chunk)
        progress()
      case .record: break
      }
    }
    add(records.checksums)
    summary.storedBytes += stream.bytesRead
    // The file with its chunks as large as they are inside.
    summary.decodedBytes +=
      stream.position - (chunks.storedBytes - chunkBytes.stored) + chunks.uncompressedBytes - chunkBytes.uncompressed
    summary.losses.add(contentsOf: records.losses)
    summary.counters.bytesRead += stream.bytesRead
    summary.counters.bytesDecoded += records.bytesDecoded
    summary.counters.lostChunks += records.lostChunks
    summary.counters.lostMessages += records.lostMessages
    if let frames = stream.frames { summary.compressedFrames = frames + (summary.compressedFrames ?? .init()) }
  }

  /// The topics in the order in which they were declared.
  var topics: [TopicSummary] {
    entries.map { entry in
      var topic = entry.summary
      topic.timing.finish()
      return topic
    }
  }

  func write(to summary: inout LogSummary) {
    summary.topics = topics
    summary.chunks = chunks
    summary.checksums = checksums
  }

  // MARK: Topics

  /// A channel of a later file continues the topic of the same name and kind that an earlier one had.
  mutating func declare(_ channel: MCAPChannel, _ schema: MCAPSchema?) {
    guard indices[channel.id] == nil else { return }
    let topic = TopicSummary(
      topic: channel.topic, schema: schema?.name ?? "", schemaEncoding: schema?.encoding ?? "",
      messageEncoding: channel.messageEncoding, timing: empty)
    if var known = continued[Kind(topic)], let index = known.popLast() {
      continued[Kind(topic)] = known
      indices[channel.id] = index
    } else if entries.count < Self.maximumTopics {
      indices[channel.id] = entries.count
      entries.append(Entry(summary: topic, isMeasured: entries.count < Self.maximumMeasured))
    }
  }

  private mutating func beginFile() {
    indices = [:]
    continued = [:]
    // The first of equals is taken first.
    for (index, entry) in entries.enumerated().reversed() { continued[Kind(entry.summary), default: []].append(index) }
  }

  /// Messages of a channel that the file does not declare are left out: no summary shows them.
  mutating func add(_ time: Int64, of channelID: UInt16) {
    guard let index = indices[channelID] else { return }
    if entries[index].isMeasured {
      entries[index].summary.timing.add(time)
    } else {
      entries[index].summary.timing.addWithoutStep(time)
    }
  }

  // MARK: Chunks and checksums

  private mutating func add(_ chunk: MCAPChunk) {
    chunks.count += 1
    chunks.countsByCompression[Self.name(ofCompression: chunk.compression), default: 0] += 1
    chunks.storedBytes += Int(clamping: chunk.storedBytes)
    chunks.uncompressedBytes += Int(clamping: chunk.uncompressedBytes)
    chunks.largestUncompressedBytes = max(chunks.largestUncompressedBytes, Int(clamping: chunk.uncompressedBytes))
    // A chunk without messages has no times.
    if chunk.startTime == 0, chunk.endTime == 0 { return }
    if let lastChunkEnd, chunk.startTime < lastChunkEnd { chunks.overlapping += 1 }
    lastChunkEnd = max(lastChunkEnd ?? 0, chunk.endTime)
  }

  /// Each chunk may name another compression, so only those in use are counted apart.
  private static func name(ofCompression name: String) -> String {
    switch name {
    case "": "none"
    case "zstd", "lz4": name
    default: "other"
    }
  }

  private mutating func add(_ found: MCAPRecordStream.Checksums) {
    guard var all = checksums else {
      checksums = ChecksumSummary(
        chunksVerified: found.chunksVerified, chunksWithout: found.chunksWithout,
        attachmentsVerified: found.attachmentsVerified, dataSectionMatches: found.dataSectionMatches,
        summaryMatches: found.summaryMatches)
      return
    }
    all.chunksVerified += found.chunksVerified
    all.chunksWithout += found.chunksWithout
    all.attachmentsVerified += found.attachmentsVerified
    all.dataSectionMatches = Self.both(all.dataSectionMatches, found.dataSectionMatches)
    all.summaryMatches = Self.both(all.summaryMatches, found.summaryMatches)
    checksums = all
  }

  /// One that does not match outweighs one that is not stated, and that one that matches.
  private static func both(_ one: Bool?, _ other: Bool?) -> Bool? {
    if one == false || other == false { return false }
    return one == nil || other == nil ? nil : true
  }
}
