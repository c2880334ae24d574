/// The folder of a recording that is spread over several files.
///
/// A header names the files that belong to it. Only files of its own folder are opened: a name with a separator, or one
/// that leads elsewhere, is refused, so that a header from a stranger cannot have any other file read.
struct CompanionFiles {
  /// With a slash at its end, or empty for the current folder.
  let folder: String

  /// The name of the main file within the folder.
  let mainName: String

  private let mainPath: String

  init(beside mainPath: String) {
    self.mainPath = mainPath
    let slash = mainPath.lastIndex(of: "/")
    folder = slash.map { String(mainPath[...$0]) } ?? ""
    mainName = slash.map { String(mainPath[mainPath.index(after: $0)...]) } ?? mainPath
  }

  /// The path of a file of the same folder.
  ///
  /// - Throws: ``LogReadError/Code/forbiddenName(_:)`` where the name could lead out of the folder.
  func path(of name: String) throws(LogReadError) -> String {
    let isPlain =
      !name.isEmpty && name != "." && name != ".." && name.utf8.count <= 255
      && !name.utf8.contains { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") || $0 < 32 }
    guard isPlain else { throw LogReadError(.forbiddenName(name), path: mainPath) }
    // A leading dash or tilde has no meaning to `open`; standard input is asked for by a lone dash only.
    return folder.isEmpty && name == "-" ? "./-" : folder + name
  }

  func open(_ name: String) throws(LogReadError) -> FileInput {
    try FileInput(path: path(of: name))
  }

  /// Opens a file if there is one.
  func openIfPresent(_ name: String) throws(LogReadError) -> FileInput? {
    let path = try path(of: name)
    do {
      return try FileInput(path: path)
    } catch {
      if case .cannotOpen = error.code { return nil }
      throw error
    }
  }
}

extension ByteStream {
  /// All of a small file.
  ///
  /// - Throws: where it is larger than allowed; `what` names it in the sentence.
  func wholeText(maximumBytes: Int, what: String) throws(LogReadError) -> [UInt8] {
    while window.count <= maximumBytes {
      if try !fill() { break }
    }
    guard window.count <= maximumBytes else {
      throw LogReadError(.unsupportedFormat(found: "\(what) of more than \(maximumBytes) bytes"), path: path)
    }
    return Array(window)
  }
}
