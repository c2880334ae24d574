import PipelineModel
import SensorLogs

extension Recording {
  /// Opens the recording with the channels that it has of those the pipeline names.
  ///
  /// A channel that may be absent and is, is left out and counted; any other is an error that names it.
  func open(_ ingest: Ingest, findings: inout IngestFindings) throws(RunError) -> any LogReader {
    let optional = ingest.optionalChannels
    var options = options
    // Each turn leaves one channel out.
    while true {
      do throws(LogReadError) {
        if let fed { return try FedReader(fed, options: options, path: path) }
        let reader = try SensorLog.open(path, options: options)
        if let format, let formats = format.logFormats, !formats.contains(reader.format) {
          throw LogReadError(
            .invalidOption(
              "the recording is .\(reader.format.rawValue), and 'Read' says .\(format); write .auto, or what it is"),
            path: path)
        }
        return reader
      } catch {
        guard let (name, known) = error.missingChannel, let index = options.channels?.firstIndex(of: name) else {
          throw .unreadable(error)
        }
        guard optional[name] != nil else {
          throw .dataQuality(
            .missingChannel(path: path, channel: name, nearest: nearestName(to: name, in: known), known: known))
        }
        options.channels?.remove(at: index)
        findings.absentChannels[name, default: 0] += 1
      }
    }
  }

  /// The channels that the pipeline names, else those of the recording.
  func channelNames(_ ingest: Ingest) throws(RunError) -> [String] {
    var unused = IngestFindings()
    let reader = try open(ingest, findings: &unused)
    return options.channels ?? reader.schema.channels.map(\.name)
  }
}

extension LogReadError {
  /// The column or field that is not there, and those that are.
  fileprivate var missingChannel: (name: String, known: [String])? {
    switch code {
    case .unknownColumn(let name, let known), .unknownField(let name, let known): (name, known)
    default: nil
    }
  }
}

extension RecordingFormat {
  /// What a reader finds in such recordings; nil where it is told what to find, or may find anything.
  fileprivate var logFormats: Set<LogFormat>? {
    switch self {
    case .csv, .tsv: [.csv, .tsv]
    case .jsonl: [.jsonLines]
    case .mcap, .rosbag2: [.mcap]
    case .auto, .sds, .raw, .edgeImpulse, .wfdb, .edf: nil
    }
  }
}
