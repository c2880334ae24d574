/// Reads a whole recording once or twice and tells what is in it, in memory that does not grow with its length.
public enum LogInspector {
  /// - Parameter progress: Called now and then with stored bytes done and, where known, in all.
  /// - Throws: where the file cannot be opened or is of no known format. Damage is part of the summary.
  public static func inspect(
    _ path: String, options: LogReadOptions = .init(),
    progress: ((_ bytesDone: Int, _ bytesTotal: Int?) -> Void)? = nil
  ) throws(LogReadError) -> LogSummary {
    if let header = WFDBReader.headerPath(of: path, options: options) {
      return try inspectFrames(WFDBReader(headerPath: header, options: options), progress)
    }
    let stream = try ByteStream(FileInput(path: path), options: options)
    guard try SensorLog.isMCAP(stream) else {
      return try inspectFrames(SensorLog.open(stream, options: options), progress)
    }
    let isPipe = stream.totalBytes == nil
    // An MCAP file is read twice: its records, then the frames of one topic.
    var summary = try inspectRecords(stream, options) { done, total in
      progress?(isPipe ? done : done / 2, total)
    }
    if isPipe {
      summary.frameError = "frames of a pipe cannot be read a second time"
      return summary
    }
    do {
      let reader = try SensorLog.open(path, options: options)
      summary.frameTopic = reader.schema.topic
      // The topics have theirs already, by log time.
      var timing = TimingSummary()
      try addFrames(reader, to: &summary, timing: &timing) { done, total in
        progress?((total ?? 0) / 2 + done / 2, total)
      }
      summary.counters = reader.counters
      summary.losses = reader.losses
    } catch {
      summary.frameError = error.description
    }
    return summary
  }

  private static func inspectFrames(
    _ reader: any LogReader, _ progress: ((Int, Int?) -> Void)?
  ) throws(LogReadError) -> LogSummary {
    var summary = LogSummary(path: reader.path, format: reader.format, compression: reader.compression)
    var timing = TimingSummary()
    try addFrames(reader, to: &summary, timing: &timing, progress)
    summary.counters = reader.counters
    summary.losses = reader.losses
    summary.storedBytes = reader.counters.bytesRead
    summary.decodedBytes = reader.counters.bytesDecoded
    summary.notes = reader.notes
    var topic = TopicSummary(topic: "", schema: "", schemaEncoding: "", messageEncoding: reader.format.rawValue)
    timing.finish()
    topic.timing = timing
    summary.topics = [topic]
    return summary
  }

  private static func addFrames(
    _ reader: any LogReader, to summary: inout LogSummary, timing: inout TimingSummary,
    _ progress: ((Int, Int?) -> Void)?
  ) throws(LogReadError) {
    let batchFrames = FrameBatch.frames(ofChannels: reader.schema.channels.count)
    var batch = FrameBatch(channelCount: reader.schema.channels.count, capacity: batchFrames)
    var ranges = reader.schema.channels.map { ChannelRange(channel: $0) }
    var labelled: [Int] = []
    var unlabelled = 0
    var segment: Int32?
    while try reader.read(into: &batch, maximumFrames: batchFrames) {
      for slot in ranges.indices {
        for index in 0..<batch.count { ranges[slot].add(batch.values[index * batch.channelCount + slot]) }
      }
      labelled += [Int](repeating: 0, count: reader.labelNames.count - labelled.count)
      for label in batch.labels {
        if label < 0 { unlabelled += 1 } else { labelled[Int(label)] += 1 }
      }
      for value in batch.segments where value != segment {
        segment = value
        summary.segments += 1
      }
      for time in batch.times { timing.add(time) }
      progress?(reader.counters.bytesRead, reader.totalBytes)
    }
    summary.frames = reader.counters.frames
    summary.channels = ranges.map(\.summary)
    if reader.schema.hasLabels {
      summary.labels = zip(reader.labelNames, labelled).map { LabelSummary(name: $0, frames: $1) }
      if unlabelled > 0 { summary.labels.append(LabelSummary(name: nil, frames: unlabelled)) }
    }
  }

  private static func inspectRecords(
    _ stream: ByteStream, _ options: LogReadOptions, _ progress: (Int, Int?) -> Void
  ) throws(LogReadError) -> LogSummary {
    var summary = LogSummary(path: stream.path, format: .mcap, compression: stream.compression)
    let records = MCAPRecordStream(stream, options: options)
    var topics = MCAPTopics(keepsSchemaData: false)
    var timings = TopicTimings()
    var chunks = ChunkSummary()
    while let event = try records.next() {
      switch event {
      case .message(let message):
        timings.add(Int64(clamping: message.logTime), of: message.channelID, topics)
      case .record(.schema(let schema)):
        if !topics.add(schema) { records.add(.definitionTooLarge, detail: schema.name.shortened(to: 60)) }
      case .record(.channel(let channel)):
        if !topics.add(channel) { records.add(.definitionTooLarge, detail: channel.topic.shortened(to: 60)) }
      case .record(.header(let profile, let library)):
        summary.profile = profile
        summary.library = library
      case .record(.chunk(let chunk)):
        chunks.count += 1
        chunks.countsByCompression[compressionName(chunk.compression), default: 0] += 1
        chunks.storedBytes += Int(clamping: chunk.storedBytes)
        chunks.uncompressedBytes += Int(clamping: chunk.uncompressedBytes)
        chunks.largestUncompressedBytes = max(chunks.largestUncompressedBytes, Int(clamping: chunk.uncompressedBytes))
        progress(stream.bytesRead, stream.totalBytes)
      case .record: break
      }
    }
    summary.storedBytes = stream.bytesRead
    summary.decodedBytes = decodedBytes(stream, chunks)
    summary.topics = topics.channels.values.sorted { $0.id < $1.id }.map { channel in
      let schema = topics.schema(of: channel)
      return TopicSummary(
        topic: channel.topic, schema: schema?.name ?? "", schemaEncoding: schema?.encoding ?? "",
        messageEncoding: channel.messageEncoding, timing: timings.finished(channel.id))
    }
    summary.chunks = chunks
    let checksums = records.checksums
    summary.checksums = ChecksumSummary(
      chunksVerified: checksums.chunksVerified, chunksWithout: checksums.chunksWithout,
      attachmentsVerified: checksums.attachmentsVerified, dataSectionMatches: checksums.dataSectionMatches,
      summaryMatches: checksums.summaryMatches)
    summary.losses = records.losses
    summary.counters.bytesRead = stream.bytesRead
    summary.counters.bytesDecoded = records.bytesDecoded
    summary.counters.lostChunks = records.lostChunks
    summary.counters.lostMessages = records.lostMessages
    return summary
  }

  /// Each chunk may name another compression, so only those in use are counted apart.
  private static func compressionName(_ name: String) -> String {
    switch name {
    case "": "none"
    case "zstd", "lz4": name
    default: "other"
    }
  }

  /// The file with its chunks as large as they are inside.
  private static func decodedBytes(_ stream: ByteStream, _ chunks: ChunkSummary) -> Int {
    stream.position - chunks.storedBytes + chunks.uncompressedBytes
  }
}

private struct ChannelRange {
  let channel: Channel
  private var minimum = Double.infinity
  private var maximum = -Double.infinity
  private var sum = 0.0
  private var count = 0
  private var nonFinite = 0

  init(channel: Channel) {
    self.channel = channel
  }

  @inline(__always)
  mutating func add(_ value: Double) {
    guard value.isFinite else {
      nonFinite += 1
      return
    }
    if value < minimum { minimum = value }
    if value > maximum { maximum = value }
    sum += value
    count += 1
  }

  var summary: ChannelSummary {
    let mean = sum / Double(max(1, count))
    return ChannelSummary(
      channel: channel, minimum: count > 0 ? minimum : nil, maximum: count > 0 ? maximum : nil,
      mean: count > 0 && mean.isFinite ? mean : nil, nonFinite: nonFinite)
  }
}
