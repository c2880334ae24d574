public import Foundation

/// Files that runs leave, which others may have made since: read only if they are regular and of a size that makes
/// sense.
public enum BoundedFile {
  /// More than any file of a run, a search or a cache's index takes.
  public static let byteLimit = 64 << 20

  /// Nil where there is none, or none that is read.
  public static func contents(_ path: String, atMost limit: Int = byteLimit) -> Data? {
    guard let facts = FileFacts(path: path), facts.size <= limit else { return nil }
    return FileManager.default.contents(atPath: path)
  }
}
