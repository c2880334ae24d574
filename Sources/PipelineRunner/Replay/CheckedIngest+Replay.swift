import Foundation
public import PipelineModel
public import SensorLogs

extension CheckedPipeline {
  /// How the pipeline reads a recording that need not be one of its own.
  public func replayInput(_ path: String) -> ReplayInput {
    let read = ingest.read(for: path)
    var options = ingest.options(for: read)
    options.labels = ingest.labelSource(for: read, recording: path)
    if let labels = options.labels, !ingest.hasLabels(labels, recording: path) { options.labels = LabelSource.none }
    // Which of the channels that may be absent are so, only the recording tells; standard input is read once.
    if !ingest.written.optionalChannels.isEmpty, path != "-" {
      var unused = IngestFindings()
      let recording = Recording(path: path, subject: "", options: options, byteCount: 0)
      if let reader = try? recording.open(ingest.written, findings: &unused) {
        options.channels = reader.schema.channels.map(\.name)
      }
    }
    return ReplayInput(path: path, read: options)
  }
}

extension CheckedIngest {
  /// Whether labels that stand elsewhere are there: a recording made since need not have been labelled, and standard
  /// input has no name that tells anything.
  fileprivate func hasLabels(_ labels: LabelSource, recording path: String) -> Bool {
    if case .constant = labels { return true }
    if path == "-" { return false }
    return labels.file.map { FileManager.default.fileExists(atPath: $0) } ?? true
  }

  /// The `Read` for a file: one whose pattern the name matches, else one for names that end alike, else the first.
  func read(for path: String) -> Read {
    let name = URL(fileURLWithPath: path).lastPathComponent
    let patterns = reads.map { URL(fileURLWithPath: $0.files).lastPathComponent }
    if let index = patterns.firstIndex(where: { fnmatch($0, name, 0) == 0 }) { return reads[index] }
    let ending = Self.ending(name)
    return reads[patterns.firstIndex { Self.ending($0) == ending } ?? 0]
  }

  /// `.csv` of `s10.csv.zst`.
  private static func ending(_ name: String) -> Substring {
    let ending = name.dropFirst(LogFileSet.recordingName(name).count)
    return ending.dropFirst().firstIndex(of: ".").map { ending[..<$0] } ?? ending
  }

  func subject(of path: String) -> String {
    subjects.source.subject(ofFileNamed: URL(fileURLWithPath: path).lastPathComponent)
  }
}
