import Foundation
import PipelineModel
import SensorLogs

/// One file that a pipeline reads.
struct Recording: Sendable {
  var path: String
  var subject: String
  var options: LogReadOptions
  var byteCount: Int
  /// What 'Read' says it is; nil where whatever is found will do.
  var format: RecordingFormat? = nil
  /// What a test made up in place of a file.
  var fed: FedFrames? = nil
}

extension CheckedIngest {
  /// The files that the ingest reads, in order of `Read` and then of name.
  func recordings(environment: [String: String]) throws(RunError) -> [Recording] {
    let folder: String
    do {
      folder = try resolvingEnvironment(path, in: environment)
    } catch {
      throw .unknownEnvironmentVariable(error)
    }
    var recordings: [Recording] = []
    var patterns: [String: String] = [:]
    for read in reads {
      let paths = Self.files(matching: read.files, in: folder)
      guard !paths.isEmpty else { throw .noFileMatches(pattern: read.files, folder: folder) }
      for path in paths {
        if let earlier = patterns[path] { throw .sameFileTwice(path: path, patterns: [earlier, read.files]) }
        patterns[path] = read.files
        let name = URL(fileURLWithPath: path).lastPathComponent
        let subject = subjects.source.subject(ofFileNamed: name)
        guard !subject.isEmpty else { throw .noSubject(path: path) }
        let size = (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int ?? 0
        var options = options(for: read)
        options.labels = labelSource(for: read, recording: path)
        recordings.append(
          Recording(path: path, subject: subject, options: options, byteCount: size, format: read.format))
      }
    }
    return recordings
  }

  private static func files(matching pattern: String, in folder: String) -> [String] {
    // The folder's own name may hold characters to which a pattern gives a meaning.
    let plain = folder.reduce(into: "") { text, character in
      if "*?[]\\".contains(character) { text.append("\\") }
      text.append(character)
    }
    var result = glob_t()
    defer { globfree(&result) }
    guard glob(pattern.hasPrefix("/") ? pattern : "\(plain)/\(pattern)", GLOB_ERR, nil, &result) == 0 else {
      return []
    }
    return (0..<Int(result.gl_pathc)).compactMap { index in
      result.gl_pathv[index].map { String(cString: $0) }
    }
  }

  func options(for read: Read) -> LogReadOptions {
    var options = LogReadOptions()
    options.channels = read.channels
    options.topic = read.topic
    options.labelTopic = labels.topic
    // The name that Labels has unless told: then the topic's own text field is the label, whatever its name.
    let named = labels.column == Labels().column ? nil : labels.column
    switch read.format {
    // Labels from elsewhere need no column.
    case .csv, .tsv: options.labelColumn = labels.origin == .recording ? labels.column : named
    case .mcap, .rosbag2: options.labelField = named
    case .auto, .jsonl:
      options.labelColumn = named
      options.labelField = named
    case .sds: options.format = .sds
    case .raw:
      options.format = .raw
      options.rawLayout = RawLayout(read)
    case .edgeImpulse: options.format = .edgeImpulse
    case .wfdb: options.format = .wfdb
    case .edf: options.format = .edf
    }
    options.rateHz = read.hertz
    options.annotations = AnnotationRule(read.annotations)
    options.segmentColumn = segments?.column
    options.segmentField = segments?.column
    switch read.time {
    case nil: break
    case .log: options.time = .log
    case .publish: options.time = .publish
    case .column(let name): options.timeColumn = name
    case .field(let path): options.time = .field(path)
    }
    return options
  }
}
