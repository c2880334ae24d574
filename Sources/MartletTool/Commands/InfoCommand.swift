import ArgumentParser
import Foundation
import SensorLogs

/// Tells what is in recordings.
struct InfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info",
    abstract: "Tells what is in recordings: channels, labels, rates, gaps, damage.",
    discussion: """
      EXAMPLES:
        martlet info SampleData/wrist/*.mcap
        martlet info --json walk.csv.zst | jq '.logs[0].frames'

      Format and compression are told from the content: CSV, TSV, JSON Lines, MCAP, SDS, Edge Impulse, WFDB, EDF or BDF, \
      plain or in zstd, gzip or LZ4. Exit status 3 means that something in a recording is lost, 65 that one holds no frames at all. \
      martlet info --help-hidden shows options for tables that name their columns in an unusual way.
      """)

  @Argument(
    help: "Recordings, plain or compressed, or folders of them; - is standard input.", completion: .file())
  var logs: [String]

  @Flag(help: "Print JSON instead of text.")
  var json = false

  @OptionGroup var reading: LogOptions

  @Flag(name: .shortAndLong, help: "Show no progress.")
  var quiet = false

  @OptionGroup(title: "Advanced options", visibility: .hidden) var advanced: AdvancedLogOptions

  private struct Report: Encodable {
    /// Grows when a key changes its meaning or goes away.
    var schemaVersion = 1
    let logs: [LogSummary]
  }

  func run() throws {
    let options = try LogReadOptions(reading, advanced)
    let reporter = ProgressReporter(isQuiet: quiet)
    var summaries: [LogSummary] = []
    var status = ExitStatus.success
    for (log, isFound) in try RecordingFolder.expanded(logs) {
      do throws(LogReadError) {
        defer { reporter.finish() }
        let summary = try LogInspector.inspect(log, options: options, progress: reporter.byteCounter("reading"))
        summaries.append(summary)
        status = Self.worse(status, summary.exitStatus)
      } catch {
        if isFound, error.isOfAnotherKind {
          Terminal.standardError.say("left out: \(error.description)", as: .warning)
          continue
        }
        Terminal.standardError.say(error.description, as: .error)
        status = Self.worse(status, error.exitStatus)
      }
      if !json, let summary = summaries.last, summary.path == log {
        try StandardOutput.write((summaries.count > 1 ? "\n" : "") + summary.text)
      }
    }
    if json { try StandardOutput.write(ReportJSON.text(Report(logs: summaries))) }
    if status != ExitStatus.success { throw Failure(status) }
  }

  /// A recording that cannot be opened weighs more than one without frames, and that more than one with losses.
  private static func worse(_ left: Int32, _ right: Int32) -> Int32 { max(left, right) }
}

extension LogSummary {
  fileprivate var exitStatus: Int32 {
    if frames == 0 { return ExitStatus.unusableData }
    return losses.isEmpty ? ExitStatus.success : ExitStatus.dataLost
  }
}
