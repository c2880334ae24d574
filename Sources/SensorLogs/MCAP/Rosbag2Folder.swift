import Yams

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The files of a rosbag2 recording, in their order, as its `metadata.yaml` lists them.
public struct Rosbag2Folder: Sendable, Hashable {
  public let path: String
  public private(set) var files: [String] = []

  /// What a user should know, such as that the list of files is missing.
  public private(set) var notes: [String] = []

  /// Files that are listed and missing.
  public private(set) var losses = LogLosses()

  /// As `metadata.yaml` states it.
  public private(set) var messageCount: Int?

  private static let metadataName = "metadata.yaml"
  private static let maximumMetadataBytes = 1 << 20
  private static let suffixes = [".mcap", ".mcap.zst", ".mcap.zstd"]

  /// Reads `metadata.yaml`. Where it is missing or cannot be read, that is a note, and the files follow their names.
  ///
  /// - Throws: where the recording is stored in another way, or the folder holds none.
  public init(_ path: String) throws(LogReadError) {
    self.path = path
    let names = try Self.names(in: path)
    if names.contains(Self.metadataName) {
      do {
        try read(try Self.text(of: "\(path)/\(Self.metadataName)"))
      } catch {
        switch error {
        case .refused(let reason): throw reason
        case .unreadable(let reason): notes.append("\(Self.metadataName) \(reason); files are read in order of name")
        }
      }
    } else {
      notes.append("there is no \(Self.metadataName); files are read in order of name")
    }
    if files.isEmpty {
      let found = names.filter { name in Self.suffixes.contains { name.hasSuffix($0) } }
      files = found.sorted(by: Self.precedes).map { "\(path)/\($0)" }.filter(FileInput.isRegular)
    }
    guard files.isEmpty else { return }
    if names.contains(where: { $0.hasSuffix(".db3") || $0.hasSuffix(".db3.zstd") }) {
      throw LogReadError(.unsupportedStorage("sqlite3"), path: path)
    }
    throw LogReadError(.cannotOpen(reason: "it is a folder without MCAP files"), path: path)
  }

  public static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return path != "-" && stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  // MARK: Metadata

  private enum Problem: Error {
    case unreadable(String)
    case refused(LogReadError)
  }

  private static func text(of path: String) throws(Problem) -> String {
    do {
      guard let file = try RandomAccessFile(path: path) else { throw Problem.unreadable("is no file") }
      guard file.size <= maximumMetadataBytes else { throw Problem.unreadable("is too large") }
      return String(decoding: try file.bytes(at: 0, count: file.size), as: UTF8.self)
    } catch let error as Problem {
      throw error
    } catch {
      throw .unreadable("cannot be opened")
    }
  }

  private mutating func read(_ text: String) throws(Problem) {
    let root: Node?
    do {
      root = try Yams.compose(yaml: text)
    } catch {
      throw .unreadable("is no YAML")
    }
    guard let information = root?["rosbag2_bagfile_information"] else {
      throw .unreadable("holds no rosbag2_bagfile_information")
    }
    let storage = information["storage_identifier"]?.string ?? "mcap"
    guard storage == "mcap" else {
      throw .refused(LogReadError(.unsupportedStorage(storage.printable.shortened(to: 60)), path: path))
    }
    if information["compression_mode"]?.string?.lowercased() == "message" {
      throw .refused(
        LogReadError(.unsupportedCompression("message by message (compression_mode: MESSAGE)"), path: path))
    }
    messageCount = information["message_count"]?.int
    let listed = (information["relative_file_paths"]?.sequence ?? []).compactMap(\.string)
    guard !listed.isEmpty else { throw .unreadable("lists no files") }
    var seen: Set<FileIdentity> = []
    var repeated = 0
    for name in listed {
      // Whoever wrote the list may not send its readers elsewhere.
      guard !name.hasPrefix("/"), !name.split(separator: "/").contains("..") else {
        throw .refused(
          LogReadError(.cannotOpen(reason: "its list names '\(name.printable)', which is outside"), path: path))
      }
      let file = "\(path)/\(name)"
      if let identity = FileIdentity(file), FileInput.isRegular(file) {
        // Twice in the list is once on the disk.
        guard seen.insert(identity).inserted else {
          if repeated < 3 {
            notes.append("\(Self.metadataName) lists '\(name.printable)' more than once; it is read once")
          }
          repeated += 1
          continue
        }
        files.append(file)
      } else {
        losses.add(LogLoss(.missingFile, byteOffset: 0, detail: name))
      }
    }
    if files.isEmpty { throw .unreadable("lists only files that are missing") }
  }

  // MARK: Names

  private static func names(in path: String) throws(LogReadError) -> [String] {
    guard let folder = opendir(path) else {
      throw LogReadError(.cannotOpen(reason: FileInput.lastReason()), path: path)
    }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder), names.count < 65_536 {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names
  }

  /// By name, but `bag_10` behind `bag_9`.
  static func precedes(_ a: String, _ b: String) -> Bool {
    let (x, y) = (parts(a), parts(b))
    for (left, right) in zip(x, y) where left != right {
      if left.digits == right.digits, left.digits, left.text.count != right.text.count {
        return left.text.count < right.text.count
      }
      return left.text < right.text
    }
    return x.count == y.count ? a.utf8.lexicographicallyPrecedes(b.utf8) : x.count < y.count
  }

  private struct Part: Equatable {
    var digits: Bool
    var text: String
  }

  /// Runs of digits, without leading zeros, and what stands between them.
  private static func parts(_ name: String) -> [Part] {
    var result: [Part] = []
    for scalar in name.unicodeScalars {
      let digits = ("0"..."9").contains(scalar)
      if result.last?.digits == digits {
        if digits, result[result.count - 1].text == "0" { result[result.count - 1].text = "" }
        result[result.count - 1].text.unicodeScalars.append(scalar)
      } else {
        result.append(Part(digits: digits, text: String(scalar)))
      }
    }
    return result
  }
}
