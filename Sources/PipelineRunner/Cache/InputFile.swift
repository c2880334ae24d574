import Foundation

/// A file that a result follows from.
public struct InputFile: Sendable, Hashable, Codable {
  /// As the pipeline leads to it.
  public var path: String
  public var bytes: Int
  /// Of what it holds; empty where it cannot be told, as of a pipe.
  public var sha256: String
}

/// What tells that a file is as it was, without reading it.
struct FileFacts: Sendable, Hashable, Codable {
  struct Time: Sendable, Hashable, Codable {
    var seconds: Int
    var nanoseconds: Int
  }

  var size: Int
  var device: UInt64
  var inode: UInt64
  var changed: Time
  /// When anything about it changed; unlike the other time nobody can set it back.
  var touched: Time

  init(_ facts: stat) {
    size = Int(facts.st_size)
    device = UInt64(truncatingIfNeeded: facts.st_dev)
    inode = UInt64(facts.st_ino)
    #if canImport(Darwin)
      changed = Time(seconds: facts.st_mtimespec.tv_sec, nanoseconds: facts.st_mtimespec.tv_nsec)
      touched = Time(seconds: facts.st_ctimespec.tv_sec, nanoseconds: facts.st_ctimespec.tv_nsec)
    #else
      changed = Time(seconds: facts.st_mtim.tv_sec, nanoseconds: facts.st_mtim.tv_nsec)
      touched = Time(seconds: facts.st_ctim.tv_sec, nanoseconds: facts.st_ctim.tv_nsec)
    #endif
  }

  /// Nil for what is no regular file: a pipe can be read once only.
  init?(path: String) {
    var facts = stat()
    guard stat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { return nil }
    self.init(facts)
  }
}

/// Digests of files, remembered while the files are as they were.
final class InputIndex {
  private struct Entry: Codable {
    var facts: FileFacts
    var sha256: String
    /// Of the path and what stands here: a damaged index is worse than none.
    var check: String
  }

  private let path: String?
  private var entries: [String: Entry] = [:]
  private var isChanged = false
  /// The facts of each file when its digest was made.
  private(set) var seen: [String: FileFacts] = [:]

  /// A file that was written so lately may be written again without its time telling, clocks of file systems being slow.
  private static let settlingSeconds = 2
  private static let entryLimit = 20_000

  private let now: Int

  /// - Parameters:
  ///   - path: Nil remembers nothing from run to run.
  ///   - now: Seconds since 1970.
  init(path: String?, now: Int = Int(Date().timeIntervalSince1970)) {
    self.path = path
    self.now = now
    entries = Self.load(path)
  }

  func file(_ name: String) -> InputFile {
    guard let facts = FileFacts(path: name) else { return InputFile(path: name, bytes: 0, sha256: "") }
    seen[name] = facts
    let absolute = URL(fileURLWithPath: name).path
    if let entry = entries[absolute], entry.facts == facts, entry.check == Self.check(absolute, facts, entry.sha256) {
      return InputFile(path: name, bytes: facts.size, sha256: entry.sha256)
    }
    guard let digest = Self.digest(of: name) else { return InputFile(path: name, bytes: facts.size, sha256: "") }
    if FileFacts(path: name) == facts, max(facts.changed.seconds, facts.touched.seconds) + Self.settlingSeconds < now {
      entries[absolute] = Entry(facts: facts, sha256: digest, check: Self.check(absolute, facts, digest))
      isChanged = true
    }
    return InputFile(path: name, bytes: facts.size, sha256: digest)
  }

  /// Whether no file has changed since its digest was made.
  var isUpToDate: Bool { seen.allSatisfy { FileFacts(path: $0.key) == $0.value } }

  /// Keeps the digests; another run's entries stay.
  func save() {
    guard isChanged, let path else { return }
    entries.merge(Self.load(path)) { own, _ in own }
    if entries.count > Self.entryLimit {
      entries = entries.filter { FileManager.default.fileExists(atPath: $0.key) }
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(entries) else { return }
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    guard FileManager.default.fileExists(atPath: folder) else { return }
    _ = ResultCache.replace(path, with: Array(data))
    isChanged = false
  }

  private static func load(_ path: String?) -> [String: Entry] {
    guard let path, let data = BoundedFile.contents(path) else { return [:] }
    return (try? JSONDecoder().decode([String: Entry].self, from: data)) ?? [:]
  }

  private static func check(_ path: String, _ facts: FileFacts, _ digest: String) -> String {
    var sum = SHA256()
    sum.add(path)
    sum.add(digest)
    for number in [
      UInt64(facts.size), facts.device, facts.inode, UInt64(bitPattern: Int64(facts.changed.seconds)),
      UInt64(facts.changed.nanoseconds), UInt64(bitPattern: Int64(facts.touched.seconds)),
      UInt64(facts.touched.nanoseconds),
    ] { sum.add(number) }
    return String(sum.hexadecimal().prefix(16))
  }

  /// Nil where the file cannot be read to its end.
  static func digest(of path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var sum = SHA256()
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      let count = read(descriptor, buffer.baseAddress, buffer.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { return nil }
      if count == 0 { return sum.hexadecimal() }
      sum.add(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
  }
}
