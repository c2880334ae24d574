#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What stands at the path that an output is to have, and so how it is written.
public enum OutputTarget: Hashable, Sendable {
  /// A regular file, or nothing yet. It is written beside `path` and renamed onto it, which is where symbolic links
  /// lead: a link stays a link.
  case file(path: String)

  /// A pipe or a device. It is written to as it stands, is never replaced, and what has gone there cannot be changed or
  /// read again.
  case stream

  /// As many links as Linux follows.
  private static let maximumLinks = 40

  /// - Parameter path: A path as a user gave it; `-` is standard output.
  /// - Throws: where links lead in a circle.
  public init(_ path: String) throws(LogReadError) {
    if path == "-" {
      self = .stream
      return
    }
    var place = path
    for _ in 0...Self.maximumLinks {
      var status = stat()
      guard lstat(place, &status) == 0 else {
        // Nothing is there; making it will say whether it can be.
        self = .file(path: place)
        return
      }
      switch status.st_mode & S_IFMT {
      case S_IFLNK: place = Self.target(ofLink: place)
      // A folder is refused by the rename.
      case S_IFREG, S_IFDIR:
        self = .file(path: place)
        return
      default:
        self = .stream
        return
      }
    }
    throw LogReadError(.cannotWrite(reason: "its symbolic links lead in a circle"), path: path)
  }

  /// Whether bytes go to the path as they come, so that they can be neither changed nor read again.
  public static func isStream(_ path: String) -> Bool {
    if case .stream = try? OutputTarget(path) { return true }
    return false
  }

  /// One link followed.
  private static func target(ofLink path: String) -> String {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    let count = readlink(path, &buffer, buffer.count - 1)
    guard count > 0 else { return path }
    let target = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    if target.hasPrefix("/") { return target }
    return CompanionFiles(beside: path).folder + target
  }
}

/// Small files that are written at once.
public enum WholeFile {
  /// Writes a file that appears under its name when it is complete; a pipe or a device is written to as it stands.
  ///
  /// - Parameter path: `-` is standard output.
  public static func write(_ bytes: [UInt8], to path: String) throws(LogReadError) {
    let output = try OutputFile(path: path)
    try output.write(bytes)
    try output.finish()
  }
}
