#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

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
    try FileInput(path: path(of: name), isCompanion: true)
  }

  /// Opens a file if there is one. One that is there and cannot be opened is an error, not a missing one.
  func openIfPresent(_ name: String) throws(LogReadError) -> FileInput? {
    let path = try path(of: name)
    var status = stat()
    if stat(path, &status) != 0, errno == ENOENT || errno == ENOTDIR { return nil }
    return try FileInput(path: path, isCompanion: true)
  }

  /// The names in the folder, in no order; none where it cannot be listed.
  var names: [String] {
    guard let opened = opendir(folder.isEmpty ? "." : folder) else { return [] }
    defer { closedir(opened) }
    var names: [String] = []
    while let entry = readdir(opened) {
      names.append(
        withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
    }
    return names
  }

  /// Calls a function while no other program that asks so, and no other thread, changes companions in the folder.
  ///
  /// Where the file system has no locks, without one.
  func withLockedFolder<Value>(_ body: () throws(LogReadError) -> Value) throws(LogReadError) -> Value {
    #if canImport(Darwin)
      let opened = Darwin.open(folder.isEmpty ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    #elseif canImport(Musl)
      let opened = Musl.open(folder.isEmpty ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    #else
      let opened = Glibc.open(folder.isEmpty ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    #endif
    // Closing gives the lock back.
    defer { if opened >= 0 { close(opened) } }
    while opened >= 0, flock(opened, LOCK_EX) != 0, errno == EINTR {}
    return try body()
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
