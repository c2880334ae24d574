import Foundation
import SensorLogs

/// Plays a source into lines on standard output, and listens to the keyboard meanwhile.
final class ReplayPlayer {
  private let source: ReplaySource
  private let stream: ReplayStream
  private let sink: any ReplaySink
  private let output = LiveOutput()
  private let progress: ProgressReporter
  private var keyboard: Keyboard?
  private var frame = ReplayFrame()
  private var isQuitting = false
  private var step = StepGate()
  private var notedGap: Int64 = .min
  private let isQuiet: Bool

  private static let framesBetweenLooks = 256
  private static let idleMilliseconds = 10
  private static let longGapNanoseconds: Int64 = 10_000_000_000

  init(source: ReplaySource, stream: ReplayStream, sink: any ReplaySink, isStepping: Bool, isQuiet: Bool) {
    self.source = source
    self.stream = stream
    self.sink = sink
    self.isQuiet = isQuiet
    // A line that is drawn over and lines of data cannot share a terminal.
    progress = ProgressReporter(isQuiet: isQuiet || isatty(STDOUT_FILENO) == 1 || !Terminal.standardError.redraws)
    if !source.inputs.contains(where: { $0.path == "-" }) { keyboard = Keyboard() }
  }

  /// Plays until the end, an interruption, the key that quits, or until nobody reads any more.
  func play() throws -> ReplayEnding {
    defer {
      progress.finish()
      keyboard?.close()
    }
    let ended = DispatchSemaphore(value: 0)
    let thread = Thread { [source] in
      source.run()
      ended.signal()
    }
    thread.name = "martlet replay"
    thread.stackSize = 1 << 20
    thread.start()
    var failure: (any Error)?
    do {
      sink.start(into: &output.bytes)
      try pump()
    } catch {
      failure = error
    }
    stream.leave()
    // A source that waits for its input, such as a pipe, may never notice.
    let hasEnded = ended.wait(timeout: .now() + .seconds(1)) == .success || source.hasEndedRunning
    if let failure { throw failure }
    return ReplayEnding(
      report: ReplayReport(
        source, stream, interrupted: Interruption.isRequested, includesSource: hasEnded),
      failure: source.failure, hasReader: !output.isClosed,
      frameless: zip(source.inputs, source.firstTimes).filter { $0.1.isEmpty }.map(\.0.path))
  }

  private func pump() throws {
    while !isStopped {
      handleKeys()
      if try takeFrames() == Self.framesBetweenLooks {
        try output.writeIfFull(isStopped: givesUp)
        continue
      }
      try sink.flush(into: &output.bytes)
      try output.write(isStopped: givesUp)
      if stream.isFinished() {
        if source.failure == nil { try sink.finish(into: &output.bytes) }
        break
      }
      showProgress()
      stepOn()
      stream.wait(milliseconds: Self.idleMilliseconds)
    }
    try sink.flush(into: &output.bytes)
    try output.write(isStopped: givesUp)
  }

  /// Asked while the reader of the lines takes nothing, which may be for long: only the user ends that.
  private func givesUp() -> Bool {
    handleKeys()
    return Interruption.isRequested || isQuitting
  }

  private var isStopped: Bool { Interruption.isRequested || isQuitting || output.isClosed }

  private func takeFrames() throws -> Int {
    var count = 0
    while count < Self.framesBetweenLooks, stream.next(into: &frame) {
      try sink.add(frame, to: &output.bytes)
      count += 1
    }
    if count > 0 { showProgress() }
    return count
  }

  // MARK: Keys

  private func handleKeys() {
    for key in keyboard?.pressed() ?? [] {
      switch key {
      case .pause: source.clock.setPaused(!source.clock.isPaused)
      case .next:
        source.clock.setPaused(true)
        step.begin(lines: sink.lines, frames: stream.deliveredFrames)
        source.clock.playNext()
      case .faster: changeRate(by: 2)
      case .slower: changeRate(by: 0.5)
      case .quit: isQuitting = true
      }
    }
  }

  private func stepOn() {
    guard source.clock.isPaused, step.continues(lines: sink.lines, frames: stream.deliveredFrames) else { return }
    source.clock.playNext()
  }

  private func changeRate(by factor: Double) {
    switch source.clock.rate {
    case .maximum: if factor < 1 { source.clock.setRate(.times(1)) }
    case .times(let rate):
      let limits = PlaybackRate.limits
      source.clock.setRate(.times(min(limits.upperBound, max(limits.lowerBound, rate * factor))))
    }
  }

  // MARK: Showing

  private func showProgress() {
    let now = source.clock.isPaused ? "paused" : source.clock.rate.description
    let position = Readable.decimal(Double(frame.positionNanoseconds) / 1e9, places: 1)
    progress.report(
      ProgressUpdate(
        phase: "replaying", done: 0, total: nil,
        detail: "\(position) s of stream, \(now), \(Readable.count(stream.deliveredFrames)) frames"))
    noteLongGap()
  }

  /// Nobody should wonder why nothing comes.
  private func noteLongGap() {
    let due = source.nextDueNanoseconds
    let left = due &- source.clock.reference.nowNanoseconds
    guard !isQuiet, due > notedGap, due != .max, left > Self.longGapNanoseconds, !source.clock.isPaused else { return }
    notedGap = due
    progress.finish()
    Terminal.standardError.say(
      "the next frame comes in \(Readable.duration(seconds: Double(left) / 1e9)); --squash-gaps shortens such waits",
      as: .note)
  }
}
