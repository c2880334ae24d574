import Foundation
import PipelineRunner
import SensorLogs

/// Reads recordings through the model of a run, as fast as they come, in memory that does not grow with them.
struct ModelReader {
  let target: ReplayTarget
  /// Labels that do not stand in the recordings.
  var labels: LabelSource?
  /// Whether windows come with a score for each class.
  var scores = false
  let reporter: ProgressReporter

  /// What is known when a recording has ended.
  struct Ending {
    var path: String
    var frames: Int
    var losses: LogLosses
    var findings: IngestFindings
    /// Whose adapted weights were used; nil for those as quantised.
    var subject: String?
    var windows = 0

    var isFrameless: Bool { frames == 0 }
  }

  /// Reads one recording.
  ///
  /// - Parameter each: Called for each window in order.
  func read(_ path: String, _ each: (ReplayedWindow) throws -> Void) throws -> Ending {
    var input = target.pipeline?.replayInput(path) ?? ReplayInput(path: path)
    input.read.labels = labels ?? input.read.labels
    let (source, stream) = try ReplaySource.open([input], clock: PlayerClock(rate: .maximum, isPaused: false))
    guard let windows = try target.windows(source, scores: scores) else {
      preconditionFailure("a reader has a model")
    }
    let ended = DispatchSemaphore(value: 0)
    let thread = Thread { [source] in
      source.run()
      ended.signal()
    }
    thread.name = "martlet reader"
    thread.stackSize = 1 << 20
    thread.start()
    var count = 0
    var failure: (any Error)?
    do {
      try pump(stream, windows, path) { window in
        count += 1
        try each(window)
      }
    } catch {
      failure = error
    }
    stream.leave()
    // A source that waits for its input, such as a pipe, may never notice.
    let hasEnded = ended.wait(timeout: .now() + .seconds(1)) == .success || source.hasEndedRunning
    if let failure { throw failure }
    if Interruption.isRequested { throw Interruption.failure }
    if let failure = source.failure { throw failure }
    let report = ReplayReport(source, stream, interrupted: false, includesSource: hasEnded)
    return Ending(
      path: path, frames: report.frames, losses: report.inputs[0].losses, findings: windows.findings,
      subject: windows.subjects[0], windows: count)
  }

  private func pump(
    _ stream: ReplayStream, _ windows: ReplayedWindows, _ path: String, _ each: (ReplayedWindow) throws -> Void
  ) throws {
    var frame = ReplayFrame()
    var failure: (any Error)?
    func emit(_ window: ReplayedWindow) {
      guard failure == nil else { return }
      do { try each(window) } catch { failure = error }
    }
    while !Interruption.isRequested {
      var count = 0
      while count < ReplaySource.batchFrames, stream.next(into: &frame) {
        try windows.add(frame, emit)
        count += 1
      }
      if let failure { throw failure }
      if count > 0 {
        reporter.report(
          ProgressUpdate(
            phase: "predicting", done: 0, total: nil,
            detail: "\(path), \(Readable.count(stream.deliveredFrames)) frames", isPassing: true))
        continue
      }
      if stream.isFinished() { break }
      stream.wait(milliseconds: 10)
    }
    try windows.finish(emit)
    if let failure { throw failure }
  }
}

extension [ModelReader.Ending] {
  /// Tells what was lost, once all results are out.
  ///
  /// - Throws: after that, where something was.
  func tellLosses() throws {
    for ending in self { Losses.tell(ending.losses, of: ending.path == "-" ? "standard input" : ending.path) }
    let dropped = map { LossReport.tell($0.findings) }.contains(true)
    try Losses.end(
      frameless: filter(\.isFrameless).map(\.path), hasLosses: dropped || contains { !$0.losses.isEmpty })
  }
}
