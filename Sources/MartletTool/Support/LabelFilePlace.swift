import Foundation
import SensorLogs

/// A file of labels, `--labels`, for one recording or, with `*` for a recording's name, for each of several.
struct LabelFilePlace {
  /// As it was given.
  private let path: String
  private let position: LabelTrack.Position
  private let tolerance: Double?
  private let isPattern: Bool

  /// nil where labels stand elsewhere.
  ///
  /// - Throws: where a file has a `*` in its own name, which a pipeline cannot say.
  init?(_ source: LabelSource?) throws(Failure) {
    guard case .file(let path, let position, let tolerance)? = source else { return nil }
    (self.path, self.position, self.tolerance) = (path, position, tolerance)
    isPattern = path.contains("*")
    if isPattern, OutputPlace.exists(path) {
      throw Failure(
        ExitStatus.usage, "\(path): in a pipeline '*' stands for the recording's name; give the file of labels another")
    }
  }

  /// The labels of one recording.
  func source(for recording: String) -> LabelSource {
    .file(path: file(for: recording), position: position, toleranceSeconds: tolerance)
  }

  private func file(for recording: String) -> String {
    guard isPattern else { return path }
    let name = String(OutputPlace.lastPart(recording).prefix { $0 != "." })
    let written = path.split(separator: "*", omittingEmptySubsequences: false).joined(separator: name)
    // A bare pattern is of files beside the recordings.
    let folder = OutputPlace.folder(of: recording)
    return path.contains("/") || folder.isEmpty ? written : "\(folder)/\(written)"
  }

  /// Whether a file holds labels of one of the recordings and so is none itself.
  func holdsLabels(_ file: String, of recordings: [String]) -> Bool {
    recordings.contains { $0 != file && Self.parts(self.file(for: $0)) == Self.parts(file) }
  }

  /// How a pipeline names the file, relative to the folders of the recordings.
  func name(for recordings: [String]) -> String {
    if path.hasPrefix("/") || (isPattern && !path.contains("/")) { return path }
    let file = Self.parts(path)
    let folders = Set(recordings.map { Self.parts($0).dropLast() })
    guard folders.count == 1, let folder = folders.first else { return "/" + file.dropFirst().joined(separator: "/") }
    let shared = zip(folder, file).prefix { $0.0 == $0.1 }.count
    return String(repeating: "../", count: folder.count - shared) + file.dropFirst(shared).joined(separator: "/")
  }

  /// From the root.
  private static func parts(_ path: String) -> [String] {
    URL(fileURLWithPath: path).standardizedFileURL.pathComponents
  }
}
