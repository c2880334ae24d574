import ArgumentParser
import Foundation
import PipelineModel
import PipelineRunner
import PipelineText

/// `--set`, which all commands that read a pipeline take.
struct OverrideOptions: ParsableArguments {
  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp(
      "Replace a value of the file, such as train.epochs=3 or 'update=.lastLayer'; may be repeated.",
      valueName: "stage.argument=value"), completion: .override)
  var overrides: [String] = []
}

/// A pipeline file, read and found right.
struct LoadedPipeline {
  /// The file's text, or the pipeline as it would be written with its overrides.
  let source: String
  let checked: CheckedPipeline
  /// As it was read, for diagnostics at places of the text.
  let file: PipelineFile

  /// - Parameters:
  ///   - path: As the user wrote it; `-` is standard input.
  ///   - overrides: Written `stage.argument=value`.
  ///   - isFinal: Whether this is what will train, so that its arena has to be large enough.
  ///   - checksWeights: Whether the file of weights that the pipeline names is looked at, if it is there.
  ///   - isOfRun: Whether it stands in a run directory.
  /// - Throws: after the file's mistakes have been shown.
  init(
    path: String, overrides: [String], isFinal: Bool = true, checksWeights: Bool = false, isOfRun: Bool = false
  ) throws {
    (file, source) = try Self.read(
      path: path, overrides: overrides, isFinal: isFinal, checksWeights: checksWeights, isOfRun: isOfRun)
    guard let pipeline = file.pipeline else {
      Terminal.standardError.write(file.rendered)
      let count = file.diagnostics.count
      throw Failure(ExitStatus.invalidPipeline, "\(path): \(count) \(count == 1 ? "mistake" : "mistakes")")
    }
    checked = try pipeline.checked()
  }

  /// The file with all its mistakes, and its text, or that of the pipeline with its overrides.
  ///
  /// - Throws: where the file cannot be read, or an override is wrong.
  static func read(
    path: String, overrides: [String], isFinal: Bool = true, checksWeights: Bool = false, isOfRun: Bool = false
  ) throws -> (PipelineFile, String) {
    let bytes = try InputFile.bytes(of: path, atMost: Pipeline.fileSizeLimit + 1, isRegular: isOfRun)
    let name = path == "-" ? "standard input" : path
    var file = Pipeline.read(bytes: bytes, named: name)
    var source = String(decoding: bytes, as: UTF8.self)
    if let pipeline = file.pipeline, !overrides.isEmpty {
      source = try pipeline.applying(overrides: overrides).source()
      file = Pipeline.read(source, named: "\(name) with --set")
    }
    if isFinal { file = file.planned() }
    if checksWeights, let issue = try file.pipeline?.checked().weightsIssue() { file = file.reporting([issue]) }
    return (file, source)
  }
}

/// A small file, read whole.
enum InputFile {
  /// - Returns: The first bytes of the file, at most `limit`.
  ///
  /// - Parameter isRegular: Whether nothing but a regular file will do, as in a folder that others may have made.
  static func bytes(of path: String, atMost limit: Int, isRegular: Bool = false) throws(Failure) -> [UInt8] {
    if isRegular {
      var facts = stat()
      if stat(path, &facts) == 0, facts.st_mode & S_IFMT != S_IFREG {
        throw Failure(ExitStatus.missingInput, "\(path): is no regular file; give the folder that 'martlet run' left")
      }
      if facts.st_size > limit {
        throw Failure(ExitStatus.unusableData, "\(path): is larger than any that 'martlet run' leaves")
      }
    }
    let descriptor = path == "-" ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw missing(path) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while bytes.count < limit {
      let wanted = min(buffer.count, limit - bytes.count)
      let count = read(descriptor, &buffer, wanted)
      if count > 0 {
        bytes += buffer[..<count]
      } else if count == 0 {
        break
      } else if errno == EISDIR {
        throw missing(path)
      } else if errno != EINTR {
        throw Failure(ExitStatus.inputOutput, "\(path): cannot read on: \(lastReason)")
      }
    }
    return bytes
  }

  private static func missing(_ path: String) -> Failure {
    Failure(ExitStatus.missingInput, "\(path): cannot open the file: \(lastReason)")
  }

  private static var lastReason: String { String(cString: strerror(errno)) }
}
