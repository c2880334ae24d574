import ArgumentParser
import SensorLogs

/// Labels that do not stand in the recording itself.
struct LabelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Labels in a file of their own: intervals (start, end, label), events (time, label) or structured labels.",
      valueName: "file"), completion: .file())
  var labels: String?

  @Option(help: ArgumentHelp("One label for all frames.", valueName: "name"))
  var label: String?

  @Flag(
    help: ArgumentHelp(
      "The label is the recording's name up to its first dot: walking of walking.3.csv.", visibility: .hidden))
  var labelFromName = false

  @Option(
    help: ArgumentHelp(
      "What positions in the file of labels count: recording (its clock), start (time since its start) or frames.",
      visibility: .hidden))
  var labelClock = LabelClock.recording

  @Option(
    help: ArgumentHelp(
      "Labels of instants hold so many seconds before and behind their time, not until the next.",
      valueName: "seconds", visibility: .hidden))
  var labelTolerance: Double?

  func validate() throws {
    if (labels != nil ? 1 : 0) + (label != nil ? 1 : 0) + (labelFromName ? 1 : 0) > 1 {
      throw ValidationError("give one of --labels, --label and --label-from-name")
    }
    if labels == nil, labelTolerance != nil || labelClock != .recording {
      throw ValidationError("--label-clock and --label-tolerance go with --labels")
    }
    if let labelTolerance, !(labelTolerance >= 0 && labelTolerance < 1e9) {
      throw ValidationError("--label-tolerance takes a number of seconds from 0, found \(labelTolerance)")
    }
  }

  /// nil: the recording's own.
  var source: LabelSource? {
    if let labels {
      return .file(path: labels, position: labelClock.position, toleranceSeconds: labelTolerance)
    }
    if let label { return .constant(label) }
    return labelFromName ? .fileName : nil
  }
}

enum LabelClock: String, ExpressibleByArgument, CaseIterable {
  case recording
  case start
  case frames

  var position: LabelTrack.Position {
    switch self {
    case .recording: .time
    case .start: .sinceFirstFrame
    case .frames: .frame
    }
  }
}
