import Foundation
import PipelineModel
import PipelineText
import SensorLogs

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

  /// Looks at a folder that is to be gone on with.
  ///
  /// - Parameter source: The pipeline with its overrides, as a run leaves it there.
  /// - Throws: if the folder holds a run of another pipeline, or of this one with other values.
  static func checkResumed(_ path: String, source: String) throws(Failure) {
    let place = "\(path)/pipeline.swift"
    guard exists(place) else { return }
    let kept = try InputFile.bytes(of: place, atMost: Pipeline.fileSizeLimit + 1, isRegular: true)
    guard kept.elementsEqual(source.utf8) else {
      throw Failure(
        ExitStatus.cannotCreateOutput,
        "\(path): holds the run of another pipeline, or of this one with other values ('\(place)' tells which); "
          + "choose another --output, or --force to write into it")
    }
  }

  /// Looks at all files that a recording is to be written as.
  ///
  /// - Parameters:
  ///   - format: nil: what the path's name says.
  ///   - kept: Files of these that may stand there already.
  ///   - inputs: What is read meanwhile, which is never replaced.
  static func checkRecording(
    _ path: String, format: LogFormat?, force: Bool, kept: [String] = [], inputs: [String] = []
  ) throws(Failure) {
    for file in SensorLog.filesWritten(path, format: format) where file == path || !kept.contains(file) {
      try checkFile(file, force: force, of: file == path ? nil : path, inputs: inputs)
    }
  }

  /// - Parameter recording: The file that is asked for, where this is one of its companions.
  ///   - inputs: What is read meanwhile, which is never replaced.
  /// - Throws: if the file cannot be made, or exists and `force` does not allow for it. A pipe is never replaced.
  static func checkFile(
    _ path: String, force: Bool, of recording: String? = nil, inputs: [String] = []
  ) throws(Failure) {
    for input in inputs where input != "-" && path != "-" && LogRecovery.isSameFile(input, path) {
      throw Failure(ExitStatus.usage, "\(path): is what is read; name another output")
    }
    let target = try outputTarget(path)
    guard case .file(let place) = target else { return try checkStream(path, force: force) }
    var isDirectory: ObjCBool = false
    if FileManager.default.fileExists(atPath: place, isDirectory: &isDirectory) {
      guard !isDirectory.boolValue else {
        throw Failure(ExitStatus.cannotCreateOutput, "\(path): is a folder; name the file to write")
      }
      guard force else {
        let why = recording.map { ", and '\($0)' would have a file of that name" } ?? ""
        throw Failure(ExitStatus.cannotCreateOutput, "\(path): exists already\(why); choose another name, or --force")
      }
    }
    let folder = Self.folder(of: place)
    guard folder.isEmpty || exists(folder) else {
      throw Failure(ExitStatus.cannotCreateOutput, "\(path): there is no folder '\(folder)'; make it first")
    }
    try checkWritable(nearestFolder: folder, output: path, wanted: "name")
  }

  private static func outputTarget(_ path: String) throws(Failure) -> OutputTarget {
    do throws(LogReadError) {
      return try OutputTarget(path)
    } catch {
      throw Failure(error.exitStatus, error.description)
    }
  }

  private static func checkStream(_ path: String, force: Bool) throws(Failure) {
    if path == "-" { return }
    var facts = stat()
    // What is written to a disk replaces what is on it.
    if stat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFBLK, !force {
      throw Failure(ExitStatus.cannotCreateOutput, "\(path): is a disk; choose another name, or --force")
    }
    guard access(path, W_OK) == 0 else {
      throw Failure(ExitStatus.cannotCreateOutput, "\(path): cannot write to it: \(String(cString: strerror(errno)))")
    }
  }

  /// Writes a small file, which appears when it is complete.
  static func write(_ data: some Sequence<UInt8>, to path: String) throws(Failure) {
    do throws(LogReadError) {
      try WholeFile.write(Array(data), to: path)
    } catch {
      throw Failure(error.exitStatus, error.description)
    }
  }

  /// - Parameter wanted: What to choose another of.
  private static func checkWritable(
    nearestFolder path: String, output: String, wanted: String = "--output"
  ) throws(Failure) {
    var folder = path
    while !folder.isEmpty, !exists(folder) { folder = Self.folder(of: folder) }
    if folder.isEmpty { folder = "." }
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder, isDirectory: &isDirectory), isDirectory.boolValue else {
      throw Failure(ExitStatus.cannotCreateOutput, "\(output): '\(folder)' is no folder; choose another \(wanted)")
    }
    guard access(folder, W_OK | X_OK) == 0 else {
      throw Failure(
        ExitStatus.cannotCreateOutput,
        "\(output): cannot write into '\(folder)': \(String(cString: strerror(errno))); choose another \(wanted)")
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

  /// What stands behind the last slash: `b` of `a/b` and of `a/b/`.
  static func lastPart(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

  static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }
}
