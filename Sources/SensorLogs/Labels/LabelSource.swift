/// Where the labels of a recording come from, if not from itself.
public enum LabelSource: Sendable, Hashable {
  /// No label for any frame, also where the recording has some.
  case none

  /// One label for all frames.
  case constant(String)

  /// The beginning of the recording's file name, up to its first dot, as Edge Impulse names its samples.
  case fileName

  /// A table with the columns `start`, `end` (or `duration`) and `label`.
  case intervals(path: String, position: LabelTrack.Position = .time)

  /// A table with the columns `time` and `label`; each label holds until the next.
  ///
  /// - toleranceSeconds: Instead each holds only so long before and behind its time.
  case events(path: String, position: LabelTrack.Position = .time, toleranceSeconds: Double? = nil)

  /// The file `structured_labels.labels` of Edge Impulse, which has an entry for each recording's file.
  case structured(path: String)

  /// One of these three files; which one, its content tells. A tolerance is for events only.
  case file(path: String, position: LabelTrack.Position = .time, toleranceSeconds: Double? = nil)

  /// The file that holds the labels; nil where none does.
  public var file: String? {
    switch self {
    case .none, .constant, .fileName: nil
    case .intervals(let path, _), .events(let path, _, _), .structured(let path), .file(let path, _, _): path
    }
  }

  /// The labels as changes in order.
  ///
  /// - Parameter path: The recording's file.
  public func track(of path: String, options: LogReadOptions) throws(LogReadError) -> LabelTrack {
    switch self {
    case .none: return LabelTrack(.time, names: [], changes: [])
    case .constant(let name): return LabelTrack(throughout: name)
    case .fileName:
      let name = Self.label(ofFile: path)
      guard !name.isEmpty else {
        throw LogReadError(.invalidOption("the file's name begins with a dot and so names no label"), path: path)
      }
      return LabelTrack(throughout: name)
    case .intervals(let table, let position):
      var file = try LabelFile(table, position: position, options: options)
      return try file.intervals()
    case .events(let table, let position, let tolerance):
      if let tolerance, !(tolerance >= 0 && tolerance < 1e9) {
        throw LogReadError(.invalidOption("a tolerance is a number of seconds from 0 to 10^9"), path: table)
      }
      var file = try LabelFile(table, position: position, options: options)
      return try file.events(toleranceSeconds: tolerance)
    case .structured(let labels):
      return try StructuredLabels.track(labels, recording: path)
    case .file: return try recognized(options: options).track(of: path, options: options)
    }
  }

  /// What a file of labels is, where only its content tells; any other source as it is.
  public func recognized(options: LogReadOptions) throws(LogReadError) -> LabelSource {
    guard case .file(let file, let position, let tolerance) = self else { return self }
    return try Self.recognized(file, position, tolerance, options)
  }

  /// What a file of labels is: JSON begins with a brace, and a table of intervals has two columns of times.
  private static func recognized(
    _ file: String, _ position: LabelTrack.Position, _ tolerance: Double?, _ options: LogReadOptions
  ) throws(LogReadError) -> LabelSource {
    let stream = try ByteStream(FileInput(path: file), options: options)
    _ = try stream.ensure(64)
    let first = stream.window.first { ![0x09, 0x0A, 0x0D, 0x20, 0xEF, 0xBB, 0xBF].contains($0) }
    let isTable = first != UInt8(ascii: "{")
    if isTable, try !LabelFile(file, position: position, options: options).holdsIntervals {
      return .events(path: file, position: position, toleranceSeconds: tolerance)
    }
    guard tolerance == nil else {
      throw LogReadError(
        .invalidOption("a tolerance is for labels of instants, and these have a beginning and an end"), path: file)
    }
    return isTable ? .intervals(path: file, position: position) : .structured(path: file)
  }

  /// The part of a file's name before its first dot: the one rule for labels that names state.
  static func label(ofFile path: String) -> String {
    let name = path.split(separator: "/").last ?? ""
    return String(name.prefix { $0 != "." })
  }
}
