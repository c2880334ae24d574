#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Several files, each one recording.
public struct LogFileSet: Sendable, Hashable {
  /// Sorted by name within each pattern, each file once.
  public let paths: [String]

  /// Finds the files that patterns such as `s0[1-9].mcap` or `*.csv.zst` mean.
  ///
  /// `*`, `?` and `[…]` match within one part of a path, and not a leading dot. A pattern without them names one file.
  ///
  /// - Parameter directory: Where relative patterns start; nil is the current folder.
  /// - Throws: where a pattern means no file.
  public init(patterns: [String], in directory: String? = nil) throws(LogReadError) {
    var found: [String] = []
    var known: Set<String> = []
    for pattern in patterns {
      let path = pattern.hasPrefix("/") || directory == nil ? pattern : "\(directory ?? ".")/\(pattern)"
      for match in try Self.expand(path) where known.insert(match).inserted { found.append(match) }
    }
    paths = found
  }

  private static func expand(_ pattern: String) throws(LogReadError) -> [String] {
    // A file may really be called so, brackets and all; standard input is no file.
    if pattern == "-" || access(pattern, F_OK) == 0 { return [pattern] }
    var result = glob_t()
    defer { globfree(&result) }
    guard glob(pattern, GLOB_MARK, nil, &result) == 0 else { throw LogReadError(.noFileMatches, path: pattern) }
    let matches = (0..<Int(result.gl_pathc)).compactMap { result.gl_pathv[$0].map { String(cString: $0) } }
    // glob marks folders by a slash; they are no recordings. Sorting does not follow the locale.
    let files = matches.filter { !$0.hasSuffix("/") }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    guard !files.isEmpty else { throw LogReadError(.noFileMatches, path: pattern) }
    return files
  }

  /// The file's name without its folder and without the endings that tell its format.
  public static func recordingName(_ path: String) -> String {
    var name = LogFileName(path).stem
    if name.lowercased().hasSuffix(".txt") { name.removeLast(4) }
    return name
  }
}

/// One file of a set, open.
public struct LogRecording {
  public let name: String
  public let path: String
  public let reader: any LogReader
}

/// Opens the files of a set one after another, only one at a time.
public final class LogSetReader {
  private let paths: [String]
  private let options: LogReadOptions
  private var next = 0

  public init(_ files: LogFileSet, options: LogReadOptions = LogReadOptions()) {
    paths = files.paths
    self.options = options
  }

  /// The next recording, or nil behind the last; after an error the one behind it can still be asked for.
  public func nextRecording() throws(LogReadError) -> LogRecording? {
    guard next < paths.count else { return nil }
    let path = paths[next]
    next += 1
    return LogRecording(
      name: LogFileSet.recordingName(path), path: path, reader: try SensorLog.open(path, options: options))
  }
}
