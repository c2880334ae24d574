#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Files that are written aside, can be read again, and get their names only when they have proved right.
///
/// They stand in a folder of their own beside where they will be, under the names that they will have, so that files
/// that name each other can be verified together. Whatever happens, the folder goes away.
final class StagedOutput {
  /// Where the main file will be; `-` is standard output, and a pipe or a device gets the file as it stands.
  let path: String
  private let isStream: Bool

  /// Where it is until then.
  let stagedPath: String
  private let folder: String
  private let destination: String

  /// - Parameter fallbackName: What the file is called while it waits to go to a stream.
  init(_ path: String, fallbackName: String) throws(LogReadError) {
    self.path = path
    isStream = OutputTarget.isStream(path)
    let companions = CompanionFiles(beside: path)
    destination = isStream ? "" : companions.folder
    let name = isStream ? fallbackName : companions.mainName
    guard !name.isEmpty else { throw LogReadError(.cannotWrite(reason: "the path names no file"), path: path) }
    let beside = isStream ? (getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp") + "/" : companions.folder
    var template = Array("\(beside).\(name.utf8.count > 100 ? "martlet" : name).XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw LogReadError(.cannotWrite(reason: FileInput.lastReason()), path: path)
    }
    folder = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    stagedPath = "\(folder)/\(name)"
  }

  /// Whether a path is one where the files of an output wait.
  static func isStaged(_ path: String, for output: String) -> Bool {
    let name = CompanionFiles(beside: output).mainName
    return path != output && path.hasSuffix("/\(name)")
      && path.dropLast(name.utf8.count + 1).dropLast(6).hasSuffix(".\(name).")
  }

  deinit {
    for name in names { unlink("\(folder)/\(name)") }
    rmdir(folder)
  }

  private var names: [String] {
    guard let opened = opendir(folder) else { return [] }
    defer { closedir(opened) }
    var names: [String] = []
    while let entry = readdir(opened) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// Gives every file its name, or sends the one there is to a stream.
  func settle() throws(LogReadError) {
    if isStream { return try sendAlone() }
    try CompanionFiles(beside: path).withLockedFolder { () throws(LogReadError) in
      try checkDescription()
      let labels = try mergedLabels()
      if stagedPath.lowercased().hasSuffix(".hea") {
        try WFDBWriter.clear(path, keepsAnnotations: names.contains { $0.hasSuffix(".atr") })
      }
      // The main file last: who sees it finds its companions. Labels of several recordings are no companion of one.
      let staged = names.filter { $0 != StructuredLabels.fileName }.map { "\(folder)/\($0)" }
      for file in staged.filter({ $0 != stagedPath }) + [stagedPath] {
        let name = String(file.dropFirst(folder.utf8.count + 1))
        try move(file, to: destination + name)
      }
      try labels?.finish()
    }
  }

  /// The labels of an Edge Impulse recording, among those that the folder's other recordings have; nil where nothing is
  /// to be changed.
  private func mergedLabels() throws(LogReadError) -> OutputFile? {
    let staged = CompanionFiles(beside: stagedPath)
    var ranges: [StructuredLabels.Range] = []
    if let input = try staged.openIfPresent(StructuredLabels.fileName) {
      let tokens = JSONTokens(TokenSource(try ByteStream(input, windowLogMaximum: 23), key: nil))
      _ = try StructuredLabels.forEach(tokens) { (file, element) throws(LogReadError) in
        if file == staged.mainName, case .range(let range) = element { ranges.append(range) }
      }
    } else if LogFileName(path).format != .edgeImpulse {
      return nil
    }
    return try StructuredLabels.prepared(ranges, beside: path)
  }

  /// A recovered recording changes what others of its SDS stream say as little as a new one.
  private func checkDescription() throws(LogReadError) {
    guard let stream = SDSFileName(CompanionFiles(beside: path).mainName)?.stream,
      let input = try CompanionFiles(beside: stagedPath).openIfPresent(SDSDescription.name(ofStream: stream))
    else { return }
    let bytes = try ByteStream(input, windowLogMaximum: 23).wholeText(
      maximumBytes: SDSMetadata.maximumBytes, what: "SDS metadata")
    try SDSDescription.check(beside: path, stream: stream) { $0 == bytes }
  }

  private func move(_ file: String, to path: String) throws(LogReadError) {
    guard case .file(let target) = try OutputTarget(path) else { return try send(file, to: path) }
    if rename(file, target) == 0 { return }
    // A link can lead to another disk.
    guard errno == EXDEV else { throw LogReadError(.cannotWrite(reason: FileInput.lastReason()), path: path) }
    try send(file, to: path)
  }

  private func sendAlone() throws(LogReadError) {
    guard names.count == 1 else {
      throw LogReadError(
        .invalidOption("the recording is several files and cannot go to a stream; name a file"), path: path)
    }
    try send(stagedPath, to: path)
  }

  private func send(_ staged: String, to path: String) throws(LogReadError) {
    guard let file = try RandomAccessFile(path: staged) else {
      throw LogReadError(.cannotWrite(reason: "what was to be sent is gone"), path: path)
    }
    let output = try OutputFile(path: path)
    var position = 0
    while position < file.size {
      let piece = try file.bytes(at: position, count: 256 << 10)
      if piece.isEmpty { break }
      try output.write(piece)
      position += piece.count
    }
    try output.finish()
  }
}

/// Standard input in a file with a name, for those who open it by that or more than once; it goes away with this value.
final class StandardInputFile {
  private let staged: StagedOutput
  var path: String { staged.stagedPath }

  /// What was wrong with the compression of standard input, which the file no longer has.
  private(set) var damage: LogLoss?

  /// All bytes as they come.
  init(isCancelled: () -> Bool) throws(LogReadError) {
    staged = try StagedOutput("-", fallbackName: "stdin")
    let input = try FileInput(path: "-")
    let file = try OutputFile(path: staged.stagedPath)
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
    defer { memory.deallocate() }
    while true {
      if isCancelled() { throw LogReadError(.cancelled, path: input.path) }
      let count = try input.read(into: memory)
      if count == 0 { break }
      try file.write(UnsafeRawBufferPointer(rebasing: memory.prefix(count)))
    }
    try file.finish()
  }

  /// All bytes of a stream of which nothing has been taken, decompressed.
  init(_ stream: ByteStream, isCancelled: () -> Bool) throws(LogReadError) {
    staged = try StagedOutput("-", fallbackName: "stdin")
    let file = try OutputFile(path: staged.stagedPath)
    repeat {
      if isCancelled() { throw LogReadError(.cancelled, path: stream.path) }
      try file.write(stream.window)
      stream.advance(stream.window.count)
    } while try stream.fill()
    try file.finish()
    damage = stream.damage
  }
}
