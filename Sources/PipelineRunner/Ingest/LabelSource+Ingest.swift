import PipelineModel
import SensorLogs

extension CheckedIngest {
  /// Where the labels of a recording are taken from; nil: from the recording itself.
  func labelSource(for read: Read, recording path: String) -> LabelSource? {
    if let label = read.label { return .constant(label) }
    switch labels.origin {
    case .recording: return nil
    case .fileName: return .fileName
    case .intervals(let file, let position):
      return .intervals(path: Self.labelFile(file, of: path), position: .init(position))
    case .events(let file, let position, let tolerance):
      return .events(
        path: Self.labelFile(file, of: path), position: .init(position), toleranceSeconds: tolerance)
    case .structured(let file): return .structured(path: Self.labelFile(file, of: path))
    }
  }

  /// The file of labels beside a recording; each `*` stands for the recording's name.
  private static func labelFile(_ file: String, of path: String) -> String {
    // A folder is a recording too, and may be written with a slash at its end.
    let path = path.count > 1 && path.hasSuffix("/") ? path.dropLast() : path[...]
    let folder = path.lastIndex(of: "/").map { path[...$0] } ?? ""
    let name = path.dropFirst(folder.count).prefix { $0 != "." }
    let written = String(file.split(separator: "*", omittingEmptySubsequences: false).joined(separator: name))
    return file.hasPrefix("/") ? written : folder + written
  }
}

extension LabelTrack.Position {
  fileprivate init(_ position: LabelPosition) {
    switch position {
    case .clock: self = .time
    case .sinceStart: self = .sinceFirstFrame
    case .frames: self = .frame
    }
  }
}
