import Foundation

/// Where results go, looked at before the work that makes them.
enum OutputPlace {
  /// The first of `runs/<name>-1`, `runs/<name>-2`, … that does not exist.
  static func nextRunDirectory(for pipelineName: String) -> String {
    let allowed = pipelineName.map { character in
      character.isLetter || character.isNumber || "-_.".contains(character) ? character : "-"
    }
    // A leading dot would hide it or lead elsewhere.
    let name = String(allowed.drop { $0 == "." }.prefix(80))
    let stem = "runs/\(name.isEmpty ? "pipeline" : name)"
    var number = 1
    while exists("\(stem)-\(number)") { number += 1 }
    return "\(stem)-\(number)"
  }

  /// - Throws: if the run directory cannot be made, or holds something and `force` does not allow for it.
  static func checkRunDirectory(_ path: String, force: Bool) throws(Failure) {
    var isDirectory: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) {
      guard isDirectory.boolValue else {
        throw Failure(ExitStatus.cannotCreateOutput, "\(path): a file of that name exists; choose another --output")
      }
      let contents = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
      guard contents.isEmpty || force else {
        throw Failure(
          ExitStatus.cannotCreateOutput,
          "\(path): the folder is not empty; choose another --output, or --force to write into it")
      }
    }
    try checkWritable(nearestFolder: path, output: path)
  }

  /// - Throws: if the file cannot be made, or exists and `force` does not allow for it.
  static func checkFile(_ path: String, force: Bool) throws(Failure) {
    var isDirectory: ObjCBool = false
    if FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) {
      guard !isDirectory.boolValue else {
        throw Failure(ExitStatus.cannotCreateOutput, "\(path): is a folder; name the file to write")
      }
      guard force else {
        throw Failure(ExitStatus.cannotCreateOutput, "\(path): exists already; choose another name, or --force")
      }
    }
    let folder = Self.folder(of: path)
    guard folder.isEmpty || exists(folder) else {
      throw Failure(ExitStatus.cannotCreateOutput, "\(path): there is no folder '\(folder)'; make it first")
    }
  }

  private static func checkWritable(nearestFolder path: String, output: String) throws(Failure) {
    var folder = path
    while !folder.isEmpty, !exists(folder) { folder = Self.folder(of: folder) }
    if folder.isEmpty { folder = "." }
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder, isDirectory: &isDirectory), isDirectory.boolValue else {
      throw Failure(ExitStatus.cannotCreateOutput, "\(output): '\(folder)' is no folder; choose another --output")
    }
    guard access(folder, W_OK | X_OK) == 0 else {
      throw Failure(
        ExitStatus.cannotCreateOutput,
        "\(output): cannot write into '\(folder)': \(String(cString: strerror(errno))); choose another --output")
    }
  }

  /// What stands before the last part of a path: `a` of `a/b`, `/` of `/b`, nothing of `b`.
  static func folder(of path: String) -> String {
    var path = Substring(path)
    while path.count > 1, path.last == "/" { path.removeLast() }
    guard let slash = path.lastIndex(of: "/") else { return "" }
    if slash == path.startIndex { return path.count == 1 ? "" : "/" }
    return String(path[..<slash])
  }

  static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }
}
