import Foundation
import SensorLogs

/// Folders that hold recordings, on a command line in place of recordings.
enum RecordingFolder {
  private static let limit = 4096

  /// Whether a path is a folder, and none that is a recording itself.
  ///
  /// - Parameter mcapIsRecording: Whether MCAP files in a folder without a description are one recording, as `info` takes
  ///   them, and not one each.
  static func isFolder(_ path: String, mcapIsRecording: Bool = false) -> Bool {
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory.boolValue,
      !OutputPlace.exists("\(path)/metadata.yaml")
    else { return false }
    guard mcapIsRecording else { return true }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return !names.contains { $0.hasSuffix(".db3") || $0.hasSuffix(".db3.zstd") || LogFileName($0).format == .mcap }
  }

  /// Each folder replaced by the recordings in it.
  ///
  /// - Returns: The recordings, and whether each was found in a folder and not named.
  static func expanded(_ logs: [String]) throws(Failure) -> [(path: String, isFound: Bool)] {
    var all: [(path: String, isFound: Bool)] = []
    for log in logs {
      if log != "-", isFolder(log, mcapIsRecording: true) {
        all += try recordings(in: log).map { ($0, true) }
      } else {
        all.append((log, false))
      }
    }
    return all
  }

  /// The paths of the recordings in a folder, in the order of their names.
  ///
  /// - Parameter raw: Whether files of bytes without a description count too.
  static func recordings(in path: String, raw: Bool = false) throws(Failure) -> [String] {
    var folder = path
    while folder.count > 1, folder.hasSuffix("/") { folder.removeLast() }
    let names = names(in: folder).filter { isRecording($0, raw: raw) && isFile("\(folder)/\($0)") }
    guard !names.isEmpty else {
      throw Failure(
        ExitStatus.missingInput, "\(path): holds no file whose name is that of a recording" + advice(folder, raw: raw))
    }
    guard names.count <= limit else {
      throw Failure(ExitStatus.unusableData, "\(path): holds more than \(limit) recordings; name some of them")
    }
    return names.map { folder == "/" ? "/\($0)" : "\(folder)/\($0)" }
  }

  private static func names(in folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
  }

  /// A pipe would wait for whoever writes into it.
  private static func isFile(_ path: String) -> Bool {
    var facts = stat()
    return stat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFREG
  }

  private static func isRecording(_ name: String, raw: Bool) -> Bool {
    guard !name.hasPrefix("."), let format = LogFileName(name).format else { return false }
    // Lists of labels and the like are JSON too.
    let isDescription = ["labels.json", "meta.json", "info.json", "package.json"].contains(name.lowercased())
    return (format != .raw || raw) && !isDescription
  }

  /// Where recordings are, if not here but one step below.
  private static func advice(_ folder: String, raw: Bool) -> String {
    let below = names(in: folder).filter { name in
      !name.hasPrefix(".") && isFolder("\(folder)/\(name)")
        && names(in: "\(folder)/\(name)").contains { isRecording($0, raw: raw) }
    }
    guard !below.isEmpty else { return "" }
    let more = below.count > 6 ? " and \(below.count - 6) more" : ""
    return ", but \(below.count == 1 ? "its folder" : "its folders") "
      + "\(below.prefix(6).joined(separator: ", "))\(more) \(below.count == 1 ? "does" : "do"); name "
      + "\(below.count == 1 ? "\(folder)/\(below[0])" : "one of them")"
  }

  /// The folder that all of these are in, or below; empty for the current one.
  static func common(_ paths: [String]) -> String {
    let folders = Set(paths.map(OutputPlace.folder(of:)))
    if folders.count == 1 { return folders.first ?? "" }
    let parts = folders.map { folder in
      (folder.hasPrefix("/") ? ["/"] : []) + folder.split(separator: "/").map(String.init).filter { $0 != "." }
    }
    var shared = parts.first ?? []
    for part in parts { shared = zip(shared, part).prefix { $0.0 == $0.1 }.map(\.0) }
    return shared.first == "/" ? "/" + shared.dropFirst().joined(separator: "/") : shared.joined(separator: "/")
  }
}

extension LogReadError {
  /// Whether a file that was found in a folder is just something else: many lists and descriptions are JSON.
  var isOfAnotherKind: Bool {
    switch code {
    case .unsupportedFormat, .missingHeader: true
    case .noTimeColumn, .noChannels: path.lowercased().hasSuffix(".json")
    default: false
    }
  }
}
