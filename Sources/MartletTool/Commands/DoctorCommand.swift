import ArgumentParser
import Foundation
import SensorLogs

/// Looks for everything that is wrong with recordings.
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Reads recordings to their ends and tells everything that is wrong with them.",
    discussion: """
      EXAMPLES:
        martlet doctor walk.mcap
        martlet doctor --json bags/2026-03-01 | jq '.logs[].problems'
        martlet doctor --strict SampleData/wrist/*.csv.zst

      Errors are lost data and broken rules of a format, warnings what will surprise whoever uses the recording, such \
      as gaps and clocks that jump, notes all else worth knowing. Exit status 3 means that there are errors, or with \
      --strict warnings; 65 that a file can be read as no format. martlet recover keeps the good part of a damaged \
      recording.
      """)

  @Argument(
    help: "Recordings, plain or compressed, rosbag2 folders, or folders of recordings; - is standard input.",
    completion: .file())
  var logs: [String]

  @Flag(help: "Print JSON instead of text.")
  var json = false

  @Flag(help: "Let warnings count as errors do.")
  var strict = false

  @OptionGroup var reading: LogOptions

  @Flag(name: .shortAndLong, help: "Show no progress.")
  var quiet = false

  @OptionGroup(title: "Advanced options", visibility: .hidden) var advanced: AdvancedLogOptions

  private struct Report: Encodable {
    /// Grows when a key changes its meaning or goes away.
    var schemaVersion = 1
    var logs: [LogDiagnosis]
  }

  func run() throws {
    let options = try LogReadOptions(reading, advanced)
    Interruption.watch()
    let reporter = ProgressReporter(isQuiet: quiet)
    var report = Report(logs: [])
    var status = ExitStatus.success
    for (log, isFound) in try RecordingFolder.expanded(logs) {
      do throws(LogReadError) {
        defer { reporter.finish() }
        let diagnosis = try LogDoctor.examine(
          log, options: options, progress: reporter.byteCounter("examining"),
          isCancelled: { Interruption.isRequested })
        report.logs.append(diagnosis)
        if !diagnosis.isClean(strict: strict) { status = max(status, ExitStatus.dataLost) }
      } catch {
        // Broken off by the user, what was found before is still told.
        if case .cancelled = error.code {
          if json { try StandardOutput.write(ReportJSON.text(report)) }
          throw Interruption.failure
        }
        if isFound, error.isOfAnotherKind {
          Terminal.standardError.say("left out: \(error.description)", as: .warning)
          continue
        }
        Terminal.standardError.say(error.description, as: .error)
        status = max(status, error.exitStatus)
        continue
      }
      if !json, let diagnosis = report.logs.last {
        try StandardOutput.write((report.logs.count > 1 ? "\n" : "") + diagnosis.text)
      }
    }
    if json { try StandardOutput.write(ReportJSON.text(report)) }
    if status != ExitStatus.success { throw Failure(status) }
  }
}
