/// What to convert, and to what.
public struct LogConversionOptions: Sendable, Hashable {
  public var read = LogReadOptions()
  public var write = LogWriteOptions()

  /// Names for labels that are whole numbers: label `0` becomes the first, and so on.
  public var labelNames: [String] = []

  /// The part of each recording that is taken.
  public var range = LogRange()

  public init() {}
}

/// What a conversion read, wrote and lost.
public struct LogConversionReport: Sendable, Hashable, Codable {
  public struct Input: Sendable, Hashable, Codable {
    public var path: String
    public var counters: LogCounters
    public var losses: LogLosses
    /// The recording has no frame at all, also outside of the part that was taken.
    public var isFrameless = false
  }

  public var output: String
  public var channels: [Channel] = []
  public var inputs: [Input] = []
  public var frames = 0
  public var bytesRead = 0
  public var bytesWritten = 0

  public var hasLosses: Bool { inputs.contains { !$0.losses.isEmpty } }

  /// The recordings that have no frame at all.
  public var frameless: [String] { inputs.filter(\.isFrameless).map(\.path) }
}

/// Converts recordings from any format that can be read to any that can be written, in memory that does not grow with
/// them.
public enum LogConverter {
  /// Converts recordings, one behind the other, into one file.
  ///
  /// The output's format is what the options or its name say, as ``SensorLog/create(_:schema:options:)`` takes them; `-`
  /// is standard output, which shows what it gets at once. Several inputs keep their times; their segments are
  /// renumbered so that no window can span two of them. A file appears under its name only when it is complete.
  ///
  /// - Parameters:
  ///   - progress: Called between batches with stored bytes done and, where known, in all.
  ///   - isCancelled: Asked between batches; true ends the conversion with ``LogReadError/Code/cancelled``.
  /// - Throws: also where no input has a frame; then nothing is written.
  public static func convert(
    _ inputs: [String], to output: String, options: LogConversionOptions = .init(),
    progress: ((_ bytesDone: Int, _ bytesTotal: Int?) -> Void)? = nil, isCancelled: () -> Bool = { false }
  ) throws(LogReadError) -> LogConversionReport {
    guard !inputs.isEmpty else { throw LogReadError(.noFileMatches, path: output) }
    let target = options.write.format ?? LogFileName(output).format
    var survey = try survey(inputs, options, target: target)
    let writer = try SensorLog.create(output, schema: survey.schema, options: options.write)
    var report = LogConversionReport(output: output, channels: survey.schema.channels)
    var segments = SegmentNumbering(keepsNumbers: inputs.count == 1)
    let batchFrames = FrameBatch.frames(ofChannels: survey.schema.channels.count)
    var batch = FrameBatch(channelCount: survey.schema.channels.count, capacity: batchFrames)
    for (index, path) in inputs.enumerated() {
      let opened: any LogReader
      if let waiting = survey.openReaders.removeValue(forKey: index) {
        opened = waiting
      } else {
        opened = try SensorLog.open(path, options: options.read)
      }
      let reader = options.range.isEverything ? opened : RangedReader(opened, options.range)
      segments.beginRecording()
      while try reader.read(into: &batch, maximumFrames: batchFrames) {
        if isCancelled() { throw LogReadError(.cancelled, path: path) }
        segments.renumber(&batch)
        try writer.write(batch, labelNames: named(reader.labelNames, options.labelNames))
        progress?(report.bytesRead + reader.counters.bytesRead, survey.totalBytes)
      }
      let counters = reader.counters
      report.inputs.append(
        .init(path: path, counters: counters, losses: reader.losses, isFrameless: opened.counters.frames == 0))
      report.frames += counters.frames
      report.bytesRead += counters.bytesRead
    }
    guard report.inputs.contains(where: { !$0.isFrameless }) else {
      throw LogReadError(.noFrames(firstLoss: report.inputs[0].losses.first.first?.code), path: inputs[0])
    }
    try writer.finish()
    report.bytesWritten = writer.bytesWritten
    progress?(report.bytesRead, survey.totalBytes)
    return report
  }

  private struct Survey {
    var schema: LogSchema
    var totalBytes: Int?
    /// Of those that may be a pipe, which cannot be opened twice: a single input, and standard input.
    var openReaders: [Int: any LogReader] = [:]
  }

  /// Opens every input once, so that nothing is written before all of them are known to fit together.
  private static func survey(
    _ inputs: [String], _ options: LogConversionOptions, target: LogFormat?
  ) throws(LogReadError) -> Survey {
    let first = try SensorLog.open(inputs[0], options: options.read)
    var hasTopics = first.format == .mcap || target == .mcap
    var survey = Survey(
      schema: first.schema, totalBytes: first.totalBytes)
    if inputs.count == 1 || inputs[0] == "-" { survey.openReaders[0] = first }
    for (index, path) in inputs.enumerated().dropFirst() {
      let reader = try SensorLog.open(path, options: options.read)
      hasTopics = hasTopics || reader.format == .mcap
      if path == "-" { survey.openReaders[index] = reader }
      let found = reader.schema
      guard found.channels.map(\.name) == survey.schema.channels.map(\.name) else {
        throw LogReadError(
          .channelsDiffer(expected: survey.schema.channels.map(\.name), found: found.channels.map(\.name)), path: path)
      }
      for (slot, channel) in found.channels.enumerated() {
        let known = survey.schema.channels[slot].unit
        if let known, let unit = channel.unit, known != unit {
          throw LogReadError(
            .channelsDiffer(expected: ["\(channel.name)[\(known)]"], found: ["\(channel.name)[\(unit)]"]), path: path)
        }
        survey.schema.channels[slot].unit = known ?? channel.unit
      }
      survey.schema.hasLabels = survey.schema.hasLabels || found.hasLabels
      survey.totalBytes = survey.totalBytes.flatMap { total in reader.totalBytes.map { total + $0 } }
    }
    if inputs.count > 1 { survey.schema.hasSegments = true }
    // In an MCAP output they name its own.
    if !hasTopics { try options.read.refuseTopics(in: first.format, path: first.path) }
    return survey
  }

  private static func named(_ labels: [String], _ names: [String]) -> [String] {
    if names.isEmpty { return labels }
    return labels.map { label in
      guard let index = Int(label), names.indices.contains(index) else { return label }
      return names[index]
    }
  }
}

/// Keeps the segments of several recordings apart.
private struct SegmentNumbering {
  let keepsNumbers: Bool
  private var lastUsed: Int32 = -1
  private var lastOriginal: Int32?

  init(keepsNumbers: Bool) {
    self.keepsNumbers = keepsNumbers
  }

  mutating func beginRecording() {
    lastOriginal = nil
  }

  mutating func renumber(_ batch: inout FrameBatch) {
    if keepsNumbers { return }
    for index in 0..<batch.count {
      let original = batch.segments[index]
      if original != lastOriginal {
        lastOriginal = original
        lastUsed &+= 1
      }
      batch.segments[index] = lastUsed
    }
  }
}
