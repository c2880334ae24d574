/// How recordings are to be merged.
public struct LogMergeOptions: Sendable {
  public var read = LogReadOptions()
  public var write = LogWriteOptions()

  /// Recordings of different channels become one table: the frames of the first one, each with what the others said
  /// last. Without it such recordings only fit into MCAP, where each keeps a topic of its own.
  public var aligns = false

  /// With `aligns`: a value older than this, in nanoseconds, is none.
  public var tolerance: Int64 = 1_000_000_000

  /// How far a recording's frames may be out of order and are still put in order, in nanoseconds.
  public var horizon: Int64 = 1_000_000_000

  public init() {}
}

/// What a merge took.
public struct LogMergeReport: Sendable, Hashable, Codable {
  public struct Input: Sendable, Hashable, Codable {
    public var path: String
    /// Messages of MCAP, else frames.
    public var kept = 0
    /// Frames that came later than the horizon allows, and stand behind later ones.
    public var late = 0
    /// The topic that the frames of a table got.
    public var topic: String?
    public var losses = LogLosses()
    public var notes: [String] = []
    /// The recording has no message or frame at all.
    public var isFrameless = false
  }

  public enum Rule: String, Sendable, Hashable, Codable {
    /// MCAP: every message, by log time.
    case messages
    /// The frames of recordings with the same channels, by time.
    case interleaved
    /// The frames of the first recording, with what the others said last.
    case aligned
  }

  public var output: String
  public var rule: Rule
  public var inputs: [Input] = []
  public var written = 0
  public var attachments = 0
  public var metadata = 0
  public var bytesWritten = 0

  /// Messages or frames that stand behind a later one.
  public var stepsBack = 0
  public var hasLosses: Bool { inputs.contains { !$0.losses.isEmpty } }

  /// The recordings that have no message or frame at all.
  public var frameless: [String] { inputs.filter(\.isFrameless).map(\.path) }
}

/// Merges recordings by time, in memory that does not grow with them.
public enum LogMerger {
  /// MCAP into MCAP keeps every message, attachment and metadata, with schemas and channels renumbered; other recordings
  /// go into MCAP as topics of their own where their channels differ. Recordings of the same channels are interleaved
  /// into any format. Of frames of one time, that of the recording named first goes first.
  ///
  /// - Throws: also where one channel has different units in two recordings: numbers of two units are never put into
  ///   one column.
  public static func merge(
    _ inputs: [String], to output: String, options: LogMergeOptions = LogMergeOptions(),
    progress: ((_ bytesDone: Int, _ bytesTotal: Int?) -> Void)? = nil, isCancelled: @escaping () -> Bool = { false }
  ) throws(LogReadError) -> LogMergeReport {
    for input in inputs where input != "-" && LogRecovery.isSameFile(input, output) {
      throw LogReadError(.invalidOption("a recording is not merged into itself; name another output"), path: output)
    }
    // It is looked at before it is read, so it has to be a file.
    guard let standardInput = inputs.firstIndex(of: "-") else {
      return try merge(files: inputs, to: output, options, progress, isCancelled)
    }
    let file = try StandardInputFile(isCancelled: isCancelled)
    var paths = inputs
    paths[standardInput] = file.path
    var report = try withExtendedLifetime(file) { () throws(LogReadError) -> LogMergeReport in
      do throws(LogReadError) {
        return try merge(files: paths, to: output, options, progress, isCancelled)
      } catch {
        // Whoever asked knows nothing of the file.
        throw error.path == file.path ? error.of("standard input") : error
      }
    }
    report.inputs[standardInput].path = "standard input"
    return report
  }

  private static func merge(
    files inputs: [String], to output: String, _ options: LogMergeOptions, _ progress: ((Int, Int?) -> Void)?,
    _ isCancelled: @escaping () -> Bool
  ) throws(LogReadError) -> LogMergeReport {
    let merge = Merge(inputs: inputs, output: output, options: options, progress: progress, isCancelled: isCancelled)
    let target = options.write.format ?? LogFileName(output).format
    var messages: Set<String> = []
    for input in inputs where try isMCAP(input) { messages.insert(input) }
    if target == .mcap, !options.aligns, !messages.isEmpty {
      try options.read.refuseChoice(
        for: output, because: "every message of an MCAP recording is merged; cut --topics keeps some first")
      return try merge.messages(mcap: messages)
    }
    var readers: [any LogReader] = []
    for input in inputs { readers.append(try SensorLog.open(input, options: options.read)) }
    if options.aligns { return try merge.aligned(readers) }
    let first = readers[0].schema.channels.map(\.name)
    guard let other = readers.first(where: { $0.schema.channels.map(\.name) != first }) else {
      return try merge.interleaved(readers)
    }
    if target == .mcap { return try merge.messages(mcap: []) }
    throw LogReadError(
      .invalidOption(
        "its channels differ from those of '\(readers[0].path)'; merge into .mcap, where each keeps a topic of its own, "
          + "or join them on time by --align"), path: other.path)
  }

  private static func isMCAP(_ path: String) throws(LogReadError) -> Bool {
    if Rosbag2Folder.isFolder(path) { return true }
    guard FileInput.size(of: path) != nil, WFDBReader.headerPath(of: path, options: LogReadOptions()) == nil else {
      return false
    }
    return try SensorLog.isMCAP(ByteStream(FileInput(path: path), options: LogReadOptions()))
  }
}

extension LogReadOptions {
  /// - Throws: where a topic or channels are chosen, which is then said to be of no effect.
  fileprivate func refuseChoice(for output: String, because reason: String) throws(LogReadError) {
    let chosen = [("--topic", topic != nil), ("--label-topic", labelTopic != nil), ("--channels", channels != nil)]
    guard let name = chosen.first(where: \.1)?.0 else { return }
    throw LogReadError(.invalidOption("\(name) chooses what frames are made of; \(reason)"), path: output)
  }
}

private struct Merge {
  let inputs: [String]
  let output: String
  let options: LogMergeOptions
  let progress: ((Int, Int?) -> Void)?
  let isCancelled: () -> Bool

  private static let batchFrames = 4096

  // MARK: Messages

  /// Recordings that are no MCAP are first written to one each, on disk, whose topic is their name.
  func messages(mcap: Set<String>) throws(LogReadError) -> LogMergeReport {
    var report = LogMergeReport(output: output, rule: .messages)
    var paths: [String] = []
    // They go away when they are no longer referred to.
    var staged: [StagedOutput] = []
    var used: Set<String> = []
    for (number, input) in inputs.enumerated() {
      var entry = LogMergeReport.Input(path: input)
      if mcap.contains(input) {
        paths.append(input)
      } else {
        let aside = try StagedOutput(
          OutputTarget.isStream(output) ? "-" : "\(output).\(number).mcap", fallbackName: "\(number).mcap")
        let stem = LogFileSet.recordingName(input)
        var topic = "/\(stem)"
        var next = 2
        while !used.insert(topic).inserted {
          topic = "/\(stem)_\(next)"
          next += 1
        }
        try convert(input, to: aside.stagedPath, topic: topic, &entry)
        entry.topic = topic
        paths.append(aside.stagedPath)
        staged.append(aside)
      }
      report.inputs.append(entry)
    }
    var copy = MCAPCopyOptions()
    copy.read.limits = options.read
    copy.write.compressionLevel = options.write.compressionLevel
    copy.write.chunkBytes = options.write.chunkBytes
    copy.needsMessages = true
    let copied = try withExtendedLifetime(staged) { () throws(LogReadError) in
      try MCAPCopier.copy(
        paths, to: output, options: copy, progress: { [progress] in progress?($0, nil) }, isCancelled: isCancelled)
    }
    for (index, input) in copied.inputs.enumerated() {
      report.inputs[index].kept = input.messages
      report.inputs[index].isFrameless = input.messages == 0
      report.inputs[index].losses.add(contentsOf: input.losses)
      if report.inputs[index].topic == nil { report.inputs[index].notes += input.notes }
    }
    report.written = copied.messages
    report.attachments = copied.attachments
    report.metadata = copied.metadata
    report.bytesWritten = copied.bytesWritten
    report.stepsBack = copied.stepsBack
    return report
  }

  private func convert(
    _ input: String, to path: String, topic: String, _ entry: inout LogMergeReport.Input
  ) throws(LogReadError) {
    let reader = try SensorLog.open(input, options: options.read)
    var frames = try ReorderedFrames(reader, horizon: options.horizon)
    var write = options.write
    write.format = .mcap
    write.topic = topic
    write.labelTopic = "\(topic)/label"
    let writer = try SensorLog.create(path, schema: reader.schema, options: write)
    var batch = FrameBatch(channelCount: reader.schema.channels.count, capacity: Self.batchFrames)
    while frames.time != nil {
      try take(&frames, into: &batch, label: frames.label, segment: frames.segment)
      if batch.count == Self.batchFrames || frames.time == nil {
        if isCancelled() { throw LogReadError(.cancelled, path: input) }
        try writer.write(batch, labelNames: reader.labelNames)
        batch.removeAll()
      }
    }
    try writer.finish()
    entry.late = frames.lateFrames
    entry.losses = reader.losses
    entry.notes = reader.notes.map(\.description)
  }

  private func take(
    _ frames: inout ReorderedFrames, into batch: inout FrameBatch, label: Int32, segment: Int32
  ) throws(LogReadError) {
    batch.times.append(frames.time!)
    frames.append(values: &batch.values)
    batch.labels.append(label)
    batch.segments.append(segment)
    try frames.advance()
  }

  // MARK: Frames

  func interleaved(_ readers: [any LogReader]) throws(LogReadError) -> LogMergeReport {
    var schema = readers[0].schema
    for reader in readers.dropFirst() {
      try Self.unite(&schema.channels, reader.schema.channels, path: reader.path)
      schema.hasLabels = schema.hasLabels || reader.schema.hasLabels
      schema.hasSegments = schema.hasSegments || reader.schema.hasSegments
    }
    var sink = try Sink(self, schema, readers)
    var tracks: [ReorderedFrames] = []
    for reader in readers { tracks.append(try ReorderedFrames(reader, horizon: options.horizon)) }
    var heap = MinimumHeap<Head>()
    for (index, track) in tracks.enumerated() {
      if let time = track.time { heap.insert(Head(time: time, input: index)) }
    }
    while let head = heap.minimum {
      let label = sink.label(of: head.input, tracks[head.input].label)
      sink.begin(head.time, input: head.input)
      try take(&tracks[head.input], into: &sink.batch, label: label, segment: tracks[head.input].segment)
      if let time = tracks[head.input].time {
        heap.replaceMinimum(Head(time: time, input: head.input))
      } else {
        _ = heap.removeMinimum()
      }
      try sink.flushIfFull()
    }
    return try sink.finish(.interleaved, late: tracks.map(\.lateFrames))
  }

  /// The frames of the first recording; of each other one its last frame that is not later.
  func aligned(_ readers: [any LogReader]) throws(LogReadError) -> LogMergeReport {
    var schema = readers[0].schema
    var taken = Set(schema.channels.map(\.name))
    for reader in readers.dropFirst() {
      let stem = LogFileSet.recordingName(reader.path)
      for channel in reader.schema.channels {
        var named = channel
        if taken.contains(named.name) { named.name = "\(stem).\(channel.name)" }
        var number = 2
        while !taken.insert(named.name).inserted {
          named.name = "\(stem)_\(number).\(channel.name)"
          number += 1
        }
        schema.channels.append(named)
      }
      // Labels of the first recording that has any.
      schema.hasLabels = schema.hasLabels || reader.schema.hasLabels
    }
    var sink = try Sink(self, schema, readers)
    let labelled = readers.firstIndex { $0.schema.hasLabels } ?? 0
    var tracks: [ReorderedFrames] = []
    for reader in readers { tracks.append(try ReorderedFrames(reader, horizon: options.horizon)) }
    var held = readers.map { Held(values: Array(repeating: .nan, count: $0.schema.channels.count)) }
    while let time = tracks[0].time {
      for index in tracks.indices.dropFirst() {
        while let other = tracks[index].time, other <= time {
          held[index].take(tracks[index], other)
          try tracks[index].advance()
        }
        held[index].forget(at: time, tolerance: options.tolerance)
      }
      let label = labelled == 0 ? tracks[0].label : held[labelled].label
      sink.begin(time, input: 0)
      try take(
        &tracks[0], into: &sink.batch, label: sink.label(of: labelled, label), segment: tracks[0].segment)
      for entry in held.dropFirst() { sink.batch.values.append(contentsOf: entry.values) }
      try sink.flushIfFull()
    }
    // What stands behind the first recording's end is read, so that its losses are known.
    for index in tracks.indices.dropFirst() {
      while tracks[index].time != nil { try tracks[index].advance() }
    }
    return try sink.finish(.aligned, late: tracks.map(\.lateFrames))
  }

  /// Gives a channel the unit that either recording states.
  private static func unite(_ known: inout [Channel], _ found: [Channel], path: String) throws(LogReadError) {
    for (slot, channel) in found.enumerated() {
      if let unit = known[slot].unit, let other = channel.unit, unit != other {
        throw LogReadError(
          .invalidOption(
            "channel '\(channel.name.shortened(to: 60))' is in '\(other.shortened(to: 20))', in the recordings before in "
              + "'\(unit.shortened(to: 20))'; convert one of them, numbers of two units are not mixed"), path: path)
      }
      known[slot].unit = known[slot].unit ?? channel.unit
    }
  }

  private struct Head: Comparable {
    var time: Int64
    var input: Int
    static func < (a: Head, b: Head) -> Bool { (a.time, a.input) < (b.time, b.input) }
  }

  /// What a recording said last.
  private struct Held {
    var values: [Double]
    var label: Int32 = -1
    private var time = Int64.min

    init(values: [Double]) { self.values = values }

    mutating func take(_ frames: ReorderedFrames, _ time: Int64) {
      self.time = time
      label = frames.label
      for slot in values.indices { values[slot] = frames.value(slot) }
    }

    mutating func forget(at now: Int64, tolerance: Int64) {
      guard time != .min, saturatedDifference(now, time) > tolerance else { return }
      time = .min
      label = -1
      for slot in values.indices { values[slot] = .nan }
    }
  }

  /// Where merged frames go.
  private struct Sink {
    let merge: Merge
    let readers: [any LogReader]
    let writer: any LogWriter
    var batch: FrameBatch
    private var names: [String] = []
    private var places: [[Int32]]
    private var report: LogMergeReport
    private var lastTime = Int64.min

    init(_ merge: Merge, _ schema: LogSchema, _ readers: [any LogReader]) throws(LogReadError) {
      self.merge = merge
      self.readers = readers
      var write = merge.options.write
      if let topic = readers[0].schema.topic { write.topic = topic }
      writer = try SensorLog.create(merge.output, schema: schema, options: write)
      batch = FrameBatch(channelCount: schema.channels.count, capacity: Merge.batchFrames)
      places = readers.map { _ in [] }
      report = LogMergeReport(output: merge.output, rule: .interleaved)
      report.inputs = readers.map { .init(path: $0.path) }
    }

    /// The common index of a recording's label.
    mutating func label(of input: Int, _ index: Int32) -> Int32 {
      guard index >= 0 else { return -1 }
      while places[input].count <= Int(index) {
        let name = readers[input].labelNames[places[input].count]
        if let place = names.firstIndex(of: name) {
          places[input].append(Int32(place))
        } else {
          places[input].append(Int32(names.count))
          names.append(name)
        }
      }
      return places[input][Int(index)]
    }

    mutating func begin(_ time: Int64, input: Int) {
      if time < lastTime { report.stepsBack += 1 }
      lastTime = max(lastTime, time)
      report.inputs[input].kept += 1
      report.written += 1
    }

    mutating func flushIfFull() throws(LogReadError) {
      if batch.count >= Merge.batchFrames { try flush() }
    }

    private mutating func flush() throws(LogReadError) {
      if merge.isCancelled() { throw LogReadError(.cancelled, path: merge.output) }
      try writer.write(batch, labelNames: names)
      batch.removeAll()
      let done = readers.reduce(0) { $0 + $1.counters.bytesRead }
      let total = readers.reduce(Int?(0)) { sum, reader in sum.flatMap { sum in reader.totalBytes.map { sum + $0 } } }
      merge.progress?(done, total)
    }

    mutating func finish(_ rule: LogMergeReport.Rule, late: [Int]) throws(LogReadError) -> LogMergeReport {
      try flush()
      for (index, reader) in readers.enumerated() { report.inputs[index].isFrameless = reader.counters.frames == 0 }
      guard report.inputs.contains(where: { !$0.isFrameless }) else {
        throw LogReadError(.noFrames(firstLoss: readers[0].losses.first.first?.code), path: readers[0].path)
      }
      try writer.finish()
      report.rule = rule
      report.bytesWritten = writer.bytesWritten
      for (index, reader) in readers.enumerated() {
        report.inputs[index].late = late[index]
        report.inputs[index].losses = reader.losses
        report.inputs[index].notes = reader.notes.map(\.description)
        if rule == .aligned, index > 0 { report.inputs[index].kept = reader.counters.frames }
      }
      return report
    }
  }
}
