/// Reads a whole recording once or twice and tells what is in it, in memory that does not grow with its length.
public enum LogInspector {
  /// - Parameters:
  ///   - path: A file, a rosbag2 folder, or `-` for standard input.
  ///   - progress: Called now and then with stored bytes done and, where known, in all.
  /// - Throws: where the file cannot be opened or is of no known format. Damage is part of the summary.
  public static func inspect(
    _ path: String, options: LogReadOptions = .init(),
    progress: ((_ bytesDone: Int, _ bytesTotal: Int?) -> Void)? = nil
  ) throws(LogReadError) -> LogSummary {
    if Rosbag2Folder.isFolder(path) { return try inspectFolder(Rosbag2Folder(path), options, progress) }
    if WFDBReader.headerPath(of: path, options: options) != nil {
      return try inspectFrames(SensorLog.open(path, options: options), nil, progress)
    }
    let stream = try ByteStream(FileInput(path: path), options: options)
    guard try SensorLog.isMCAP(stream) else {
      return try inspectFrames(SensorLog.open(stream, options: options), stream, progress)
    }
    return try inspectMessages(path, stream, options, progress)
  }

  /// A recording without records of any other use than its frames.
  private static func inspectFrames(
    _ reader: any LogReader, _ stream: ByteStream?, _ progress: ((Int, Int?) -> Void)?
  ) throws(LogReadError) -> LogSummary {
    var summary = LogSummary(path: reader.path, format: reader.format, compression: reader.compression)
    var frames = FrameSurvey(reader.schema)
    try frames.read(reader, progress)
    frames.write(to: &summary, reader)
    summary.storedBytes = reader.counters.bytesRead
    summary.decodedBytes = reader.counters.bytesDecoded
    summary.compressedFrames = stream?.frames
    var topic = TopicSummary(topic: "", schema: "", schemaEncoding: "", messageEncoding: reader.format.rawValue)
    topic.timing = frames.timing
    summary.topics = [topic]
    return summary
  }

  private static func inspectFolder(
    _ folder: Rosbag2Folder, _ options: LogReadOptions, _ progress: ((Int, Int?) -> Void)?
  ) throws(LogReadError) -> LogSummary {
    let first = try ByteStream(FileInput(path: folder.files[0]), options: options)
    var summary = try inspectMessages(folder.path, first, following: folder.files.dropFirst(), options, progress)
    summary.notes += folder.notes.map { LogNote(.folder, detail: $0) }.filter { !summary.notes.contains($0) }
    if summary.losses.countsByCode[.missingFile] == nil { summary.losses.add(contentsOf: folder.losses) }
    let messages = summary.topics.reduce(0) { $0 + $1.timing.count }
    if let stated = folder.messageCount, stated != messages {
      summary.notes.append(
        LogNote(.folder, detail: "metadata.yaml states \(stated) messages, and the files hold \(messages)"))
    }
    return summary
  }

  /// A recording of messages is read twice: its records, then the frames of one topic.
  private static func inspectMessages(
    _ path: String, _ first: ByteStream, following: ArraySlice<String> = [], _ options: LogReadOptions,
    _ progress: ((Int, Int?) -> Void)?
  ) throws(LogReadError) -> LogSummary {
    var summary = LogSummary(path: path, format: .mcap, compression: first.compression)
    let total = following.reduce(first.totalBytes) { sum, file in
      sum.flatMap { sum in FileInput.size(of: file).map { sum + $0 } }
    }
    var records = RecordSurvey(options)
    func read(_ stream: ByteStream) throws(LogReadError) {
      let before = summary.storedBytes
      try records.read(stream, into: &summary) {
        let done = before + stream.bytesRead
        progress?(total == nil ? done : done / 2, total)
      }
    }
    try read(first)
    for file in following { try read(ByteStream(FileInput(path: file), options: options)) }
    records.write(to: &summary)
    if total == nil {
      summary.frameError = "frames of a pipe cannot be read a second time"
      return summary
    }
    do {
      let reader = try SensorLog.open(path, options: options)
      summary.frameTopic = reader.schema.topic
      var frames = FrameSurvey(reader.schema)
      try frames.read(reader) { done, _ in progress?((total ?? 0) / 2 + done / 2, total) }
      // The topics have their timing already, by log time.
      frames.write(to: &summary, reader)
    } catch {
      summary.frameError = error.description
    }
    return summary
  }
}
