import CZlib
import Foundation
import Synchronization

/// A folder of results of stages, each named by a digest of all that it follows from.
///
/// A result appears under its name when it is complete, and is read only if its checksum is right, so several runs may
/// use one folder at the same time. Beyond `limitBytes` those unused for longest go first.
public final class ResultCache: Sendable {
  public let directory: String
  /// Of all results together; one that takes more than half of it is not kept.
  public let limitBytes: Int
  private let underWay = Mutex<Set<String>>([])

  public static let defaultDirectory = ".martlet/cache"
  public static let defaultLimitBytes = 4 << 30
  static let magic = Array("MARTRES1".utf8)
  static let headerBytes = 28

  public init(directory: String = ResultCache.defaultDirectory, limitBytes: Int = ResultCache.defaultLimitBytes) {
    self.directory = directory
    self.limitBytes = limitBytes
  }

  var resultFolder: String { "\(directory)/results" }
  var recordFolder: String { "\(directory)/pipelines" }
  var indexPath: String { "\(directory)/inputs.json" }

  func path(_ name: String) -> String { "\(resultFolder)/\(name)" }

  // MARK: Reading

  enum Found<Result> {
    case nothing
    case result(Result, seconds: Double)
    case damaged(reason: String)
  }

  func read<Result: KeptResult>(_ name: String, as: Result.Type) -> Found<Result> {
    guard let bytes = Self.contents(path(name), atMost: limitBytes) else { return .nothing }
    do throws(ResultDamage) {
      let seconds = try Self.check(bytes, name: name)
      var reader = ResultReader(bytes, from: Self.headerBytes)
      let result = try Result(from: &reader)
      guard reader.isAtEnd else { throw ResultDamage("it holds more than it should") }
      // The newest is what was used last.
      utimensat(AT_FDCWD, path(name), nil, 0)
      return .result(result, seconds: seconds)
    } catch {
      return .damaged(reason: error.reason)
    }
  }

  /// Whether a result is there and whole: nil for nothing, else why it is damaged, empty where it is not.
  func state(_ name: String) -> String? {
    guard let bytes = Self.contents(path(name), atMost: limitBytes) else { return nil }
    do throws(ResultDamage) {
      _ = try Self.check(bytes, name: name)
      return ""
    } catch {
      return error.reason
    }
  }

  /// - Returns: The seconds that it took to compute the result.
  private static func check(_ bytes: [UInt8], name: String) throws(ResultDamage) -> Double {
    var reader = ResultReader(bytes)
    guard bytes.starts(with: magic) else { throw ResultDamage("it does not begin as a result does") }
    _ = try reader.integer(UInt64.self)
    let count: UInt64 = try reader.integer()
    let seconds = try reader.double()
    let checksum: UInt32 = try reader.integer()
    guard seconds.isFinite, seconds >= 0 else { throw ResultDamage("it states no time that it took") }
    guard count == UInt64(bytes.count - headerBytes) else { throw ResultDamage("it is not as long as it says") }
    guard checksum == Self.checksum(bytes, name: name, seconds: seconds) else {
      throw ResultDamage("it does not match its checksum")
    }
    return seconds
  }

  /// Of the name too: a result under another's name is none.
  private static func checksum(_ bytes: [UInt8], name: String, seconds: Double) -> UInt32 {
    var writer = ResultWriter()
    writer.add(name)
    writer.add(seconds)
    let first = writer.bytes.withUnsafeBytes {
      crc32_z(0, $0.baseAddress?.assumingMemoryBound(to: UInt8.self), $0.count)
    }
    return bytes.withUnsafeBytes { buffer in
      UInt32(
        truncatingIfNeeded: crc32_z(
          first, buffer.baseAddress?.assumingMemoryBound(to: UInt8.self).advanced(by: headerBytes),
          buffer.count - headerBytes))
    }
  }

  /// - Parameter limit: Of what is read; nothing larger is kept.
  static func contents(_ path: String, atMost limit: Int) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var facts = stat()
    guard fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG, facts.st_size <= limit else {
      return nil
    }
    let size = Int(facts.st_size)
    return [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
      while initialized < size {
        let count = Foundation.read(descriptor, buffer.baseAddress! + initialized, size - initialized)
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { break }
        initialized += count
      }
    }
  }

  // MARK: Writing

  /// Keeps a result.
  ///
  /// - Returns: Why it could not be kept; nil if it was, or is too large to be kept at all.
  func write(_ result: some KeptResult, as name: String, seconds: Double) -> String? {
    var writer = ResultWriter(headerBytes: Self.headerBytes)
    result.write(to: &writer)
    guard writer.bytes.count <= limitBytes / 2 else { return nil }
    var header = ResultWriter()
    header.add(UInt64(writer.bytes.count - Self.headerBytes))
    header.add(seconds)
    writer.set(Self.magic + header.bytes, at: 0)
    var checksum = ResultWriter()
    checksum.add(Self.checksum(writer.bytes, name: name, seconds: seconds))
    writer.set(checksum.bytes, at: Self.headerBytes - 4)
    if let reason = prepare() { return reason }
    if let reason = Self.replace(path(name), with: writer.bytes) { return reason }
    evict(to: limitBytes, keeping: name)
    return nil
  }

  /// Makes the folder, and tells programs that copy or track files to pass it by.
  private func prepare() -> String? {
    do {
      for folder in [resultFolder, recordFolder] {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      }
    } catch {
      return error.localizedDescription
    }
    // https://bford.info/cachedir/
    let tag = "Signature: 8a477f597d28d172789f06886806bc55\n# Results of martlet, which can all be computed again.\n"
    for (name, text) in [("CACHEDIR.TAG", tag), (".gitignore", "*\n")]
    where !FileManager.default.fileExists(atPath: "\(directory)/\(name)") {
      if let reason = Self.replace("\(directory)/\(name)", with: Array(text.utf8)) { return reason }
    }
    return nil
  }

  /// Writes beside the place and moves there, so that nobody ever sees half of it.
  ///
  /// - Returns: Why it could not be written.
  static func replace(_ path: String, with bytes: [UInt8]) -> String? {
    let temporary = "\(path).\(UUID().uuidString).tmp"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { return String(cString: strerror(errno)) }
    var done = 0
    var reason: String?
    bytes.withUnsafeBytes { buffer in
      while done < buffer.count {
        let count = Foundation.write(descriptor, buffer.baseAddress! + done, buffer.count - done)
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else {
          reason = String(cString: strerror(errno))
          return
        }
        done += count
      }
    }
    close(descriptor)
    if reason == nil, rename(temporary, path) != 0 { reason = String(cString: strerror(errno)) }
    if reason != nil { unlink(temporary) }
    return reason
  }

  func writeRecord(_ name: String, _ bytes: [UInt8]) {
    guard prepare() == nil else { return }
    _ = Self.replace("\(recordFolder)/\(name)", with: bytes)
  }

  // MARK: One computation for all

  /// Does work for a result that nobody else in this process does at the same time: who comes second waits, and finds
  /// what the first one kept.
  func alone<Result, Failure: Error>(
    with name: String, isCancelled: () -> Bool, _ work: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    while !underWay.withLock({ $0.insert(name).inserted }) {
      if isCancelled() { return try work() }
      usleep(5_000)
    }
    defer { _ = underWay.withLock { $0.remove(name) } }
    return try work()
  }
}
