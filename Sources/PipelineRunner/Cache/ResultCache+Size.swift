import Foundation

extension ResultCache {
  /// One kept result.
  public struct Entry: Sendable, Hashable {
    public var name: String
    public var bytes: Int
    /// Seconds since 1970.
    public var lastUsed: Double

    /// `pretrain` of `pretrain-6ac1…`.
    public var stage: String { String(name.prefix { $0 != "-" }) }
  }

  /// What is kept, that unused for longest first.
  public func entries() -> [Entry] {
    names(in: resultFolder).compactMap { name -> Entry? in
      guard !name.hasSuffix(".tmp"), let facts = Self.facts("\(resultFolder)/\(name)") else { return nil }
      return Entry(name: name, bytes: facts.bytes, lastUsed: facts.time)
    }.sorted { ($0.lastUsed, $0.name) < ($1.lastUsed, $1.name) }
  }

  /// Removes results, those unused for longest first, until they take no more than a number of bytes.
  ///
  /// - Parameter kept: Never removed.
  /// - Returns: The bytes that were freed.
  @discardableResult
  public func evict(to limitBytes: Int, keeping kept: String? = nil) -> Int {
    removeAbandoned()
    let entries = entries()
    var total = entries.reduce(0) { $0 + $1.bytes }
    var freed = 0
    for entry in entries where total > limitBytes && entry.name != kept {
      // Someone else may have removed it.
      unlink(path(entry.name))
      total -= entry.bytes
      freed += entry.bytes
    }
    return freed
  }

  /// Removes all that the folder holds of martlet's.
  ///
  /// - Returns: The bytes of results that were freed.
  public func clear() -> Int {
    let freed = evict(to: 0)
    for name in names(in: recordFolder) { unlink("\(recordFolder)/\(name)") }
    for name in names(in: resultFolder) { unlink("\(resultFolder)/\(name)") }
    for name in ["inputs.json", "CACHEDIR.TAG", ".gitignore"] { unlink("\(directory)/\(name)") }
    for folder in [recordFolder, resultFolder, directory] { rmdir(folder) }
    return freed
  }

  /// What a run that was killed while it wrote left behind.
  private func removeAbandoned() {
    let dayAgo = Date().timeIntervalSince1970 - 86_400
    for folder in [directory, resultFolder, recordFolder] {
      for name in names(in: folder) where name.hasSuffix(".tmp") {
        if let facts = Self.facts("\(folder)/\(name)"), facts.time < dayAgo { unlink("\(folder)/\(name)") }
      }
    }
  }

  private func names(in folder: String) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
  }

  private static func facts(_ path: String) -> (bytes: Int, time: Double)? {
    var facts = stat()
    guard stat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { return nil }
    let time = FileFacts(facts).changed
    return (Int(facts.st_size), Double(time.seconds) + Double(time.nanoseconds) * 1e-9)
  }
}
