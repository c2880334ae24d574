/// How a damaged file is to be recovered.
public struct MCAPRecoveryOptions {
  public var limits = LogReadOptions()

  /// Parts and checksums are always all written, because they are what the result is verified by.
  public var write = MCAPWriteOptions()

  public init() {}
}

/// What a recovery kept and what it lost.
public struct MCAPRecoveryReport: Sendable, Hashable, Codable {
  /// Bytes of the input that nothing could be made of.
  public struct LostRange: Sendable, Hashable, Codable {
    public var start: Int
    /// Behind the last lost byte.
    public var end: Int
    public var reason: LogLoss.Code
    public var detail: String
  }

  public var input: String
  public var output: String
  public var inputBytes = 0
  public var bytesWritten = 0

  public var messages = 0

  /// Of these, messages that no checksum vouches for: outside of chunks, from chunks without one, from a chunk that the
  /// file's end cuts.
  public var messagesUnverified = 0

  /// Messages known to be lost, by the input's statistics, by the message index of a lost chunk or because their channel
  /// is not declared. Where the statistics are lost, there may be more.
  public var messagesLost = 0

  /// What the input's own statistics say; nil where they are lost.
  public var messagesStated: UInt64?
  public var chunks = 0
  public var chunksLost = 0
  public var attachments = 0
  public var attachmentsLost = 0
  public var metadata = 0

  /// The first lost ranges, in the order of the file; ``bytesLost`` counts them all.
  public var lost: [LostRange] = []
  public var bytesLost = 0

  /// Whether the input has its end of data, its footer and its closing magic.
  public var isClosed = false

  /// nil where the input states no checksum of its data section, or where bytes of it are lost anyway.
  public var dataChecksumMatches: Bool?

  /// What else a user should know.
  public var notes: [String] = []

  /// Whether everything that the input ever held has been kept.
  public var isComplete: Bool {
    bytesLost == 0 && messagesLost == 0 && attachmentsLost == 0 && chunksLost == 0 && isClosed
      && dataChecksumMatches != false && (messagesStated.map { $0 == UInt64(messages) } ?? true)
  }
}

/// Makes a complete, indexed MCAP file of what can be read of a damaged one.
public enum MCAPRecovery {
  /// Recovers a file.
  ///
  /// Damage is passed over where the next record can be told for certain: a chunk or attachment that matches its
  /// checksum, a chunk without one whose records fill it exactly, or a chain of records. The output is read again, and
  /// appears under its name only when it holds exactly the messages that were kept.
  ///
  /// - Parameters:
  ///   - input: A file, or `-`; what is no plain file is first copied to a temporary one, and decompressed if it is zstd.
  ///   - progress: Called now and then with bytes done and in all.
  /// - Throws: where nothing at all could be kept, or the output cannot be written or verified.
  public static func recover(
    _ input: String, to output: String, options: MCAPRecoveryOptions = MCAPRecoveryOptions(),
    progress: ((_ bytesDone: Int, _ bytesTotal: Int) -> Void)? = nil
  ) throws(LogReadError) -> MCAPRecoveryReport {
    let source = try RecoveryInput.open(input, limits: options.limits)
    return try recover(source.file, to: output, options: options, notes: source.notes, progress: progress)
  }

  static func recover(
    _ file: any RandomAccessInput, to output: String, options: MCAPRecoveryOptions = MCAPRecoveryOptions(),
    notes: [String] = [], progress: ((_ bytesDone: Int, _ bytesTotal: Int) -> Void)? = nil,
    isCancelled: @escaping () -> Bool = { false }
  ) throws(LogReadError) -> MCAPRecoveryReport {
    var write = options.write
    write.parts = .all
    write.chunkBytes = write.chunkBytes ?? 1 << 20
    let limits = MCAPLimits(options.limits)
    let summary = try? MCAPIndex.loadSummary(file, limits: limits).get()
    if write.profile.isEmpty { write.profile = try RecoveryInput.profile(of: file, limits) }
    guard !OutputTarget.isStream(output) else {
      throw LogReadError(
        .invalidOption("what is written is read again to verify it, so it needs a file; name one"), path: output)
    }
    var out = try OutputFile(path: output)
    var sink = RecoverySink(try MCAPWriter(out, options: write), fallback: summary?.index.topics ?? MCAPTopics())
    func walk(_ sink: RecoverySink) throws(LogReadError) -> RecoveryScan {
      let scan = RecoveryScan(
        RandomAccessCache(file), limits: limits, sink: sink, progress: progress, isCancelled: isCancelled)
      try scan.run()
      return scan
    }
    var scan = try walk(sink)
    if sink.unknownChannelMessages > 0 {
      // What is declared behind its first message is known by now.
      out = try OutputFile(path: output)
      sink = RecoverySink(try MCAPWriter(out, options: write), learnedFrom: sink)
      scan = try walk(sink)
    }
    var report = MCAPRecoveryReport(input: file.path, output: output)
    report.inputBytes = file.size
    report.notes = notes + scan.notes
    report.messagesStated = summary?.index.statistics?.messageCount
    scan.fill(&report)
    sink.fill(&report)
    guard report.messages + report.attachments + report.metadata > 0 || report.isComplete else {
      throw LogReadError(.damaged(report.lost.first?.reason ?? .missingEnd), path: file.path)
    }
    try sink.writer.end()
    try verify(try out.settle(), sink, limits: options.limits, output: output)
    try out.finish()
    report.bytesWritten = sink.writer.bytesWritten
    return report
  }

  /// Reads what was written, from its beginning and by its index.
  private static func verify(
    _ path: String, _ sink: RecoverySink, limits: LogReadOptions, output: String
  ) throws(LogReadError) {
    func refusal(_ what: String) -> LogReadError {
      LogReadError(.cannotWrite(reason: "what was written could not be read back: \(what)"), path: output)
    }
    let records = MCAPRecordStream(
      try ByteStream(FileInput(path: path), windowLogMaximum: limits.zstdWindowLogMaximum), options: limits)
    var digest = MessageDigest()
    while let event = try records.next() {
      if case .message(let message) = event { digest.add(message, records.payload) }
    }
    if let loss = records.losses.first.first { throw refusal(loss.description) }
    guard digest == sink.digest else {
      throw refusal("\(digest.count) messages instead of \(sink.digest.count), or other ones")
    }
    guard records.checksums.dataSectionMatches == true, records.checksums.summaryMatches == true else {
      throw refusal("its checksums do not match")
    }
    guard let file = try RandomAccessFile(path: path) else { throw refusal("it is no file") }
    var indexLimits = MCAPLimits(limits)
    indexLimits.summaryBytes = .max
    if case .failure(let problem) = try MCAPIndex.load(file, limits: indexLimits) { throw refusal(problem.reason) }
  }
}

/// Tells two sequences of messages apart without keeping them.
struct MessageDigest: Equatable {
  private(set) var count = 0
  private var checksum = Checksum()

  mutating func add(_ message: MCAPMessage, _ payload: UnsafeRawBufferPointer) {
    count += 1
    withUnsafeBytes(
      of: (UInt64(message.channelID), UInt64(message.sequence), message.logTime, message.publishTime)
    ) { checksum.add($0) }
    checksum.add(payload)
  }
}
