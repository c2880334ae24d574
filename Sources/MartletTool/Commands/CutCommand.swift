import ArgumentParser
import Foundation
import SensorLogs

/// Takes a part out of a recording.
struct CutCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cut",
    abstract: "Takes a part out of a recording, by time.",
    discussion: """
      EXAMPLES:
        martlet cut walk.mcap -o stumble.mcap --from 1m30s --duration 20s
        martlet cut walk.csv -o noon.csv --from 2026-03-01T12:00:00Z --duration 1h
        martlet cut walk.mcap -o imu.mcap --topics /imu --from 10s --latched

      Rows of tables stay as they stand; MCAP keeps its messages, all metadata, and the attachments whose time lies in \
      the part (all with --all-attachments), and its index is used to read only what is needed. Labels move along, \
      also where a label event stands before the start. Other formats, or another by the output's name, go by way of \
      frames. Behind a frame that is more than a second later than the end nothing is looked for.

      Exit status 3 means that something of the part could not be read.
      """)

  @Argument(help: "The recording, plain or compressed, or a rosbag2 folder; - is standard input.", completion: .file())
  var log: String

  @Option(
    name: .shortAndLong, help: ArgumentHelp("The file to write; - is standard output.", valueName: "file"),
    completion: .file())
  var output: String

  @OptionGroup var part: RangeOptions

  @Option(help: ArgumentHelp("The topics of MCAP to keep. (default: all)", valueName: "a,b,c"))
  var topics: String?

  @Flag(help: "Keep each topic's last message before --from too, with its own time.")
  var latched = false

  @Flag(help: "Keep attachments from outside the part too.")
  var allAttachments = false

  @Flag(help: "Print the report as JSON.")
  var json = false

  @Flag(name: .shortAndLong, help: "Show no progress and no report.")
  var quiet = false

  @Flag(help: "Replace an output that exists.")
  var force = false

  @OptionGroup(title: "Advanced options", visibility: .hidden) var writing: AdvancedWriteOptions
  @OptionGroup(title: "Advanced options", visibility: .hidden) var advanced: AdvancedLogOptions

  private struct Report: Encodable {
    /// Grows when a key changes its meaning or goes away.
    var schemaVersion = 1
    var cut: LogCutReport
  }

  func validate() throws {
    if part.range.isEverything, topics == nil {
      throw ValidationError("say which part to keep: --from, --to, --duration or --topics")
    }
    if latched, part.from == nil {
      throw ValidationError("--latched keeps what stands before --from; give --from with it")
    }
    if json, output == "-" {
      throw ValidationError("the recording and the report cannot both go to standard output; name a file for --output")
    }
  }

  func run() throws {
    var options = LogCutOptions()
    options.range = part.range
    options.read = try advanced.readOptions()
    try writing.apply(to: &options.write, target: LogFileName(output).format)
    options.topics = topics.map(LogReadOptions.names)
    options.keepsLatched = latched
    options.keepsAllAttachments = allAttachments
    try OutputPlace.checkRecording(output, format: nil, force: force)
    Interruption.watch()
    let reporter = ProgressReporter(isQuiet: quiet || output == "-")
    let found = try StandardOutput.untilGone {
      defer { reporter.finish() }
      return try LogCutter.cut(
        log, to: output, options: options, progress: reporter.byteCounter("cutting"),
        isCancelled: { Interruption.isRequested })
    }
    guard let report = found else { return }
    if json {
      try StandardOutput.write(ReportJSON.text(Report(cut: report)))
    } else if !quiet {
      if output == "-" {
        Terminal.standardError.say(report.text, as: .note)
      } else {
        try StandardOutput.write(report.text)
      }
    }
    Losses.tell(report.losses, of: report.input)
    for note in report.notes { Terminal.standardError.say("\(report.input): \(note)", as: .note) }
    if report.kept == 0 {
      Terminal.standardError.say(
        "\(report.input): nothing lies in the part that was asked for; 'martlet info' tells when it was recorded",
        as: .warning)
    }
    if !report.losses.isEmpty { throw Failure(ExitStatus.dataLost) }
  }
}

extension LogCutReport {
  fileprivate var text: String {
    let isCopy = format == .mcap && outputFormat == .mcap
    var text = "\(output): \(Readable.count(kept, isCopy ? "message" : "frame"))"
    if latched > 0 { text += ", \(Readable.count(latched)) of them from before the start" }
    if attachments + metadata > 0 {
      text += ", \(Readable.count(attachments)) attachments, \(Readable.count(metadata)) metadata"
    }
    return text + ", \(Readable.bytes(Double(bytesWritten))) written"
  }
}

extension AdvancedLogOptions {
  /// These alone.
  func readOptions() throws -> LogReadOptions {
    var options = LogReadOptions()
    columns.apply(to: &options)
    options.rateHz = rateHz
    try format.apply(to: &options)
    return options
  }
}
