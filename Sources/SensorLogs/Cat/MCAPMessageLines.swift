/// Prints the messages of MCAP recordings as JSON Lines.
///
/// Each line is an object: `topic`, `log_time` and `publish_time` in nanoseconds as text, because they exceed what many
/// readers of JSON keep of a number, `sequence`, and `data`; where a message cannot be decoded, `data` is null and
/// `undecodable` says why.
public struct MCAPMessageLines {
  public struct Report: Sendable, Hashable {
    public var messages = 0
    public var undecodable = 0
    public var losses = LogLosses()
    public var notes: [String] = []
  }

  public var range = LogRange()

  /// nil: all topics.
  public var topics: [String]?
  public var limits = LogReadOptions()

  public init() {}

  /// - Parameters:
  ///   - input: A file, a rosbag2 folder, or `-`.
  ///   - output: A file that appears when it is complete, or `-`.
  public func print(
    _ inputs: [String], to output: String, isCancelled: () -> Bool = { false }
  ) throws(LogReadError) -> [(input: String, report: Report)] {
    let out = try CompressedOutput(path: output, compression: .none, level: 3)
    var reports: [(String, Report)] = []
    for input in inputs { reports.append((input, try print(input, to: out, isCancelled))) }
    try out.finish()
    return reports
  }

  private func print(
    _ input: String, to out: CompressedOutput, _ isCancelled: () -> Bool
  ) throws(LogReadError) -> Report {
    var options = MCAPReadOptions()
    options.limits = limits
    if let wanted = topics.map({ Set($0) }) { options.selection.topic = { wanted.contains($0) } }
    if !range.needsFirstTime {
      let times = range.times(first: 0)
      options.selection.startTime = UInt64(clamping: times.from ?? 0)
      options.selection.endTime = times.to.map { UInt64(clamping: $0) }
    }
    let reader = try MCAPReader(input, options: options)
    let text = MCAPMessageText(maximumTextBytes: limits.maximumRecordBytes)
    var times: LogTimes?
    var report = Report()
    while let element = try reader.next() {
      switch element {
      case .schema(let schema): text.add(schema)
      case .channel(let channel): text.add(channel)
      case .message(let message):
        let time = Int64(clamping: message.logTime)
        let part = times ?? range.times(first: time)
        times = part
        guard part.contains(time) else {
          if part.isOver(at: time) { return finished(report, reader) }
          continue
        }
        if !Self.add(message, reader, text, to: &out.text) { report.undecodable += 1 }
        report.messages += 1
        try out.flushIfFull()
        if report.messages % 4096 == 0, isCancelled() { throw LogReadError(.cancelled, path: input) }
      default: break
      }
    }
    return finished(report, reader)
  }

  private func finished(_ report: Report, _ reader: MCAPReader) -> Report {
    var report = report
    report.losses = reader.losses
    report.notes = reader.notes
    return report
  }

  /// - Returns: false where the message could not be decoded.
  private static func add(
    _ message: MCAPMessage, _ reader: MCAPReader, _ text: MCAPMessageText, to bytes: inout [UInt8]
  ) -> Bool {
    bytes += "{\"topic\":".utf8
    JSONText.add(reader.channels[message.channelID]?.topic ?? "", to: &bytes)
    bytes += ",\"log_time\":\"".utf8
    DecimalText.addWhole(message.logTime, to: &bytes)
    bytes += "\",\"publish_time\":\"".utf8
    DecimalText.addWhole(message.publishTime, to: &bytes)
    bytes += "\",\"sequence\":".utf8
    DecimalText.addWhole(UInt64(message.sequence), to: &bytes)
    bytes += ",\"data\":".utf8
    var reason: String?
    switch text.write(message, payload: reader.payload, to: &bytes) {
    case .written: break
    case .undecodable(let why): reason = why
    case .damaged: reason = "it contradicts its schema"
    }
    if let reason {
      bytes += "null,\"undecodable\":".utf8
      JSONText.add(reason, to: &bytes)
    }
    bytes += "}\n".utf8
    return reason == nil
  }
}
