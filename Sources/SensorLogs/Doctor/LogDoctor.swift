/// Reads all of a recording and tells everything that is wrong with it, in memory that does not grow with it.
public enum LogDoctor {

  /// - Parameters:
  ///   - path: A file, a rosbag2 folder, a WFDB header, or `-`; what can be read only once is first copied to disk.
  ///   - progress: Called now and then with bytes done and, where known, in all, of the reading at hand.
  /// - Throws: where the file cannot be read as any format, or its format's header says nothing usable.
  public static func examine(
    _ path: String, options: LogReadOptions = LogReadOptions(),
    progress: ((_ bytesDone: Int, _ bytesTotal: Int?) -> Void)? = nil, isCancelled: @escaping () -> Bool = { false }
  ) throws(LogReadError) -> LogDiagnosis {
    let examination = Examination(options: options, progress: progress, isCancelled: isCancelled)
    if Rosbag2Folder.isFolder(path) { return try examination.folder(path) }
    if let header = WFDBReader.headerPath(of: path, options: options) {
      try options.refuseTopics(in: .wfdb, path: path)
      return try examination.frames(of: WFDBReader(headerPath: header, options: options), path: path)
    }
    return try examination.file(path)
  }

  /// One look at one recording.
  fileprivate final class Examination {
    let options: LogReadOptions
    let progress: ((Int, Int?) -> Void)?
    let isCancelled: () -> Bool
    var problems = ProblemList()

    init(options: LogReadOptions, progress: ((Int, Int?) -> Void)?, isCancelled: @escaping () -> Bool) {
      self.options = options
      self.progress = progress
      self.isCancelled = isCancelled
    }

    func file(_ path: String) throws(LogReadError) -> LogDiagnosis {
      var input: any ByteInput = try FileInput(path: path)
      if input.totalBytes == nil {
        let shown = input.path
        input = PlacedInput(try TemporaryBytes.copy(input, isCancelled: isCancelled), path: shown)
      }
      let stream = try ByteStream(input, options: options)
      let format = try FormatDetection.format(of: stream, options: options)
      if format == .mcap { return try mcap(stream) }
      switch format {
      case .csv, .tsv, .jsonLines, nil:
        if let again = try stream.reopened(windowLogMaximum: options.zstdWindowLogMaximum) {
          var check = TextCheck()
          try check.run(again, &problems)
        }
      default: break
      }
      let reader = try SensorLog.open(stream, options: options)
      try options.refuseTopics(in: reader.format, path: stream.path)
      return try frames(of: reader, path: stream.path, compressed: stream)
    }

    // MARK: Frames

    func frames(
      of reader: any LogReader, path: String, compressed: ByteStream? = nil
    ) throws(LogReadError) -> LogDiagnosis {
      var diagnosis = LogDiagnosis(path: path, format: reader.format, compression: reader.compression)
      try watch(reader)
      let isText = reader.format == .csv || reader.format == .tsv || reader.format == .jsonLines
      problems.add(reader.losses, isText: isText)
      for note in reader.notes { add(note) }
      if let facts = compressed?.frames { facts.report(reader.compression, &problems) }
      diagnosis.frames = reader.counters.frames
      diagnosis.storedBytes = reader.counters.bytesRead
      if reader.counters.unknownFields > 0 {
        problems.add(
          .warning, "unknownFields", count: reader.counters.unknownFields,
          "\(reader.counters.unknownFields) values are of fields that the first line does not have",
          advice: "name the channels by --channels to have them")
      }
      diagnosis.take(problems)
      return diagnosis
    }

    /// Reads all frames.
    @discardableResult
    private func watch(_ reader: any LogReader) throws(LogReadError) -> Int {
      var check = StreamCheck(reader.schema)
      let batchFrames = FrameBatch.frames(ofChannels: reader.schema.channels.count)
      var batch = FrameBatch(channelCount: reader.schema.channels.count, capacity: batchFrames)
      while try reader.read(into: &batch, maximumFrames: batchFrames) {
        if isCancelled() { throw LogReadError(.cancelled, path: reader.path) }
        check.add(batch, &problems)
        progress?(reader.counters.bytesRead, reader.totalBytes)
      }
      check.finish(&problems)
      if check.frames == 0 {
        problems.add(
          .warning, "noFrames", "the recording holds no frames", advice: "look whether the recorder was started")
      }
      return check.frames
    }

    private func add(_ note: LogNote) {
      let severity: LogProblem.Severity = note.code == .signatureNotVerified ? .warning : .note
      problems.add(severity, note.code.rawValue, note.description)
    }

    // MARK: MCAP

    private func mcap(_ stream: ByteStream) throws(LogReadError) -> LogDiagnosis {
      var diagnosis = LogDiagnosis(path: stream.path, format: .mcap, compression: stream.compression)
      let file: any RandomAccessInput
      if !stream.isCompressed,
        let plain = try RandomAccessFile(path: stream.path == "standard input" ? "-" : stream.path)
      {
        file = plain
        diagnosis.storedBytes = plain.size
      } else {
        file = try TemporaryBytes.copy(stream, isCancelled: isCancelled)
        diagnosis.storedBytes = stream.bytesRead
        if let damage = stream.damage {
          problems.add(
            damage.code.severity, damage.code.rawValue, at: damage.byteOffset, count: damage.count, damage.finding,
            advice: damage.code.advice)
        }
        stream.frames?.report(stream.compression, &problems)
      }
      let counts = try mcap(file, path: stream.path)
      (diagnosis.messages, diagnosis.frames) = (counts.messages, counts.frames)
      diagnosis.take(problems)
      return diagnosis
    }

    func mcap(_ file: any RandomAccessInput, path: String) throws(LogReadError) -> (messages: Int, frames: Int) {
      let check = MCAPCheck(
        file, options: options, problems: problems, progress: { [progress] in progress?($0, $1) },
        isCancelled: isCancelled)
      do {
        try check.run()
      } catch {
        throw LogReadError(error.code, path: path, byteOffset: error.byteOffset)
      }
      problems = check.problems
      return (Int(clamping: check.met.messages), try framesOfMessages(file, path: path))
    }

    /// The stream that the frames make; what is wrong with records and messages has been told.
    private func framesOfMessages(_ file: any RandomAccessInput, path: String) throws(LogReadError) -> Int {
      let reader: any LogReader
      do {
        let stream = try ByteStream(PlacedInput(file, path: path), options: options)
        reader = try MCAPFrameReader(stream, options: options)
      } catch {
        // Whoever names a topic or channels wants to hear that they are not there.
        if options.topic != nil || options.labelTopic != nil || options.channels != nil { throw error }
        problems.add(
          .note, "noFrameTopic", "no frames come of it: \(error.description)",
          advice: "its messages can still be printed and copied")
        return 0
      }
      let frames = try watch(reader)
      problems.add(reader.losses, isText: false) { code in
        [.layoutChanged, .tooManyLabels, .labelTooLong, .lateLabel].contains(code)
      }
      return frames
    }
  }
}

extension LogDoctor.Examination {
  /// A rosbag2 recording: each file, and whether its list tells the truth.
  func folder(_ path: String) throws(LogReadError) -> LogDiagnosis {
    let folder = try Rosbag2Folder(path)
    var diagnosis = LogDiagnosis(path: path, format: .mcap)
    for note in folder.notes {
      problems.add(
        .error, "folderMetadata", note,
        advice: "copy the whole folder again; 'ros2 bag reindex' writes metadata.yaml anew")
    }
    problems.add(folder.losses, isText: false)
    var messages = 0
    for file in folder.files {
      problems.file = file.hasPrefix(path + "/") ? String(file.dropFirst(path.count + 1)) : file
      let stream = try ByteStream(FileInput(path: file), options: options)
      if stream.isCompressed { diagnosis.compression = stream.compression }
      let opened: (any RandomAccessInput)? = stream.isCompressed ? nil : try RandomAccessFile(path: file)
      let bytes: any RandomAccessInput
      if let opened { bytes = opened } else { bytes = try TemporaryBytes.copy(stream, isCancelled: isCancelled) }
      if let damage = stream.damage {
        problems.add(
          damage.code.severity, damage.code.rawValue, at: damage.byteOffset, count: damage.count, damage.finding,
          advice: damage.code.advice)
      }
      let counts = try mcap(bytes, path: file)
      messages += counts.messages
      diagnosis.frames += counts.frames
      diagnosis.storedBytes += FileInput.size(of: file) ?? 0
    }
    problems.file = nil
    if let stated = folder.messageCount, stated != messages {
      problems.add(
        .error, "messageCountDiffers", count: abs(stated - messages),
        "metadata.yaml counts \(stated) messages, the files hold \(messages)",
        advice: "'ros2 bag reindex' writes metadata.yaml anew")
    }
    diagnosis.messages = messages
    diagnosis.take(problems)
    return diagnosis
  }
}
