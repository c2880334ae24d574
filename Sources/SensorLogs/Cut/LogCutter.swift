/// What is to be cut out of a recording, and how.
public struct LogCutOptions: Sendable {
  public var range = LogRange()
  public var read = LogReadOptions()
  public var write = LogWriteOptions()

  /// MCAP: the topics to keep; nil keeps all.
  public var topics: [String]?

  /// MCAP: whether each topic's last message before the start is kept too, with its own time.
  public var keepsLatched = false

  /// MCAP: whether attachments from outside the part are kept too.
  public var keepsAllAttachments = false

  public init() {}
}

/// What a cut took.
public struct LogCutReport: Sendable, Hashable, Codable {
  public var input: String
  public var output: String
  public var format: LogFormat
  public var outputFormat: LogFormat

  /// Messages of MCAP, else rows or frames.
  public var kept = 0

  /// Of these, messages from before the start that hold where it begins.
  public var latched = 0
  public var attachments = 0
  public var metadata = 0

  /// The part in the recording's own time, in nanoseconds; nil where it has no limit.
  public var from: Int64?
  public var to: Int64?
  public var bytesRead = 0
  public var bytesWritten = 0
  public var losses = LogLosses()
  public var notes: [String] = []
}

/// Takes a part out of a recording, by time.
public enum LogCutter {
  /// Tables and JSON Lines keep their rows as they stand, MCAP its messages, with the metadata and the attachments of
  /// the part; labels move along, also where a label event stands before the start. The index of an MCAP file is used to
  /// read only the chunks that are needed. Other formats, and another format by the output's name, go by way of frames.
  ///
  /// Behind a frame that is more than a second later than the part's end none of the part is looked for.
  ///
  /// - Parameters:
  ///   - output: A file, which appears when it is complete, or `-`.
  /// - Throws: also where the recording has no frame at all, and where options are about messages and frames are cut;
  ///   then nothing is written.
  public static func cut(
    _ input: String, to output: String, options: LogCutOptions,
    progress: ((_ bytesDone: Int, _ bytesTotal: Int?) -> Void)? = nil, isCancelled: @escaping () -> Bool = { false }
  ) throws(LogReadError) -> LogCutReport {
    guard input == "-" || !LogRecovery.isSameFile(input, output) else {
      throw LogReadError(.invalidOption("a recording is not cut into itself; name another output"), path: output)
    }
    let cut = Cut(input: input, output: output, options: options, progress: progress, isCancelled: isCancelled)
    if Rosbag2Folder.isFolder(input) { return try cut.folder() }
    if let header = WFDBReader.headerPath(of: input, options: options.read) {
      return try cut.frames(WFDBReader(headerPath: header, options: options.read))
    }
    let stream = try ByteStream(FileInput(path: input), options: options.read)
    if try FormatDetection.format(of: stream, options: options.read) == .mcap {
      let target = options.write.format ?? LogFileName(output).format ?? .mcap
      if target == .mcap {
        guard input == "-" else { return try cut.messages() }
        let file = try StandardInputFile(stream, isCancelled: isCancelled)
        let staged = Cut(
          input: file.path, output: output, options: options, progress: progress, isCancelled: isCancelled)
        var report = try withExtendedLifetime(file) { () throws(LogReadError) -> LogCutReport in
          do throws(LogReadError) {
            return try staged.messages()
          } catch {
            // Whoever asked knows nothing of the file.
            throw error.path == file.path ? error.of(stream.path) : error
          }
        }
        report.input = stream.path
        if let damage = file.damage { report.losses.add(damage) }
        return report
      }
    }
    return try cut.rowsOrFrames(SensorLog.open(stream, options: options.read))
  }
}

private struct Cut {
  let input: String
  let output: String
  let options: LogCutOptions
  let progress: ((Int, Int?) -> Void)?
  let isCancelled: () -> Bool

  private func refuseMessageOptions(_ reader: any LogReader) throws(LogReadError) {
    let given = [
      ("--topics", options.topics != nil), ("--latched", options.keepsLatched),
      ("--all-attachments", options.keepsAllAttachments),
    ].filter(\.1).map(\.0)
    guard let first = given.first else { return }
    let why =
      reader.format == .mcap
      ? "this cut goes by way of frames, as into other formats"
      : "\(reader.format.rawValue) recordings have none"
    throw LogReadError(
      .invalidOption("\(first) is about the messages of MCAP files cut into MCAP files, and \(why); leave it out"),
      path: reader.path)
  }

  private func noFrames(_ reader: any LogReader) -> LogReadError {
    LogReadError(.noFrames(firstLoss: reader.losses.first.first?.code), path: reader.path)
  }

  func rowsOrFrames(_ reader: any LogReader) throws(LogReadError) -> LogCutReport {
    try refuseMessageOptions(reader)
    let target = options.write.format ?? LogFileName(output).format ?? reader.format
    guard let rows = reader as? any RowReader, target == reader.format else { return try frames(reader) }
    return try cut(rows)
  }

  private func compression(_ reader: any LogReader) -> LogCompression {
    let name = LogFileName(output)
    return options.write.compression ?? (name.format == nil && output != "-" ? reader.compression : name.compression)
  }

  // MARK: Rows

  private func cut(_ reader: any RowReader) throws(LogReadError) -> LogCutReport {
    var report = LogCutReport(input: reader.path, output: output, format: reader.format, outputFormat: reader.format)
    let out = try CompressedOutput(
      path: output, compression: compression(reader), level: options.write.compressionLevel)
    if reader.format != .jsonLines { out.text.append(contentsOf: reader.lastRow) }
    var batch = FrameBatch(channelCount: reader.schema.channels.count, capacity: 1)
    var times: LogTimes?
    var count = 0
    while try reader.read(into: &batch, maximumFrames: 1) {
      let part = times ?? options.range.times(first: batch.times[0])
      times = part
      count += 1
      if count % 4096 == 0 {
        if isCancelled() { throw LogReadError(.cancelled, path: reader.path) }
        progress?(reader.counters.bytesRead, reader.totalBytes)
      }
      if part.contains(batch.times[0]) {
        // A file without a line break at its end may have given the row before.
        if let last = out.text.last, last != UInt8(ascii: "\n") { out.text.append(UInt8(ascii: "\n")) }
        out.text.append(contentsOf: reader.lastRow)
        try out.flushIfFull()
        report.kept += 1
      } else if part.isOver(at: batch.times[0]) {
        break
      }
    }
    if count == 0 { throw noFrames(reader) }
    try out.finish()
    finish(&report, reader, times)
    report.bytesWritten = out.bytesWritten
    return report
  }

  private func finish(_ report: inout LogCutReport, _ reader: any LogReader, _ times: LogTimes?) {
    (report.from, report.to) = (times?.from, times?.to)
    report.losses = reader.losses
    report.bytesRead = reader.counters.bytesRead
    report.notes += reader.notes.map(\.description)
  }

  // MARK: Frames

  func frames(_ base: any LogReader) throws(LogReadError) -> LogCutReport {
    try refuseMessageOptions(base)
    let reader = RangedReader(base, options.range)
    var write = options.write
    write.format = write.format ?? LogFileName(output).format ?? base.format
    let isPlain = (write.format ?? base.format).reasonAgainstCompression != nil
    // What is asked for and cannot be had is refused; the recording's own compression is left away.
    write.compression = isPlain ? options.write.compression : compression(base)
    if write.format == .raw { write.rawLayout = write.rawLayout ?? options.read.rawLayout }
    if let topic = base.schema.topic { write.topic = topic }
    var report = LogCutReport(
      input: base.path, output: output, format: base.format, outputFormat: write.format ?? base.format)
    let writer = try SensorLog.create(output, schema: base.schema, options: write)
    let batchFrames = FrameBatch.frames(ofChannels: base.schema.channels.count)
    var batch = FrameBatch(channelCount: base.schema.channels.count, capacity: batchFrames)
    while try reader.read(into: &batch, maximumFrames: batchFrames) {
      if isCancelled() { throw LogReadError(.cancelled, path: base.path) }
      try writer.write(batch, labelNames: reader.labelNames)
      progress?(reader.counters.bytesRead, reader.totalBytes)
    }
    if base.counters.frames == 0 { throw noFrames(base) }
    try writer.finish()
    report.kept = reader.counters.frames
    finish(&report, base, reader.times)
    report.bytesWritten = writer.bytesWritten
    return report
  }

  // MARK: Messages

  func folder() throws(LogReadError) -> LogCutReport {
    let target = options.write.format ?? LogFileName(output).format ?? .mcap
    return try target == .mcap ? messages() : frames(SensorLog.open(input, options: options.read))
  }

  func messages() throws(LogReadError) -> LogCutReport {
    let file = Rosbag2Folder.isFolder(input) ? nil : try RandomAccessFile(path: input)
    guard let first = try firstTime(file) else {
      throw LogReadError(.noFrames(firstLoss: nil), path: input)
    }
    let times = options.range.times(first: first)
    var copy = MCAPCopyOptions()
    copy.read.limits = options.read
    copy.read.selection.startTime = UInt64(clamping: times.from ?? 0)
    copy.read.selection.endTime = times.to.map { UInt64(clamping: $0) }
    if let topics = options.topics.map({ Set($0) }) { copy.read.selection.topic = { topics.contains($0) } }
    copy.write.compressionLevel = options.write.compressionLevel
    copy.write.chunkBytes = options.write.chunkBytes
    if let file { copy.write.compression = try RecoveryInput.compression(of: file) }
    if !options.keepsAllAttachments, !options.range.isEverything {
      // An attachment without a time belongs to all of the recording.
      copy.keepsAttachment = { $0.logTime == 0 || times.contains(Int64(clamping: $0.logTime)) }
    }
    if let from = times.from, from > 0 { copy.latched = try latched(before: UInt64(from), copy.read.selection.topic) }
    // Of a part, how much of the file has to be read is not known before.
    let total = options.range.isEverything ? file?.size : nil
    let copied = try MCAPCopier.copy(
      [input], to: output, options: copy, progress: { [progress] in progress?($0, total) }, isCancelled: isCancelled)
    var report = LogCutReport(input: input, output: output, format: .mcap, outputFormat: .mcap)
    report.kept = copied.messages
    report.latched = copy.latched.count
    report.attachments = copied.attachments
    report.metadata = copied.metadata
    (report.from, report.to) = (times.from, times.to)
    report.bytesWritten = copied.bytesWritten
    report.bytesRead = copied.inputs[0].counters.bytesRead
    report.losses = copied.inputs[0].losses
    report.notes = copied.inputs[0].notes
    if copied.attachmentsLeftOut > 0 {
      report.notes.append("\(copied.attachmentsLeftOut) attachments from outside the part were left out")
    }
    return report
  }

  /// Label events hold until the next, so the last one before the start is always taken.
  private func latched(
    before time: UInt64, _ selection: ((String) -> Bool)?
  ) throws(LogReadError) -> [LatchedMessage] {
    let all = options.keepsLatched
    let labels = options.read.labelTopic ?? "/label"
    let find = LatchedMessages(limits: options.read, takesLabels: selection == nil) { topic in
      (selection?(topic) ?? true) && (all || topic == labels || topic == options.write.labelTopic)
    }
    return try find.find(input, before: time)
  }

  /// The earliest log time by the index, else that of the first message; nil where there is none.
  private func firstTime(_ file: RandomAccessFile?) throws(LogReadError) -> Int64? {
    if let file, case .success(let index) = try MCAPIndex.load(file, limits: MCAPLimits(options.read)) {
      if let statistics = index.statistics, statistics.messageCount > 0 { return Int64(clamping: statistics.startTime) }
      if let first = index.chunks.map(\.startTime).min() { return Int64(clamping: first) }
    }
    var read = MCAPReadOptions()
    read.limits = options.read
    let reader = try MCAPReader(input, options: read)
    while let element = try reader.next() {
      if case .message(let message) = element { return Int64(clamping: message.logTime) }
    }
    return nil
  }
}
