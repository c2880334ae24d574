import ArgumentParser
import Foundation
import SensorLogs

/// Merges recordings by time.
struct MergeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Merges recordings into one, by time.",
    discussion: """
      EXAMPLES:
        martlet merge robot.mcap camera.mcap -o both.mcap
        martlet merge monday.csv tuesday.csv -o week.csv.zst
        martlet merge acc.csv gyro.csv -o imu.csv --align --tolerance 20ms

      MCAP recordings keep every message, attachment and metadata record, by log time. Recordings of the same channels \
      are interleaved; of frames of one time that of the recording named first goes first. Recordings of different \
      channels keep a topic each in MCAP, named after their files; with --align they become one table: the frames of \
      the first, each with what every other said last, unless that is older than --tolerance. Channels whose names are \
      taken get their file's name in front. Numbers of two units are never put into one column.

      Exit status 3 means that something of a recording was lost on the way.
      """)

  @Argument(help: "Recordings, plain or compressed, or rosbag2 folders.", completion: .file())
  var logs: [String]

  @Option(
    name: .shortAndLong, help: ArgumentHelp("The file to write; - is standard output.", valueName: "file"),
    completion: .file())
  var output: String

  @Flag(help: "Join recordings of different channels on time, into one table.")
  var align = false

  @Option(help: ArgumentHelp("With --align: the oldest value that still counts. (default: 1s)", valueName: "time"))
  var tolerance: ReplayLength?

  @Option(
    help: ArgumentHelp("How far frames may be out of order and are put in order. (default: 1s)", valueName: "time"))
  var horizon: ReplayLength?

  @OptionGroup var reading: LogOptions

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
    var merge: LogMergeReport
  }

  func validate() throws {
    guard logs.count >= 2 else { throw ValidationError("merge takes at least two recordings") }
    guard logs.count <= 256 else {
      throw ValidationError("at most 256 recordings are merged at once, found \(logs.count)")
    }
    if tolerance != nil, !align { throw ValidationError("--tolerance goes with --align") }
    if logs.count(where: { $0 == "-" }) > 1 { throw ValidationError("standard input can be read once only") }
    if json, output == "-" {
      throw ValidationError("the recording and the report cannot both go to standard output; name a file for --output")
    }
  }

  func run() throws {
    var options = LogMergeOptions()
    options.read = try LogReadOptions(reading, advanced)
    try writing.apply(to: &options.write, target: output == "-" ? .csv : LogFileName(output).format)
    options.aligns = align
    options.tolerance = tolerance?.nanoseconds ?? options.tolerance
    options.horizon = horizon?.nanoseconds ?? options.horizon
    if output == "-" { options.write.format = .csv }
    try OutputPlace.checkRecording(output, format: nil, force: force)
    Interruption.watch()
    let reporter = ProgressReporter(isQuiet: quiet || output == "-")
    let found = try StandardOutput.untilGone {
      defer { reporter.finish() }
      return try LogMerger.merge(
        logs, to: output, options: options, progress: reporter.byteCounter("merging"),
        isCancelled: { Interruption.isRequested })
    }
    guard let report = found else { return }
    if json {
      try StandardOutput.write(ReportJSON.text(Report(merge: report)))
    } else if !quiet {
      if output == "-" {
        Terminal.standardError.say(report.text, as: .note)
      } else {
        try StandardOutput.write(report.text)
      }
    }
    tell(report)
    try Losses.end(frameless: report.frameless, hasLosses: report.hasLosses)
  }

  private func tell(_ report: LogMergeReport) {
    for input in report.inputs {
      Losses.tell(input.losses, of: input.path)
      for note in input.notes { Terminal.standardError.say("\(input.path): \(note)", as: .note) }
      if input.late > 0 {
        Terminal.standardError.say(
          "\(input.path): \(Readable.count(input.late)) frames were out of order by more than --horizon and stand behind "
            + "later ones", as: .warning)
      }
    }
    if report.stepsBack > 0, report.inputs.allSatisfy({ $0.late == 0 }) {
      Terminal.standardError.say(
        "\(Readable.count(report.stepsBack)) messages stand behind later ones, because a recording without an index is "
          + "read as it stands", as: .warning)
    }
  }
}

extension LogMergeReport {
  fileprivate var text: String {
    let rule =
      switch self.rule {
      case .messages: "messages by log time"
      case .interleaved: "frames by time"
      case .aligned: "frames joined on time"
      }
    var text = "\(output): \(Readable.count(written)) \(rule), from \(inputs.count) recordings"
    if attachments + metadata > 0 {
      text += ", \(Readable.count(attachments)) attachments, \(Readable.count(metadata)) metadata"
    }
    let topics = inputs.compactMap(\.topic)
    if !topics.isEmpty { text += ", topics \(topics.prefix(8).joined(separator: ", "))" }
    return text + ", \(Readable.bytes(Double(bytesWritten))) written"
  }
}
