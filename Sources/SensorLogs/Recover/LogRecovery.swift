/// Keeps the good part of a damaged recording of any format.
public enum LogRecovery {
  /// Writes what can be read, reads that again, and only then gives it its name.
  ///
  /// The output's format and compression are those of its name, and where that tells neither, those of the recording.
  /// Text keeps its good rows as they stand, EDF, BDF, SDS and raw recordings their whole records; MCAP is recovered
  /// record by record, see ``MCAPRecovery``.
  ///
  /// - Parameters:
  ///   - input: A file, a WFDB header, or `-`.
  ///   - output: A file, or `-` for standard output.
  /// - Throws: where nothing could be kept, or what was written does not hold it.
  public static func recover(
    _ input: String, to output: String, options: LogRecoveryOptions = LogRecoveryOptions(),
    progress: ((_ bytesDone: Int, _ bytesTotal: Int?) -> Void)? = nil, isCancelled: @escaping () -> Bool = { false }
  ) throws(LogReadError) -> LogRecoveryReport {
    guard !Rosbag2Folder.isFolder(input) else {
      throw LogReadError(
        .invalidOption("a folder is recovered file by file; name one of its MCAP files"), path: input)
    }
    guard input == "-" || !isSameFile(input, output) else {
      throw LogReadError(.invalidOption("a recording is not recovered into itself; name another output"), path: output)
    }
    let run = Run(input: input, output: output, options: options, progress: progress, isCancelled: isCancelled)
    do {
      return try recover(run)
    } catch {
      // Whoever asked knows nothing of the place where the output waits.
      throw StagedOutput.isStaged(error.path, for: output) ? error.of(output) : error
    }
  }

  private static func recover(_ run: Run) throws(LogReadError) -> LogRecoveryReport {
    let (input, options) = (run.input, run.options)
    if let header = WFDBReader.headerPath(of: input, options: options.read) {
      return try run.frames(.wfdb) { () throws(LogReadError) in
        try WFDBReader(headerPath: header, options: options.read)
      }
    }
    return try run.file()
  }

  private struct Run {
    let input: String
    let output: String
    let options: LogRecoveryOptions
    let progress: ((Int, Int?) -> Void)?
    let isCancelled: () -> Bool

    func file() throws(LogReadError) -> LogRecoveryReport {
      let opened = try FileInput(path: input)
      let file: any RandomAccessInput
      if opened.totalBytes != nil, let plain = try RandomAccessFile(path: input) {
        file = plain
      } else {
        file = try TemporaryBytes.copy(opened, isCancelled: isCancelled)
      }
      let path = opened.path
      func again() throws(LogReadError) -> ByteStream {
        try ByteStream(PlacedInput(file, path: path), options: options.read)
      }
      let stream = try again()
      var format = try FormatDetection.format(of: stream, options: options.read)
      if format == nil || format == .csv || format == .tsv {
        // The heading tells which.
        format = try SensorLog.open(again(), options: options.read).format
      }
      let found = format ?? .csv
      let name = LogFileName(output)
      let target = options.write.format ?? name.format ?? found
      let compression = options.write.compression ?? (name.format == nil ? stream.compression : name.compression)
      guard target == found, target != .edgeImpulse else {
        return try frames(found) { () throws(LogReadError) in try SensorLog.open(again(), options: options.read) }
      }
      let staged = try StagedOutput(output, fallbackName: "recovered" + Self.ending(found, compression))
      var report = LogRecoveryReport(input: path, output: output, format: found, outputFormat: target)
      switch found {
      case .mcap: try mcap(file, stream, staged, &report)
      case .csv, .tsv, .jsonLines:
        let rows = RowRecovery(options: options, progress: progress, isCancelled: isCancelled)
        let digest = try rows.run(stream, file: file, to: staged.stagedPath, compression: compression, &report)
        report.kept = digest.frames
        guard try Self.digest(of: reread(staged.stagedPath, found)) == digest else { throw unverified() }
      default:
        try prefix(found, compression, staged, again, &report)
      }
      guard report.kept > 0 || report.isComplete else { throw nothingKept(report) }
      return try settle(staged, &report)
    }

    private static func ending(_ format: LogFormat, _ compression: LogCompression) -> String {
      "." + (format == .raw ? "bin" : format.rawValue) + compression.fileSuffix
    }

    // MARK: By format

    private func mcap(
      _ file: any RandomAccessInput, _ stream: ByteStream, _ staged: StagedOutput, _ report: inout LogRecoveryReport
    ) throws(LogReadError) {
      var recovery = MCAPRecoveryOptions()
      recovery.limits = options.read
      recovery.write.compressionLevel = options.write.compressionLevel
      recovery.write.chunkBytes = options.write.chunkBytes
      var bytes = file
      var damage: LogLoss?
      if stream.isCompressed {
        bytes = try TemporaryBytes.copy(stream, isCancelled: isCancelled)
        damage = stream.damage
      }
      recovery.write.compression = try RecoveryInput.compression(of: bytes)
      let cancelled = isCancelled
      let details = try MCAPRecovery.recover(
        bytes, to: staged.stagedPath, options: recovery, notes: damage.map { ["as a whole: \($0)"] } ?? [],
        progress: { [progress] in progress?($0, $1) }, isCancelled: cancelled)
      var mcap = details
      (mcap.input, mcap.output) = (report.input, output)
      report.mcap = mcap
      report.notes = mcap.notes
      report.kept = mcap.messages
      report.lost = mcap.messagesLost
      if let damage { report.losses.add(damage) }
      for range in mcap.lost {
        report.losses.add(LogLoss(range.reason, byteOffset: range.start, detail: Self.detail(range)))
      }
      report.bytesRead = file.size
      if mcap.messages + mcap.attachments + mcap.metadata == 0 { report.kept = 0 }
      report.isVerified = true
    }

    private static func detail(_ range: MCAPRecoveryReport.LostRange) -> String {
      "\(range.end - range.start) bytes" + (range.detail.isEmpty ? "" : ", \(range.detail)")
    }

    private func prefix(
      _ format: LogFormat, _ compression: LogCompression, _ staged: StagedOutput,
      _ again: () throws(LogReadError) -> ByteStream, _ report: inout LogRecoveryReport
    ) throws(LogReadError) {
      let recovery = PrefixRecovery(options: options, isCancelled: isCancelled)
      try recovery.run(
        format, to: staged.stagedPath, compression: compression, input: input, originalOutput: output, again: again,
        &report)
      let original = try SensorLog.open(again(), options: options.read)
      let written = try Self.digest(of: reread(staged.stagedPath, format))
      // What is written is a beginning of what can be read, and of that all whole records.
      let digest = try Self.digest(of: original, first: written.frames)
      guard digest == written else { throw unverified() }
      report.losses = original.losses
      report.kept = written.frames
      report.lost = original.counters.lostRows + max(0, original.counters.frames - written.frames)
    }

    /// By way of frames, for another format or one that has to be written anew.
    func frames(
      _ format: LogFormat, _ open: () throws(LogReadError) -> any LogReader
    ) throws(LogReadError) -> LogRecoveryReport {
      let reader = try open()
      var recovery = FrameRecovery(options: options, progress: progress, isCancelled: isCancelled)
      let name = LogFileName(output)
      var write = options.write
      write.format = write.format ?? name.format ?? format
      if name.format == nil, (write.format ?? format).reasonAgainstCompression == nil {
        write.compression = write.compression ?? reader.compression
      }
      if write.format == .raw { write.rawLayout = write.rawLayout ?? options.read.rawLayout }
      if let rate = reader.schema.topic, format == .mcap { write.topic = rate }
      var changed = options
      changed.write = write
      recovery = FrameRecovery(options: changed, progress: progress, isCancelled: isCancelled)
      let target = write.format ?? format
      let staged = try StagedOutput(
        output, fallbackName: "recovered" + Self.ending(target, write.compression ?? name.compression))
      var report = LogRecoveryReport(input: reader.path, output: output, format: format, outputFormat: target)
      let given = try recovery.run(reader, to: staged.stagedPath, &report)
      report.kept = given.digest.frames
      guard report.kept > 0 || report.isComplete else { throw nothingKept(report) }
      if report.kept > 0 {
        let written = try reread(staged.stagedPath, target)
        if try Self.digest(of: written) != given.digest {
          guard
            let part = try recovery.difference(open(), reread(staged.stagedPath, target), given.ranges)
          else { throw unverified() }
          if part > 0 {
            report.notes.append(
              "values are rounded to what \(target.rawValue) holds, by at most \(LogSummary.rounded(part * 1e6, 1)) "
                + "millionths of their channel's range")
          }
        }
      }
      return try settle(staged, &report)
    }

    // MARK: Proof

    private static func labelInName(_ path: String, _ format: LogFormat) -> String {
      switch format {
      case .sds: SDSFileName(CompanionFiles(beside: path).mainName)?.frameLabel ?? ""
      case .edgeImpulse: EdgeImpulseReader.prefix(ofFileAt: path) ?? ""
      default: ""
      }
    }

    private func reread(_ path: String, _ format: LogFormat) throws(LogReadError) -> any LogReader {
      var read = options.read
      read.format = format == .wfdb ? nil : format
      read.sdsMetadataPath = nil
      if format != .raw { read.rawLayout = nil }
      // Where the name says the label, the output's name may say another one.
      if format == .sds || format == .edgeImpulse { read.fileLabel = read.fileLabel ?? Self.labelInName(input, format) }
      return try SensorLog.open(path, options: read)
    }

    /// All frames of a reader, or the first ones; the others are read past.
    private static func digest(of reader: any LogReader, first: Int = .max) throws(LogReadError) -> FrameDigest {
      var digest = FrameDigest()
      var batch = FrameBatch()
      while try reader.read(into: &batch, maximumFrames: min(4096, max(1, first - digest.frames))) {
        if digest.frames < first { digest.add(batch, labelNames: reader.labelNames) }
      }
      return digest
    }

    private func settle(_ staged: StagedOutput, _ report: inout LogRecoveryReport) throws(LogReadError)
      -> LogRecoveryReport
    {
      if isCancelled() { throw LogReadError(.cancelled, path: input) }
      if output != "-", report.outputFormat == report.format {
        let (old, new) = (Self.labelInName(input, report.format), Self.labelInName(output, report.format))
        if old != new, options.read.fileLabel == nil {
          report.notes.append("the name of the recording says the label '\(old)', that of the output '\(new)'")
        }
      }
      report.bytesWritten = FileInput.size(of: staged.stagedPath) ?? 0
      report.isVerified = true
      try staged.settle()
      return report
    }

    private func unverified() -> LogReadError {
      LogReadError(
        .cannotWrite(reason: "what was written does not read back as what was kept; nothing was left behind"),
        path: output)
    }

    private func nothingKept(_ report: LogRecoveryReport) -> LogReadError {
      LogReadError(.damaged(report.losses.first.first?.code ?? .truncated), path: report.input)
    }
  }

  package static func isSameFile(_ first: String, _ second: String) -> Bool {
    guard second != "-", let one = FileIdentity(first), let other = FileIdentity(second) else { return first == second }
    return one == other
  }
}

extension LogReadError {
  /// The same about another path.
  func of(_ path: String) -> LogReadError { LogReadError(code, path: path, byteOffset: byteOffset) }
}
