import ArgumentParser
import Foundation
import SensorLogs

/// Keeps the good part of a damaged recording.
struct RecoverCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recover",
    abstract: "Writes a whole recording of what can be read of a damaged one.",
    discussion: """
      EXAMPLES:
        martlet recover crashed.mcap -o whole.mcap
        martlet recover torn.csv.zst -o good.csv.zst
        cat torn.csv.gz | martlet recover - -o good.csv

      Good rows of tables and JSON Lines are kept as they stand, also behind damaged compression frames; MCAP is \
      recovered record by record, with attachments and metadata; of EDF, BDF, SDS and raw recordings all whole records \
      are kept. The output's name may ask for another format or compression. What is written is read again and \
      compared before it gets its name.

      Exit status 0 means that nothing was lost, 3 that something was, 65 that nothing could be kept.
      """)

  @Argument(help: "The recording, plain or compressed; - is standard input.", completion: .file())
  var log: String

  @Option(
    name: .shortAndLong, help: ArgumentHelp("The file to write; - is standard output.", valueName: "file"),
    completion: .file())
  var output: String

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
    var recovery: LogRecoveryReport
    var isComplete: Bool
  }

  func validate() throws {
    if json, output == "-" {
      throw ValidationError("the recording and the report cannot both go to standard output; name a file for --output")
    }
  }

  func run() throws {
    var options = LogRecoveryOptions()
    options.read = try advanced.readOptions()
    options.write.rawLayout = options.read.rawLayout
    try writing.apply(to: &options.write, target: LogFileName(output).format)
    // Recordings of one SDS stream share their description, which is kept as it is.
    try OutputPlace.checkRecording(output, format: nil, force: force, kept: SensorLog.filesWritten(log))
    Interruption.watch()
    let reporter = ProgressReporter(isQuiet: quiet)
    let found = try StandardOutput.untilGone {
      defer { reporter.finish() }
      return try LogRecovery.recover(
        log, to: output, options: options, progress: reporter.byteCounter("recovering"),
        isCancelled: { Interruption.isRequested })
    }
    guard let report = found else { return }
    if json {
      try StandardOutput.write(ReportJSON.text(Report(recovery: report, isComplete: report.isComplete)))
    } else if !quiet {
      if output == "-" {
        Terminal.standardError.say(report.text, as: .note)
      } else {
        try StandardOutput.write(report.text)
      }
    }
    Losses.tell(report.losses, of: report.input)
    for note in report.notes { Terminal.standardError.say("\(report.input): \(note)", as: .note) }
    if !report.isComplete { throw Failure(ExitStatus.dataLost) }
  }
}

extension LogRecoveryReport {
  fileprivate var text: String {
    let unit = outputFormat == .mcap && format == .mcap ? "messages" : "frames"
    var text = "\(output): \(Readable.count(kept)) \(unit) kept"
    if let mcap, mcap.attachments + mcap.metadata > 0 {
      text += ", \(Readable.count(mcap.attachments)) attachments, \(Readable.count(mcap.metadata)) metadata"
    }
    text += isComplete ? ", nothing lost" : lost > 0 ? ", \(Readable.count(lost)) known to be lost" : ", some lost"
    return text + ", \(Readable.bytes(Double(bytesWritten))) written and verified"
  }
}
