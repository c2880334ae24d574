import Foundation
import SensorLogs

/// How a replay ended.
struct ReplayEnding {
  let report: ReplayReport
  /// Why the recordings could not be read to their end, if so.
  let failure: LogReadError?
  /// Whether someone still reads standard output.
  let hasReader: Bool
  /// The recordings that have no frame at all.
  let frameless: [String]

  /// Says on standard error what was played and lost.
  ///
  /// - Throws: after all has been told, where the replay was interrupted, cut short, or something was lost.
  func tell(_ tally: WindowTally?, isQuiet: Bool) throws {
    if !isQuiet, hasReader {
      for line in report.lines + (tally?.lines ?? []) { Terminal.standardError.write(line + "\n") }
    }
    for input in report.inputs { Losses.tell(input.losses, of: input.path) }
    let dropped = tally.map { LossReport.tell($0.findings) } ?? false
    if report.interrupted {
      throw Failure(
        Interruption.failure.status, "interrupted after \(Readable.count(report.frames, "frame")); they are complete")
    }
    if let failure { throw failure }
    try Losses.refuse(frameless: frameless)
    if report.hasLosses || dropped { throw Failure(ExitStatus.dataLost) }
  }
}

extension ReplayReport {
  /// For people, a line each.
  var lines: [String] {
    var first = "replayed: \(Readable.count(frames, "frame"))"
    if loops > 1 { first += " in \(Readable.count(loops)) loops" }
    first += ", \(Self.seconds(streamSeconds)) of stream in \(Self.seconds(wallSeconds)), asked \(rate)"
    if let achievedRate { first += ", achieved ×\(Readable.decimal(achievedRate, places: achievedRate < 10 ? 3 : 1))" }
    if let framesPerSecond { first += ", \(Readable.count(Int(min(framesPerSecond, 1e15)))) frames/s" }
    var lines = [first]
    if pausedSeconds > 0.05 { lines.append("paused: \(Self.seconds(pausedSeconds))") }
    if let pace {
      lines.append(
        "pace: \(Self.milliseconds(pace.medianMilliseconds)) late in the median, "
          + "\(Self.milliseconds(pace.p99Milliseconds)) at p99, \(Self.milliseconds(pace.maximumMilliseconds)) at most")
    }
    if squashedGaps > 0 {
      lines.append("gaps: \(Readable.count(squashedGaps)) shortened by \(Self.seconds(squashedSeconds)) in all")
    }
    if clockJumps > 0 || disorderedFrames > 0 {
      lines.append(
        "clock: set back \(Readable.count(clockJumps, "time")), \(Readable.count(disorderedFrames, "frame")) out of order"
      )
    }
    if overrun.frames > 0, let from = overrun.firstFrame, let to = overrun.lastFrame {
      lines.append(
        "overrun: \(Readable.count(overrun.frames, "frame")) dropped in \(Readable.count(overrun.gaps, "place")), "
          + "between frame \(Readable.count(from)) and \(Readable.count(to)) (--overflow \(overrun.policy))")
    }
    return lines
  }

  private static func seconds(_ value: Double) -> String {
    "\(Readable.decimal(value, places: value < 100 ? 3 : 1)) s"
  }

  private static func milliseconds(_ value: Double) -> String { "\(Readable.decimal(value, places: 3)) ms" }
}

/// The report as a file.
struct ReplayReportFile: Encodable {
  struct Windows: Encodable {
    var windows: Int
    var labelled: Int
    var recognised: Int?
    var accuracy: Double?
    var classes: [WindowTally.Class]
    /// Whose adapted weights each recording was predicted with; null where none were.
    var subjects: [String?]
  }

  let replay: ReplayReport
  let windows: Windows?

  init(replay: ReplayReport, windows tally: WindowTally?) {
    self.replay = replay
    windows = tally.map { tally in
      Windows(
        windows: tally.windows, labelled: tally.labelled, recognised: tally.predicts ? tally.recognised : nil,
        accuracy: tally.accuracy, classes: tally.classes, subjects: tally.subjects)
    }
  }

  func write(to path: String) throws(Failure) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do {
      try OutputPlace.write(encoder.encode(self), to: path)
    } catch let failure as Failure {
      throw failure
    } catch {
      throw Failure(ExitStatus.internalFault, "the report cannot be encoded: \(error)")
    }
  }
}
