import ArgumentParser
import Foundation
import PipelineRunner
import PipelineText
import SensorLogs

/// Writes a first pipeline for recordings.
struct InitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Looks at recordings and writes a pipeline file for them.",
    discussion: """
      EXAMPLES:
        martlet init walk.csv
        martlet init recordings/ --budget 32KiB -o wearers.swift
        martlet init bearing_*.csv --label-column state

      Recordings are read to their ends. What follows from them, which channels, at which rate, how long windows are, \
      who is held out, stands in the file with its reasons, to be read and changed. The file is checked, and its \
      training fits into the budget. Then: martlet run FILE
      """)

  @Argument(help: "Recordings of one kind of sensor, plain or compressed, or a folder of them.", completion: .file())
  var logs: [String]

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The file to write; - is standard output. (default: NAME.swift)", valueName: "file"),
    completion: .pipelineFile)
  var output: String?

  @Option(help: "The pipeline's name. (default: that of the recording or the folder)")
  var name: String?

  @Option(
    help: ArgumentHelp("The bytes that training may take on the device, such as 64KiB; 1 to 1GiB.", valueName: "size"))
  var budget = "64KiB"

  @Option(
    help: ArgumentHelp("Subjects to hold out of pretraining, by the start of their file names.", valueName: "a,b"))
  var holdOut: String?

  @OptionGroup var labelNames: LabelNameOptions
  @OptionGroup var reading: LogOptions

  @Flag(help: "Print the summary as JSON.")
  var json = false

  @Flag(name: .shortAndLong, help: "Show no progress and no summary.")
  var quiet = false

  @Flag(help: "Replace an output that exists.")
  var force = false

  @OptionGroup(title: "Advanced options", visibility: .hidden) var advanced: AdvancedLogOptions

  func validate() throws {
    guard !logs.isEmpty else { throw ValidationError("init takes a recording or a folder of them") }
    if json, output == "-" {
      throw ValidationError("the pipeline and the summary cannot both go to standard output; name a file for --output")
    }
    guard ByteSize.bytes(budget) != nil else {
      throw ValidationError("--budget takes a size such as 64KiB or 65536, found '\(budget)'")
    }
  }

  func run() throws {
    let (folder, files) = try RecordingFolder.files(logs)
    let title = name ?? RecordingFolder.title(logs, folder: folder)
    let output = output ?? "\(title).swift"
    if output != "-" { try OutputPlace.checkFile(output, force: force) }
    Interruption.watch()
    let surveys = try survey(files)
    var options = StarterPipeline.Options(name: title, budgetBytes: ByteSize.bytes(budget) ?? 0)
    options.labelNames = try labelNames.names
    options.hertz = advanced.rateHz
    options.holdOut = holdOut.map(LogReadOptions.names)
    let starter: StarterPipeline
    do {
      starter = try StarterPipeline(surveys, in: folder.isEmpty ? "." : folder, options: options)
    } catch {
      throw Failure(ExitStatus.unusableData, error.description)
    }
    let text = starter.text(of: logs)
    guard output != "-" else { return try StandardOutput.write(text) }
    try OutputPlace.write(text.utf8, to: output)
    if json {
      try StandardOutput.write(ReportJSON.text(Report(starter, output)))
    } else if !quiet {
      try StandardOutput.write(summary(starter, output).printableLines)
    }
  }

  private struct Report: Encodable {
    struct Reason: Encodable {
      var stage: String
      var text: String
    }

    /// Grows when a key changes its meaning or goes away.
    var schemaVersion = 1
    var pipeline: String
    var output: String
    var reasons: [Reason]

    init(_ starter: StarterPipeline, _ output: String) {
      pipeline = starter.pipeline.name
      self.output = output
      reasons = starter.reasons.map { Reason(stage: $0.stage, text: $0.text) }
    }
  }

  private func survey(_ files: [String]) throws -> [RecordingSurvey] {
    let options = try LogReadOptions(reading, advanced)
    let reporter = ProgressReporter(isQuiet: quiet || output == "-")
    defer { reporter.finish() }
    var surveys: [RecordingSurvey] = []
    for file in files {
      do throws(LogReadError) {
        surveys.append(
          try RecordingSurvey(
            file, options: options, progress: reporter.byteCounter("looking at \(OutputPlace.lastPart(file))"),
            isCancelled: { Interruption.isRequested }))
      } catch {
        if case .cancelled = error.code { throw Interruption.failure }
        // A folder may hold files that are no recordings; a file that was named must be one.
        guard RecordingFolder.isFolder(logs) else { throw Failure(error.exitStatus, error.description) }
        reporter.finish()
        Terminal.standardError.say("left out: \(error.description)", as: .warning)
      }
    }
    guard !surveys.isEmpty else {
      throw Failure(ExitStatus.unusableData, "\(logs[0]): holds no recording that can be read")
    }
    return surveys
  }

  private func summary(_ starter: StarterPipeline, _ output: String) -> String {
    let width = starter.reasons.map(\.stage.count).max() ?? 0
    let rows = starter.reasons.map { reason in
      reason.stage + String(repeating: " ", count: width - reason.stage.count + 2) + reason.text
    }
    return rows.joined(separator: "\n") + "\n\nwrote \(output); next: martlet run \(output)\n"
  }
}

/// The recordings that are meant by what was named on the command line.
private enum RecordingFolder {
  private static let limit = 4096

  static func isFolder(_ logs: [String]) -> Bool { logs.count == 1 && isFolder(logs[0]) }

  private static func isFolder(_ path: String) -> Bool {
    var isDirectory: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
      && !OutputPlace.exists("\(path)/metadata.yaml")
  }

  /// The folder that holds the recordings, and their paths in the order of their names.
  static func files(_ logs: [String]) throws(Failure) -> (folder: String, files: [String]) {
    if logs.contains("-") {
      throw Failure(ExitStatus.usage, "a pipeline reads its recordings again and again, so they cannot come by a pipe")
    }
    if isFolder(logs) {
      var folder = logs[0]
      while folder.count > 1, folder.hasSuffix("/") { folder.removeLast() }
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      let files = names.filter { isRecording($0) }.sorted().map { "\(folder)/\($0)" }
      guard !files.isEmpty else {
        throw Failure(ExitStatus.missingInput, "\(logs[0]): holds no file whose name is that of a recording")
      }
      guard files.count <= limit else {
        throw Failure(ExitStatus.unusableData, "\(logs[0]): holds more than \(limit) recordings; name some of them")
      }
      return (folder, files)
    }
    let folders = Set(logs.map(OutputPlace.folder(of:)))
    guard folders.count == 1, let folder = folders.first else {
      throw Failure(
        ExitStatus.usage,
        "the recordings are in \(folders.count) folders, and a pipeline reads from one; copy them together")
    }
    if let missing = logs.first(where: { !OutputPlace.exists($0) }) {
      throw Failure(ExitStatus.missingInput, "\(missing): there is no such file")
    }
    return (folder, logs.sorted())
  }

  private static func isRecording(_ name: String) -> Bool {
    guard !name.hasPrefix("."), let format = LogFileName(name).format else { return false }
    // Lists of labels and the like are JSON too.
    let isDescription = ["labels.json", "meta.json", "info.json", "package.json"].contains(name.lowercased())
    return format != .raw && !isDescription
  }

  /// A name for the pipeline: that of the only recording, else of the folder.
  static func title(_ logs: [String], folder: String) -> String {
    let stem = logs.count == 1 && !isFolder(logs) ? LogFileName(logs[0]).stem : OutputPlace.lastPart(folder)
    let letters = stem.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? String($0).lowercased() : "-" }.joined()
    let words = letters.split(separator: "-").joined(separator: "-")
    guard let first = words.first else { return "recordings" }
    return first.isLetter ? words : "recording-\(words)"
  }
}

extension StarterPipeline {
  /// The pipeline file, each reason as a comment before its stage.
  fileprivate func text(of logs: [String]) -> String {
    var left = reasons
    var lines: [String] = []
    for line in pipeline.source().split(separator: "\n", omittingEmptySubsequences: false) {
      let code = line.drop { $0 == " " }
      if code.hasPrefix("let ") {
        lines.append("/// Adapts an int8 network to what it has not seen, within the bytes of a small device.")
        lines.append("///")
        lines.append("/// Proposed by 'martlet init' from the recordings; every line is yours to change.")
      }
      let stage = code.prefix { $0.isLetter || $0.isNumber }
      if let place = left.firstIndex(where: { $0.stage == stage }),
        code.dropFirst(stage.count).first.map({ "( ".contains($0) }) == true
      {
        let indent = String(repeating: " ", count: line.count - code.count)
        lines += Self.wrapped(left[place].text, columns: 116 - indent.count).map { "\(indent)// \($0)" }
        left.remove(at: place)
      }
      lines.append(String(line))
    }
    return lines.joined(separator: "\n")
  }

  private static func wrapped(_ text: String, columns: Int) -> [String] {
    var lines = [""]
    // Names may hold anything, a line break too.
    for word in text.printable.split(separator: " ") {
      let last = lines[lines.count - 1]
      if last.isEmpty {
        lines[lines.count - 1] = String(word)
      } else if last.count + 1 + word.count <= columns {
        lines[lines.count - 1] += " \(word)"
      } else {
        lines.append(String(word))
      }
    }
    guard let first = lines[0].first else { return lines }
    lines[0] = first.uppercased() + lines[0].dropFirst()
    lines[lines.count - 1] += lines[lines.count - 1].hasSuffix(".") ? "" : "."
    return lines
  }
}
